/** Reports from the request to the file, over the worker, compared with what the graph says. */
import { parse } from 'csv-parse/sync';
import { readXlsx } from 'hucre/xlsx';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { paretoOf } from '../../../src/insight/defect-figure/pareto.rules.ts';
import { present } from '../../../src/platform/values/assert.ts';
import type { ReportContent } from '../../../src/app/reports/content/content.ts';
import type { Role } from '../../../src/platform/rules/access.ts';
import { REPORT_FORMATS, REPORT_TYPES } from '../../../src/quality/report/report.rules.ts';
import { type Api, startApi } from '../../support/api.ts';
import { makeItems, makeLine, makeLot, makeModel, makeRoute, putExecution } from '../../support/build.ts';
import { done } from '../../support/expect.ts';
import { madeReport, shownAsText } from '../../support/report.ts';

const TYPES = REPORT_TYPES;
/** Those whose PDF of an empty period is made: a document takes long, and each type is in one of its own elsewhere. */
const IN_PDF: readonly string[] = ['INSPECTION_SUMMARY', 'DEFECT_ANALYSIS', 'PRODUCTION_OVERVIEW', 'COMPLIANCE_REPORT'];
const EMPTY = { from: '2020-01-01T00:00:00Z', to: '2020-12-31T00:00:00Z' };
/** Around the executions of the world, which are in November, and everything that happens now. */
const YEAR = { from: '2026-01-01T00:00:00Z', to: '2027-01-01T00:00:00Z' };

let api: Api;
beforeAll(async () => {
  api = await startApi({ siteTimeZone: 'Europe/Berlin' });
  await makeModel(api);
  await makeLine(api);
  const { mount, test: check } = await makeRoute(api);
  const lot = await makeLot(api);
  const [first, second] = await makeItems(api, lot, 2);
  for (const wipItem of [present(first, 'An item'), present(second, 'An item')]) {
    await putExecution(api, { wipItem }, mount, 'FAIL', { startedAt: '2026-11-20T08:00:00.000Z' });
    await putExecution(api, { wipItem }, mount, 'PASS', { startedAt: '2026-11-20T23:30:00.000Z' });
    await putExecution(api, { wipItem }, check, 'PASS', { startedAt: '2026-11-21T08:00:00.000Z' });
  }
  await api.database.reader().sql`
    UPDATE process_data SET defects = '[{"code": "=BENT", "severity": "HIGH", "quantity": 3}, {"code": "LEAK", "severity": "LOW", "quantity": 1}]' WHERE result = 'FAIL'`;
  await inspected(lot.id, 'SAMPLE-1', 'PASS', '0.9495');
  await inspected(lot.id, 'SAMPLE-2', 'FAIL', '0.6485');
  await done(api, 'quarantineLot', { lot: { id: lot.id }, reason: '=1+1, "really"\nso' }, 'lot { id }');
});
afterAll(() => api.close());

/** A completed inspection with two findings, one of them dismissed, in SQL. */
async function inspected(lotId: string, sample: string, verdict: string, score: string): Promise<void> {
  await api.database.reader().sql`
    WITH made AS (
      INSERT INTO inspections (lot_id, sample_code, type, status, started_at, completed_at, verdict, quality_score, confidence, inspector_id)
      SELECT id, ${sample}, 'VISUAL', 'COMPLETED', '2026-11-21T09:00Z', '2026-11-21T09:05Z', ${verdict}::inspection_verdict, ${score}::numeric, 0.8, ${api.userIdOf('INSPECTOR')}::uuid
      FROM lots WHERE number = (SELECT number FROM lots LIMIT 1) AND ${lotId}::text <> '' RETURNING id)
    INSERT INTO defects (inspection_id, type, severity, detection_method, review_status, reviewed_by_id, reviewed_at)
    SELECT made.id, kind.type::defect_type, 'MEDIUM', 'MANUAL_REVIEW', kind.status::review_status, kind.reviewer, kind.at
    FROM made, (VALUES ('SCRATCH', 'PENDING', NULL::uuid, NULL::timestamptz), ('VOID', 'FALSE_POSITIVE', ${api.userIdOf('INSPECTOR')}::uuid, now())) AS kind(type, status, reviewer, at)`;
}

const made = (input: object) => madeReport(api, input);

async function contentOf(input: object): Promise<ReportContent> {
  return JSON.parse((await made({ format: 'JSON', ...input })).bytes.toString()) as ReportContent;
}

function sectionOf(content: ReportContent, name: string): readonly Record<string, unknown>[] {
  const { columns, rows } = present(
    content.sections.find((section) => section.name === name),
    name,
  );
  return rows.map((row) => Object.fromEntries(columns.map((column, index) => [column.name, row[index]])));
}

describe('the content', () => {
  test('of INSPECTION_SUMMARY has the counts and means of the inspections (RPT-3)', async () => {
    const content = await contentOf({ type: 'INSPECTION_SUMMARY', period: YEAR });
    const figures = {
      completedCount: 2,
      passCount: 1,
      failCount: 1,
      passRatio: 0.5,
      meanQualityScore: '0.7990',
      meanConfidence: '0.8000',
    };
    expect(sectionOf(content, 'Key figures')).toEqual([{ ...figures, openReviewCount: 2 }]);
    expect(sectionOf(content, 'By type')[0]).toEqual({ type: 'VISUAL', ...figures });
    expect(sectionOf(content, 'By day').filter(({ completedCount }) => completedCount !== 0)).toEqual([
      { start: '2026-11-21', ...figures },
    ]);
    expect(sectionOf(content, 'By day')).toHaveLength(366);
    expect(sectionOf(content, 'Inspections')).toMatchObject([
      { sampleCode: 'SAMPLE-1', verdict: 'PASS', qualityScore: '0.9495', grade: 'GOOD', inspector: 'inspector' },
      { sampleCode: 'SAMPLE-2', verdict: 'FAIL', qualityScore: '0.6485', grade: 'POOR', inspector: 'inspector' },
    ]);
  });

  test('of DEFECT_ANALYSIS has the Pareto, the trend by the clocks of the site, and the failures (RPT-3)', async () => {
    const content = await contentOf({ type: 'DEFECT_ANALYSIS', period: YEAR });
    expect(sectionOf(content, 'Key figures')).toEqual([
      {
        executions: 6,
        failCount: 2,
        failRatio: 1 / 3,
        defectQuantity: 8,
        inspectionDefects: 2,
        dismissedDefects: 2,
        totalCount: 10,
        otherCount: 0,
      },
    ]);
    expect(sectionOf(content, 'Pareto of defects')).toEqual([
      { key: '=BENT', count: 6, ratio: 0.6, cumulativeRatio: 0.6, isVitalFew: 'true' },
      { key: 'LEAK', count: 2, ratio: 0.2, cumulativeRatio: 0.8, isVitalFew: 'true' },
      { key: 'SCRATCH', count: 2, ratio: 0.2, cumulativeRatio: 1, isVitalFew: 'false' },
    ]);
    expect(sectionOf(content, 'Failures per day').filter(({ executions }) => executions !== 0)).toEqual([
      { start: '2026-11-20', executions: 2, failCount: 2, failRatio: 1, defectQuantity: 8 },
      { start: '2026-11-21', executions: 4, failCount: 0, failRatio: 0, defectQuantity: 0 },
    ]);
    expect(sectionOf(content, 'By process')).toMatchObject([
      { process: 'MOUNT', executions: 4, passCount: 2, failCount: 2, failRatio: 0.5 },
      { process: 'TEST', executions: 2, passCount: 2, failCount: 0, failRatio: 0 },
    ]);
    expect(sectionOf(content, 'By severity')).toContainEqual({
      severity: 'HIGH',
      executionDefects: 6,
      inspectionDefects: 0,
    });
    expect(sectionOf(content, 'Findings by review state')).toContainEqual({ reviewStatus: 'FALSE_POSITIVE', count: 2 });
    expect(sectionOf(content, 'Newest failures')).toMatchObject([
      { process: 'MOUNT', attempt: 1, defects: '=BENT × 3, LEAK' },
      { process: 'MOUNT', attempt: 1, defects: '=BENT × 3, LEAK' },
    ]);
  });

  test('of PRODUCTION_OVERVIEW has the figures that the lot shows (RPT-3)', async () => {
    const content = await contentOf({ type: 'PRODUCTION_OVERVIEW', period: YEAR });
    expect(sectionOf(content, 'Key figures')).toEqual([
      { lotsCreated: 1, lotsCompleted: 0, lotsClosed: 0, wipItemsCreated: 2, wipItemsCompleted: 0, serialsCreated: 0 },
    ]);
    const { data } = await api.ask(
      '{ lots { nodes { number status disposition targetQuantity actualQuantity passedQuantity failedQuantity pendingQuantity remainingQuantity passRatio defectRatio progressRatio } } }',
    );
    expect(sectionOf(content, 'Lots')).toMatchObject(data.lots.nodes);
  });

  test('of COMPLIANCE_REPORT has the state of the trail and the decisions of the period (RPT-3, AUD-5)', async () => {
    const content = await contentOf({ type: 'COMPLIANCE_REPORT', period: YEAR });
    expect(sectionOf(content, 'Key figures')).toMatchObject([{ isIntact: 'true', firstBreak: null }]);
    expect(sectionOf(content, 'Dispositions')).toMatchObject([
      { before: 'UNDECIDED', after: 'QUARANTINED', reason: '=1+1, "really"\nso', actor: 'admin' },
    ]);
    expect(sectionOf(content, 'Changes of users and roles')).toHaveLength(7);
    expect(sectionOf(content, 'Corrections')).toEqual([]);
  });

  test('of PERFORMANCE_ANALYSIS shows people only to ADMIN, MANAGER and AUDITOR (RPT-5)', async () => {
    const namesOf = ({ sections }: ReportContent): readonly string[] => sections.map(({ name }) => name);
    const report = { type: 'PERFORMANCE_ANALYSIS', period: YEAR };
    expect(namesOf(await contentOf({ ...report, accessRoles: ['AUDITOR'] }))).toContain('By operator');
    const shared = await contentOf({ ...report, accessRoles: ['OPERATOR'] });
    expect(namesOf(shared)).not.toContain('By operator');
    expect(sectionOf(shared, 'Notes')).toContainEqual({
      note: expect.stringContaining('The performance of people is left out') as string,
    });
  });

  test('of QUALITY_METRICS is narrowed to steps, and says that types of inspections narrow nothing', async () => {
    const filter = { processes: [{ code: 'TEST' }], inspectionTypes: ['VISUAL'] };
    const content = await contentOf({ type: 'QUALITY_METRICS', period: YEAR, filter });
    expect(sectionOf(content, 'By process')).toMatchObject([{ process: 'TEST', executions: 2, passRatio: 1 }]);
    expect(sectionOf(content, 'Notes')).toContainEqual({
      note: 'The types of inspections in the filter narrow none of these figures.',
    });
  });

  test('is narrowed by the filter, and says what the filter leaves out', async () => {
    const filter = { processes: [{ code: 'TEST' }] };
    const content = await contentOf({ type: 'DEFECT_ANALYSIS', period: YEAR, filter });
    expect(sectionOf(content, 'Key figures')).toMatchObject([{ executions: 2, failCount: 0, totalCount: 0 }]);
    expect(sectionOf(content, 'Notes')).toContainEqual({
      note: 'Inspections and their findings are left out: the filter names processes, which only executions have.',
    });
    const visual = await contentOf({ type: 'DEFECT_ANALYSIS', period: YEAR, filter: { inspectionTypes: ['VISUAL'] } });
    expect(sectionOf(visual, 'Key figures')).toMatchObject([{ executions: 0, inspectionDefects: 2 }]);
    const thermal = await contentOf({
      type: 'INSPECTION_SUMMARY',
      period: YEAR,
      filter: { inspectionTypes: ['THERMAL'] },
    });
    expect(sectionOf(thermal, 'Key figures')).toMatchObject([
      { completedCount: 0, passRatio: null, meanQualityScore: null },
    ]);
  });
});

describe.each(TYPES)('%s', (type) => {
  const withoutTime = ({ sections, ...content }: ReportContent): object => ({
    ...content,
    dataAsOf: '',
    // The trail grows with each report that is made.
    sections: sections.filter(({ name }) => type !== 'COMPLIANCE_REPORT' || name !== 'Key figures'),
  });

  test('has the same cells in CSV and EXCEL as in JSON, texts never as formulas (RPT-3, RPT-7)', async () => {
    const content = await contentOf({ type, period: YEAR });
    const again = await contentOf({ type, period: YEAR });
    expect(withoutTime(again)).toEqual(withoutTime(content));

    const csv = (await made({ type, period: YEAR, format: 'CSV' })).bytes.toString();
    const lines: string[][] = parse(csv, {
      relax_column_count: true,
      skip_empty_lines: true,
      record_delimiter: '\r\n',
    });
    const workbook = await readXlsx((await made({ type, period: YEAR, format: 'EXCEL' })).bytes);
    expect(workbook.sheets.map(({ name }) => name)).toEqual(content.sections.map(({ name }) => name));
    for (const [index, { name, columns, rows }] of content.sections.entries()) {
      const texts = rows.map((row) => row.map((cell, place) => shownAsText(cell, columns[place]?.type ?? '')));
      const names = columns.map((column) => column.name);
      const block = lines.splice(0, rows.length + 2);
      if (type === 'COMPLIANCE_REPORT' && name === 'Key figures') continue;
      expect(block).toEqual([['section', name], names, ...texts]);
      const cells = present(workbook.sheets[index], 'A sheet').rows;
      expect(cells[0]).toEqual(names);
      const isNumber = columns.map((column) => ['INTEGER', 'DECIMAL', 'FLOAT', 'RATIO'].includes(column.type));
      expect(cells.slice(1).map((row) => columns.map((_column, place) => row[place] ?? null))).toEqual(
        texts.map((row) =>
          row.map((cell, place) => (cell === '' ? null : isNumber[place] === true ? Number(cell) : cell)),
        ),
      );
    }
    expect(lines).toEqual([]);
  });

  const formats = REPORT_FORMATS.filter((format) => format !== 'PDF' || IN_PDF.includes(type));
  test.each(formats)('of a period without data is a whole %s', async (format) => {
    const { bytes, fileName } = await made({ type, period: EMPTY, format });
    expect(fileName).toMatch(/^A-report-2020-01-01\.(?:pdf|html|xlsx|csv|json)$/);
    const content = await contentOf({ type, period: EMPTY });
    const names = content.sections.map(({ name }) => name);
    const text = bytes.toString('latin1');
    if (format === 'PDF') expect([text.slice(0, 5), text.trimEnd().slice(-5)]).toEqual(['%PDF-', '%%EOF']);
    else if (format === 'EXCEL')
      expect((await readXlsx(bytes)).sheets.map(({ name }) => name.trim())).toEqual(
        names.map((name) => name.slice(0, 31)),
      );
    else if (format === 'CSV') expect([...text.matchAll(/^section,(.+)\r$/gm)].map(([, name]) => name)).toEqual(names);
    else if (format === 'HTML') {
      expect([...text.matchAll(/<h2>(.+?)<\/h2>/g)].map(([, name]) => name)).toEqual(names);
      expect(text.trimEnd()).toMatch(/<\/html>$/);
    } else expect(withoutTime(JSON.parse(text))).toEqual(withoutTime(content));
  });

  test('of a period without data has no records, zeros as counts, and no value for shares and means', async () => {
    const { sections } = await contentOf({ type, period: EMPTY });
    const cells = sections
      .filter(({ name }) => type !== 'COMPLIANCE_REPORT' || name !== 'Key figures')
      // What is so now does not depend on the period.
      .filter(({ name }) => name !== 'Work in progress')
      .flatMap(({ columns, rows }) =>
        rows.flatMap((row) => columns.map((column, place) => [column.type, column.name, row[place]] as const)),
      )
      .filter(([, name]) => name !== 'number' && name !== 'plannedSeconds');
    expect(cells.filter(([kind, , cell]) => kind === 'INTEGER' && cell !== 0)).toEqual([]);
    expect(cells.filter(([kind, , cell]) => ['RATIO', 'DECIMAL', 'FLOAT'].includes(kind) && cell !== null)).toEqual([]);
    expect(cells.filter(([kind]) => kind === 'INSTANT')).toEqual([]);
  });
});

test('an HTML report has everything escaped, no script, and nothing from elsewhere', async () => {
  const html = (
    await made({ type: 'DEFECT_ANALYSIS', format: 'HTML', period: YEAR, title: '<script>alert("1")</script> & co' })
  ).bytes.toString();
  expect(html).not.toMatch(/<script|src=|href=|url\(|@import/i);
  expect(html).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; co');
  expect(html.match(/<svg /g)).toHaveLength(2);
});

test('a PDF has vectors and no pictures, and the same bytes for the same content', async () => {
  const { pdfOf } = await import('../../../src/app/reports/format/pdf.ts');
  const { sections, ...rest } = await contentOf({ type: 'DEFECT_ANALYSIS', period: YEAR });
  const drawings = [{ kind: 'PARETO', figure: paretoOf([{ key: 'SCRATCH', count: 3 }], 20) }] as const;
  const content = { ...rest, sections: sections.map((section) => ({ ...section, drawings })) };
  const [first, second] = [Buffer.from(await pdfOf(content)), Buffer.from(await pdfOf(content))];
  expect(first.subarray(0, 5).toString()).toBe('%PDF-');
  expect(first.toString('latin1')).not.toContain('/Subtype /Image');
  expect(first.equals(second)).toBe(true);
});

test('each report that is made leaves entries of the system, and its file in the file store (AUD-1)', async () => {
  const { id } = await made({ type: 'PRODUCTION_OVERVIEW', period: YEAR, format: 'CSV' });
  const { data } = await api.ask(
    'query($id: ID!) { node(id: $id) { ... on Report { history { nodes { action actorKind } } } } }',
    { id },
  );
  expect(data.node.history.nodes).toEqual([
    { action: 'report.completed', actorKind: 'SYSTEM' },
    { action: 'report.started', actorKind: 'SYSTEM' },
    { action: 'report.requested', actorKind: 'USER' },
  ]);
});

describe('the download', () => {
  const urlOf = async (id: string, role: Role): Promise<string | null> =>
    (await api.ask('query($id: ID!) { node(id: $id) { ... on Report { downloadUrl } } }', { id }, role)).data.node
      ?.downloadUrl ?? null;
  const fetched = (url: string | null): Promise<Response> => fetch(new URL(present(url, 'An address'), api.url));

  test('has the file with its checksum, and leaves an entry (RPT-5, AUD-6)', async () => {
    const { id, bytes, fileName } = await made({
      type: 'PRODUCTION_OVERVIEW',
      period: YEAR,
      format: 'CSV',
      accessRoles: ['VIEWER'],
    });
    const response = await fetched(await urlOf(id, 'VIEWER'));
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
    expect(response.headers.get('content-disposition')).toContain(fileName);
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
    const { data } = await api.ask(
      'query($id: ID!) { node(id: $id) { ... on Report { history(first: 1) { nodes { action operation actor { ... on User { username } } } } } } }',
      { id },
    );
    expect(data.node.history.nodes).toEqual([
      { action: 'report.downloaded', operation: 'DOWNLOAD', actor: { username: 'viewer' } },
    ]);
  });

  test('is refused to who may not read the report any more, and has no address for others (RPT-5)', async () => {
    const { id } = await made({ type: 'PRODUCTION_OVERVIEW', period: YEAR, format: 'CSV', accessRoles: ['VIEWER'] });
    const url = await urlOf(id, 'VIEWER');
    expect(await urlOf(id, 'OPERATOR')).toBeNull();
    await api.database.reader().sql`UPDATE reports SET access_roles = '{}'`;
    expect((await fetched(url)).status).toBe(404);
  });

  test('of an expired report answers 410, and the report has no address (RPT-4)', async () => {
    const { id } = await made({ type: 'PRODUCTION_OVERVIEW', period: YEAR, format: 'JSON' });
    const url = await urlOf(id, 'ADMIN');
    await api.database.reader().sql`UPDATE reports SET expires_at = now()`;
    expect((await fetched(url)).status).toBe(410);
    expect(await urlOf(id, 'ADMIN')).toBeNull();
  });
});
