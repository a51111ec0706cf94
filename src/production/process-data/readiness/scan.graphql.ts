import { Equipment, EquipmentRef } from '../../../catalog/equipment/equipment.graphql.ts';
import { Process, ProcessRef } from '../../../catalog/process/process.graphql.ts';
import { Station } from '../../../catalog/station/station.graphql.ts';
import { ANY } from '../../../platform/rules/access.ts';
import { builder, enumeration } from '../../../platform/graphql/builder.ts';
import { parseArguments } from '../../../platform/read/arguments.ts';
import { rejectQuery } from '../../../platform/read/query-error.ts';
import { Lot } from '../../lot/lot.graphql.ts';
import { Serial } from '../../serial/serial.graphql.ts';
import { WipItem } from '../../wip-item/wip-item.graphql.ts';
import { AskScan } from '../execution/process-data.shapes.ts';
import { UnitReadiness } from './readiness.graphql.ts';
import { scan, type Scan } from './scan.loaders.ts';
import { SCAN_KINDS } from './scan.rules.ts';

const Kind = enumeration('ScanKind', SCAN_KINDS, 'What a scanned text is. The kinds are tried in this order.', {
  LOT: 'The number of a lot.',
  WIP_ITEM: 'The number of a WIP item.',
  SERIAL: 'The number of a serial.',
  EQUIPMENT: 'The code of a piece of equipment.',
  STATION: 'The code of a station.',
  PROCESS: 'The code of a step.',
  UNKNOWN: 'Nothing of this factory. That is an answer, not an error.',
});

const ScanResult = builder.objectRef<Scan>('ScanResult').implement({
  description: 'What a scanned text is: the record of its kind is given, the others are null.',
  fields: (t) => ({
    kind: t.expose('kind', { type: Kind, description: 'What it is.' }),
    code: t.exposeString('code', {
      description: 'Its number or code as we spell it; the text itself when it is UNKNOWN.',
    }),
    lot: t.field({ type: Lot, nullable: true, description: 'The lot.', resolve: ({ lot }) => lot ?? null }),
    wipItem: t.field({
      type: WipItem,
      nullable: true,
      description: 'The WIP item.',
      resolve: ({ wipItem }) => wipItem ?? null,
    }),
    serial: t.field({
      type: Serial,
      nullable: true,
      description: 'The serial.',
      resolve: ({ serial }) => serial ?? null,
    }),
    equipment: t.field({
      type: Equipment,
      nullable: true,
      description: 'The piece of equipment.',
      resolve: ({ equipment }) => equipment ?? null,
    }),
    station: t.field({
      type: Station,
      nullable: true,
      description: 'The station.',
      resolve: ({ station }) => station ?? null,
    }),
    process: t.field({
      type: Process,
      nullable: true,
      description: 'The step.',
      resolve: ({ process }) => process ?? null,
    }),
    readiness: t.field({
      type: UnitReadiness,
      nullable: true,
      description:
        'Whether the step that was asked for may be started; null for what is no unit, and when none was asked for.',
      resolve: ({ readiness }) => readiness ?? null,
    }),
    warnings: t.stringList({
      description: 'What else to know: MAINTENANCE_DUE, ALREADY_PASSED, LOT_QUARANTINED.',
      resolve: ({ warnings }) => [...warnings],
    }),
  }),
});

builder.queryField('scan', (t) =>
  t.field({
    type: ScanResult,
    nullable: true,
    description:
      'What a scanned text is: the number or code of something in this factory, in any spelling, or the external number of a unit.',
    authScopes: { may: ANY },
    args: {
      code: t.arg.string({ required: true, description: 'The text.' }),
      process: t.arg({
        type: ProcessRef,
        description: 'A step: where the text is a unit, its readiness for this step is answered too.',
      }),
      equipment: t.arg({
        type: EquipmentRef,
        description: 'What the step would be run on; needed for a step that demands equipment (RTE-8).',
      }),
    },
    async resolve(_root, args, context) {
      const { code, process, equipment } = parseArguments(AskScan, args);
      const answer = await scan(context, code, { process, equipment });
      return 'rejections' in answer ? rejectQuery(answer.rejections) : answer.value;
    },
  }),
);
