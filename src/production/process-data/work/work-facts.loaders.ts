import type { Reader } from '../../../platform/postgres/client.ts';
import { idOfUnitIds } from '../../unit/unit.loaders.ts';
import { currentStateOf } from './current-state.loaders.ts';
import { stepHistoryOf } from './step-history.loaders.ts';
import { type NamedWork, workFactsFrom, type WorkFacts } from './work.loaders.ts';

/**
 * The facts of one work; undefined when its unit no longer exists. A command locks the records; a question about
 * readiness only reads them.
 */
export async function workFactsOf(
  db: Reader,
  named: NamedWork,
  locking: 'LOCK' | 'NONE',
): Promise<WorkFacts | undefined> {
  // The statements run one after the other: the history is read once the state is locked.
  const [state, history] = await Promise.all([
    currentStateOf(db, named, locking),
    stepHistoryOf(db, [idOfUnitIds(named.unit)]),
  ]);
  return state && workFactsFrom(named, state, history);
}
