import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { encodeGlobalId } from '../../src/platform/values/global-id.ts';
import { contextFor } from '../../src/app/request/context.ts';
import { importKeyOf } from '../../src/app/import/idempotency-key.ts';
import { readMap } from '../../src/app/import/map.ts';
import { importFile } from '../../src/app/import/run.ts';
import type { ReportRow } from '../../src/app/import/report.ts';
import type { Summary } from '../../src/app/import/summary.ts';
import type { Role } from '../../src/platform/rules/access.ts';
import { startApi, type Api } from '../support/api.ts';
import { withConnection } from '../support/database.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const REAL_FILE = path.resolve(ROOT, '../shared/data/ai4i2020.csv');
const REAL_MAP = path.join(ROOT, 'maps/ai4i2020.json');

let api: Api;
let folder: string;

async function inFolder(name: string, content: string | Buffer): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, content);
  return file;
}

interface Imported {
  readonly summary: Summary;
  readonly rows: readonly ReportRow[];
}

async function importHere(file: string, map: object, role: Role = 'ADMIN'): Promise<Imported> {
  const reading = readMap(JSON.stringify(map));
  if ('problems' in reading) throw new Error(reading.problems.join('\n'));
  const reportPath = path.join(folder, `${randomUUID()}.jsonl`);
  const context = contextFor(api.services, {
    kind: 'USER',
    id: api.userIdOf(role),
    username: role.toLowerCase(),
    role,
  });
  const summary = await importFile({ file, map: reading.map, reportPath }, context);
  const lines = (await readFile(reportPath, 'utf8')).split('\n').filter((line) => line !== '');
  return { summary, rows: lines.map((line): ReportRow => JSON.parse(line)) };
}

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
}

/** The built command line in a process of its own; killed without warning when its progress says so. */
function commandLine(args: readonly string[], killWhen?: (progress: string) => boolean): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path.join(ROOT, 'dist/main.js'), 'import', ...args], {
      cwd: ROOT,
      env: { ...process.env, NODE_ENV: 'test', DATABASE_URL: api.databaseUrl, LOTGRAPH_LOG_LEVEL: 'silent' },
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (data) => (out += String(data)));
    child.stderr.on('data', (data) => {
      err += String(data);
      if (killWhen?.(err) === true) child.kill('SIGKILL');
    });
    child.on('close', (code, signal) => resolve({ code, signal, out, err }));
  });
}

/** A digest of each table. A run that changes nothing may only add requests already answered (idempotency keys). */
async function digest(): Promise<Readonly<Record<string, string>>> {
  const db = api.database.reader();
  const tables = await db.sql<{ name: string }>`
    SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'idempotency_keys' ORDER BY tablename`;
  const [digests] = await db.query<Record<string, string>>({
    text: `SELECT ${tables.map(({ name }) => `(SELECT count(*) || ' ' || coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '') FROM "${name}" t) AS "${name}"`).join(', ')}`,
    values: [],
  } as never);
  return digests ?? {};
}

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lotgraph-import-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('the sample file of 10,000 units', () => {
  interface RealRow {
    readonly number: string;
    readonly type: string;
    readonly readings: readonly string[];
    readonly isFailed: boolean;
    readonly modes: readonly string[];
  }
  let real: readonly RealRow[] = [];

  beforeAll(async () => {
    expect(existsSync(REAL_FILE), `${REAL_FILE} is missing: the shared data belongs next to the checkout`).toBe(true);
    const [header = '', ...lines] = (await readFile(REAL_FILE, 'utf8')).replace('\uFEFF', '').trim().split(/\r?\n/);
    const names = header.split(',');
    real = lines.map((line) => {
      const [, number = '', type = '', ...cells] = line.split(',');
      return {
        number,
        type,
        readings: cells.slice(0, 5),
        isFailed: cells[5] === '1',
        modes: names.slice(9).filter((_, index) => cells[6 + index] === '1'),
      };
    });
    api = await startApi();
  });
  afterAll(async () => {
    await api.close();
  });

  test('a killed import is completed by the next one, without losses or duplicates, and a third run changes nothing; its figures are those of the file (KPI-1, KPI-2, KPI-3, KPI-7, KPI-10)', {
    timeout: 600_000,
  }, async () => {
    const args = [REAL_FILE, '--map', REAL_MAP, '--report', path.join(folder, 'report.jsonl'), '--json'];
    const killed = await commandLine(
      args,
      (progress) => progress.includes('Rows: 19 %') || progress.includes('Rows: 2'),
    );
    const [halfway] = await api.database.reader().sql<{ items: number }>`SELECT count(*)::int AS items FROM wip_items`;
    expect(killed.signal).toBe('SIGKILL');
    expect(halfway?.items).toBeGreaterThan(500);
    expect(halfway?.items).toBeLessThan(9_000);

    const finished = await commandLine(args);

    const modes = real.flatMap((row) => (row.isFailed ? row.modes : []));
    const defects = Object.fromEntries(
      [...new Set(modes)].toSorted().map((mode) => [mode, modes.filter((each) => each === mode).length]),
    );
    const failed = real.filter((row) => row.isFailed);
    const unnamed = failed.filter((row) => row.modes.length === 0);
    const odd = real.filter((row) => !row.isFailed && row.modes.length > 0);
    expect(real).toHaveLength(10_000);
    expect(failed).toHaveLength(339);
    expect(finished).toMatchObject({ code: 0 });
    const summary: Summary = JSON.parse(finished.out);
    expect(summary).toMatchObject({
      rows: 10_000,
      refused: 0,
      noted: unnamed.length + odd.length,
      results: { PASS: real.length - failed.length, FAIL: failed.length },
      defects: { ...defects, UNSPECIFIED: unnamed.length },
    });
    expect(summary.imported + summary.unchanged).toBe(10_000);

    await expectTheWholeFile();
    await expectTheAnswersOfTheGraph(failed, unnamed, odd, modes);
    await expectTheFigures([...modes, ...unnamed.map(() => 'UNSPECIFIED')]);

    const before = await digest();
    const again = await commandLine(args);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.out)).toMatchObject({
      rows: 10_000,
      imported: 0,
      unchanged: 10_000,
      refused: 0,
      lotsMade: 0,
      mastersMade: [],
    });
    expect(await digest()).toEqual(before);
    const report = (await readFile(path.join(folder, 'report.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((line): ReportRow => JSON.parse(line));
    expect(report.map((row) => [row.row, row.unit])).toEqual(real.map((row, index) => [index + 1, row.number]));
    expect(report.filter((row) => row.notes.length > 0).map((row) => row.unit)).toEqual(
      real.filter((row) => row.isFailed !== row.modes.length > 0).map((row) => row.number),
    );
  });

  /** Expects the Pareto, the yield of each model and the first pass yields that a count of the file gives. */
  async function expectTheFigures(codes: readonly string[]): Promise<void> {
    const { data, errors } = await api.ask(`{
      defectPareto(period: ${JANUARY}) { rows { key count } totalCount }
      yieldReport(period: ${JANUARY}, by: PRODUCT_MODEL) { rolledThroughputYield rows { process { code } key firstAttempts firstPasses firstPassYield } }
    }`);
    expect(errors).toEqual([]);
    const counts = [...new Set(codes)].map((key) => ({ key, count: codes.filter((code) => code === key).length }));
    expect(data.defectPareto).toEqual({
      rows: counts.toSorted((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1)),
      totalCount: codes.length,
    });
    const good = real.filter((row) => !row.isFailed).length;
    const finalTest = ['H', 'L', 'M'].map((type) => {
      const made = real.filter((row) => row.type === type);
      const passed = made.filter((row) => !row.isFailed);
      const ratio = passed.length / made.length;
      return {
        process: { code: 'FINAL_TEST' },
        key: `AI4I-${type}`,
        firstAttempts: made.length,
        firstPasses: passed.length,
        firstPassYield: ratio,
      };
    });
    const { rolledThroughputYield, rows } = data.yieldReport;
    expect(rolledThroughputYield).toBe(good / real.length);
    expect(rows.filter((row: { process: { code: string } }) => row.process.code === 'FINAL_TEST')).toEqual(finalTest);
    await expectTheYields();
  }

  /** Expects serials and items at the times of the file, so that the yields of each model and of each day are its own. */
  async function expectTheYields(): Promise<void> {
    const models = await api.database.reader().sql<{ code: string; id: string }>`SELECT code, id FROM product_models`;
    const modelId = (type: string) =>
      encodeGlobalId('ProductModel', models.find(({ code }) => code === `AI4I-${type}`)?.id ?? '');
    const ask = async (period: string, scope = '') => {
      const { data, errors } = await api.ask(`{
        serialYield(period: ${period}${scope}) { terminalCount passedCount failedCount passedFirstTimeCount reworkedCount passRatio firstTimeRatio }
        cycleTimes(period: ${period}${scope}) { units { count meanLeadSeconds medianLeadSeconds meanTouchSeconds flowRatio } } }`);
      expect(errors).toEqual([]);
      return data;
    };
    const counted = (units: readonly RealRow[]) => {
      const passed = units.filter((row) => !row.isFailed).length;
      return {
        serialYield: {
          terminalCount: units.length,
          passedCount: passed,
          failedCount: units.length - passed,
          passedFirstTimeCount: passed,
          reworkedCount: 0,
          passRatio: passed / units.length,
          firstTimeRatio: passed / units.length,
        },
        cycleTimes: {
          units: {
            count: units.length,
            meanLeadSeconds: 40,
            medianLeadSeconds: 40,
            meanTouchSeconds: 45,
            flowRatio: 45 / 40,
          },
        },
      };
    };
    for (const type of ['H', 'L', 'M'])
      expect(await ask(JANUARY, `, scope: { productModels: ["${modelId(type)}"] }`)).toEqual(
        counted(real.filter((row) => row.type === type)),
      );
    // The first unit is done at 06:00, and one each minute; every unit leaves its first step 20 seconds before its end.
    const day = (seconds: number) => {
      const at = (date: string) => new Date(Date.parse(date) - seconds * 1000).toISOString();
      return `{ from: "${at('2020-01-07')}", to: "${at('2020-01-08')}" }`;
    };
    const ofDay = counted(real.slice(18 * 60, 42 * 60));
    expect((await ask(day(0))).serialYield).toEqual(ofDay.serialYield);
    expect((await ask(day(20))).cycleTimes).toEqual(ofDay.cycleTimes);
  }

  /** Around all units of the file, which its map lets begin on 2020-01-06. */
  const JANUARY = '{ from: "2020-01-01T00:00:00Z", to: "2020-02-01T00:00:00Z" }';

  /**
   * Expects each unit once, in the lot and with the sequence that the order of the file gives, with the data of the
   * file.
   */
  async function expectTheWholeFile(): Promise<void> {
    const stored = await api.database.reader().sql<{
      number: string;
      lot: string;
      sequence: number;
      status: string;
      readings: { value: string }[];
      defects: { code: string }[];
      notes: string | null;
    }>`
      SELECT s.external_number AS number, l.external_number AS lot, s.sequence, s.status, d.measurements AS readings, d.defects, d.notes
      FROM serials s JOIN lots l ON l.id = s.lot_id JOIN wip_items w ON w.id = s.wip_item_id AND w.external_number = s.external_number
      JOIN process_data d ON d.serial_id = s.id ORDER BY d.completed_at`;
    const counts = new Map<string, number>();
    const expected = real.map(({ number, type, readings, isFailed, modes }) => {
      const place = counts.get(type) ?? 0;
      counts.set(type, place + 1);
      return {
        number,
        lot: `AI4I2020/AI4I-${type}/${String(Math.floor(place / 100) + 1).padStart(4, '0')}`,
        sequence: (place % 100) + 1,
        status: isFailed ? 'FAILED' : 'PASSED',
        readings,
        defects: !isFailed ? [] : modes.length === 0 ? ['UNSPECIFIED'] : modes,
        isNoted: isFailed !== modes.length > 0,
      };
    });
    const found = stored.map(({ notes, ...row }) => ({
      ...row,
      readings: row.readings.map((each) => each.value),
      defects: row.defects.map((each) => each.code),
      isNoted: notes !== null,
    }));
    expect(found).toEqual(expected);
    const [counted] = await api.database.reader().sql<Record<string, number>>`
      SELECT (SELECT count(*)::int FROM wip_items WHERE status = 'CONVERTED') AS items, (SELECT count(*)::int FROM serials) AS serials,
             (SELECT count(*)::int FROM process_data) AS executions, (SELECT count(*)::int FROM process_data WHERE result IS NULL) AS open,
             (SELECT count(*)::int FROM lots) AS lots, (SELECT count(*)::int FROM lots WHERE status = 'COMPLETED') AS completed`;
    expect(counted).toEqual({ items: 10_000, serials: 10_000, executions: 30_000, open: 0, lots: 101, completed: 101 });
  }

  /** Queries of a quality engineer, in GraphQL. */
  async function expectTheAnswersOfTheGraph(
    failed: readonly RealRow[],
    unnamed: readonly RealRow[],
    odd: readonly RealRow[],
    modes: readonly string[],
  ): Promise<void> {
    const count = async (filter: object): Promise<number> => {
      const { data, errors } = await api.ask(
        'query Count($filter: ProcessDataFilter) { processData(filter: $filter) { totalCount } }',
        { filter },
      );
      expect(errors).toEqual([]);
      return data.processData.totalCount;
    };
    expect(await count({ result: { eq: 'FAIL' } })).toBe(failed.length);
    expect(await count({ defectCode: 'UNSPECIFIED' })).toBe(unnamed.length);
    for (const mode of new Set(modes))
      expect({ mode, count: await count({ defectCode: mode }) }).toEqual({
        mode,
        count: modes.filter((each) => each === mode).length,
      });

    const { data } = await api.ask(
      `query Unit($number: String!) { serialByNumber(number: $number) { externalNumber status lot { productModel { code } passedQuantity failedQuantity status }
        wipItem { externalNumber status } processData { nodes { result notes operator { username } equipment { code } measurements { code value unit } } } } }`,
      { number: odd[0]?.number },
    );
    expect(data.serialByNumber).toMatchObject({
      externalNumber: odd[0]?.number,
      status: 'PASSED',
      lot: { status: 'COMPLETED' },
      wipItem: { externalNumber: odd[0]?.number, status: 'CONVERTED' },
      processData: {
        nodes: [
          {
            result: 'PASS',
            notes: `Passed, though marked with ${odd[0]?.modes.join(', ')}.`,
            operator: { username: 'ai4i_operator' },
            equipment: { code: 'MILL-1' },
            measurements: [
              'AIR_TEMPERATURE K',
              'PROCESS_TEMPERATURE K',
              'ROTATIONAL_SPEED rpm',
              'TORQUE Nm',
              'TOOL_WEAR min',
            ].map((what, index) => ({
              code: what.split(' ')[0],
              unit: what.split(' ')[1],
              value: odd[0]?.readings[index],
            })),
          },
        ],
      },
    });
  }
});

/** A factory with two models, two testers and a map for every column. */
const MAP = {
  name: 'PLANT',
  unit: { column: 'Unit' },
  product: { column: 'Model' },
  time: { column: 'Time', offset: '+09:00' },
  operator: { column: 'By' },
  equipment: { column: 'At' },
  lots: { productionLine: 'KR01', size: 3 },
  steps: [
    { process: 'MOUNT', seconds: 30, isAtEquipment: false },
    { process: 'TEST', seconds: 10 },
  ],
  readings: [
    { column: 'Force', code: 'force', unit: 'N', lowerLimit: '1', upperLimit: '9.5' },
    { column: 'Colour', code: 'COLOUR', isText: true },
  ],
  result: { column: 'Result', pass: ['OK', 'true'], fail: ['NOK', 'false'] },
  defects: { list: { column: 'Defects', separator: '/' } },
  notes: { column: 'Remarks' },
  masters: {
    productionLines: [{ code: 'KR01', name: 'Line 1' }],
    productModels: [
      { code: 'PSA', name: 'Sensor A', maxReworks: 0 },
      { code: 'PSB', name: 'Sensor B', maxReworks: 0 },
    ],
    processes: [
      { number: 10, code: 'MOUNT', name: 'Mount' },
      { number: 90, code: 'TEST', name: 'Test', level: 'SERIAL' },
    ],
    equipment: [{ code: 'T-1', name: 'Tester 1', type: 'TESTER' }],
    operators: [{ username: 'kim', fullName: 'Kim' }],
  },
};
const HEADER = 'Unit,Model,Time,By,At,Force,Colour,Result,Defects,Remarks';

function csv(...rows: readonly string[]): string {
  return `${[HEADER, ...rows].join('\r\n')}\r\n`;
}

function good(unit: string, more = 'OK,,'): string {
  return `${unit},PSA,2026-01-05 08:00:00,kim,T-1,5.5,red,${more}`;
}

describe('rows', () => {
  beforeEach(async () => {
    api = await startApi();
  });
  afterEach(async () => {
    await api.close();
  });

  async function units(): Promise<readonly { number: string; status: string }[]> {
    return api.database.reader().sql`SELECT external_number AS number, status FROM serials ORDER BY external_number`;
  }

  test('that are invalid are refused with their number and column, and all others are imported', async () => {
    const file = await inFolder(
      'units.csv',
      Buffer.concat([
        Buffer.from(
          `\uFEFF${csv(
            good('A1'),
            ',PSA,2026-01-05 08:00:00,kim,T-1,5,red,OK,,',
            'A3,PSX,2026-01-05 08:00:00,kim,T-1,5,red,OK,,',
            'A4,PSA,2026-01-05 08:00:00,kim,T-1,5 N,red,OK,,',
            good('A1'),
            'A6,PSA,2026-01-05 08:00:00,kim',
            'A7,PSA,yesterday,kim,T-1,5,red,maybe,,',
            'A8,PSA,2226-01-05 08:00:00,kim,T-1,5,red,OK,,',
            'A9,PSA,2126-01-05 08:00:00,kim,T-1,5,red,OK,,',
            'A10,PSA,2026-01-05 08:00:00,lee,T-9,5,red,OK,,',
            'A11,PSA,2026-01-05 08:00:00,kim,T-1,9.51,red,OK,,',
            'A12,"PSA,2026-01-05 08:00:00,kim,T-1,5,red,OK,,',
            `${'x'.repeat(101)},PSA,2026-01-05 08:00:00,kim,T-1,5,red,OK,,`,
            'A14,P"S"A,2026-01-05 08:00:00,kim,T-1,5,red,OK,,',
          )}`,
        ),
        Buffer.from([0x41, 0xff, 0xfe]),
        Buffer.from(
          `,PSA,2026-01-05 08:00:00,kim,T-1,5,red,OK,,\r\n\r\n${good('A16', 'OK,,"two\r\nlines"')}\r\n${good('A17', 'NOK,scratch / dent,')}`,
        ),
      ]),
    );

    const { summary, rows } = await importHere(file, MAP);

    expect(summary).toMatchObject({
      rows: 17,
      imported: 3,
      unchanged: 0,
      refused: 14,
      results: { PASS: 2, FAIL: 1 },
      defects: { DENT: 1, SCRATCH: 1 },
    });
    expect(
      rows.map(({ row, line, unit, outcome, errors }) => [
        row,
        line,
        unit,
        outcome,
        errors.map((error) => `${error.column ?? '-'} ${error.code} ${error.rule ?? '-'} ${error.message}`),
      ]),
    ).toEqual([
      [1, 2, 'A1', 'imported', []],
      [2, 3, null, 'refused', ['Unit INVALID_INPUT - The unit number is missing.']],
      [
        3,
        4,
        'A3',
        'refused',
        ['Model NOT_FOUND - The product model PSX does not exist; make it, or let the map make it.'],
      ],
      [
        4,
        5,
        'A4',
        'refused',
        [
          'Force INVALID_INPUT PD-11 Force must be a decimal number such as "12.50": at most 15 digits before and 10 after the point.',
        ],
      ],
      [5, 6, 'A1', 'refused', ['- CONFLICT - Unit A1 stands in row 1 already; a unit is imported once.']],
      [6, 7, null, 'refused', ['- INVALID_INPUT - The row has 4 columns, but the header has 10.']],
      [
        7,
        8,
        'A7',
        'refused',
        [
          'Time INVALID_INPUT - The time "yesterday" must be an instant such as 2026-11-20 08:00:00.',
          'Result INVALID_INPUT - The result "maybe" is unknown; "OK" or "true" is a pass and "NOK" or "false" a failure.',
        ],
      ],
      [
        8,
        9,
        'A8',
        'refused',
        ['Time INVALID_INPUT - The time "2226-01-05 08:00:00" must be an instant such as 2026-11-20 08:00:00.'],
      ],
      [
        9,
        10,
        'A9',
        'refused',
        [expect.stringMatching(/^Time RULE_VIOLATED PD-7 2126-01-04T23:00:00.000Z is in the future/)],
      ],
      [
        10,
        11,
        'A10',
        'refused',
        [
          'At NOT_FOUND - The equipment T-9 does not exist; make it, or let the map make it.',
          'By NOT_FOUND - The operator lee does not exist; make it, or let the map make it.',
        ],
      ],
      [
        11,
        12,
        'A11',
        'refused',
        [
          'Force RULE_VIOLATED PD-10 Reading FORCE is 9.51 N, not from 1 to 9.5 N; step 90 TEST allows no PASS out of specification.',
        ],
      ],
      [12, 13, null, 'refused', ['- INVALID_INPUT - The row has a quote that is not closed where its field ends.']],
      [
        13,
        14,
        null,
        'refused',
        ['Unit INVALID_INPUT - The unit number must have at most 100 characters, but has 101.'],
      ],
      [14, 15, null, 'refused', [expect.stringMatching(/^- INVALID_INPUT - The row is no CSV: Invalid Opening Quote/)]],
      [15, 16, null, 'refused', ['- INVALID_INPUT - The row is not UTF-8.']],
      [16, 18, 'A16', 'imported', []],
      [17, 20, 'A17', 'imported', []],
    ]);
    expect(await units()).toEqual([
      { number: 'A1', status: 'PASSED' },
      { number: 'A16', status: 'PASSED' },
      { number: 'A17', status: 'FAILED' },
    ]);
    const [items] = await api.database.reader().sql<{ count: number }>`SELECT count(*)::int AS count FROM wip_items`;
    expect(items?.count).toBe(3);
  });
  test('with numbers or codes that only look right are refused with the wrong character; the prefix of a scanner is left out', async () => {
    const file = await inFolder(
      'units.csv',
      csv(
        'B\u200b1,PSA,2026-01-05 08:00:00,kim,T-1,5,red,OK,,',
        'B2,PS\u0410,2026-01-05 08:00:00,kim,T-1,5,red,OK,,',
        ']d2B3,]C1PSA,2026-01-05 08:00:00,kim,]C1T-1,5,red,OK,,',
        good('B3'),
      ),
    );

    const { rows } = await importHere(file, MAP);

    expect(rows.map(({ unit, outcome, errors }) => [unit, outcome, errors.map(({ message }) => message)])).toEqual([
      [
        null,
        'refused',
        [
          'The unit number must not contain invisible format characters: character 2 is U+200B (ZERO WIDTH SPACE); leave it out.',
        ],
      ],
      [
        'B2',
        'refused',
        [
          'The product model PS\u0410 does not exist; make it, or let the map make it. It must be of one script: character 3 is U+0410 (А, Cyrillic); write all of it in Latin, or none of it.',
        ],
      ],
      ['B3', 'imported', []],
      ['B3', 'refused', ['Unit B3 stands in row 3 already; a unit is imported once.']],
    ]);
    expect(await units()).toContainEqual({ number: 'B3', status: 'PASSED' });
  });

  test('of a refused batch are imported one by one, so that only the invalid unit is left out', async () => {
    await importHere(await inFolder('first.csv', csv(good('X'))), MAP);
    const { data } = await api.ask(
      `mutation { createLot(input: { productModel: { code: "PSA" }, productionLine: { code: "KR01" }, productionDate: "2026-01-05", targetQuantity: 3 }) { lot { number } } }`,
    );
    const { number } = data.createLot.lot;
    await api.ask(
      `mutation { generateWipItems(input: { lot: { number: "${number}" }, quantity: 3, externalNumbers: ["A1", "A2", "A3"] }) { errors { message } } }`,
    );
    await api.ask(
      `mutation { startProcess(input: { unit: { number: "A2" }, process: { code: "MOUNT" } }) { errors { message } } }`,
    );

    const { summary, rows } = await importHere(
      await inFolder('units.csv', csv(good('A1'), good('A2'), good('A3'))),
      MAP,
    );

    expect(summary).toMatchObject({ imported: 2, refused: 1, lotsMade: 0 });
    expect(rows).toMatchObject([
      { unit: 'A1', lot: number, outcome: 'imported' },
      { unit: 'A2', lot: number, serial: null, outcome: 'refused', errors: [{ code: 'RULE_VIOLATED', rule: 'PD-5' }] },
      { unit: 'A3', lot: number, outcome: 'imported' },
    ]);
    const before = await digest();
    expect(await importHere(await inFolder('units.csv', csv(good('A1'), good('A2'), good('A3'))), MAP)).toMatchObject({
      summary: { imported: 0, unchanged: 2, refused: 1 },
    });
    expect(await digest()).toEqual(before);
  });

  test('that were corrected are imported by the next run, without a change to the rows imported before', async () => {
    const file = await inFolder(
      'units.csv',
      csv(good('A1'), 'A2,PSA,2026-01-05 08:00:00,kim,T-1,5 N,red,OK,,', good('A3'), good('A4')),
    );
    const first = await importHere(file, MAP);
    await inFolder('units.csv', csv(good('A1'), good('A2'), good('A3'), good('A4')));

    const second = await importHere(file, MAP);

    expect(first.summary).toMatchObject({ imported: 3, refused: 1, lotsMade: 1 });
    expect(second.summary).toMatchObject({ imported: 1, unchanged: 3, refused: 0, lotsMade: 1 });
    expect(second.rows.map(({ unit, lot, outcome }) => [unit, lot, outcome])).toEqual([
      ['A1', 'KR01PSA260101', 'unchanged'],
      ['A2', 'KR01PSA260102', 'imported'],
      ['A3', 'KR01PSA260101', 'unchanged'],
      ['A4', 'KR01PSA260101', 'unchanged'],
    ]);
  });

  test('with a unit that exists as another model are refused, and those with a different result are reported', async () => {
    await importHere(await inFolder('first.csv', csv(good('A1'), good('A2'))), MAP);
    const before = await digest();

    const { rows } = await importHere(
      await inFolder('second.csv', csv('A1,PSB,2026-01-05 08:00:00,kim,T-1,5,red,OK,,', good('A2', 'NOK,dent,'))),
      MAP,
    );

    expect(rows).toMatchObject([
      {
        unit: 'A1',
        outcome: 'refused',
        errors: [{ code: 'CONFLICT', message: 'Unit A1 exists already in lot KR01PSA260101, as a PSA, not a PSB.' }],
      },
      { unit: 'A2', outcome: 'unchanged', notes: ['Is here as PASS, but the file says FAIL.'] },
    ]);
    expect(await digest()).toEqual(before);
  });

  test('whose lot was imported and then deleted create the lot again', async () => {
    const file = await inFolder('units.csv', csv(good('A1')));
    await importHere(await inFolder('first.csv', csv(good('X'))), MAP);
    const lot = {
      productModel: { code: 'PSA' },
      productionLine: { code: 'KR01' },
      productionDate: '2026-01-04',
      targetQuantity: 1,
      externalNumber: 'PLANT/PSA/0002',
    };
    const idempotencyKey = importKeyOf({ name: 'PLANT' }, 'lot', [JSON.stringify(lot)]);
    const { data } = await api.ask(
      'mutation M($input: CreateLotInput!) { createLot(input: $input) { lot { number } errors { message } } }',
      { input: { ...lot, idempotencyKey } },
    );
    await api.ask(
      'mutation M($number: String!) { deleteLot(input: { lot: { number: $number } }) { errors { message } } }',
      { number: data.createLot.lot.number },
    );

    const { summary, rows } = await importHere(file, MAP);

    expect(data.createLot.lot.number).toBe('KR01PSA260102');
    expect(summary).toMatchObject({ imported: 1, refused: 0, lotsMade: 1 });
    expect(rows[0]?.lot).toBe('KR01PSA260103');
  });

  test('of one file are imported once by two imports at the same time', async () => {
    await importHere(await inFolder('first.csv', csv(good('X'))), MAP);
    const file = await inFolder('units.csv', csv(...Array.from({ length: 9 }, (_, index) => good(`A${index}`))));

    const both = await Promise.all([importHere(file, MAP), importHere(file, MAP)]);

    expect(both.map(({ summary }) => summary.refused)).toEqual([0, 0]);
    expect(await units()).toHaveLength(10);
    const [executions] = await api.database.reader().sql<{
      count: number;
    }>`SELECT count(*)::int AS count FROM process_data`;
    expect(executions?.count).toBe(20);
  });

  test('with a unit that another run has imported since the check are not refused', async () => {
    await importHere(await inFolder('first.csv', csv(good('X'))), MAP);
    const file = await inFolder('units.csv', csv(good('A1'), good('A2')));

    const { summary, rows } = await withConnection(api.databaseUrl, async (client) => {
      // No other run creates an item meanwhile.
      await client.query('BEGIN; LOCK TABLE wip_items IN SHARE MODE');
      const importing = importHere(file, MAP);
      await expect
        .poll(
          async () =>
            (await client.query("SELECT FROM pg_locks WHERE relation = 'wip_items'::regclass AND NOT granted"))
              .rowCount,
        )
        .toBe(1);
      await client.query("UPDATE wip_items SET external_number = 'A1' WHERE external_number = 'X'; COMMIT");
      return importing;
    });

    expect(summary).toMatchObject({ imported: 2, refused: 0 });
    expect(rows.map(({ unit, lot }) => [unit, lot])).toEqual([
      ['A1', 'KR01PSA260101'],
      ['A2', 'KR01PSA260102'],
    ]);
  });

  test('can be JSON Lines: numbers, booleans, null and lists are read, and only an invalid line is refused', async () => {
    const unit = {
      Unit: 'A1',
      Model: 'psb',
      Time: '2026-01-05T08:00:00Z',
      By: 'Kim',
      At: 't-1',
      Force: 5.5,
      Colour: null,
      Result: true,
      Defects: [],
      Remarks: 'by hand',
    };
    const file = await inFolder(
      'units.jsonl',
      [
        JSON.stringify(unit),
        '',
        '{"Unit": "A2", ',
        '["A3"]',
        JSON.stringify({ ...unit, Unit: 4, Result: false, Defects: ['dent', 'burr'] }),
        JSON.stringify({ ...unit, Unit: { a: 1 } }),
        JSON.stringify({ ...unit, Unit: ['A6'] }),
      ].join('\n'),
    );

    const { summary, rows } = await importHere(file, MAP);

    expect(summary).toMatchObject({ rows: 6, imported: 2, refused: 4, defects: { BURR: 1, DENT: 1 } });
    expect(
      rows.map(({ row, line, unit: number, errors }) => [row, line, number, errors.map((error) => error.message)]),
    ).toEqual([
      [1, 1, 'A1', []],
      [2, 3, null, [expect.stringMatching(/^The row is no JSON: /)]],
      [3, 4, null, ['The row is no JSON object.']],
      [4, 5, '4', []],
      [5, 6, null, ['The row has under "Unit" neither text, number, true, false, null nor a list of these.']],
      [6, 7, null, ['Unit is a list; it must be one value.', 'The unit number is missing.']],
    ]);
    const stored = await api.database.reader().sql<object>`
      SELECT s.external_number AS number, d.completed_at AS "completedAt", d.started_at AS "startedAt", d.notes, d.measurements, u.username, e.code
      FROM serials s JOIN process_data d ON d.serial_id = s.id JOIN users u ON u.id = d.operator_id JOIN equipment e ON e.id = d.equipment_id ORDER BY 1`;
    expect(stored[1]).toEqual({
      number: 'A1',
      startedAt: '2026-01-05T07:59:50.000Z',
      completedAt: '2026-01-05T08:00:00.000Z',
      notes: 'by hand',
      measurements: [{ code: 'FORCE', value: '5.5', unit: 'N', lowerLimit: '1', upperLimit: '9.5' }],
      username: 'kim',
      code: 'T-1',
    });
  });
});

describe('the command line', () => {
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(async () => {
    await api.close();
  });

  test('exits with 1 when rows were refused, reports them as text, and each row as CSV', async () => {
    const file = await inFolder(
      'units.csv',
      csv(good('A1'), 'A2,PSA,"later, perhaps",kim,T-1,5,red,OK,,', good('A3', 'NOK,,'), good('=A4', 'OK,dent,')),
    );
    const report = path.join(folder, 'report.csv');

    const { code, out } = await commandLine([
      file,
      '--map',
      await inFolder('map.json', JSON.stringify(MAP)),
      '--report',
      report,
    ]);

    expect(code).toBe(1);
    expect(out.trim().split('\n')).toEqual([
      '4 rows: 3 imported, 0 unchanged, 1 refused.',
      'Results: 2 PASS, 1 FAIL (UNSPECIFIED 1).',
      'Made: 1 lot, production line KR01, product model PSA, product model PSB, process MOUNT, process TEST, equipment T-1, operator kim.',
      'Odd and kept as it is: 2 rows.',
      'Row 2 (line 3, unit A2) refused: INVALID_INPUT: The time "later, perhaps" must be an instant such as 2026-11-20 08:00:00.',
      `Each row: ${report}`,
    ]);
    expect((await readFile(report, 'utf8')).split('\n')).toEqual([
      'row,line,unit,lot,serial,outcome,errors,notes',
      '1,2,A1,KR01PSA260101,KR01PSA260101001,imported,,',
      '2,3,A2,,,refused,"INVALID_INPUT: The time ""later, perhaps"" must be an instant such as 2026-11-20 08:00:00.",',
      '3,4,A3,KR01PSA260101,KR01PSA260101002,imported,,Failed without a defect being named: UNSPECIFIED.',
      '4,5,\'=A4,KR01PSA260101,KR01PSA260101003,imported,,"Passed, though marked with DENT."',
      '',
    ]);
    const [operator] = await api.database.reader()
      .sql<object>`SELECT role, is_active AS "isActive", last_login_at AS "lastLoginAt" FROM users WHERE username = 'kim'`;
    expect(operator).toEqual({ role: 'OPERATOR', isActive: true, lastLoginAt: null });
  });

  test('exits with 2 and changes nothing when the map is invalid, and reports all errors in it', async () => {
    const { code, out, err } = await commandLine([
      'none.csv',
      '--map',
      await inFolder(
        'map.json',
        JSON.stringify({
          ...MAP,
          name: 'a b',
          unitt: {},
          time: { startAt: '2026-01-01' },
          steps: [{ process: 'X' }],
          masters: { processes: [{ code: 'X Y', number: 0 }] },
        }),
      ),
    ]);

    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err.trim().split('\n').slice(1)).toEqual([
      '  - name must be 1 to 40 of A-Z 0-9 _ . -.',
      '  - time.startAt must be an instant in ISO 8601 with an offset, such as 2026-11-20T08:00:00Z, of the years 1900 to 2200.',
      '  - steps must name at least two steps: one that makes the unit, and last the one that says how it ended.',
      '  - masters.processes.0.number: number must be a whole number from 1 to 9999.',
      '  - masters.processes.0.code: code must be 1 to 50 of A-Z 0-9 _.',
      '  - masters.processes.0.name: name must be given as string.',
      '  - unitt is not known here.',
    ]);
  });

  test('documents the map in its help', async () => {
    const { code, out } = await commandLine(['--help']);

    expect(code).toBe(0);
    for (const key of Object.keys(MAP)) expect(out).toMatch(new RegExp(`^  ${key} `, 'm'));
  });
});

describe('the import stops before it changes anything for', () => {
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(async () => {
    await api.close();
  });

  const onlyTheMap = { ...MAP, masters: {} };
  const cases: readonly {
    readonly what: string;
    readonly content: string;
    readonly map: object;
    readonly message: RegExp;
    readonly role?: Role;
  }[] = [
    {
      what: 'a file without a column of the map',
      content: 'Unit,Model\nA1,PSA\n',
      map: MAP,
      message: /does not have the columns of the map: "Time", "By", .* missing\. It has "Unit", "Model"\.$/,
    },
    {
      what: 'a column that is there twice',
      content: `${HEADER},Unit\n`,
      map: MAP,
      message: /has the column "Unit" twice/,
    },
    {
      what: 'an empty file',
      content: '',
      map: MAP,
      message: /is empty; a CSV file begins with the names of its columns\.$/,
    },
    { what: 'a header that is not UTF-8', content: '\uD800', map: MAP, message: /does not have the columns/ },
    { what: 'a file that does not exist', content: 'NONE', map: MAP, message: /cannot be read: ENOENT/ },
    {
      what: 'a line that does not exist',
      content: csv(good('A1')),
      map: { ...onlyTheMap, product: { constant: 'PSA' } },
      message: /^The map names the production line KR01, which does not exist; /,
    },
    {
      what: 'a role that makes no lots',
      content: csv(good('A1')),
      map: MAP,
      message: /^An import makes lots\. The role OPERATOR may not do this; it is for ADMIN, MANAGER\.$/,
      role: 'OPERATOR',
    },
  ];

  test.each(cases)('$what', async ({ content, map, message, role }) => {
    const file = content === 'NONE' ? path.join(folder, 'none.csv') : await inFolder('units.csv', content);
    const before = await digest();

    await expect(importHere(file, map, role)).rejects.toThrow(message);

    expect(await digest()).toEqual(before);
  });

  test('master data that the role may not create', async () => {
    await expect(
      importHere(
        await inFolder('units.csv', csv(good('A1'))),
        { ...MAP, masters: { operators: MAP.masters.operators } },
        'MANAGER',
      ),
    ).rejects.toThrow(
      /^The operator kim of the map cannot be made: The role MANAGER may not do this; it is for ADMIN\.$/,
    );
  });

  test('a route with steps that the map does not name', async () => {
    const file = await inFolder('units.csv', csv(good('A1')));
    await importHere(file, MAP);
    await api.ask(
      'mutation { createProcess(input: { number: 20, code: "GLUE", name: "Glue" }) { errors { message } } }',
    );
    const before = await digest();

    await expect(importHere(file, MAP)).rejects.toThrow(
      'The factory route has steps that the map does not name: 20 GLUE.',
    );

    expect(await digest()).toEqual(before);
  });
});

describe('maps with routes', () => {
  beforeEach(async () => {
    api = await startApi();
  });
  afterEach(async () => {
    await api.close();
  });

  /** Another plant: its own processes, each model its own way through them, and none of them in the factory route. */
  const ROUTED = {
    ...MAP,
    name: 'PUMPS',
    lots: { productionLine: 'PU01', size: 3 },
    operator: { constant: 'lee' },
    equipment: { constant: 'BENCH-7' },
    steps: [
      { process: 'CAST', seconds: 60, isAtEquipment: false },
      { process: 'ENGRAVE', seconds: 5, isAtEquipment: false },
      { process: 'RUN_IN', seconds: 30 },
    ],
    masters: {
      productionLines: [{ code: 'PU01', name: 'Pumps' }],
      productModels: [
        {
          code: 'PUMP-A',
          name: 'Pump A',
          lotSegment: 'PUA',
          maxReworks: 0,
          route: {
            name: 'Imported',
            steps: [
              { number: 10, process: { code: 'CAST' } },
              { number: 20, process: { code: 'POLISH' }, isOptional: true },
              { number: 30, process: { code: 'ENGRAVE' } },
              {
                number: 40,
                process: { code: 'RUN_IN' },
                equipmentTypes: ['RUN_IN_BENCH'],
                characteristics: [{ code: 'FORCE', unit: 'N', lowerLimit: '1', upperLimit: '6' }],
              },
            ],
          },
        },
        {
          code: 'PUMP-B',
          name: 'Pump B',
          lotSegment: 'PUB',
          maxReworks: 0,
          route: {
            steps: [
              { number: 5, process: { code: 'CAST' } },
              { number: 6, process: { code: 'ENGRAVE' } },
              { number: 7, process: { code: 'RUN_IN' } },
            ],
          },
        },
      ],
      processes: [
        { number: 1010, code: 'CAST', name: 'Cast', isInFactoryRoute: false },
        { number: 1020, code: 'POLISH', name: 'Polish', isInFactoryRoute: false },
        { number: 1030, code: 'ENGRAVE', name: 'Engrave', type: 'SERIAL_CONVERSION', isInFactoryRoute: false },
        { number: 1040, code: 'RUN_IN', name: 'Run in', level: 'SERIAL', isInFactoryRoute: false },
      ],
      equipment: [{ code: 'BENCH-7', name: 'Bench 7', type: 'RUN_IN_BENCH' }],
      operators: [{ username: 'lee', fullName: 'Lee' }],
    },
    readings: [{ column: 'Force', code: 'FORCE', unit: 'N' }],
  };
  const pump = (unit: string, model: string, force = '5.5'): string =>
    `${unit},${model},2026-01-05 08:00:00,,,${force},,OK,,`;
  const pumps = () => inFolder('pumps.csv', csv(pump('P1', 'PUMP-A'), pump('P2', 'PUMP-B', '8'), pump('P3', 'PUMP-A')));
  const machined = async (): Promise<string> =>
    inFolder('ai4i.csv', (await readFile(REAL_FILE, 'utf8')).split('\n').slice(0, 31).join('\n'));
  const realMap = async (): Promise<object> => JSON.parse(await readFile(REAL_MAP, 'utf8'));

  /** How many units of each model have finished, by the name of the route of their lots. */
  const unitsByRoute = () =>
    api.database.reader().sql<object>`
      SELECT model.code, coalesce('rev ' || route.revision, 'factory route') AS route, count(*)::int AS units,
             count(*) FILTER (WHERE s.status IN ('PASSED', 'FAILED'))::int AS finished
      FROM lots l JOIN product_models model ON model.id = l.product_model_id LEFT JOIN routes route ON route.id = l.route_id
      JOIN serials s ON s.lot_id = l.id GROUP BY 1, 2 ORDER BY 1`;

  test.each(['the AI4I data first', 'the other plant first'])(
    'let the AI4I data and another plant with other steps live in one database: %s (RTE-4, RTE-6)',
    async (order) => {
      const imports = [
        async () => importHere(await machined(), await realMap()),
        async () => importHere(await pumps(), ROUTED),
      ];
      const inOrder = order.startsWith('the AI4I') ? imports : imports.toReversed();
      for (const each of inOrder) expect((await each()).summary).toMatchObject({ refused: 0, unchanged: 0 });

      const found = await unitsByRoute();
      expect(found.filter((row) => Reflect.get(row, 'route') === 'factory route')).toHaveLength(3);
      expect(found.slice(-2)).toEqual([
        { code: 'PUMP-A', route: 'rev 1', units: 2, finished: 2 },
        { code: 'PUMP-B', route: 'rev 1', units: 1, finished: 1 },
      ]);
      expect(found.every((row) => Reflect.get(row, 'units') === Reflect.get(row, 'finished'))).toBe(true);

      const before = await digest();
      for (const each of inOrder)
        expect((await each()).summary).toMatchObject({ imported: 0, refused: 0, lotsMade: 0, mastersMade: [] });
      expect(await digest()).toEqual(before);
    },
  );

  test('make and release the routes of models that have none, with the person and the reason, and report them (RTE-3)', async () => {
    const { summary } = await importHere(await pumps(), ROUTED);

    expect(summary.mastersMade).toEqual(expect.arrayContaining(['route PUMP-A rev 1', 'route PUMP-B rev 1']));
    const { data } = await api.ask(
      '{ routes { nodes { productModel { code } revision status name releaseReason releasedBy { username } steps { number process { code } isOptional equipmentTypes } } } }',
    );
    expect(data.routes.nodes).toMatchObject([
      {
        productModel: { code: 'PUMP-A' },
        revision: 1,
        status: 'RELEASED',
        name: 'Imported',
        releaseReason: 'Released by the import PUMPS.',
        releasedBy: { username: 'admin' },
        steps: [
          { number: 10, process: { code: 'CAST' }, isOptional: false },
          { number: 20, process: { code: 'POLISH' }, isOptional: true },
          { number: 30, process: { code: 'ENGRAVE' } },
          { number: 40, process: { code: 'RUN_IN' }, equipmentTypes: ['RUN_IN_BENCH'] },
        ],
      },
      { productModel: { code: 'PUMP-B' }, revision: 1, status: 'RELEASED', name: null },
    ]);
  });

  test('judge each unit by the limits of the route of its model, and name the step by its number there (RTE-7)', async () => {
    const file = await inFolder('pumps.csv', csv(pump('P1', 'PUMP-A', '8'), pump('P2', 'PUMP-B', '8')));

    const { rows } = await importHere(file, ROUTED);

    expect(rows.map(({ unit, outcome, errors }) => [unit, outcome, errors.map(({ message }) => message)])).toEqual([
      [
        'P1',
        'refused',
        ['Reading FORCE is 8 N, not from 1 to 6 N; step 40 RUN_IN allows no PASS out of specification.'],
      ],
      ['P2', 'imported', []],
    ]);
  });

  test('release the draft of an import that was stopped before the release', async () => {
    const file = await pumps();
    const stopped = {
      ...ROUTED,
      masters: {
        ...ROUTED.masters,
        processes: ROUTED.masters.processes.map((process) =>
          process.code === 'POLISH' ? { ...process, isActive: false } : process,
        ),
      },
    };
    await expect(importHere(file, stopped)).rejects.toThrow(
      /^The route of the product model PUMP-A of the map cannot be released: .*inactive processes: 20 POLISH/,
    );
    await api.ask(
      'mutation { updateProcess(input: { process: { code: "POLISH" }, isActive: true }) { errors { message } } }',
    );

    const { summary } = await importHere(file, stopped);

    expect(summary).toMatchObject({ imported: 3, refused: 0 });
    const [drafts] = await api.database.reader().sql<{
      count: number;
    }>`SELECT count(*)::int AS count FROM routes WHERE status = 'DRAFT' OR revision > 1`;
    expect(drafts?.count).toBe(0);
  });

  test('use the released route of a model as it is, and the factory route where a lead has retired the only one', async () => {
    await importHere(await pumps(), ROUTED);
    const { data } = await api.ask('{ routes { nodes { id productModel { code } } } }');
    const released: readonly { readonly id: string; readonly productModel: { readonly code: string } }[] =
      data.routes.nodes;
    const [, routeOfB] = released;
    await api.ask(`mutation { retireRoute(input: { id: "${routeOfB?.id}", reason: "Ended" }) { errors { message } } }`);
    const before = await digest();

    await expect(importHere(await pumps(), ROUTED)).rejects.toThrow(
      'The factory route does not have the steps of the map CAST, ENGRAVE, RUN_IN; give the product model a route that has them.',
    );
    expect(await digest()).toEqual(before);
  });

  test('are refused where a route has mandatory steps that the map does not name, before anything is made', async () => {
    const [first, ...others] = ROUTED.masters.productModels;
    const steps = first?.route.steps.map((step) => ({ ...step, isOptional: false }));
    const map = {
      ...ROUTED,
      masters: { ...ROUTED.masters, productModels: [{ ...first, route: { steps } }, ...others] },
    };
    const before = await digest();

    await expect(importHere(await pumps(), map)).rejects.toThrow(
      'The route of PUMP-A in the map has steps that the map does not name: 20 POLISH. Name them in steps, or release a route in which they are optional or left out.',
    );
    expect(await digest()).toEqual(before);
  });

  test('refuse only the rows of a model that the map does not name and whose route it does not fit', async () => {
    await importHere(await inFolder('units.csv', csv(good('A1'))), MAP);
    await importHere(await pumps(), ROUTED);
    const file = await inFolder('mixed.csv', csv(good('A2'), pump('P9', 'PUMP-A')));

    const { rows } = await importHere(file, MAP);

    expect(rows.map(({ unit, outcome, errors }) => [unit, outcome, errors.map(({ message }) => message)])).toEqual([
      ['A2', 'imported', []],
      [
        'P9',
        'refused',
        [expect.stringMatching(/^Route PUMP-A rev 1 has steps that the map does not name: 10 CAST, 40 RUN_IN\./)],
      ],
    ]);
  });

  test('report everything that is wrong in a route with its place', () => {
    const reading = readMap(
      JSON.stringify({
        ...ROUTED,
        masters: {
          productModels: [
            { code: 'X', name: 'X', route: { steps: [{ number: 0, process: { code: 'CAST' } }], copyFrom: 'x' } },
            { code: 'Y', name: 'Y', route: { steps: [] } },
          ],
        },
      }),
    );

    expect(reading).toEqual({
      problems: [
        'masters.productModels.0.route.copyFrom is not known here.',
        'masters.productModels.0.route.steps.0.number: steps.0.number must be a whole number from 1 to 999.',
        'masters.productModels.1.route.steps: steps must have 1 to 100 entries, but has 0.',
      ],
    });
  });
});
