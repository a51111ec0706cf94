/** A day on which a supplier lot turns out bad, as the people of a plant live it: everything over HTTP, each with what they may do. */
import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBackgroundWork } from '../../src/app/jobs/background-work.ts';
import { BACKGROUND_WORK } from '../../src/app/jobs/work-list.ts';
import { sealNow } from '../../src/operation/audit/seal.commands.ts';
import type { Role } from '../../src/platform/rules/access.ts';
import { present } from '../../src/platform/values/assert.ts';
import { type Api, startApi } from '../support/api.ts';
import {
  completeItems,
  makeItems,
  makeLine,
  makeLot,
  makeModel,
  makeRoute,
  makeSerials,
  type Named,
  passSerials,
  uuidOf,
} from '../support/build.ts';
import { withConnection } from '../support/database.ts';
import { call, done, expectRefused, type Payload } from '../support/expect.ts';
import { type Part, partRef } from '../support/genealogy.ts';
import { fieldsOf, startPrinter, type TestPrinter } from '../production/label-print/printer.ts';

const SECRET = 'the-secret-of-the-plant';
const SPRINGS = 'ACME-0815';

let api: Api;
let printer: TestPrinter;
let receiver: Server;
/** What the system of the customer received: what happened, and whether the signature was right. */
const received: { readonly type: string; readonly isSigned: boolean }[] = [];
beforeAll(async () => {
  printer = await startPrinter('LINE-1');
  receiver = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part) => (text += part));
    request.on('end', () => {
      const signed = `${request.headers['x-lotgraph-timestamp']}.${text}`;
      const signature = `v1=${createHmac('sha256', SECRET).update(signed).digest('hex')}`;
      received.push({
        type: JSON.parse(text).type,
        isSigned: request.headers['x-lotgraph-signature'] === signature,
      });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((listening) => receiver.listen(0, '127.0.0.1', listening));
  api = await startApi({ webhookPrivate: true, labelPrinters: [printer], poolSize: 12 });
});
afterAll(async () => {
  await api.close();
  await printer.close();
  receiver.closeAllConnections();
  receiver.close();
});

/** What a role reads; nothing may go wrong. */
async function read(query: string, role: Role, variables: object = {}): Promise<Payload> {
  const { data, errors } = await api.ask(query, variables, role);
  expect(errors).toEqual([]);
  return data;
}

const numbersOf = (units: readonly Named[]): readonly string[] => units.map(({ number }) => number).toSorted();
const serialRef = ({ id }: Named) => ({ serial: { id } });

/** The operator builds a part in. */
async function build(consumer: Named, part: Part, role = 'SPRING'): Promise<Payload> {
  const input = { consumer: { id: consumer.id }, component: partRef(part), role };
  return (await done(api, 'installComponent', input, 'componentUse { id }', 'OPERATOR'))['componentUse'];
}

/** A hold that waits for the lot before the work does, so that it is first. */
async function holdFirst(lot: Named, work: () => Promise<Payload>): Promise<readonly [Payload, Payload]> {
  return withConnection(api.databaseUrl, async (client) => {
    const waiting = async (): Promise<number> =>
      (
        await client.query(
          "SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
      ).rows[0].count;
    await client.query('BEGIN');
    await client.query('SELECT FROM lots WHERE id = $1 FOR UPDATE', [uuidOf(lot)]);
    const holding = done(api, 'quarantineLot', holdOf(lot), HELD, 'INSPECTOR');
    await expect.poll(waiting).toBe(1);
    const working = work();
    await expect.poll(waiting).toBe(2);
    await client.query('COMMIT');
    return Promise.all([holding, working]);
  });
}

const HELD = 'lot { disposition } affected { serials { number } lots { number } }';
const holdOf = (lot: Named) => ({ lot: { number: lot.number }, reason: `Springs of ${SPRINGS} break` });

test('a supplier lot turns out bad: from the call of the supplier to the trail of the auditor', {
  timeout: 120_000,
}, async () => {
  // The morning: valves with springs of two suppliers' lots, pumps with valves.
  await makeModel(api);
  await makeLine(api);
  const { mount, test: testing } = await makeRoute(api);
  const [valves, pumps, goodValves] = [await makeLot(api), await makeLot(api), await makeLot(api)];
  const valveItems = await makeItems(api, valves, 2);
  for (const item of valveItems) await build(item, { externalLotNumber: SPRINGS.toLowerCase() });
  await completeItems(api, valveItems, [mount, testing]);
  const badValves: Named[] = [];
  for (const { id } of valveItems)
    badValves.push(
      (await done(api, 'convertWipItem', { wipItem: { id } }, 'serial { id number }', 'OPERATOR'))['serial'],
    );
  const [goodValve] = await makeSerials(api, goodValves, 1, [mount, testing]);
  await passSerials(api, [...badValves, present(goodValve, 'A valve')]);
  const [firstPump, secondPump] = await makeItems(api, pumps, 2);
  const [pumpItem, unfinished] = [present(firstPump, 'An item'), present(secondPump, 'An item')];
  const bad = await build(pumpItem, { serial: present(badValves[0], 'A valve') }, 'VALVE');
  await completeItems(api, [pumpItem], [mount, testing]);
  const { serial: pump } = await done(
    api,
    'convertWipItem',
    { wipItem: { id: pumpItem.id } },
    'serial { id number }',
    'OPERATOR',
  );
  await done(api, 'startSerial', { serial: { id: pump.id } }, 'serial { id }', 'OPERATOR');
  const label = { labelType: 'SERIAL_LABEL', unit: { number: pump.number } };
  await done(api, 'printLabel', label, 'labelPrint { id }', 'OPERATOR');
  const { processData: atWork } = await done(
    api,
    'startProcess',
    { unit: { id: unfinished.id }, process: { id: mount.id } },
    'processData { id startedAt }',
    'OPERATOR',
  );
  const { port } = receiver.address() as AddressInfo;
  await done(
    api,
    'createWebhook',
    {
      name: 'Customer',
      url: `http://127.0.0.1:${port}/quality`,
      secret: SECRET,
      events: ['lot.quarantined', 'lot.released', 'lot.rejected'],
    },
    'webhook { id }',
    'ADMIN',
  );

  // The supplier calls. The inspector finds where the springs are.
  const { whereUsed } = await read(
    `{ whereUsed(component: { externalLotNumber: "${SPRINGS}" }) { serials { number } lots { number } trace { depth } } }`,
    'INSPECTOR',
  );
  expect(numbersOf(whereUsed.serials)).toEqual(numbersOf([...badValves, pump]));
  expect(numbersOf(whereUsed.lots)).toEqual(numbersOf([valves, pumps]));

  // Both lots are held. A PASS that is under way at that moment comes too late; a failure is still taken.
  const { affected } = await done(api, 'quarantineLot', holdOf(valves), HELD, 'INSPECTOR');
  expect(numbersOf(affected.serials)).toEqual(numbersOf([...badValves, pump]));
  const complete = { processData: atWork.id, result: 'PASS' };
  const [held, late] = await holdFirst(pumps, () =>
    call(api, 'completeProcess', complete, 'processData { id }', 'OPERATOR'),
  );
  expect([held['lot'], late.errors]).toMatchObject([{ disposition: 'QUARANTINED' }, [{ rule: 'LOT-7' }]]);
  await expectRefused(api, 'completeProcess', complete, [['RULE_VIOLATED', 'lot', 'LOT-7']], 'OPERATOR');
  const failure = { ...complete, result: 'REWORK', notes: 'Spring broke', defects: [{ code: 'BROKEN_SPRING' }] };
  await done(api, 'completeProcess', failure, 'processData { id }', 'OPERATOR');

  // The pump fails and is taken apart. Nothing of a held lot goes into it, and nothing into it while it is held itself.
  await done(api, 'failSerial', { serial: { id: pump.id }, reason: 'Bad valve' }, 'serial { status }', 'INSPECTOR');
  await done(api, 'removeComponent', { id: bad['id'], reason: 'Bad springs' }, 'componentUse { id }', 'OPERATOR');
  const replacement = {
    consumer: { id: pump.id },
    component: serialRef(present(goodValve, 'A valve')),
    role: 'VALVE',
  };
  await expectRefused(api, 'installComponent', replacement, [['RULE_VIOLATED', 'consumer', 'CMP-6']], 'OPERATOR');

  // The lot of pumps is inspected and released; the lot of valves is rejected.
  const { inspection } = await done(
    api,
    'createInspection',
    { lot: { id: pumps.id }, type: 'VISUAL', sampleCode: 'ALL-PUMPS' },
    'inspection { id }',
    'ENGINEER',
  );
  const release = { lot: { id: pumps.id }, reason: 'The bad valves are out' };
  await expectRefused(api, 'releaseLot', release, [['RULE_VIOLATED', 'lot', 'INS-9']], 'MANAGER');
  for (const mutation of ['startInspection', 'completeInspection'])
    await done(api, mutation, { id: inspection.id }, 'inspection { id }', 'INSPECTOR');
  await done(api, 'releaseLot', release, 'lot { disposition }', 'MANAGER');
  const rejected = await done(
    api,
    'rejectLot',
    { lot: { id: valves.id }, reason: 'Springs cannot be changed' },
    HELD,
    'MANAGER',
  );
  expect(numbersOf(rejected['affected'].serials)).toEqual(numbersOf(badValves));

  // The pumps are reworked: a valve with good springs, and the step that failed once more.
  await done(api, 'reworkSerial', { serial: { id: pump.id }, reason: 'New valve' }, 'serial { status }', 'INSPECTOR');
  await expectRefused(
    api,
    'installComponent',
    { ...replacement, component: serialRef(present(badValves[1], 'A valve')) },
    [['RULE_VIOLATED', 'component', 'CMP-6']],
    'OPERATOR',
  );
  await done(api, 'installComponent', replacement, 'componentUse { id }', 'OPERATOR');
  await done(api, 'passSerial', { serial: { id: pump.id } }, 'serial { status }', 'OPERATOR');
  const again = { unit: { id: unfinished.id }, process: { id: mount.id }, result: 'PASS' };
  const { processData: passed } = await done(
    api,
    'recordProcessData',
    again,
    'processData { attempt result }',
    'OPERATOR',
  );
  expect(passed).toEqual({ attempt: 2, result: 'PASS' });

  // The label is printed once more.
  await done(api, 'printLabel', label, 'labelPrint { id }', 'OPERATOR');
  expect(printer.programs.map((program) => fieldsOf(program)[0])).toEqual([pump.number, pump.number]);

  // The system of the customer hears of all decisions, in their order and signed.
  await sealNow(api.database);
  const work = startBackgroundWork(api.services, BACKGROUND_WORK);
  await expect.poll(() => received.length, { timeout: 60_000 }).toBe(4);
  await work.stop();
  expect(received).toEqual(
    ['lot.quarantined', 'lot.quarantined', 'lot.released', 'lot.rejected'].map((type) => ({ type, isSigned: true })),
  );

  // The auditor reads what is in the pump now and what was in it before, who decided what, and that nothing was changed.
  const { now, before, removed, serialByNumber, labelPrints, auditVerify } = await read(
    `query ($pump: String!, $before: DateTime!) {
       now: asBuilt(unit: { number: $pump }) { reworkCount components { componentSerial { number } } trace { nodes { kind number } } }
       before: asBuilt(unit: { number: $pump }, at: $before) { trace { nodes { kind number isHeld } } }
       removed: whereUsed(component: { externalLotNumber: "${SPRINGS}" }, includeRemoved: true) { serials { number } }
       serialByNumber(number: $pump) { history(first: 20) { nodes { action actorLabel } } lot { history(first: 20) { nodes { action actorLabel reason } } } }
       labelPrints(filter: { serial: { number: { eq: $pump } } }) { nodes { status text } }
       auditVerify { isIntact }
     }`,
    'AUDITOR',
    { pump: pump.number, before: atWork.startedAt },
  );
  expect(auditVerify).toEqual({ isIntact: true });
  expect(now.reworkCount).toBe(1);
  const suppliers = ({ trace }: Payload): readonly string[] =>
    trace.nodes.filter(({ kind }: Payload) => kind === 'EXTERNAL_LOT').map(({ number }: Named) => number);
  expect([suppliers(now), suppliers(before)]).toEqual([[], [SPRINGS]]);
  expect(numbersOf(removed.serials)).toEqual(numbersOf([...badValves, pump]));
  expect(labelPrints.nodes).toHaveLength(2);
  expect(now.components).toEqual([{ componentSerial: { number: goodValve?.number } }]);
  expect(before.trace.nodes).toContainEqual({ kind: 'SERIAL', number: badValves[0]?.number, isHeld: true });
  const trailOf = ({ history }: Payload): readonly string[] =>
    history.nodes.map(({ action, actorLabel }: Payload) => `${action} ${actorLabel}`).toReversed();
  expect(trailOf(serialByNumber)).toEqual([
    'wipItem.converted operator',
    'serial.started operator',
    'serial.failed inspector',
    'serial.reworked inspector',
    'serial.passed operator',
  ]);
  expect(trailOf(serialByNumber.lot)).toEqual([
    'lot.created admin',
    'wipItem.generated admin',
    'lot.quarantined inspector',
    'lot.released manager',
  ]);
  const reasons = serialByNumber.lot.history.nodes.map(({ reason }: Payload) => reason);
  expect(reasons).toEqual([release.reason, holdOf(pumps).reason, null, null]);
});
