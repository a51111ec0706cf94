import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Api, startApi } from '../../support/api.ts';
import { askBothWays, withoutPlans } from '../../support/both-ways.ts';
import { makeItems, makeLine, makeLot, makeModel, makeRoute, makeSerials, type Named } from '../../support/build.ts';
import { call, done, expectRefused, fingerprint } from '../../support/expect.ts';
import { makeStation, sendAs, type StationWithKey } from '../../support/station.ts';
import { BROWSER, rasterised, scanned } from './label-image.ts';
import { fieldsOf, startPrinter, type TestPrinter } from './printer.ts';

let api: Api;
let printer: TestPrinter;
let broken: TestPrinter;
let station: StationWithKey;
let lot: Named;
let item: Named;
let serial: Named;
let otherLot: Named;
/** An execution of the item, finished, and one that is open. */
let finished: { readonly id: string };
let open: { readonly id: string };

/** A port on which nothing listens: that of a printer that was closed. */
async function closedPort(): Promise<number> {
  const once = await startPrinter('CLOSED');
  await once.close();
  return once.port;
}

beforeAll(async () => {
  printer = await startPrinter('LINE-1');
  broken = await startPrinter('BROKEN', 'BREAKS');
  const closed = { name: 'CLOSED', host: '127.0.0.1', port: await closedPort() };
  api = await startApi({ labelPrinters: [printer, broken, closed] });
  const steps = await makeRoute(api);
  await makeModel(api);
  await makeLine(api);
  station = await makeStation(api, 'PACK');
  lot = await makeLot(api);
  otherLot = await makeLot(api);
  const [made] = await makeSerials(api, lot, 1, [steps.mount, steps.test]);
  const [next] = await makeItems(api, lot, 1);
  if (made === undefined || next === undefined) throw new Error('There is no unit.');
  [serial, item] = [made, next];
  const work = { unit: { id: item.id }, process: { code: 'MOUNT' } };
  finished = (await done(api, 'recordProcessData', { ...work, result: 'PASS' }, 'processData { id }'))['processData'];
  open = (await done(api, 'startProcess', { ...work, process: { code: 'TEST' } }, 'processData { id }'))['processData'];
});
afterAll(async () => {
  await api.close();
  await printer.close();
  await broken.close();
});

const FIELDS =
  'labelPrint { id labelType text printer status errorMessage lot { number } wipItem { number } serial { number } processData { id } printedBy { username } }';

interface Drawn {
  readonly text: string;
  readonly content: string;
  readonly contentType: string;
}

async function draw(unit: object, labelType: string, format: string, code = 'DATA_MATRIX'): Promise<Drawn> {
  const { data, errors } = await api.ask(
    `query($unit: UnitRef!, $labelType: LabelType!, $format: LabelFormat!, $code: LabelCode) {
      label(unit: $unit, labelType: $labelType, format: $format, code: $code) { text content contentType } }`,
    { unit, labelType, format, code },
    'VIEWER',
  );
  expect(errors).toEqual([]);
  return data.label;
}

const labels = (): readonly (readonly [labelType: string, unit: Named, readable: string])[] => [
  ['LOT_LABEL', lot, 'KR01-PSA-2611-01'],
  ['WIP_LABEL', item, item.number],
  ['SERIAL_LABEL', serial, 'KR01-PSA-2611-01-001'],
];
const CODES = [
  ['DATA_MATRIX', 'DataMatrix'],
  ['QR_CODE', 'QRCode'],
] as const;

describe('label', () => {
  test('as PNG is read back by another decoder, for each type and each code', async () => {
    for (const [labelType, { id, number }] of labels())
      for (const [code, format] of CODES) {
        const { text, content, contentType } = await draw({ id }, labelType, 'PNG', code);
        const png = Buffer.from(content, 'base64');
        if (process.env['LABEL_PICTURES'] !== undefined)
          await writeFile(`${process.env['LABEL_PICTURES']}/${labelType}-${code}.png`, png);
        expect([text, contentType, await scanned(png)]).toEqual([number, 'image/png', [[format, number]]]);
      }
  });

  test.skipIf(BROWSER === undefined)('as SVG is read back from the pixels of a browser', async () => {
    for (const [code, format] of CODES) {
      const { text, content, contentType } = await draw({ number: serial.number }, 'SERIAL_LABEL', 'SVG', code);
      expect([text, contentType]).toEqual([serial.number, 'image/svg+xml']);
      expect(await scanned(await rasterised(content))).toEqual([[format, serial.number]]);
    }
  });

  test('as ZPL has the number in its code and the readable number below', async () => {
    for (const [labelType, { id, number }, readable] of labels()) {
      const matrix = await draw({ id }, labelType, 'ZPL');
      expect([matrix.contentType, fieldsOf(matrix.content)]).toEqual(['application/zpl', [number, readable]]);
      const { content } = await draw({ id }, labelType, 'ZPL', 'QR_CODE');
      expect(fieldsOf(content)).toEqual([`MA,${number}`, readable]);
    }
  });

  test('is of a unit that exists and has the type of the label, and keeps nothing (LBL-1)', async () => {
    const before = await fingerprint(api);
    const ask = (unit: string, labelType: string) =>
      api.ask(`{ label(unit: ${unit}, labelType: ${labelType}, format: ZPL) { text } }`);
    const misfit = await ask(`{ number: "${lot.number}" }`, 'SERIAL_LABEL');
    expect([misfit.data.label, misfit.errors[0]?.extensions]).toMatchObject([
      null,
      { code: 'INVALID_INPUT', rule: 'LBL-1', path: ['unit'] },
    ]);
    const unknown = await ask('{ number: "NOTHING" }', 'SERIAL_LABEL');
    expect(unknown.errors[0]?.extensions).toMatchObject({ code: 'NOT_FOUND', path: ['unit'] });
    expect(await fingerprint(api)).toEqual(before);
  });

  test('takes one statement', async () => {
    const answer = await api.ask(
      `{ label(unit: { number: "${serial.number}" }, labelType: SERIAL_LABEL, format: ZPL) { text } }`,
    );
    expect([answer.data, answer.statements]).toEqual([{ label: { text: serial.number } }, 1]);
  });

  test('follows the type of the label where an item and its serial share an external number', async () => {
    const made = await makeLot(api);
    const input = { lot: { id: made.id }, quantity: 1, externalNumbers: ['UNIT-77'] };
    const [unit] = (await done(api, 'generateWipItems', input, 'wipItems { id number }'))['wipItems'];
    for (const code of ['MOUNT', 'TEST'])
      await done(api, 'recordProcessData', { unit: { id: unit.id }, process: { code }, result: 'PASS' }, '');
    const converted = await done(api, 'convertWipItem', { wipItem: { id: unit.id } }, 'serial { number }');
    expect((await draw({ number: 'UNIT-77' }, 'WIP_LABEL', 'ZPL')).text).toBe(unit.number);
    expect((await draw({ number: 'UNIT-77' }, 'SERIAL_LABEL', 'ZPL')).text).toBe(converted['serial'].number);
  });
});

describe('printLabel', () => {
  test('sends the label to the printer and keeps the print (LBL-1)', async () => {
    const sent = printer.programs.length;
    const input = { labelType: 'WIP_LABEL', unit: { number: item.number.toLowerCase() }, processData: finished.id };
    const { labelPrint } = await done(api, 'printLabel', input, FIELDS, 'OPERATOR');
    expect(labelPrint).toEqual({
      id: labelPrint.id,
      labelType: 'WIP_LABEL',
      text: item.number,
      printer: 'LINE-1',
      status: 'SUCCESS',
      errorMessage: null,
      lot: null,
      wipItem: { number: item.number },
      serial: null,
      processData: { id: finished.id },
      printedBy: { username: 'operator' },
    });
    expect(printer.programs.slice(sent).map(fieldsOf)).toEqual([[item.number, item.number]]);
  });

  test('prints again: each reprint is a print of its own (LBL-1)', async () => {
    const sent = printer.programs.length;
    const input = { labelType: 'SERIAL_LABEL', unit: { id: serial.id }, printer: 'LINE-1' };
    const ids = [];
    for (let each = 0; each < 3; each += 1)
      ids.push((await done(api, 'printLabel', input, 'labelPrint { id }'))['labelPrint'].id);
    expect([new Set(ids).size, printer.programs.length - sent]).toEqual([3, 3]);
  });

  test('by a station has no person (LBL-1)', async () => {
    const input = { labelType: 'LOT_LABEL', unit: { id: lot.id } };
    const { labelPrint } = await sendAs(
      api,
      station.apiKey,
      'printLabel',
      input,
      'labelPrint { status printedBy { id } }',
    );
    expect(labelPrint).toEqual({ status: 'SUCCESS', printedBy: null });
  });

  test('to a printer that is not there, or breaks off, is kept as FAILED in a successful answer (LBL-1)', async () => {
    const input = { labelType: 'SERIAL_LABEL', unit: { id: serial.id } };
    const closed = await done(api, 'printLabel', { ...input, printer: 'CLOSED' }, FIELDS);
    expect(closed['labelPrint']).toMatchObject({
      status: 'FAILED',
      printer: 'CLOSED',
      errorMessage: 'Printer CLOSED could not be reached, or broke the connection (ECONNREFUSED).',
    });
    const reset = await done(api, 'printLabel', { ...input, printer: 'BROKEN' }, FIELDS);
    expect(reset['labelPrint']).toMatchObject({ status: 'FAILED', printer: 'BROKEN' });
    expect(reset['labelPrint'].errorMessage).toMatch(/^Printer BROKEN (?:could not be reached|closed the connection)/);
  });

  test('with the same key prints once, also when both requests come at once (IDK-1, LBL-1)', async () => {
    const sent = printer.programs.length;
    const input = { labelType: 'LOT_LABEL', unit: { id: lot.id }, idempotencyKey: 'print once' };
    const payloads = await Promise.all([1, 2, 3].map(() => done(api, 'printLabel', input, 'labelPrint { id }')));
    payloads.push(await done(api, 'printLabel', input, 'labelPrint { id status }'));
    expect(new Set(payloads.map(({ labelPrint }) => labelPrint.id)).size).toBe(1);
    expect(payloads.at(-1)?.['labelPrint'].status).toBe('SUCCESS');
    expect(printer.programs.length - sent).toBe(1);
    await expectRefused(api, 'printLabel', { ...input, unit: { id: otherLot.id } }, [
      ['IDEMPOTENCY_MISMATCH', 'idempotencyKey', 'IDK-1'],
    ]);
  });

  test('refuses another unit, an unknown printer and a foreign execution, and prints nothing (LBL-1)', async () => {
    const sent = printer.programs.length;
    const input = { labelType: 'WIP_LABEL', unit: { id: item.id } };
    for (const [changes, refusal] of [
      [{ unit: { id: lot.id } }, ['INVALID_INPUT', 'unit', 'LBL-1']],
      [{ unit: { number: 'KR01PSA261199' } }, ['NOT_FOUND', 'unit', null]],
      [{ printer: 'NONE' }, ['INVALID_INPUT', 'printer', null]],
      [{ processData: open.id }, ['RULE_VIOLATED', 'processData', 'LBL-1']],
      [
        { labelType: 'LOT_LABEL', unit: { id: otherLot.id }, processData: finished.id },
        ['RULE_VIOLATED', 'processData', 'LBL-1'],
      ],
      [
        { processData: Buffer.from('ProcessData:00000000-0000-7000-8000-000000000000').toString('base64') },
        ['NOT_FOUND', 'processData', null],
      ],
    ] as const)
      await expectRefused(api, 'printLabel', { ...input, ...changes }, [refusal]);
    expect(printer.programs.length).toBe(sent);
  });

  test('without a configured printer only keeps the print (LBL-1)', async () => {
    const { labelPrint } = await withNoPrinter((ask) =>
      done({ ask }, 'printLabel', { labelType: 'LOT_LABEL', unit: { id: lot.id } }, FIELDS),
    );
    expect(labelPrint).toMatchObject({ printer: null, status: 'SUCCESS', errorMessage: null });
  });
});

/** A server on the same database that has no printers. */
async function withNoPrinter<T>(work: (ask: Api['ask']) => Promise<T>): Promise<T> {
  const services = { ...api.services, config: { ...api.services.config, labelPrinters: [] } };
  return withoutPlans(services, (url) =>
    work(async (query, variables) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${await api.tokenOf('ADMIN')}` },
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors = [] } = (await response.json()) as { data: unknown; errors?: [] };
      return { status: response.status, data, errors, statements: 0 };
    }),
  );
}

describe('recordLabelPrint', () => {
  test('keeps what another program has printed, and sends nothing (LBL-1)', async () => {
    const sent = printer.programs.length;
    const input = {
      labelType: 'SERIAL_LABEL',
      unit: { id: serial.id },
      printer: 'Desk of Ada',
      status: 'FAILED',
      errorMessage: 'No paper',
      idempotencyKey: 'desk 1',
    };
    const first = await done(api, 'recordLabelPrint', input, FIELDS);
    expect(first['labelPrint']).toMatchObject({ printer: 'Desk of Ada', status: 'FAILED', errorMessage: 'No paper' });
    expect((await done(api, 'recordLabelPrint', input, 'labelPrint { id }'))['labelPrint'].id).toBe(
      first['labelPrint'].id,
    );
    expect(printer.programs.length).toBe(sent);
  });

  test('refuses a failure without a reason, and a reason without a failure (LBL-1)', async () => {
    const input = { labelType: 'SERIAL_LABEL', unit: { id: serial.id } };
    for (const [changes, refusal] of [
      [{ status: 'FAILED' }, ['INVALID_INPUT', 'errorMessage', 'LBL-1']],
      [{ status: 'SUCCESS', errorMessage: 'No paper' }, ['INVALID_INPUT', 'errorMessage', 'LBL-1']],
      [{ status: 'SUCCESS', unit: { id: item.id } }, ['INVALID_INPUT', 'unit', 'LBL-1']],
      [{ status: 'SUCCESS', processData: open.id }, ['RULE_VIOLATED', 'processData', 'LBL-1']],
      [{ status: 'SUCCESS', printer: 'P'.repeat(101) }, ['INVALID_INPUT', 'printer', null]],
    ] as const)
      await expectRefused(api, 'recordLabelPrint', { ...input, ...changes }, [refusal]);
  });
});

describe('labelPrints', () => {
  test('lists prints, the newest first, with their filters, at their units and by their ids (LBL-1)', async () => {
    const made = await makeLot(api);
    const status = ['SUCCESS', 'FAILED', 'SUCCESS'];
    for (const each of status)
      await done(
        api,
        'recordLabelPrint',
        {
          labelType: 'LOT_LABEL',
          unit: { id: made.id },
          status: each,
          ...(each === 'FAILED' ? { errorMessage: 'No paper' } : {}),
        },
        'labelPrint { id }',
      );
    const of = `lot: { number: { eq: "${made.number}" } }`;
    const { data, statements } = await askBothWays(
      api,
      `{ all: labelPrints(filter: { ${of} }) { totalCount nodes { id status lot { number } } }
         failed: labelPrints(filter: { ${of}, status: { eq: FAILED }, labelType: { eq: LOT_LABEL } }) { nodes { status } }
         none: labelPrints(filter: { ${of}, wipItem: { number: { eq: "${item.number}" } } }) { totalCount }
         lotByNumber(number: "${made.number}") { labelPrints { totalCount } } }`,
    );
    expect(data).toMatchObject({
      all: {
        totalCount: 3,
        nodes: ['SUCCESS', 'FAILED', 'SUCCESS'].map((each) => ({ status: each, lot: { number: made.number } })),
      },
      failed: { nodes: [{ status: 'FAILED' }] },
      none: { totalCount: 0 },
      lotByNumber: { labelPrints: { totalCount: 3 } },
    });
    expect(statements.plans).toBeLessThanOrEqual(statements.loaders);
    const [{ id }] = data.all.nodes;
    expect((await api.ask(`{ node(id: "${id}") { id } }`)).data).toEqual({ node: { id } });
    const forStation = `{ node(id: "${id}") { id } lotByNumber(number: "${made.number}") { labelPrints { totalCount } } }`;
    expect((await api.askWith({ apiKey: station.apiKey }, forStation)).data).toEqual({
      node: null,
      lotByNumber: { labelPrints: null },
    });
  });

  test.each([1, 10, 100])('%i prints with their units take 2 statements by plan, 3 by loaders', async (count) => {
    const made = await makeLot(api);
    await api.database.reader().sql`
      INSERT INTO label_prints (label_type, lot_id, text, status, printed_by_id)
      SELECT 'LOT_LABEL', id, number, 'SUCCESS', ${api.userIdOf('ADMIN')}::uuid FROM lots, generate_series(1, ${count}) WHERE number = ${made.number}`;
    const { data, statements } = await askBothWays(
      api,
      `{ labelPrints(first: 100, filter: { lot: { eq: "${made.id}" } }) { nodes { text lot { number } serial { number } printedBy { username } } } }`,
    );
    expect([data.labelPrints.nodes.length, statements]).toEqual([count, { plans: 2, loaders: 3 }]);
  });
});

test('a lot whose label was printed is not deleted (LOT-11)', async () => {
  const made = await makeLot(api);
  await done(api, 'printLabel', { labelType: 'LOT_LABEL', unit: { id: made.id } }, '');
  await expectRefused(api, 'deleteLot', { lot: { id: made.id } }, [['RULE_VIOLATED', 'lot', 'LOT-11']]);
});

test('a print and the deletion of its lot: one of the two comes first (LBL-1, LOT-11)', async () => {
  for (let round = 0; round < 5; round += 1) {
    const made = await makeLot(api);
    const [print, deletion] = await Promise.all([
      call(api, 'recordLabelPrint', { labelType: 'LOT_LABEL', unit: { id: made.id }, status: 'SUCCESS' }),
      call(api, 'deleteLot', { lot: { id: made.id } }),
    ]);
    expect([print?.errors.length, deletion?.errors.length].toSorted()).toEqual([0, 1]);
    for (const { code } of [...(print?.errors ?? []), ...(deletion?.errors ?? [])])
      expect(['NOT_FOUND', 'RULE_VIOLATED', 'CONFLICT']).toContain(code);
  }
});
