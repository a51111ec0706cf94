/** The figures of each type of report are those of the queries, in JSON and in what people read: PDF and HTML (RPT-3). */
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ReportContent, Section } from '../../../src/app/reports/content/content.ts';
import { columnLabel, shownCell } from '../../../src/app/reports/format/cell-text.ts';
import { present } from '../../../src/platform/values/assert.ts';
import { clockTimeIn } from '../../../src/platform/values/zoned-time.ts';
import { type Api, startApi } from '../../support/api.ts';
import {
  makeItems,
  makeLine,
  makeLot,
  makeModel,
  makeRoute,
  makeSerials,
  passSerials,
  putExecution,
  uuidOf,
} from '../../support/build.ts';
import { done, type Payload } from '../../support/expect.ts';
import { downloadedReport, madeReport } from '../../support/report.ts';
import { makeScratchDirectory } from '../../support/scratch.ts';

const ZONE = 'Europe/Berlin';
/** Around everything: the executions are in November 2026, and the rest happens now. */
const YEAR = { from: '2026-07-01T00:00:00.000Z', to: '2027-07-01T00:00:00.000Z' };
const PERIOD = `{ gte: "${YEAR.from}", lt: "${YEAR.to}" }`;
const hasPoppler = spawnSync('pdftotext', ['-v']).error === undefined;

let api: Api;
let scratch: string;
beforeAll(async () => {
  api = await startApi({ siteTimeZone: ZONE });
  scratch = await makeScratchDirectory();
  await makeModel(api);
  await makeLine(api);
  const { mount, test: check } = await makeRoute(api);
  const [lot, other] = [await makeLot(api), await makeLot(api)];
  for (const [index, wipItem] of (await makeItems(api, lot, 6)).entries()) {
    await putExecution(api, { wipItem }, mount, index % 2 === 0 ? 'FAIL' : 'PASS');
    await putExecution(api, { wipItem }, check, 'PASS', { startedAt: '2026-11-21T08:00:00.000Z' });
  }
  await api.database.reader().sql`
    UPDATE process_data SET defects = '[{"code": "BENT", "severity": "HIGH", "quantity": 3}, {"code": "LEAK", "severity": "LOW", "quantity": 1}]' WHERE result = 'FAIL'`;
  const equipment = await done(
    api,
    'createEquipment',
    { code: 'PRESS-1', name: 'Press', type: 'PRESS' },
    'equipment { id }',
  );
  await measure(equipment['equipment'].id);
  await passSerials(api, await makeSerials(api, await makeLot(api), 3, [mount, check]));
  await inspect(lot.id, 90);
  await done(api, 'quarantineLot', { lot: { id: lot.id }, reason: 'Ångström <b>& "more"</b>' }, 'lot { id }');
  await done(api, 'rejectLot', { lot: { id: other.id }, reason: 'Scrap' }, 'lot { id }');
  await done(api, 'updateUser', { user: { username: 'viewer' }, role: 'OPERATOR' }, 'user { id }');
});
afterAll(() => api.close());

/** Readings with limits at all executions of the step TEST, which take from 10 seconds on and run on the equipment. */
async function measure(equipmentId: string): Promise<void> {
  const { sql } = api.database.reader();
  await sql`UPDATE processes SET planned_seconds = 20, quality_criteria = '{"characteristics": {"TORQUE": {"lowerLimit": "0.85", "upperLimit": "1.15", "target": "1"}, "NOISE": {"upperLimit": "3"}}}' WHERE code = 'TEST'`;
  await sql`
    UPDATE process_data d SET equipment_id = ${uuidOf({ id: equipmentId })}::uuid, completed_at = d.started_at + n.place * interval '10 seconds',
           measurements = jsonb_build_array(jsonb_build_object('code', 'TORQUE', 'value', (0.97 + n.place / 100.0)::text, 'lowerLimit', '0.85', 'upperLimit', '1.15'))
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM process_data WHERE process_id = (SELECT id FROM processes WHERE code = 'TEST')) AS n WHERE n.id = d.id`;
}

/** Completed inspections of all types over some days, with scores whose mean has more than 4 decimals, each with 0 to 4 findings of all kinds. */
async function inspect(lotId: string, count: number): Promise<void> {
  const [, lot = ''] = Buffer.from(lotId, 'base64url').toString('latin1').split(':');
  await api.database.reader().sql`
    WITH made AS (
      INSERT INTO inspections (lot_id, sample_code, type, status, started_at, completed_at, verdict, quality_score, confidence, inspector_id)
      SELECT ${lot}::uuid, 'TRAY-' || lpad(n::text, 2, '0'), (enum_range(NULL::inspection_type))[1 + n % 5], 'COMPLETED', at, at + interval '5 minutes',
             (CASE WHEN n % 7 = 0 OR n > 75 THEN 'FAIL' ELSE 'PASS' END)::inspection_verdict, 1 - n / 300.0, 0.5 + n / 200.0, ${api.userIdOf('INSPECTOR')}::uuid
      FROM (SELECT n, timestamptz '2026-11-18 07:00Z' + n * interval '1 hour' AS at FROM generate_series(1, ${count}::int) AS n) AS sample RETURNING id, quality_score)
    INSERT INTO defects (inspection_id, type, severity, detection_method, confidence, review_status, reviewed_by_id, reviewed_at, review_notes)
    SELECT made.id, (enum_range(NULL::defect_type))[1 + n], (enum_range(NULL::defect_severity))[n], 'MANUAL_REVIEW', 0.9, state.name,
           CASE WHEN state.name <> 'PENDING' THEN ${api.userIdOf('INSPECTOR')}::uuid END, CASE WHEN state.name <> 'PENDING' THEN now() END, CASE WHEN state.name <> 'PENDING' THEN 'Seen.' END
    FROM made CROSS JOIN generate_series(1, 4) AS n CROSS JOIN LATERAL (SELECT (enum_range(NULL::review_status))[1 + (quality_score * 300)::int * n % 5] AS name) AS state
    WHERE (quality_score * 300)::int % 5 >= n`;
}

async function ask(query: string): Promise<Payload> {
  const { data, errors } = await api.ask(`{ ${query} }`);
  expect(errors).toEqual([]);
  return data;
}

interface Row {
  readonly [column: string]: unknown;
}

/** Rows of figures with the number and the code of their step. */
const ofSteps = (rows: readonly Payload[]): readonly Row[] =>
  rows.map(({ process, ...row }) => ({ number: process.number, process: process.code, ...row }));

const CYCLES = `cycleTimes(period: { from: "${YEAR.from}", to: "${YEAR.to}" }) {
  byProcess { process { number code } count meanSeconds medianSeconds p95Seconds plannedSeconds }
  units { count meanLeadSeconds medianLeadSeconds meanTouchSeconds flowRatio } }`;
const WITHIN = `period: { from: "${YEAR.from}", to: "${YEAR.to}" }`;

const FIGURES = 'completedCount passCount failCount passRatio meanQualityScore meanConfidence';

/** For each type of report, sections whose rows are read by queries of the graph. */
const QUERIED: Readonly<Record<string, () => Promise<Readonly<Record<string, readonly Row[]>>>>> = {
  async INSPECTION_SUMMARY() {
    const types = ['VISUAL', 'ELECTRICAL', 'THERMAL', 'DIMENSIONAL', 'FUNCTIONAL', 'OPTICAL'];
    const days = [18, 19, 20, 21, 22].map((day) => `2026-11-${day}`);
    const { all, inspections, ...parts } = await ask(`
      all: inspectionStatistics(filter: { completedAt: ${PERIOD} }) { ${FIGURES} openReviewCount }
      inspections(first: 100, filter: { completedAt: ${PERIOD} }, orderBy: [{ field: COMPLETED_AT, direction: ASC }]) {
        nodes { lot { number } sampleCode type round verdict qualityScore grade confidence inspector { username } startedAt completedAt } }
      ${types.map((type) => `${type}: inspectionStatistics(filter: { type: { eq: ${type} }, completedAt: ${PERIOD} }) { ${FIGURES} }`).join(' ')}
      ${days.map((day, index) => `day${index}: inspectionStatistics(filter: { completedAt: { gte: "${day}T00:00:00+01:00", lt: "${days[index + 1] ?? '2026-11-23'}T00:00:00+01:00" } }) { ${FIGURES} }`).join(' ')}`);
    return {
      'Key figures': [all],
      'By type': types.map((type) => ({ type, ...parts[type] })),
      'By day': days.map((start, index) => ({ start, ...parts[`day${index}`] })),
      Inspections: inspections.nodes.map(({ lot, inspector, ...row }: Payload) => ({
        ...row,
        lot: lot.number,
        inspector: inspector.username,
      })),
    };
  },

  async DEFECT_ANALYSIS() {
    const of = `filter: { createdAt: ${PERIOD} }`;
    const valid = `filter: { createdAt: ${PERIOD}, reviewStatus: { notIn: [REJECTED, FALSE_POSITIVE] } }`;
    const { found, kept, executions, failed } = await ask(`
      found: defectStatistics(${of}) { total byReviewStatus { key count } }
      kept: defectStatistics(${valid}) { total bySeverity { key count } }
      executions: processData(filter: { completedAt: ${PERIOD} }) { totalCount }
      failed: processData(filter: { completedAt: ${PERIOD}, result: { eq: FAIL } }) { totalCount nodes { defectQuantity } }`);
    return {
      'Key figures': [
        {
          executions: executions.totalCount,
          failCount: failed.totalCount,
          inspectionDefects: kept.total,
          dismissedDefects: found.total - kept.total,
          defectQuantity: failed.nodes.reduce((sum: number, each: Payload) => sum + each['defectQuantity'], 0),
        },
      ],
      'By severity': kept.bySeverity.map(({ key, count }: Payload) => ({ severity: key, inspectionDefects: count })),
      'Findings by review state': found.byReviewStatus.map(({ key, count }: Payload) => ({ reviewStatus: key, count })),
    };
  },

  async PRODUCTION_OVERVIEW() {
    const { lots, completed, closed, cycleTimes, productionStatistics, wipByProcess } = await ask(`
      ${CYCLES}
      productionStatistics(${WITHIN}) { wipItemsCreated wipItemsCompleted serialsCreated serialYield {
        terminalCount passedCount failedCount passedFirstTimeCount reworkedCount passRatio firstTimeRatio reworkRatio } }
      wipByProcess { rows { process { number code } inProgressCount waitingCount failedCount heldCount loadCount estimatedQueueSeconds } bottleneck { code } }
      lots(filter: { createdAt: ${PERIOD} }, orderBy: [{ field: CREATED_AT, direction: ASC }]) {
        totalCount nodes { number productModel { code } productionLine { code } productionDate status disposition targetQuantity actualQuantity
          passedQuantity failedQuantity pendingQuantity remainingQuantity passRatio defectRatio progressRatio } }
      completed: lots(filter: { completedAt: ${PERIOD} }) { totalCount } closed: lots(filter: { closedAt: ${PERIOD} }) { totalCount }`);
    const { serialYield, ...production } = productionStatistics;
    return {
      'Key figures': [
        {
          ...production,
          lotsCreated: lots.totalCount,
          lotsCompleted: completed.totalCount,
          lotsClosed: closed.totalCount,
        },
      ],
      'Serial yield': [serialYield],
      'Cycle times': ofSteps(cycleTimes.byProcess),
      'Lead and touch times': [cycleTimes.units],
      'Work in progress': ofSteps(wipByProcess.rows).map((row) => ({
        ...row,
        isBottleneck: String(row['process'] === wipByProcess.bottleneck.code),
      })),
      Lots: lots.nodes.map(({ productModel, productionLine, ...row }: Payload) => ({
        ...row,
        productModel: productModel.code,
        productionLine: productionLine.code,
      })),
    };
  },

  async QUALITY_METRICS() {
    const SOURCES = ['PROCESS', 'INSPECTION', 'BOTH'];
    const CODES = ['NOISE', 'TORQUE'];
    const { qualityMetrics, yieldReport, ...parts } = await ask(`
      qualityMetrics(${WITHIN}) { inspectedSerials passedSerials failedSerials reworkedSerials passRatio defectRatio reworkRatio
        byProcess { process { number code } executions passCount failCount reworkCount passRatio failRatio } }
      yieldReport(${WITHIN}) { rolledThroughputYield rows {
        process { number code } firstAttempts firstPasses firstPassYield units unitsPassed finalYield defectQuantity defectsPerUnit } }
      ${SOURCES.map((source) => `${source}: defectsPerMillion(${WITHIN}, source: ${source}, opportunitiesPerUnit: 1) { defectCount unitCount defectsPerUnit dpmo }`).join(' ')}
      ${CODES.map(
        (
          code,
        ) => `${code}: processCapability(input: { process: { code: "TEST" }, code: "${code}", ${WITHIN} }) { readingCount mean sigmaWithin sigmaOverall
        lowerLimit upperLimit target cp { value } cpk { value } pp { value } ppk { value } verdict }`,
      ).join(' ')}`);
    const { byProcess, ...serials } = qualityMetrics;
    const asText = (value: number | null): string | null => (value === null ? null : String(value));
    return {
      'Key figures': [{ ...serials, rolledThroughputYield: yieldReport.rolledThroughputYield }],
      'By process': ofSteps(byProcess),
      'Yield by process': ofSteps(yieldReport.rows),
      'Defects per million': SOURCES.map((source) => ({ source, ...parts[source] })),
      Capability: CODES.map((code) => {
        const { mean, sigmaWithin, sigmaOverall, cp, cpk, pp, ppk, ...row } = parts[code];
        return {
          ...row,
          process: 'TEST',
          code,
          mean: asText(mean),
          sigmaWithin: asText(sigmaWithin),
          sigmaOverall: asText(sigmaOverall),
          cp: cp.value,
          cpk: cpk.value,
          pp: pp.value,
          ppk: ppk.value,
        };
      }),
    };
  },

  async PERFORMANCE_ANALYSIS() {
    const WORK = 'executions passCount failCount reworkCount';
    const { processPerformance, operatorPerformance, oee, cycleTimes } = await ask(`
      ${CYCLES}
      processPerformance(${WITHIN}) { rows { process { number code } ${WORK} openCount passRatio meanDurationSeconds plannedSeconds durationRatio }
        overall { ${WORK} openCount passRatio meanDurationSeconds } }
      operatorPerformance(${WITHIN}) { rows { operator { username } ${WORK} passRatio meanDurationSeconds touchSeconds } }
      oee(equipment: { code: "PRESS-1" }, ${WITHIN}) { plannedBusySeconds actualProductionSeconds downSeconds maintenanceSeconds producedCount goodCount
        availability effectiveness qualityRatio oee utilisationRatio reason }`);
    expect(oee.oee).toBeGreaterThan(0);
    return {
      'Key figures': [processPerformance.overall],
      'By process': ofSteps(processPerformance.rows),
      'By operator': operatorPerformance.rows.map(({ operator, ...row }: Payload) => ({
        ...row,
        operator: operator.username,
      })),
      Equipment: [{ equipment: 'PRESS-1', ...oee }],
      'Cycle times': ofSteps(cycleTimes.byProcess),
      'Lead and touch times': [cycleTimes.units],
    };
  },

  async COMPLIANCE_REPORT() {
    const { auditVerify, lots } = await ask(`
      auditVerify { isIntact } lots(filter: { disposition: { notIn: [UNDECIDED] } }, orderBy: [{ field: CREATED_AT, direction: ASC }]) { nodes { number disposition dispositionReason dispositionBy { username } } }`);
    return {
      'Key figures': [{ isIntact: String(auditVerify.isIntact) }],
      Dispositions: lots.nodes.map((lot: Payload) => ({
        lot: lot['number'],
        before: 'UNDECIDED',
        after: lot['disposition'],
        reason: lot['dispositionReason'],
        actor: lot['dispositionBy'].username,
      })),
    };
  },
};

/** The pictures of each type, above the tables of their figures. */
const PICTURES: Readonly<Record<string, readonly string[]>> = {
  DEFECT_ANALYSIS: ['Pareto of defects', 'Failures over time'],
  PRODUCTION_OVERVIEW: ['Cycle times of steps'],
  QUALITY_METRICS: ['Yield of steps', 'Capability of TORQUE at TEST'],
  PERFORMANCE_ANALYSIS: ['Effectiveness of PRESS-1', 'Cycle times of steps'],
};

const sectionOf = ({ sections }: ReportContent, name: string): Section =>
  present(
    sections.find((section) => section.name === name),
    name,
  );

/** Text without any space: lines are broken where a cell is narrow. */
const compact = (text: string): string => text.replaceAll(/\s+/g, '');

/** What a reader sees of a row: its cells one after the other; of key figures, each with its name. */
function shownRows({ name, columns, rows }: Section): readonly string[] {
  return rows.map((row) =>
    columns
      .map((column, index) => {
        const cell = row[index] ?? null;
        const shown = cell === null ? '–' : shownCell(cell, column.type, ZONE);
        return name === 'Key figures' ? `${columnLabel(column)}${shown}` : shown;
      })
      .join(''),
  );
}

async function textOfPdf(bytes: Buffer): Promise<string> {
  const file = path.join(scratch, 'report.pdf');
  await writeFile(file, bytes);
  const { stdout, status } = spawnSync('pdftotext', ['-raw', '-enc', 'UTF-8', file, '-'], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  expect(status).toBe(0);
  return stdout;
}

function textOfHtml(bytes: Buffer): string {
  const names: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', amp: '&', '#39': "'" };
  return bytes
    .toString()
    .replaceAll(/<style>.*?<\/style>|<svg .*?<\/svg>|<[^>]*>/gs, ' ')
    .replaceAll(/&(#?\w+);/g, (whole, name: string) => names[name] ?? whole);
}

describe.each(Object.keys(QUERIED))('%s', (type) => {
  test('has in JSON the figures and records of the queries (RPT-3)', async () => {
    const content = JSON.parse((await madeReport(api, { type, period: YEAR, format: 'JSON' })).bytes.toString());
    const queried = await present(QUERIED[type], type)();
    for (const [name, expected] of Object.entries(queried)) {
      const { columns, rows } = sectionOf(content, name);
      const objects = rows.map((row) => Object.fromEntries(columns.map((column, index) => [column.name, row[index]])));
      const compared = name === 'By day' ? objects.filter(({ completedCount }) => completedCount !== 0) : objects;
      expect([name, compared]).toMatchObject([name, expected]);
      expect(compared).toHaveLength(expected.length);
    }
  });

  test('shows in HTML each of its rows, as its reader reads it (RPT-3)', async () => {
    const content = JSON.parse((await madeReport(api, { type, period: YEAR, format: 'JSON' })).bytes.toString());
    const { bytes } = await madeReport(api, { type, period: YEAR, format: 'HTML' });
    expectShown(content, textOfHtml(bytes));
    const titles = [...bytes.toString().matchAll(/<figure><svg [^>]*><title>(.*?)<\/title>/g)];
    expect(titles.map(([, title]) => title)).toEqual(PICTURES[type] ?? []);
  });

  test.skipIf(!hasPoppler)(
    'shows in a PDF each of its rows, as its reader reads it; needs pdftotext (RPT-3)',
    async () => {
      const content = JSON.parse((await madeReport(api, { type, period: YEAR, format: 'JSON' })).bytes.toString());
      const text = await textOfPdf((await madeReport(api, { type, period: YEAR, format: 'PDF' })).bytes);
      expectShown(content, text);
    },
  );

  /** All rows stand in the text, in their order. The trail grows with each report that is made, so its figures differ. */
  function expectShown(content: ReportContent, text: string): void {
    const whole = compact(text);
    expect(whole).toContain(compact(`To${clockTimeIn(ZONE, YEAR.to)}Time zone${ZONE}`));
    let at = 0;
    for (const section of content.sections) {
      if (type === 'COMPLIANCE_REPORT' && section.name === 'Key figures') continue;
      at = present(indexIn(whole, compact(section.name), at), section.name);
      for (const row of shownRows(section)) at = present(indexIn(whole, compact(row), at), row);
    }
  }
});

function indexIn(text: string, part: string, from: number): number | undefined {
  const index = text.indexOf(part, from);
  return index === -1 ? undefined : index + part.length;
}

describe('10,000 rows', () => {
  test('are in a PDF, from the request over the worker to the download, the last one on the last page; the text needs pdftotext', async ({
    annotate,
  }) => {
    const rows = 10_000;
    await inspectMany(rows);
    const input = { type: 'INSPECTION_SUMMARY', period: { from: '2020-06-01T00:00:00Z', to: '2020-06-08T00:00:00Z' } };
    const { id } = await madeReport(api, { ...input, format: 'PDF', title: 'Ten thousand' });
    const bytes = await downloadedReport(api, id);
    const [, count = ''] = /\/Type \/Pages\s+\/Count (\d+)/.exec(bytes.toString('latin1')) ?? [];
    // A landscape page of A4 has room for 30 to 40 rows of one or two lines.
    expect(Number(count)).toBeGreaterThan(rows / 40);
    expect(Number(count)).toBeLessThan(rows / 10);
    if (!hasPoppler) {
      await annotate('pdftotext is missing: the pages are counted, and their text is not read.');
      return;
    }
    const text = await textOfPdf(bytes);
    const pages = text.split('\f').slice(0, -1);
    expect(pages).toHaveLength(Number(count));
    expect(pages.map((page) => /Page (\d+) of (\d+)/.exec(page)?.slice(1).map(Number))).toEqual(
      pages.map((_page, index) => [index + 1, pages.length]),
    );
    // The figures are on the first page; all others belong to the table.
    expect(pages.slice(1).filter((page) => !page.includes('MANY-'))).toEqual([]);
    expect(text.match(/MANY-\d{5}/g)).toEqual(
      Array.from({ length: rows }, (_row, index) => `MANY-${String(index + 1).padStart(5, '0')}`),
    );
    expect(pages.at(-1)).toContain('MANY-10000');
  });
});

async function inspectMany(count: number): Promise<void> {
  await api.database.reader().sql`
    INSERT INTO inspections (lot_id, sample_code, type, status, started_at, completed_at, verdict, quality_score, confidence)
    SELECT lot.id, 'MANY-' || lpad(n::text, 5, '0'), 'VISUAL', 'COMPLETED', at, at, 'PASS', 1, 1
    FROM (SELECT id FROM lots ORDER BY id LIMIT 1) AS lot, generate_series(1, ${count}::int) AS n, LATERAL (SELECT timestamptz '2020-06-01' + n * interval '1 minute' AS at) AS time`;
}
