import { UserRef } from '../../../identity/user/user.graphql.ts';
import { loadById, mutation } from '../../../platform/graphql/mutation.ts';
import { Serial } from '../../serial/serial.graphql.ts';
import { serialById } from '../../serial/serial.loaders.ts';
import { WipItem, WipItemRef } from '../../wip-item/wip-item.graphql.ts';
import { wipItemById } from '../../wip-item/wip-item.loaders.ts';
import { ProcessData } from '../execution/process-data.graphql.ts';
import { processDataById } from '../execution/process-data.loaders.ts';
import { convertWipItem } from './conversion.commands.ts';
import { WARNINGS } from './recording.graphql.ts';

mutation(convertWipItem, {
  isVersioned: true,
  input: (t) => ({
    wipItem: t.field({ type: WipItemRef, required: true, description: 'The item to convert.' }),
    operator: t.field({
      type: UserRef,
      description:
        'Who converts it; you unless given. A station or service must name one where the route has a conversion step (PD-15).',
    }),
  }),
  payload: (t) => ({
    wipItem: t.field({
      type: WipItem,
      nullable: true,
      description: 'The converted item.',
      resolve: (p, _args, context, info) => loadById(wipItemById, p.wipItem, context, info),
    }),
    serial: t.field({
      type: Serial,
      nullable: true,
      description: 'The serial that it became.',
      resolve: (p, _args, context, info) => loadById(serialById, p.serial, context, info),
    }),
    processData: t.field({
      type: ProcessData,
      nullable: true,
      description: 'The PASS on the conversion step; null where the route has none.',
      resolve: (p, _args, context, info) => p.written?.() ?? loadById(processDataById, p.processData, context, info),
    }),
    warnings: t.stringList({ description: WARNINGS, resolve: (p) => p.warnings ?? [] }),
  }),
});
