/** Common cause: how likely a difference between two shares is by chance alone. */
import { present } from '../../platform/values/assert.ts';

/** Counts of two groups: how many of each have something, and how many have not. */
export interface FourfoldTable {
  readonly exposedBad: number;
  readonly exposedGood: number;
  readonly unexposedBad: number;
  readonly unexposedGood: number;
}

/**
 * Fisher's exact test, two-sided: the sum of the probabilities of all tables with the same margins that are no more
 * likely than this one. Like R, it counts tables as equally likely that differ by less than a relative 1e-7.
 */
export function fisherExact({ exposedBad, exposedGood, unexposedBad, unexposedGood }: FourfoldTable): number {
  const exposed = exposedBad + exposedGood;
  const bad = exposedBad + unexposedBad;
  const all = exposed + unexposedBad + unexposedGood;
  const logs = logFactorials(all);
  const log = (n: number): number => present(logs[n], 'A logarithm');
  const constant = log(exposed) + log(all - exposed) + log(bad) + log(all - bad) - log(all);
  const probability = (both: number): number =>
    Math.exp(constant - log(both) - log(exposed - both) - log(bad - both) - log(all - exposed - bad + both));
  const most = probability(exposedBad) * (1 + TIE);
  let [sum, total] = [0, 0];
  for (let both = Math.max(0, exposed + bad - all); both <= Math.min(exposed, bad); both++) {
    const each = probability(both);
    total += each;
    if (each <= most) sum += each;
  }
  // All tables together are certain; their sum differs from 1 only by what the logarithms lost.
  return sum / total;
}

const TIE = 1e-7;

/** The logarithms of 0!, 1!, … n!; summed with a correction, so that the last digits of large n hold. */
function logFactorials(n: number): Float64Array {
  const logs = new Float64Array(n + 1);
  let [sum, lost] = [0, 0];
  for (let each = 2; each <= n; each++) {
    const next = Math.log(each) - lost;
    const total = sum + next;
    lost = total - sum - next;
    sum = total;
    logs[each] = sum;
  }
  return logs;
}
