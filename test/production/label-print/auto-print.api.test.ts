import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { labelPrinter } from '../../../src/app/jobs/label-printer.ts';
import { contextFor } from '../../../src/app/request/context.ts';
import { sealNow } from '../../../src/operation/audit/seal.commands.ts';
import { run } from '../../../src/platform/command/run.ts';
import { actAsSystem, HISTORY_ACTION, HISTORY_USER_AGENT } from '../../../src/platform/request/actor.ts';
import { sendToPrinter } from '../../../src/production/label-print/label-printer.gateway.ts';
import { recordProcessData } from '../../../src/production/process-data/recording/process-data.commands.ts';
import { type Api, startApi } from '../../support/api.ts';
import { makeItems, makeLine, makeLot, makeModel, makeStep, type Named } from '../../support/build.ts';
import { done } from '../../support/expect.ts';
import { fieldsOf, startPrinter, type TestPrinter } from './printer.ts';

let api: Api;
let printer: TestPrinter;
let lot: Named;
let month = 0;
const never = new AbortController().signal;

beforeAll(async () => {
  printer = await startPrinter('LINE-1');
  api = await startApi({ labelPrinters: [printer] });
  await makeModel(api);
  await makeLine(api);
  await makeStep(api, 5, 'KIT', { level: 'LOT', autoPrintLabel: true, labelTemplate: 'LOT_LABEL' });
  await makeStep(api, 10, 'MOUNT', { autoPrintLabel: true, labelTemplate: 'WIP_LABEL' });
  await makeStep(api, 20, 'TEST', { autoPrintLabel: true, labelTemplate: 'SERIAL_LABEL' });
  await makeStep(api, 30, 'MARK', {
    type: 'SERIAL_CONVERSION',
    autoPrintLabel: true,
    labelTemplate: 'SERIAL_LABEL',
  });
  await makeStep(api, 40, 'BOX', { level: 'SERIAL', labelTemplate: 'SERIAL_LABEL' });
  await makeStep(api, 50, 'SHIP', { level: 'SERIAL', autoPrintLabel: true, labelTemplate: 'WIP_LABEL' });
});
afterAll(async () => {
  await api.close();
  await printer.close();
});
beforeEach(async () => {
  month += 1;
  lot = await makeLot(api, { productionDate: `2026-${String(month).padStart(2, '0')}-20` });
  await printed();
});

/** Seals the audit trail, prints what is due, and answers the numbers in the codes of the new labels. */
async function printed(services: Api['services'] = api.services): Promise<readonly (string | undefined)[]> {
  const before = printer.programs.length;
  await sealNow(api.database);
  while (await labelPrinter.run(services, never));
  return printer.programs.slice(before).map((program) => fieldsOf(program)[0]);
}

const record = (unit: { readonly id: string }, code: string, input: object = {}) =>
  done(
    api,
    'recordProcessData',
    { unit: { id: unit.id }, process: { code }, result: 'PASS', ...input },
    'processData { id }',
  );

interface Print {
  readonly text: string;
  readonly status: string;
  readonly printer: string | null;
  readonly errorMessage: string | null;
  readonly processData: { readonly process: { readonly code: string } };
}

async function prints(): Promise<readonly Print[]> {
  const { data } = await api.ask(
    '{ labelPrints(first: 100, orderBy: [{ field: CREATED_AT }]) { nodes { text status printer errorMessage printedBy { id } processData { process { code } lot { id } } } } }',
  );
  return data.labelPrints.nodes.filter((print: { processData: { lot: Named } }) => print.processData.lot.id === lot.id);
}

describe('a step that prints its label', () => {
  test('prints that of the lot, of the item, and of the serial that the conversion has made (LBL-2)', async () => {
    const [item] = await makeItems(api, lot, 1);
    if (item === undefined) throw new Error('There is no item.');
    await record(lot, 'KIT');
    await record(item, 'MOUNT');
    expect(await printed()).toEqual([lot.number, item.number]);
    await record(item, 'TEST');
    expect(await printed()).toEqual([]);
    const { serial } = await done(api, 'convertWipItem', { wipItem: { id: item.id } }, 'serial { id number }');
    expect(await printed()).toEqual([serial.number]);
    await record(serial, 'BOX');
    await record(serial, 'SHIP');
    expect(await printed()).toEqual([item.number]);
    expect(await prints()).toEqual(
      [
        ['KIT', lot.number],
        ['MOUNT', item.number],
        ['MARK', serial.number],
        ['SHIP', item.number],
      ].map(([code, text]) => ({
        text,
        status: 'SUCCESS',
        printer: 'LINE-1',
        errorMessage: null,
        printedBy: null,
        processData: { process: { code }, lot: { id: lot.id } },
      })),
    );
    expect(await printed()).toEqual([]);
  });

  test('prints for each PASS of a group commit, of a batch and of a completion, and for no other result (LBL-2)', async () => {
    const items = await makeItems(api, lot, 26);
    const [failed, completed, ...others] = items;
    if (failed === undefined || completed === undefined) throw new Error('There is no item.');
    await record(failed, 'MOUNT', { result: 'FAIL', defects: [{ code: 'BENT' }] });
    await done(api, 'startProcess', { unit: { id: completed.id }, process: { code: 'MOUNT' } }, '');
    expect(await printed()).toEqual([]);
    await done(api, 'completeProcess', { unit: { id: completed.id }, process: { code: 'MOUNT' }, result: 'PASS' }, '');
    await Promise.all(others.slice(0, 12).map((item) => record(item, 'MOUNT')));
    const batch = others.slice(12).map(({ id }) => ({ unit: { id }, process: { code: 'MOUNT' }, result: 'PASS' }));
    await done(api, 'recordProcessDataBatch', { items: batch }, '');
    expect((await printed()).toSorted()).toEqual([completed, ...others].map(({ number }) => number).toSorted());
    expect(await prints()).toHaveLength(25);
  });

  test('prints after a correction to PASS, and not for a PASS that was corrected before (LBL-2)', async () => {
    const [item, other] = await makeItems(api, lot, 2);
    if (item === undefined || other === undefined) throw new Error('There is no item.');
    const { processData } = await record(item, 'MOUNT', { result: 'FAIL', defects: [{ code: 'BENT' }] });
    await done(api, 'correctProcessData', { id: processData.id, result: 'PASS', reason: 'It was straight' }, '');
    const passed = await record(other, 'MOUNT');
    const fail = { result: 'FAIL', defects: [{ code: 'BENT' }], reason: 'It was bent' };
    await done(api, 'correctProcessData', { id: passed['processData'].id, ...fail }, '');
    expect(await printed()).toEqual([item.number]);
  });

  test('prints once, however many processes search for what is due (LBL-2)', async () => {
    const items = await makeItems(api, lot, 30);
    const batch = items.map(({ id }) => ({ unit: { id }, process: { code: 'MOUNT' }, result: 'PASS' }));
    await done(api, 'recordProcessDataBatch', { items: batch }, '');
    const before = printer.programs.length;
    await sealNow(api.database);
    await Promise.all(Array.from({ length: 8 }, () => labelPrinter.run(api.services, never)));
    await printed();
    expect(
      printer.programs
        .slice(before)
        .map((program) => fieldsOf(program)[0])
        .toSorted(),
    ).toEqual(items.map(({ number }) => number).toSorted());
    expect((await prints()).map(({ status }) => status)).toEqual(items.map(() => 'SUCCESS'));
  });

  test('keeps its PASS when the printer refuses or hangs; the print says so (LBL-2)', async () => {
    const [item] = await makeItems(api, lot, 1);
    if (item === undefined) throw new Error('There is no item.');
    const { processData } = await record(item, 'MOUNT');
    const gone = await startPrinter('GONE');
    await gone.close();
    expect(await printed({ ...api.services, config: { ...api.config, labelPrinters: [gone] } })).toEqual([]);
    expect(await prints()).toMatchObject([
      {
        text: item.number,
        status: 'FAILED',
        printer: 'GONE',
        errorMessage: 'Printer GONE could not be reached, or broke the connection (ECONNREFUSED).',
      },
    ]);
    const { data } = await api.ask(
      `{ node(id: "${processData.id}") { ... on ProcessData { result wipItem { status } } } }`,
    );
    expect(data.node).toEqual({ result: 'PASS', wipItem: { status: 'IN_PROGRESS' } });
    // It is not printed later by itself: somebody prints it again.
    expect(await printed()).toEqual([]);
  });

  test('without a printer keeps the print, and sends nothing (LBL-2)', async () => {
    const [item] = await makeItems(api, lot, 1);
    if (item === undefined) throw new Error('There is no item.');
    await record(item, 'MOUNT');
    await printed({ ...api.services, config: { ...api.config, labelPrinters: [] } });
    expect(await prints()).toMatchObject([{ text: item.number, status: 'SUCCESS', printer: null }]);
  });

  test('of a server that stops is kept as FAILED, and not sent (LBL-2)', async () => {
    const [item] = await makeItems(api, lot, 1);
    if (item === undefined) throw new Error('There is no item.');
    await record(item, 'MOUNT');
    await sealNow(api.database);
    await labelPrinter.run(api.services, AbortSignal.abort());
    expect(await prints()).toMatchObject([
      { status: 'FAILED', errorMessage: 'The server stopped before it sent the label.' },
    ]);
    expect(await printed()).toEqual([]);
  });

  test('prints nothing for history: a simulated plant, and an import (LBL-2)', async () => {
    const [item, other] = await makeItems(api, lot, 2);
    const viewer = { kind: 'USER', id: api.userIdOf('ADMIN'), username: 'admin', role: 'ADMIN' } as const;
    const context = contextFor(api.services, viewer, undefined, { ip: null, userAgent: HISTORY_USER_AGENT });
    const input = { unit: { id: item?.id }, process: { code: 'MOUNT' }, result: 'PASS' };
    expect(await run(recordProcessData, input, context)).toMatchObject({ errors: [] });
    await api.database.transaction(async (tx) => {
      await actAsSystem(tx, HISTORY_ACTION);
      await tx.sql`
        INSERT INTO process_data (level, lot_id, wip_item_id, process_id, attempt, operator_id, result, started_at, completed_at)
        SELECT 'WIP', item.lot_id, item.id, step.id, 1, ${viewer.id}::uuid, 'PASS', now(), now()
        FROM wip_items item, processes step WHERE item.number = ${other?.number} AND step.code = 'MOUNT'`;
    });
    expect(await printed()).toEqual([]);
    expect(await prints()).toEqual([]);
  });
});

test('a printer that takes bytes and never ends has not taken the label: the time limit counts (LBL-1)', async () => {
  const hanging = await startPrinter('HANGING', 'HANGS');
  expect(await sendToPrinter(hanging, '^XA^XZ', 50)).toBe(
    'Printer HANGING did not take the label within 50 ms; it may print it yet.',
  );
  await hanging.close();
});

test('a printer whose name does not exist is not reached (LBL-1)', async () => {
  expect(await sendToPrinter({ name: 'NOWHERE', host: 'printer.invalid', port: 9100 }, '^XA^XZ')).toMatch(
    /^Printer NOWHERE (?:could not be reached, or broke the connection \((?:ENOTFOUND|EAI_AGAIN)\)|did not take the label within 5000 ms; it may print it yet)\.$/,
  );
});
