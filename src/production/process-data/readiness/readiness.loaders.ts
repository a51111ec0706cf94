import { todayOf } from '../../../catalog/equipment/equipment.loaders.ts';
import type { Context } from '../../../platform/request/context.ts';
import { present } from '../../../platform/values/assert.ts';
import type { DateText } from '../../../platform/values/time.ts';
import { type Check, startChecks, type StartFacts } from '../work/start.rules.ts';
import { workFactsOf } from '../work/work-facts.loaders.ts';
import { type NamedWork } from '../work/named-work.loaders.ts';
import { startFactsFrom } from '../work/work.loaders.ts';

/** The facts of a possible start, what the rules answer, and the calendar day at the site. */
export interface Readiness {
  readonly facts: StartFacts;
  readonly checks: readonly Check[];
  readonly today: DateText;
}

/**
 * What the rules would answer if the viewer started this work now; undefined when the unit no longer exists. The facts
 * are read without locks. A user is the operator; a station or service names the operator only when it starts.
 */
export async function readinessOf(context: Context, named: NamedWork): Promise<Readiness | undefined> {
  const work = await workFactsOf(context.db, named);
  if (work === undefined) return undefined;
  const viewer = present(context.viewer, 'The viewer');
  const seen = startFactsFrom(work, { action: 'START', viewer, startedAt: context.now, now: context.now });
  const facts: StartFacts = viewer.kind !== 'USER' ? { ...seen, operator: 'NAMED_LATER' } : seen;
  return { facts, checks: startChecks(facts), today: todayOf(context) };
}
