/** Alerts that the server raises at once, in the transaction of the change (ALT-4, KPI-17, INS-8). */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Command } from '../../../src/platform/command/declaration.ts';
import { run } from '../../../src/platform/command/run.ts';
import { contextFor } from '../../../src/app/request/context.ts';
import { raiseAlerts } from '../../../src/operation/alert/raise.commands.ts';
import { dedupKeyOf } from '../../../src/operation/alert/alert.rules.ts';
import { recordProcessData } from '../../../src/production/process-data/recording/process-data.commands.ts';
import type { Database } from '../../../src/platform/postgres/client.ts';
import { recordProcessDataBatch } from '../../../src/production/process-data/recording/batch.commands.ts';
import { startApi, type Api } from '../../support/api.ts';
import { makeDefect, makeInspection, makeItems, makeLot, uuidOf, type Named } from '../../support/build.ts';
import { call, done, type Payload } from '../../support/expect.ts';
import { withConnection } from '../../support/database.ts';
import { makeFloor, oneItem, oneSerial, record, start, type Floor } from '../../support/work.ts';

let api: Api;
let floor: Floor;
beforeAll(async () => {
  api = await startApi();
  floor = await makeFloor(api);
});
afterAll(() => api.close());

let month = 0;
const lotOfMonth = (): object => ({
  productionDate: `${2026 + Math.floor((month += 1) / 12)}-${String((month % 12) + 1).padStart(2, '0')}-20`,
});
const itemsOf = async (count: number): Promise<readonly Named[]> =>
  makeItems(api, await makeLot(api, lotOfMonth()), count);
const defects = (...severities: readonly string[]) => severities.map((severity) => ({ code: 'BENT', severity }));

const alertsOf = async (lot: { readonly id: string }, fields = ''): Promise<Payload[]> => {
  const { data } = await api.ask(
    `query ($id: ID!) { node(id: $id) { ... on Lot { alerts(orderBy: [{ field: CREATED_AT }]) { nodes { id type severity status title ${fields} } } } } }`,
    { id: lot.id },
  );
  return data.node.alerts.nodes;
};
const namesOf = async (lot: { readonly id: string }): Promise<readonly string[]> =>
  (await alertsOf(lot)).map(({ type, severity }) => `${type} ${severity}`);

const recordOf = (item: Named | undefined, severity: string): object => ({
  unit: { id: item?.id },
  process: { id: floor.mount.id },
  result: 'FAIL',
  defects: defects(severity),
});

/** Runs a command that succeeds; returns how many statements its transactions sent. */
async function statementsOf<Input, Output extends object>(
  command: Command<Input, Output>,
  input: object,
): Promise<number> {
  let statements = 0;
  const transaction: Database['transaction'] = (work) =>
    api.database.transaction(async (tx) => {
      const result = await work(tx);
      statements += tx.statements;
      return result;
    });
  const viewer = { kind: 'USER', id: api.userIdOf('ADMIN'), username: 'admin', role: 'ADMIN' } as const;
  const context = contextFor({ ...api.services, database: { ...api.database, transaction } }, viewer);
  expect((await run(command, input, context)).errors).toEqual([]);
  return statements;
}

const ended = async (input: object): Promise<readonly string[]> => {
  const { lot, item } = await oneItem(api, lotOfMonth());
  await start(api, item, floor.mount);
  await done(
    api,
    'completeProcess',
    { unit: { id: item.id }, process: { id: floor.mount.id }, ...input },
    '',
    'OPERATOR',
  );
  return namesOf(lot);
};

test('a completion and a record raise the same alerts by result and defects (KPI-17)', async () => {
  const cases = [
    [{ result: 'FAIL', defects: defects('LOW', 'CRITICAL') }, ['DEFECT_DETECTED HIGH']],
    [{ result: 'FAIL', defects: defects('HIGH') }, ['DEFECT_DETECTED MEDIUM']],
    [{ result: 'FAIL', defects: defects('MEDIUM') }, []],
    [{ result: 'REWORK' }, ['REWORK_REQUEST LOW']],
    [{ result: 'PASS' }, []],
  ] as const;
  for (const [input, names] of cases) {
    expect(await ended(input)).toEqual(names);
    const { lot, item } = await oneItem(api, lotOfMonth());
    await record(api, item, floor.mount, input);
    expect(await namesOf(lot)).toEqual(names);
  }
});

test('an alert names its execution, and the trail has it with actor and action of the change (KPI-17, AUD-1)', async () => {
  const { lot, serial } = await oneSerial(api, floor, lotOfMonth());
  const { processData } = await record(api, serial, floor.burnIn, { result: 'FAIL', defects: defects('CRITICAL') });
  const [alert] = await alertsOf(
    lot,
    'message wipItem { number } serial { number } process { code } processData { id } createdBy { id } history { nodes { action actorKind } }',
  );
  expect(alert).toMatchObject({
    status: 'UNREAD',
    title: `Step 50 BURN_IN of serial ${serial.number} failed`,
    message: `Step 50 BURN_IN of serial ${serial.number} failed: BENT (CRITICAL, 1).`,
    wipItem: { number: `WIP-${lot.number}-001` },
    serial: { number: serial.number },
    process: { code: 'BURN_IN' },
    processData: { id: processData.id },
    createdBy: null,
    history: { nodes: [{ action: 'processData.recorded', actorKind: 'USER' }] },
  });
});

test('a refused change raises nothing, and what raises nothing sends no statement more (KPI-17)', async () => {
  const { lot, item } = await oneItem(api, lotOfMonth());
  const wrong = { unit: { id: item.id }, process: { id: floor.test.id }, result: 'FAIL', defects: defects('CRITICAL') };
  expect((await call(api, 'recordProcessData', wrong)).errors).not.toEqual([]);
  expect(await namesOf(lot)).toEqual([]);

  const items = await itemsOf(3);
  const silent = await statementsOf(recordProcessData, recordOf(items[0], 'LOW'));
  expect(await statementsOf(recordProcessData, recordOf(items[1], 'LOW'))).toBe(silent);
  expect(await statementsOf(recordProcessData, recordOf(items[2], 'HIGH'))).toBe(silent + 1);
});

test('a batch raises the alerts of all its records by one statement; a refused one raises none (KPI-17, PD-19)', async () => {
  const lot = await makeLot(api, lotOfMonth());
  const items = await makeItems(api, lot, 10);
  const batch = (units: readonly Named[], result: object): object => ({
    items: units.map(({ id }) => ({ unit: { id }, process: { id: floor.mount.id }, ...result })),
  });
  const bad = { result: 'FAIL', defects: defects('HIGH') };
  const refused = batch([...items, ...(await itemsOf(1))], bad);
  const later = {
    policy: 'REJECT_EVERYTHING',
    items: [...Reflect.get(refused, 'items'), { unit: { number: 'NONE' }, process: { code: 'MOUNT' }, result: 'PASS' }],
  };
  expect((await call(api, 'recordProcessDataBatch', later)).errors).not.toEqual([]);
  expect(await namesOf(lot)).toEqual([]);
  const one = await statementsOf(recordProcessDataBatch, batch(items.slice(0, 1), bad));
  expect(await statementsOf(recordProcessDataBatch, batch(items.slice(1), bad))).toBe(one);
  expect(await namesOf(lot)).toEqual(items.map(() => 'DEFECT_DETECTED MEDIUM'));
});

test('records of one group commit raise their alerts each in the name of its own actor (KPI-17, AUD-1)', async () => {
  const lot = await makeLot(api, lotOfMonth());
  const items = await makeItems(api, lot, 4);
  const roles = ['OPERATOR', 'INSPECTOR', 'ENGINEER'] as const;
  const [filler, ...others] = items;
  const recordAs = (unit: Named | undefined, role: (typeof roles)[number], severity: string) =>
    call(
      api,
      'recordProcessData',
      { unit: { id: unit?.id }, process: { id: floor.mount.id }, result: 'FAIL', defects: defects(severity) },
      '',
      role,
    );
  await withConnection(api.databaseUrl, async (client) => {
    await client.query("BEGIN; SELECT pg_advisory_xact_lock(hashtext('lotgraph route'))");
    const first = recordAs(filler, 'OPERATOR', 'LOW');
    const waiting =
      "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    await expect.poll(async () => (await client.query(waiting)).rowCount).toBe(1);
    const answers = Promise.all(others.map((item, place) => recordAs(item, roles[place] ?? 'OPERATOR', 'HIGH')));
    for (let look = 0; look < 5; look += 1) await api.ask('{ viewer { role } }', {}, 'OPERATOR');
    await client.query('COMMIT');
    for (const { errors } of [await first, ...(await answers)]) expect(errors).toEqual([]);
  });
  const entries = await api.database.reader().sql<{ actor: string; transaction: string }>`
    SELECT e.actor_id AS actor, e.transaction_id AS transaction FROM audit_entries e JOIN alerts a ON a.id = e.record_id WHERE e.entity = 'alerts' AND a.lot_id = ${uuidOf(lot)}::uuid`;
  expect(entries.map(({ actor }) => actor).toSorted()).toEqual(roles.map((role) => api.userIdOf(role)).toSorted());
  expect(new Set(entries.map(({ transaction }) => transaction)).size).toBe(1);
});

test('a lot that is completed and closed raises two alerts; so does one that completes itself (LOT-8, LOT-9, LOT-10)', async () => {
  const short = await makeLot(api, lotOfMonth());
  const [item] = await makeItems(api, short, 1);
  await record(api, item as Named, floor.mount, { result: 'FAIL', defects: defects('LOW') });
  await done(api, 'completeLot', { lot: { id: short.id }, reason: 'Enough' }, '');
  await done(api, 'closeLot', { lot: { id: short.id } }, '');
  expect(await namesOf(short)).toEqual(['LOT_COMPLETED LOW', 'LOT_CLOSED LOW']);

  const { lot, serial } = await oneSerial(api, floor, { ...lotOfMonth(), targetQuantity: 1 });
  await record(api, serial, floor.burnIn);
  await record(api, serial, floor.final);
  expect(await namesOf(lot)).toEqual(['LOT_COMPLETED LOW']);

  const lowered = await oneSerial(api, floor, { ...lotOfMonth(), targetQuantity: 2 });
  await record(api, lowered.serial, floor.burnIn);
  await record(api, lowered.serial, floor.final);
  expect(await namesOf(lowered.lot)).toEqual([]);
  await done(api, 'updateLot', { lot: { id: lowered.lot.id }, targetQuantity: 1 }, '');
  expect(await namesOf(lowered.lot)).toEqual(['LOT_COMPLETED LOW']);
});

test('a correction raises like a completion; the severity of an open alert rises and never falls, and its status stays (ALT-4, PD-13)', async () => {
  const { lot, item } = await oneItem(api, lotOfMonth());
  const { processData } = await record(api, item, floor.mount, { result: 'FAIL', defects: defects('LOW') });
  const correct = (severity: string) =>
    done(api, 'correctProcessData', { id: processData.id, defects: defects(severity), reason: 'Looked again' }, '');
  await correct('HIGH');
  const [alert] = await alertsOf(lot);
  expect(alert).toMatchObject({ severity: 'MEDIUM', status: 'UNREAD' });
  await done(api, 'markAlertsRead', { ids: [alert?.['id']] }, '');
  await correct('CRITICAL');
  expect(await alertsOf(lot, 'message')).toMatchObject([
    { id: alert?.['id'], severity: 'HIGH', status: 'READ', message: expect.stringContaining('CRITICAL') },
  ]);
  await correct('HIGH');
  await correct('CRITICAL');
  expect(await alertsOf(lot)).toMatchObject([{ severity: 'HIGH', status: 'READ' }]);
});

test('a cause raises a new alert once the one before is archived (ALT-4)', async () => {
  const { lot, item } = await oneItem(api, lotOfMonth());
  const { processData } = await record(api, item, floor.mount, { result: 'FAIL', defects: defects('HIGH') });
  const [first] = await alertsOf(lot);
  await done(api, 'archiveAlerts', { ids: [first?.['id']] }, '');
  const correct = (severity: string, reason: string) =>
    done(api, 'correctProcessData', { id: processData.id, defects: defects(severity), reason }, '');
  await correct('HIGH', 'Other words');
  expect(await namesOf(lot)).toEqual(['DEFECT_DETECTED MEDIUM']);
  await correct('CRITICAL', 'Worse');
  expect(await namesOf(lot)).toEqual(['DEFECT_DETECTED MEDIUM', 'DEFECT_DETECTED HIGH']);
});

test('of many who raise one cause at once, one alert is left, with the greatest severity (ALT-4)', async () => {
  const alert = (severity: 'LOW' | 'MEDIUM' | 'HIGH') => ({
    type: 'SYSTEM_ERROR' as const,
    severity,
    title: severity,
    message: severity,
    subject: {},
    dedupKey: dedupKeyOf('SYSTEM_ERROR', 'race'),
  });
  const severities = Array.from({ length: 12 }, (_, index) => (['LOW', 'MEDIUM', 'HIGH'] as const)[index % 3] ?? 'LOW');
  const raised = await Promise.all(
    severities.map((severity) => api.database.transaction((tx) => raiseAlerts(tx, [alert(severity)]))),
  );
  expect(raised.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(3);
  const { data } = await api.ask('{ alerts(filter: { type: { eq: SYSTEM_ERROR } }) { nodes { severity title } } }');
  expect(data.alerts.nodes).toEqual([{ severity: 'HIGH', title: 'HIGH' }]);
});

test('an inspection that fails raises an alert, also when the lot was held already (INS-8)', async () => {
  const lot = await makeLot(api, lotOfMonth());
  await done(api, 'quarantineLot', { lot: { id: lot.id }, reason: 'To be looked at' }, '');
  const inspection = await makeInspection(api, lot);
  const { id } = await makeDefect(api, inspection, { severity: 'CRITICAL' });
  await done(api, 'completeInspection', { id: inspection.id }, '');
  expect(await alertsOf(lot, 'inspection { id }')).toMatchObject([
    { type: 'QUALITY_THRESHOLD', severity: 'HIGH', inspection: { id: inspection.id } },
  ]);
  await done(api, 'reviewDefect', { id, reviewStatus: 'FALSE_POSITIVE' }, '');
  expect(await namesOf(lot)).toEqual(['QUALITY_THRESHOLD HIGH']);
});

test('a FAIL without a critical finding is MEDIUM and holds nothing; a review that makes it critical again raises it (INS-6, INS-8)', async () => {
  const lot = await makeLot(api, lotOfMonth());
  const inspection = await makeInspection(api, lot);
  const critical = await makeDefect(api, inspection, { severity: 'CRITICAL' });
  for (let count = 0; count < 2; count += 1) await makeDefect(api, inspection, { severity: 'HIGH' });
  await done(api, 'reviewDefect', { id: critical.id, reviewStatus: 'FALSE_POSITIVE' }, '');
  await done(api, 'completeInspection', { id: inspection.id }, '');
  expect(await namesOf(lot)).toEqual(['QUALITY_THRESHOLD MEDIUM']);
  await done(api, 'reopenDefectReview', { id: critical.id, reason: 'It is one' }, '');
  expect(await namesOf(lot)).toEqual(['QUALITY_THRESHOLD HIGH']);
  expect(
    (await api.ask('query ($id: ID!) { node(id: $id) { ... on Lot { disposition } } }', { id: lot.id })).data.node
      .disposition,
  ).toBe('QUARANTINED');
});

test('where the site does not hold lots, the alert is raised alone (INS-8)', async () => {
  const other = await startApi({ autoQuarantine: false });
  try {
    await makeFloor(other);
    const lot = await makeLot(other);
    const inspection = await makeInspection(other, lot);
    await makeDefect(other, inspection, { severity: 'CRITICAL' });
    await done(other, 'completeInspection', { id: inspection.id }, '');
    const { data } = await other.ask('{ lots { nodes { disposition alerts { nodes { severity } } } } }');
    expect(data.lots.nodes).toEqual([{ disposition: 'UNDECIDED', alerts: { nodes: [{ severity: 'HIGH' }] } }]);
  } finally {
    await other.close();
  }
});

test('history that is loaded later raises nothing (KPI-17)', async () => {
  const { lot, item } = await oneItem(api, lotOfMonth());
  const viewer = { kind: 'USER', id: api.userIdOf('ADMIN'), username: 'admin', role: 'ADMIN' } as const;
  const context = { ...contextFor(api.services, viewer), isHistory: true };
  const input = {
    unit: { id: item.id },
    process: { id: floor.mount.id },
    result: 'FAIL',
    defects: defects('CRITICAL'),
  };
  expect((await run(recordProcessData, input, context)).errors).toEqual([]);
  expect(await namesOf(lot)).toEqual([]);
});

test('the alert about an execution that is withdrawn stays, without the execution (PD-14)', async () => {
  const { lot, item } = await oneItem(api, lotOfMonth());
  const { id } = await start(api, item, floor.mount);
  await api.database.transaction((tx) =>
    raiseAlerts(tx, [
      {
        type: 'PROCESS_DELAY',
        severity: 'MEDIUM',
        title: 'Late',
        message: 'Late.',
        subject: { lotId: uuidOf(lot), processDataId: uuidOf({ id }) },
        dedupKey: dedupKeyOf('PROCESS_DELAY', 'execution', id),
      },
    ]),
  );
  await done(api, 'withdrawProcess', { id, reason: 'Wrong unit' }, 'withdrawnId');
  expect(await alertsOf(lot, 'processData { id }')).toMatchObject([{ type: 'PROCESS_DELAY', processData: null }]);
});
