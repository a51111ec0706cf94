/**
 * The number of times that a fault is repeated, and the random source that decides when it occurs. `npm run
 * test:faults` runs all rounds, `npm test` a few. The seed is printed; LOTGRAPH_SEED repeats it.
 */
import { randomInt } from 'node:crypto';
import { randomOf, type Random } from '../../src/app/simulation/random.ts';

export const isFull = process.env['LOTGRAPH_FULL_ROUNDS'] === '1';

export function rounds(full: number, reduced: number): number {
  return isFull ? full : reduced;
}

export function chanceOf(what: string): Random {
  const seed = process.env['LOTGRAPH_SEED'] ?? String(randomInt(1_000_000));
  process.stderr.write(`${what}: LOTGRAPH_SEED=${seed}\n`);
  return randomOf(seed, what);
}
