import { todayOf } from '../../catalog/equipment/equipment.loaders.ts';
import { present } from '../../platform/assert.ts';
import type { Context } from '../../platform/context.ts';
import type { DateText } from '../../platform/time.ts';
import { startChecks, type Check, type StartFacts } from './readiness.rules.ts';
import { startFactsFrom, workFactsOf, type NamedWork } from './work.loaders.ts';

export interface Readiness {
  readonly facts: StartFacts;
  readonly checks: readonly Check[];
  readonly today: DateText;
}

/** What the rules would say if the viewer started this work now, without operator: the facts of a start, only seen and not locked. */
export async function readinessOf(context: Context, named: NamedWork): Promise<Readiness | undefined> {
  const work = await workFactsOf(context.db, named, 'SEEN');
  if (work === undefined) return undefined;
  const facts = startFactsFrom(work, { deed: 'START', viewer: present(context.viewer, 'The viewer'), startedAt: context.now, now: context.now });
  return { facts, checks: startChecks(facts), today: todayOf(context) };
}
