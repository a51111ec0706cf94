/** Installs and removals that meet each other, holds, conversions and withdrawals. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Api } from '../../support/api.ts';
import { completeItems, makeItems, type Named, uuidOf } from '../../support/build.ts';
import { call, done, type Payload } from '../../support/expect.ts';
import {
  type Genealogy,
  install,
  installation,
  startGenealogy,
  tryInstall,
  uninstall,
} from '../../support/genealogy.ts';
import { committedFirst } from '../../support/work.ts';

let world: Genealogy;
let api: Api;
beforeAll(async () => {
  world = await startGenealogy({ poolSize: 12 });
  ({ api } = world);
});
afterAll(async () => {
  const [database] = await api.database.reader().sql<{ deadlocks: string }>`
    SELECT deadlocks::text FROM pg_stat_database WHERE datname = current_database()`;
  await api.close();
  expect(database?.deadlocks).toBe('0');
});

const refusalsOf = ({ errors }: Payload): readonly string[] => errors.map(({ code, rule }) => `${code} ${rule}`);
const HOLD = `UPDATE lots SET disposition = 'QUARANTINED', disposition_reason = 'Suspect', disposition_at = now() WHERE id = $1`;

async function oneSerial(): Promise<{ readonly lot: Named; readonly serial: Named }> {
  const lot = await world.newLot();
  const [serial] = await world.newSerials(lot, 1);
  if (serial === undefined) throw new Error('No serial was made.');
  return { lot, serial };
}

async function oneItem(): Promise<{ readonly lot: Named; readonly item: Named }> {
  const lot = await world.newLot();
  const [item] = await makeItems(api, lot, 1);
  if (item === undefined) throw new Error('No item was made.');
  return { lot, item };
}

test('of ten parallel installs of one serial, one succeeds (CMP-3)', async () => {
  const { serial } = await oneSerial();
  const items = await makeItems(api, await world.newLot(), 10);
  const answers = await Promise.all(items.map((item) => tryInstall(api, item, { serial })));
  expect(answers.flatMap(refusalsOf)).toEqual(Array.from({ length: 9 }, () => 'RULE_VIOLATED CMP-3'));
});

test('of ten parallel removals of one use, one succeeds (CMP-4)', async () => {
  const { item } = await oneItem();
  const { id } = await install(api, item, { externalLotNumber: 'A' });
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => call(api, 'removeComponent', { id, reason: 'Worn' }, 'componentUse { id }')),
  );
  expect(answers.flatMap(refusalsOf)).toEqual(Array.from({ length: 9 }, () => 'RULE_VIOLATED CMP-4'));
});

test('a serial that is removed and installed elsewhere at the same time is never in two places (CMP-3)', async () => {
  const [{ serial }, { item }, { item: other }] = [await oneSerial(), await oneItem(), await oneItem()];
  const use = await install(api, item, { serial });
  const [, moved] = await Promise.all([uninstall(api, use), tryInstall(api, other, { serial })]);
  expect([[], ['RULE_VIOLATED CMP-3']]).toContainEqual(refusalsOf(moved));
  const { data } = await api.ask(
    `{ serialByNumber(number: "${serial.number}") { usedIn(filter: { isRemoved: false }) { totalCount } } }`,
  );
  expect(data.serialByNumber.usedIn.totalCount).toBe(refusalsOf(moved).length === 0 ? 1 : 0);
});

test('a hold of the component that commits first refuses the install that waited for it (CMP-6)', async () => {
  const [{ lot, serial }, { item }] = [await oneSerial(), await oneItem()];
  for (const part of [{ serial }, { lot }] as const) {
    await api.database.reader()
      .sql`UPDATE lots SET disposition = 'RELEASED', disposition_reason = 'Fine', disposition_at = now() WHERE id = ${uuidOf(lot)}::uuid`;
    const answer = await committedFirst(api, HOLD, [uuidOf(lot)], () => tryInstall(api, item, part));
    expect(refusalsOf(answer)).toEqual(['RULE_VIOLATED CMP-6']);
  }
});

test('a hold of the consumer that commits first refuses the install that waited for it (CMP-6)', async () => {
  const { lot, item } = await oneItem();
  const answer = await committedFirst(api, HOLD, [uuidOf(lot)], () =>
    tryInstall(api, item, { externalLotNumber: 'A' }),
  );
  expect(refusalsOf(answer)).toEqual(['RULE_VIOLATED CMP-6']);
});

test('holds and installs that meet leave no use that began after the hold (CMP-6)', async () => {
  const [part, { lot: into }] = [await world.newLot(), await oneItem()];
  const items = await makeItems(api, into, 10);
  const [, ...answers] = await Promise.all([
    done(api, 'quarantineLot', { lot: { id: part.id }, reason: 'Suspect' }, 'lot { id }'),
    ...items.map((item) => tryInstall(api, item, { lot: part })),
  ]);
  const refused = answers.filter(({ errors }) => errors.length > 0);
  expect(new Set(refused.flatMap(refusalsOf))).toEqual(new Set(refused.length === 0 ? [] : ['RULE_VIOLATED CMP-6']));
  expect(refusalsOf(await tryInstall(api, items[0] as Named, { lot: part }))).toEqual(['RULE_VIOLATED CMP-6']);
});

test('an item that is converted first takes no component (WIP-8)', async () => {
  const { item } = await oneItem();
  await completeItems(api, [item], [world.steps.mount, world.steps.test]);
  const [, answer] = await Promise.all([
    done(api, 'convertWipItem', { wipItem: { id: item.id } }, 'serial { id }'),
    tryInstall(api, item, { externalLotNumber: 'A' }),
  ]);
  expect([[], ['RULE_VIOLATED WIP-8']]).toContainEqual(refusalsOf(answer));
  expect(refusalsOf(await tryInstall(api, item, { externalLotNumber: 'A' }))).toEqual(['RULE_VIOLATED WIP-8']);
});

test('an execution that is withdrawn and installs at the same time does one of both (PD-14)', async () => {
  const { item } = await oneItem();
  const { processData } = await done(
    api,
    'startProcess',
    { unit: { id: item.id }, process: { code: 'MOUNT' } },
    'processData { id }',
  );
  const [withdrawn, installed] = await Promise.all([
    call(api, 'withdrawProcess', { id: processData.id, reason: 'Wrong' }, 'withdrawnId'),
    call(
      api,
      'installComponent',
      installation(item, { externalLotNumber: 'A' }, { processData: processData.id }),
      'componentUse { id }',
    ),
  ]);
  expect([
    [[], ['NOT_FOUND null']],
    [['RULE_VIOLATED PD-14'], []],
  ]).toContainEqual([refusalsOf(withdrawn), refusalsOf(installed)]);
});
