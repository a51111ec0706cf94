/** `lotgraph figures`: the numbers of the graph, for scripts and for people without a browser. */
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { GraphQLObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerOf, findRecords } from '../../src/app/command-line/figures/ask.ts';
import { FIGURES, figureProgram } from '../../src/app/command-line/figures/program.ts';
import { argumentsFrom, optionsFor, type Typed } from '../../src/app/command-line/figures/question.ts';
import { shapeOf } from '../../src/app/command-line/figures/shape.ts';
import { figureCsv, figureText } from '../../src/app/command-line/figures/tables.ts';
import { schema } from '../../src/app/schema.ts';
import { present } from '../../src/platform/values/assert.ts';
import { type Ended, lotgraph } from '../support/command-line.ts';
import { minute, putReadings, type ReadingPlant, startReadingPlant } from '../support/readings.ts';
import { makeScratchDirectory } from '../support/scratch.ts';
import { textsOf, TORQUE } from '../insight/spc/reference.ts';

let plant: ReadingPlant;
let scratch: string;
beforeAll(async () => {
  plant = await startReadingPlant();
  scratch = await makeScratchDirectory();
  await putReadings(
    plant,
    textsOf(TORQUE).map((value, at) => ({
      at: minute(at),
      item: plant.items[at % 4],
      readings: [{ code: 'TORQUE', value }],
      ...(at % 7 === 0 ? { result: 'FAIL' as const, defects: [{ code: '=LEAK', severity: 'LOW', quantity: 2 }] } : {}),
    })),
  );
});
afterAll(async () => {
  await plant.api.close();
  await rm(scratch, { recursive: true, force: true });
});

const figures = (args: readonly string[]): Promise<Ended> =>
  lotgraph(['figures', ...args], { DATABASE_URL: plant.api.databaseUrl, NODE_ENV: 'test' });
const queryOf = (name: string) => present(schema.getQueryType()?.getFields()[name], name);
const typeOf = (name: string) => schema.getType(name) as GraphQLObjectType;

const PERIOD = { from: '2026-11-01T00:00:00Z', to: '2026-12-01T00:00:00Z' };
const WITHIN = `period: { from: "${PERIOD.from}", to: "${PERIOD.to}" }`;

describe('as a process', () => {
  test('a figure as JSON is the answer of the graph; codes name records, and days begin in the time zone', async () => {
    const args = ['--by', 'SHIFT', '--from', '2026-11-02', '--to', '2026-11-03', '--time-zone', 'Asia/Seoul'];
    const { code, stdout } = await figures(['yield-report', ...args, '--processes', 'torque', '--format', 'json']);
    const period = 'period: { from: "2026-11-01T15:00:00Z", to: "2026-11-02T15:00:00Z" }';
    const { data } = await plant.api.ask(
      `{ yieldReport(${period}, by: SHIFT, timeZone: "Asia/Seoul", scope: { processes: ["${plant.step.id}"] }) { ${shapeOf(typeOf('YieldReport')).selection} } }`,
    );
    expect([code, JSON.parse(stdout)]).toEqual([0, data.yieldReport]);
    expect(data.yieldReport.rows[0]).toMatchObject({ process: { code: 'TORQUE' }, executions: 40 });
  });

  test('a picture is written into a file whose name says so, and is that of the graph', async () => {
    const file = path.join(scratch, 'chart.svg');
    const args = ['--process', 'TORQUE', '--code', 'TORQUE', '--chart', 'XBAR_R', '--subgroup-size', '5'];
    const { code, stdout, stderr } = await figures([
      'spc-chart',
      ...args,
      '--from',
      PERIOD.from,
      '--to',
      PERIOD.to,
      '--theme',
      'DARK',
      '--output',
      file,
    ]);
    expect([code, stdout, stderr]).toEqual([0, '', expect.stringContaining(`Wrote ${file}.\n`)]);
    const { data } = await plant.api.ask(
      `{ spcChart(input: { process: { code: "TORQUE" }, code: "TORQUE", chart: XBAR_R, subgroupSize: 5, ${WITHIN} }) { svg(theme: DARK) } }`,
    );
    expect(await readFile(file, 'utf8')).toBe(data.spcChart.svg);
  });

  test('a table is for people; a figure of nothing ends with 1', async () => {
    const table = await figures(['defect-pareto', '--from', PERIOD.from, '--to', PERIOD.to]);
    expect([table.code, table.stdout]).toEqual([
      0,
      'figure      value\notherCount  0\ntotalCount  12\n\nrows\nkey    count  cumulativeRatio  isVitalFew  ratio\n=LEAK  12     1                true        1\n',
    ]);
    const nothing = await figures(['oee', '--equipment', 'NONE']);
    expect([nothing.code, nothing.stdout, nothing.stderr]).toEqual([
      1,
      '',
      expect.stringContaining('What the figure is about does not exist.'),
    ]);
  });
});

/** What is typed for figures that need something. */
const NEEDED: Readonly<Record<string, Typed>> = {
  defectsPerMillion: { opportunitiesPerUnit: '3' },
  defectTrend: { from: '2026-11-02', to: '2026-11-03' },
  qualityTrend: { from: '2026-11-02', to: '2026-11-03' },
  oee: { equipment: 'PRESS-1' },
  measurementSummary: { code: 'TORQUE' },
  spcChart: { process: 'TORQUE', code: 'TORQUE', chart: 'XBAR_R' },
  processCapability: { process: 'TORQUE', code: 'TORQUE' },
};

test.each(FIGURES)('%s has an answer, a table, and CSV for each of its lists', async (name) => {
  const { services, database } = plant.api;
  if (name === 'oee')
    await database.reader().sql`INSERT INTO equipment (code, name, type) VALUES ('PRESS-1', 'Press 1', 'PRESS')`;
  const query = queryOf(name);
  const shape = shapeOf(typeOf(String(query.type)));
  const options = optionsFor(query.args);
  const hasPeriod = options.some(({ kind }) => kind === 'INSTANT');
  const typed = { ...(hasPeriod ? PERIOD : {}), ...NEEDED[name] };
  const given = await argumentsFrom(options, typed, 'UTC', (list, keys) => findRecords(services, list, keys));
  const answer = await answerOf(services, { query, given, selection: shape.selection, look: undefined });
  const text = figureText(answer, shape);
  expect(shape.columns.every((column) => text.includes(column.name))).toBe(true);
  for (const list of shape.lists) {
    expect(`\n${text}`).toContain(`\n${list.name}\n`);
    const [head] = figureCsv(answer, list, shape.columns).split('\r\n');
    expect(head).toBe(list.columns.map((column) => column.name).join(','));
  }
  const command = figureProgram().commands.find((each) => each.description() === query.description);
  const formats = command?.options.find(({ long }) => long === '--format')?.argChoices;
  expect(formats?.includes('svg')).toBe('svg' in typeOf(String(query.type)).getFields());
});

test('CSV has all digits, no formula, and one line for single values', async () => {
  const shape = shapeOf(typeOf('DefectPareto'));
  const rows = [{ key: '=LEAK', count: 1, ratio: 1 / 3, cumulativeRatio: 1, isVitalFew: true }];
  const figure = { rows, totalCount: 3, otherCount: 2 };
  expect(figureCsv(figure, shape.lists[0], shape.columns)).toBe(
    "key,count,cumulativeRatio,isVitalFew,ratio\r\n'=LEAK,1,1,true,0.3333333333333333\r\n",
  );
  expect(figureCsv(figure, undefined, shape.columns)).toBe('otherCount,totalCount\r\n2,3\r\n');
  expect(figureText(figure, shape)).toContain('=LEAK  1      1                true        0.333333');
});

describe('options', () => {
  const options = optionsFor(queryOf('spcChart').args);
  const given = (typed: Typed) =>
    argumentsFrom(options, typed, 'Europe/Berlin', (list, keys) => findRecords(plant.api.services, list, keys));

  test('fill the places of the arguments', async () => {
    const { id } = (await plant.api.ask('{ lots { nodes { id number } } }')).data.lots.nodes[0];
    const typed = {
      process: '12',
      rules: ['N1'],
      subgroupSize: '5',
      lots: [plant.lot.number],
      firstAttemptsOnly: true,
    };
    expect(await given({ ...typed, from: '2026-03-29', to: '2026-03-30' })).toEqual({
      input: {
        process: { code: '12' },
        rules: ['N1'],
        subgroupSize: 5,
        scope: { lots: [id] },
        firstAttemptsOnly: true,
        period: { from: '2026-03-28T23:00:00.000Z', to: '2026-03-29T22:00:00.000Z' },
      },
    });
  });

  test.each([
    [{ from: '2026-11-02' }, '--from and --to go together.'],
    [{ from: '2026-13-02', to: '2026-11-03' }, 'There is no day 2026-13-02 in the time zone Europe/Berlin.'],
    [{ operators: ['nobody'] }, 'There is no user nobody.'],
  ])('%j are refused', async (typed, message) => {
    await expect(given(typed)).rejects.toThrow(message);
  });

  test('that the graph refuses give its message', async () => {
    const ask = answerOf(plant.api.services, {
      query: queryOf('defectPareto'),
      given: { limit: 1000 },
      selection: 'totalCount',
      look: undefined,
    });
    await expect(ask).rejects.toThrow(/limit/);
  });
});
