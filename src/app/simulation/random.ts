/**
 * Repeatable random numbers from a small generator (sfc32): they depend on the seed alone. Each lot and each machine
 * has a generator of its own, whose seed is its position in the plant, so that its history does not depend on which
 * others were simulated before it.
 */
import { v7 as uuid7 } from 'uuid';
import { assert, present } from '../../platform/values/assert.ts';

/** A source of repeatable random numbers. */
export interface Random {
  /** A number from 0 up to, but not including, 1. */
  next(): number;
  between(from: number, to: number): number;
  /** A whole number, both ends included. */
  whole(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** One of the elements, chosen in proportion to their weights. */
  weighted<T extends { readonly weight: number }>(from: readonly T[]): T;
  /** A normally distributed number with mean 0 and standard deviation 1. */
  normal(): number;
  /** An exponentially distributed time with this mean, such as that until the next breakdown. */
  waiting(mean: number): number;
  /** A UUID of version 7 with the given time. */
  id(at: number): string;
}

/** Creates a source of random numbers from a seed. */
export function randomOf(...seed: readonly (string | number)[]): Random {
  const word = sfc32(seed.join('/'));
  const next = (): number => word() / 2 ** 32;
  const whole = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    whole,
    between: (from, to) => from + next() * (to - from),
    chance: (probability) => next() < probability,
    pick: (from) => present(from[whole(0, from.length - 1)], 'Something to pick from'),
    weighted(from) {
      let left = next() * from.reduce((sum, each) => sum + each.weight, 0);
      const found = from.find((each) => (left -= each.weight) < 0) ?? from.at(-1);
      return present(found, 'Something to pick from');
    },
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    waiting: (mean) => -mean * Math.log(1 - next()),
    id: (at) => uuid7({ msecs: at, seq: word(), random: bytesOf(word(), word(), word(), word()) }),
  };
}

function bytesOf(...words: readonly [number, number, number, number]): Uint8Array {
  return new Uint8Array(Uint32Array.from(words).buffer);
}

/** Chris Doty-Humphrey's Small Fast Counter with 32 bits. The first numbers are discarded while its state mixes. */
function sfc32(seed: string): () => number {
  assert(seed !== '', 'Chance needs a seed.');
  let [a, b, c, counter] = [hashOf(seed, 1), hashOf(seed, 2), hashOf(seed, 3), 1];
  const word = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let round = 0; round < 15; round += 1) word();
  return word;
}

/** FNV-1a of the text, with a different start for each word of the state. */
function hashOf(text: string, start: number): number {
  let hash = Math.imul(0x811c9dc5 ^ start, 0x9e3779b1);
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash ^ (hash >>> 15);
}
