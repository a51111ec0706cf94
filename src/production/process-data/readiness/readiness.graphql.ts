import { EquipmentRef } from '../../../catalog/equipment/equipment.graphql.ts';
import { Process, ProcessRef } from '../../../catalog/process/process.graphql.ts';
import { processById } from '../../../catalog/process/process.loaders.ts';
import { ANY } from '../../../platform/rules/access.ts';
import { builder } from '../../../platform/graphql/builder.ts';
import { parseArguments } from '../../../platform/read/arguments.ts';
import type { Context } from '../../../platform/request/context.ts';
import { loadById } from '../../../platform/graphql/mutation.ts';
import { rejectQuery } from '../../../platform/read/query-error.ts';
import { AskReadiness } from '../execution/process-data.shapes.ts';
import { readinessOf, type Readiness } from './readiness.loaders.ts';
import {
  hasPass,
  isReady,
  nextStepOfUnit,
  readinessWarnings,
  reportOf,
  type ReadinessCheck as Check,
} from './readiness.rules.ts';
import { UnitRef } from '../../unit/unit.graphql.ts';
import { noSuchUnit } from '../../unit/unit-reference.rules.ts';
import { nameWork } from '../work/named-work.loaders.ts';

const ReadinessCheck = builder.objectRef<Check>('ReadinessCheck').implement({
  description: 'One rule of a start, asked beforehand.',
  fields: (t) => ({
    rule: t.string({
      description: 'The rule of the ledger, such as `PD-8`, which `docs/ledger.md#pd-8` explains.',
      resolve: ({ rule }) => rule,
    }),
    isPassed: t.exposeBoolean('isPassed', { description: 'Whether it has no objection.' }),
    message: t.exposeString('message', {
      description: 'What it says; where it objects, the very words of the refusal.',
    }),
  }),
});

export const UnitReadiness = builder.objectRef<Readiness>('UnitReadiness').implement({
  description: 'Whether a step may be started on a unit, judged by the very rules that judge the start.',
  fields: (t) => ({
    isReady: t.boolean({
      description: 'True exactly when `startProcess` by you would succeed now.',
      resolve: ({ checks }) => isReady(checks),
    }),
    checks: t.field({
      type: [ReadinessCheck],
      description: 'Every rule of a start, passed or not, in the order in which they are judged.',
      resolve: ({ checks }) => [...reportOf(checks)],
    }),
    hasPass: t.boolean({
      description: 'Whether the unit has passed the step already.',
      resolve: ({ facts }) => hasPass(facts),
    }),
    nextProcess: t.field({
      type: Process,
      nullable: true,
      description: 'The step that comes next for the unit, whatever was asked for; null when none is left.',
      resolve: ({ facts }, _args, context) =>
        loadById(processById, nextStepOfUnit(facts.unit, facts.route.steps, facts.passedStepIds)?.id, context),
    }),
    warnings: t.stringList({
      description:
        'What else to know: MAINTENANCE_DUE, EQUIPMENT_OF_OTHER_LINE, EQUIPMENT_OF_OTHER_STEP, ALREADY_PASSED, LOT_QUARANTINED.',
      resolve: ({ facts, today }) => [...readinessWarnings(facts, today)],
    }),
  }),
});

builder.queryField('unitReadiness', (t) =>
  t.field({
    type: UnitReadiness,
    nullable: true,
    description: 'Whether a step may be started on a unit, and what speaks against it. Changes and locks nothing.',
    authScopes: { may: ANY },
    args: {
      unit: t.arg({ type: UnitRef, required: true, description: 'What the step would be run on.' }),
      process: t.arg({ type: ProcessRef, required: true, description: 'The step.' }),
      equipment: t.arg({ type: EquipmentRef, description: 'What it would be run on.' }),
      processSession: t.arg.id({ description: 'The process session in which it would be run; SES-5 is asked then.' }),
    },
    resolve: (_root, args, context) => askReadiness(context, args),
  }),
);

async function askReadiness(context: Context, args: object): Promise<Readiness> {
  const asked = parseArguments(AskReadiness, args);
  const named = await nameWork(context.db, asked, context.viewer);
  if ('rejections' in named) return rejectQuery(named.rejections);
  return (await readinessOf(context, named.value)) ?? rejectQuery([noSuchUnit(asked.unit)]);
}
