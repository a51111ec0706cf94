/** CMP-5 against an independent judge: a graph of what is made of what, searched plainly. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Api } from '../../support/api.ts';
import { makeItems, type Named } from '../../support/build.ts';
import { expectRefused } from '../../support/expect.ts';
import {
  type Genealogy,
  install,
  installation,
  type Part,
  startGenealogy,
  tryInstall,
  uninstall,
} from '../../support/genealogy.ts';

let world: Genealogy;
let api: Api;
beforeAll(async () => {
  world = await startGenealogy();
  ({ api } = world);
});
afterAll(() => api.close());

/** A lot with an item, and with a PASSED serial and the item that this was. */
async function family(): Promise<{ readonly lot: Named; readonly item: Named; readonly serial: Named }> {
  const lot = await world.newLot();
  const [serial] = await world.newSerials(lot, 1);
  const [item] = await makeItems(api, lot, 1);
  if (item === undefined || serial === undefined) throw new Error('No units were made.');
  return { lot, item, serial };
}

const CIRCLE = [['RULE_VIOLATED', 'component', 'CMP-5']] as const;

test('a lot is not built into itself, its items or its serials (CMP-5)', async () => {
  const { lot, item, serial } = await family();
  for (const consumer of [lot, item, serial])
    await expectRefused(api, 'installComponent', installation(consumer, { lot }), CIRCLE);
});

test('a serial is not built into its lot or itself; into another unit of its lot it is (CMP-5)', async () => {
  const { lot, item, serial } = await family();
  for (const consumer of [lot, serial])
    await expectRefused(api, 'installComponent', installation(consumer, { serial }), CIRCLE);
  await install(api, item, { serial });
});

test('a circle is refused at any depth, over members, conversions and removed uses (CMP-5)', async () => {
  const families = [await family(), await family(), await family(), await family()];
  const [first, second, third, last] = families;
  if (first === undefined || second === undefined || third === undefined || last === undefined) throw new Error();
  await install(api, second.lot, { lot: first.lot });
  await uninstall(api, await install(api, third.item, { serial: second.serial }));
  await install(api, last.serial, { lot: third.lot });
  for (const consumer of [first.lot, first.item, first.serial])
    for (const part of [{ lot: last.lot }, { serial: last.serial }])
      await expectRefused(api, 'installComponent', installation(consumer, part), CIRCLE);
  await install(api, last.item, { lot: first.lot });
});

test('a lot is not built into what goes into one of its units, whichever came first (CMP-5)', async () => {
  const [first, second] = [await family(), await family()];
  await install(api, second.serial, { lot: first.lot });
  await expectRefused(api, 'installComponent', installation(first.item, { serial: second.serial }), CIRCLE);
  const [third, last] = [await family(), await family()];
  await install(api, third.item, { serial: last.serial });
  await expectRefused(api, 'installComponent', installation(last.serial, { lot: third.lot }), CIRCLE);
});

test('a supplier lot never closes a circle (CMP-5)', async () => {
  const { lot, item } = await family();
  for (const consumer of [lot, item, lot]) await install(api, consumer, { externalLotNumber: 'ACME-1' });
});

test('200 random installs are judged as an independent search judges them (CMP-5)', async () => {
  const families = await Promise.all(Array.from({ length: 6 }, family));
  const graph = new Graph();
  for (const { lot, item, serial } of families) {
    graph.put(`${lot.id} in`, item.id);
    graph.put(`${lot.id} in`, serial.id);
    graph.put(item.id, `${lot.id} out`);
    graph.put(serial.id, `${lot.id} out`);
  }
  const random = generator(20_261_120);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const answers = { refused: 0, installed: 0 };
  for (let round = 0; round < 200; round += 1) {
    const [into, from] = [pick(families), pick(families)];
    const kind = pick(['lot', 'item', 'serial'] as const);
    const consumer = into[kind];
    const part: Part = random() < 0.5 ? { lot: from.lot } : { serial: from.serial };
    const start = 'lot' in part ? `${part.lot.id} out` : part.serial.id;
    const end = kind === 'lot' ? `${consumer.id} in` : consumer.id;
    const isCircle = graph.reaches(end, start);
    const { errors, ...payload } = await tryInstall(api, consumer, part);
    const rules = errors.map(({ rule }) => rule);
    // A serial that is in another place is refused before the circle is looked at.
    expect([round, rules.includes('CMP-5')]).toEqual([round, isCircle]);
    if (rules.length > 0) answers.refused += 1;
    if (rules.length > 0) continue;
    graph.put(start, end);
    answers.installed += 1;
    if ('serial' in part) await uninstall(api, payload['componentUse']);
  }
  expect(answers.installed).toBeGreaterThan(15);
  expect(answers.refused).toBeGreaterThan(15);
});

test('of two parallel installs that would close a circle, one is refused (CMP-5)', async () => {
  for (let round = 0; round < 5; round += 1) {
    const [first, second] = [await family(), await family()];
    const answers = await Promise.all([
      tryInstall(api, first.item, { lot: second.lot }),
      tryInstall(api, second.item, { lot: first.lot }),
    ]);
    expect(answers.map(({ errors }) => errors.map(({ rule }) => rule)).toSorted()).toEqual([[], ['CMP-5']]);
  }
});

test('of ten parallel installs around a ring of ten lots, exactly one is refused (CMP-5)', async () => {
  const families = await Promise.all(Array.from({ length: 10 }, family));
  const answers = await Promise.all(
    families.map(({ lot }, index) => tryInstall(api, lot, { lot: families[(index + 1) % 10]?.lot as Named })),
  );
  expect(answers.flatMap(({ errors }) => errors.map(({ rule }) => rule))).toEqual(['CMP-5']);
});

/**
 * What is made of what. A lot is two nodes: what goes into it, which is in all its units, and what comes out of it, which
 * is all its units together.
 */
class Graph {
  readonly #next = new Map<string, Set<string>>();

  put(from: string, to: string): void {
    this.#next.set(from, (this.#next.get(from) ?? new Set()).add(to));
  }

  reaches(from: string, to: string): boolean {
    const seen = new Set([from]);
    for (const node of seen) for (const next of this.#next.get(node) ?? []) seen.add(next);
    return seen.has(to);
  }
}

/** Random numbers from 0 to below 1, the same for the same seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}
