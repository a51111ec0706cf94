import { factoryRoute } from '../../../catalog/process/process.loaders.ts';
import type { Reader } from '../../../platform/postgres/client.ts';
import { idOfUnitIds } from '../../unit/unit.loaders.ts';
import { type CurrentState, currentStateOf } from './current-state.loaders.ts';
import { type StepHistory, stepHistoryOf } from './step-history.loaders.ts';
import { type NamedWork } from './named-work.loaders.ts';
import { keptRoutesOf, routedStep, workFactsFrom, type WorkFacts } from './work.loaders.ts';

/** The state of one work, and what was done on its unit; undefined when the unit no longer exists. */
export async function stateOfWork(
  db: Reader,
  named: NamedWork,
  locking: 'LOCK' | 'NONE',
): Promise<{ readonly state: CurrentState; readonly history: readonly StepHistory[] } | undefined> {
  // The statements run one after the other: the history is read once the state is locked.
  const [state, history] = await Promise.all([
    currentStateOf(db, named, locking),
    stepHistoryOf(db, [idOfUnitIds(named.unit)]),
  ]);
  return state && { state, history };
}

/** The facts of one work for a question about readiness: nothing is locked. Undefined when the unit no longer exists. */
export async function workFactsOf(db: Reader, named: NamedWork): Promise<WorkFacts | undefined> {
  const found = await stateOfWork(db, named, 'NONE');
  if (found === undefined) return undefined;
  const { lot } = found.state.unit;
  const kept = await keptRoutesOf(db, [lot]);
  // The lot may have got another route since the work was named.
  const routed =
    routedStep(named, lot.routeId, kept) ??
    routedStep({ ...named, factoryRoute: await factoryRoute(db) }, lot.routeId, kept);
  return routed && workFactsFrom(routed, found.state, found.history);
}
