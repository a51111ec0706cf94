import { loadById, mutation } from '../../platform/graphql/mutation.ts';
import { Lot, LotRef } from '../../production/lot/lot.graphql.ts';
import { lotById } from '../../production/lot/lot.loaders.ts';
import { releaseLot } from './disposition.commands.ts';

mutation(releaseLot, {
  isVersioned: true,
  hasReason: true,
  input: (t) => ({ lot: t.field({ type: LotRef, required: true, description: 'The lot to release.' }) }),
  payload: (t) => ({
    lot: t.field({
      type: Lot,
      nullable: true,
      description: 'The lot after the decision.',
      resolve: (p, _args, context, info) => loadById(lotById, p.lot, context, info),
    }),
  }),
});
