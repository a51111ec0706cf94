/** QUALITY_METRICS: yields, defects per million, and capability. */
import { loadDefectDensity } from '../../../insight/defect-figure/defect-figure.loaders.ts';
import { DEFECT_SOURCES } from '../../../insight/defect-figure/pareto.rules.ts';
import { loadQualityMetrics } from '../../../insight/overview/overview.loaders.ts';
import { stepInScope } from '../../../insight/scope/scope.loaders.ts';
import { capabilityFacts, capabilityWith, drawnCapability } from '../../../insight/spc/capability.loaders.ts';
import { CONFIDENCE } from '../../../insight/spc/capability.rules.ts';
import type { DrawnCapability } from '../../../insight/spc/histogram-picture.rules.ts';
import { loadYieldReport } from '../../../insight/yield/yield.loaders.ts';
import { sql } from '../../../platform/postgres/sql.ts';
import { present } from '../../../platform/values/assert.ts';
import { KEY_FIGURES, MOST_PICTURES, notesSection, section, type Section } from '../content/content.ts';
import { countedIn, floatText, notesOnScope, stepNames } from './figures.ts';
import type { ReportScope } from './scope.ts';

/** The sections of the report. */
export async function qualityMetrics(scope: ReportScope): Promise<readonly Section[]> {
  const { db } = scope;
  const counted = countedIn(scope);
  const nameOf = await stepNames(db);
  const metrics = await loadQualityMetrics(db, counted);
  const yields = await loadYieldReport(db, counted, undefined, { timeZone: scope.timeZone, shifts: [] });
  return [
    section(
      KEY_FIGURES,
      {
        inspectedSerials: 'INTEGER',
        passedSerials: 'INTEGER',
        failedSerials: 'INTEGER',
        reworkedSerials: 'INTEGER',
        passRatio: 'RATIO',
        defectRatio: 'RATIO',
        reworkRatio: 'RATIO',
        rolledThroughputYield: 'RATIO',
      },
      [{ ...metrics, rolledThroughputYield: yields.rolledThroughputYield }],
    ),
    section(
      'By process',
      {
        number: 'INTEGER',
        process: 'STRING',
        executions: 'INTEGER',
        passCount: 'INTEGER',
        failCount: 'INTEGER',
        reworkCount: 'INTEGER',
        passRatio: 'RATIO',
        failRatio: 'RATIO',
      },
      metrics.byProcess.map((row) => ({ ...row, ...nameOf(row.processId) })),
    ),
    section(
      'Yield by process',
      {
        number: 'INTEGER',
        process: 'STRING',
        firstAttempts: 'INTEGER',
        firstPasses: 'INTEGER',
        firstPassYield: 'RATIO',
        units: 'INTEGER',
        unitsPassed: 'INTEGER',
        finalYield: 'RATIO',
        defectQuantity: 'INTEGER',
        defectsPerUnit: 'RATIO',
      },
      yields.rows.map((row) => ({ ...row, ...nameOf(row.processId) })),
      yields.rows.length === 0 ? [] : [{ kind: 'YIELD', figure: yields }],
    ),
    await defectsPerMillion(scope),
    await capabilities(scope),
    ...notesSection([
      'Defects per million opportunities are computed with one opportunity for each unit.',
      `Capability is computed from single readings with the limits of the characteristics as of now; the variation within is estimated from moving ranges. The pictures are of the ${MOST_PICTURES} characteristics with the lowest cpk.`,
      ...notesOnScope(scope),
    ]),
  ];
}

async function defectsPerMillion(scope: ReportScope): Promise<Section> {
  const rows = [];
  for (const source of DEFECT_SOURCES)
    rows.push({
      source,
      ...(await loadDefectDensity(scope.db, countedIn(scope), { source, opportunitiesPerUnit: 1 })),
    });
  return section(
    'Defects per million',
    { source: 'STRING', defectCount: 'INTEGER', unitCount: 'INTEGER', defectsPerUnit: 'RATIO', dpmo: 'RATIO' },
    rows,
  );
}

const HOW = { estimator: 'MRBAR_D2', constants: 'EXACT', confidence: CONFIDENCE.usual } as const;

/** SPC-5: The capability of each characteristic that has a limit, by one statement each. */
async function capabilities(scope: ReportScope): Promise<Section> {
  const { db, timeZone } = scope;
  const counted = countedIn(scope);
  const characteristics = await db.query<{ readonly id: string; readonly process: string; readonly code: string }>(sql`
    SELECT p.id, p.code AS process, c.key AS code
    FROM processes p CROSS JOIN LATERAL jsonb_each(p.quality_criteria -> 'characteristics') AS c
    WHERE coalesce(c.value ->> 'lowerLimit', c.value ->> 'upperLimit') IS NOT NULL AND ${stepInScope(sql`p.id`, counted.scope)}
    ORDER BY p.number, c.key COLLATE "C"`);
  const rows = [];
  const figures: DrawnCapability[] = [];
  for (const { id, process, code } of characteristics) {
    const facts = await capabilityFacts(db, {
      ...counted,
      process: { key: 'id', value: id },
      code,
      firstAttemptsOnly: false,
      grouping: { by: 'SIZE', size: 1 },
      limits: { lowerLimit: null, upperLimit: null, target: null },
      baseline: null,
      clocks: { timeZone, shifts: [] },
    });
    const row = present(facts, 'The readings of a characteristic');
    const capability = capabilityWith(row, HOW);
    const { mean, sigmaWithin, sigmaOverall, indices, verdict } = capability;
    if (row.count > 0) figures.push(drawnCapability(capability, code));
    rows.push({
      process,
      code,
      readingCount: row.count,
      mean: floatText(mean),
      sigmaWithin: floatText(sigmaWithin),
      sigmaOverall: floatText(sigmaOverall),
      lowerLimit: row.lowerLimit,
      upperLimit: row.upperLimit,
      target: row.target,
      cp: indices.cp.value,
      cpk: indices.cpk.value,
      pp: indices.pp.value,
      ppk: indices.ppk.value,
      verdict,
    });
  }
  return section(
    'Capability',
    {
      process: 'STRING',
      code: 'STRING',
      readingCount: 'INTEGER',
      mean: 'FLOAT',
      sigmaWithin: 'FLOAT',
      sigmaOverall: 'FLOAT',
      lowerLimit: 'DECIMAL',
      upperLimit: 'DECIMAL',
      target: 'DECIMAL',
      cp: 'RATIO',
      cpk: 'RATIO',
      pp: 'RATIO',
      ppk: 'RATIO',
      verdict: 'STRING',
    },
    rows,
    leastCapable(figures).map((figure) => ({ kind: 'CAPABILITY', figure })),
  );
}

/** The characteristics to draw: those with the lowest cpk, then those without one. */
function leastCapable(figures: readonly DrawnCapability[]): readonly DrawnCapability[] {
  const cpkOf = ({ indices }: DrawnCapability): number => indices.cpk.value ?? Infinity;
  return figures.toSorted((a, b) => (cpkOf(a) < cpkOf(b) ? -1 : Number(cpkOf(a) > cpkOf(b)))).slice(0, MOST_PICTURES);
}
