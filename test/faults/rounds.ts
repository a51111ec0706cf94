/**
 * How often a fault is repeated, and the chance that says when it strikes. `npm run test:faults` does all rounds, `npm
 * test` a few. The seed is told; LOTGRAPH_SEED repeats it.
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
