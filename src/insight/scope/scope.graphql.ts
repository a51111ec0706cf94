import { builder } from '../../platform/graphql/builder.ts';
import { SCOPE_IDS } from './scope.rules.ts';

export const ScopeInput = builder.inputType('ScopeInput', {
  description: `What a figure is narrowed to, by ids: at most ${SCOPE_IDS} in each list. All that is given must hold; an absent list narrows nothing, an empty one leaves nothing.`,
  fields: (t) => ({
    productModels: t.idList({ description: 'Lots of one of these product models.' }),
    productionLines: t.idList({ description: 'Lots made on one of these production lines.' }),
    lots: t.idList({ description: 'One of these lots.' }),
    processes: t.idList({ description: 'Executions of one of these steps.' }),
    equipment: t.idList({ description: 'Executions on one of these pieces of equipment.' }),
    operators: t.idList({ description: 'Executions by one of these people.' }),
  }),
});

/** The description of an argument of type ScopeInput of a figure of executions. */
export const SCOPE_ARGUMENT = 'What the figure is narrowed to. Default: nothing.';
/** The description of an argument of type ScopeInput of a figure of lots, items, serials or inspections. */
export const UNIT_SCOPE_ARGUMENT =
  'What the figure is narrowed to. Default: nothing. Steps, equipment and operators mean units with an execution for which all of them hold.';
