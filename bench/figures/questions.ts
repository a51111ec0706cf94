/**
 * The figures that are measured. Each has the operation that a dashboard sends, and the plainest SQL that answers the same
 * question: written by hand, about `$1` to `$2`, without a scope, and without names that the answer does not need.
 */

/** The period of a question, and one of a few weeks within it. */
export interface Span {
  readonly from: string;
  readonly to: string;
  /** Begins the last 20 days: units that are compared are at most 20,000. */
  readonly recent: string;
}

/** A figure. Both answers are reduced to one number, which must be equal. */
export interface Figure {
  readonly name: string;
  /** The only root field, without its alias. */
  readonly ask: (span: Span) => string;
  // oxlint-disable-next-line typescript/no-explicit-any -- a field that `ask` requested
  readonly proof: (payload: any) => number;
  /** One or more rows with the column `proof`; their sum counts. */
  readonly sql: string;
  /** Whether the statement takes the period; else it takes no parameter. */
  readonly isOfPeriod?: false;
  /** Where the statement begins at `recent`. */
  readonly isRecent?: true;
}

const period = ({ from, to }: Span): string => `period: { from: "${from}", to: "${to}" }`;
const recently = ({ recent, to }: Span): string => `period: { from: "${recent}", to: "${to}" }`;
/** The days of the period. It begins and ends at a full hour, so the first and the last day are cut. */
const days = ({ from, to }: Span): string =>
  `days: { from: "${dayOf(Date.parse(from) + 86_400_000)}", to: "${dayOf(Date.parse(to) - 86_400_000)}" }, timeZone: "UTC"`;
const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

const IN_PERIOD = 'd.completed_at >= $1 AND d.completed_at < $2';
const ON_DAYS = `d.completed_at >= date_trunc('day', $1::timestamptz + interval '1 day') AND d.completed_at < date_trunc('day', $2::timestamptz)`;
const sumOf =
  (field: string) =>
  // oxlint-disable-next-line typescript/no-explicit-any -- rows of a payload
  (rows: readonly any[]): number =>
    rows.reduce((sum, row) => sum + row[field], 0);

const STEP_COUNTS = `count(*)::int AS proof, count(*) FILTER (WHERE d.result = 'PASS'), count(*) FILTER (WHERE d.result = 'FAIL'), count(*) FILTER (WHERE d.result = 'REWORK')`;
const YIELD_COUNTS = `${STEP_COUNTS}, count(*) FILTER (WHERE d.attempt = 1), count(*) FILTER (WHERE d.attempt = 1 AND d.result = 'PASS'), count(DISTINCT d.unit_id),
  count(DISTINCT d.unit_id) FILTER (WHERE d.result = 'PASS'), sum((SELECT sum((f ->> 'quantity')::int) FROM jsonb_array_elements(d.defects) AS f))`;
const YIELD_ROW = 'executions firstPassYield finalYield units unitsPassed defectsPerUnit';
const READINGS = `FROM process_data d CROSS JOIN LATERAL jsonb_array_elements(d.measurements) WITH ORDINALITY AS r(reading, position)
  WHERE d.process_id = (SELECT id FROM processes WHERE code = 'TEST') AND r.reading ->> 'code' = 'TEST_0' AND ${IN_PERIOD}`;
const VALUE = `(r.reading ->> 'value')::numeric`;
const SUMMARY = `count(*)::int AS proof, avg(${VALUE}), stddev_samp(${VALUE}), min(${VALUE}), max(${VALUE}), percentile_cont(0.5) WITHIN GROUP (ORDER BY ${VALUE}::float8),
  count(*) FILTER (WHERE ${VALUE} BETWEEN (r.reading ->> 'lowerLimit')::numeric AND (r.reading ->> 'upperLimit')::numeric)`;
const SUMMARY_ROW = 'rows { key count mean standardDeviation min max median inSpecCount }';
const TERMINAL = `count(*)::int AS proof, count(*) FILTER (WHERE status = 'PASSED'), count(*) FILTER (WHERE status = 'PASSED' AND rework_count = 0), count(*) FILTER (WHERE rework_count > 0)
  FROM serials WHERE (status = 'PASSED' OR status = 'FAILED' AND rework_count >= max_reworks) AND completed_at >= $1 AND completed_at < $2`;

/** All figures. */
export const FIGURES: readonly Figure[] = [
  {
    name: 'serialYield',
    ask: (span) => `serialYield(${period(span)}) { terminalCount passRatio firstTimeRatio reworkRatio }`,
    proof: ({ terminalCount }) => terminalCount,
    sql: `SELECT ${TERMINAL}`,
  },
  {
    name: 'yieldReport',
    ask: (span) => `yieldReport(${period(span)}) { rolledThroughputYield rows { process { code } ${YIELD_ROW} } }`,
    proof: ({ rows }) => sumOf('executions')(rows),
    sql: `SELECT d.process_id, ${YIELD_COUNTS} FROM process_data d WHERE ${IN_PERIOD} GROUP BY 1`,
  },
  {
    name: 'yieldReport by day',
    ask: (span) => `yieldReport(${period(span)}, by: DAY, timeZone: "UTC") { rows { key ${YIELD_ROW} } }`,
    proof: ({ rows }) => sumOf('executions')(rows),
    sql: `SELECT d.process_id, date_trunc('day', d.completed_at), ${YIELD_COUNTS} FROM process_data d WHERE ${IN_PERIOD} GROUP BY 1, 2`,
  },
  {
    name: 'yieldReport by equipment',
    ask: (span) => `yieldReport(${period(span)}, by: EQUIPMENT) { rows { key ${YIELD_ROW} } }`,
    proof: ({ rows }) => sumOf('executions')(rows),
    sql: `SELECT d.process_id, d.equipment_id, ${YIELD_COUNTS} FROM process_data d WHERE ${IN_PERIOD} GROUP BY 1, 2`,
  },
  {
    name: 'productionStatistics',
    ask: (span) =>
      `productionStatistics(${period(span)}) { lotsCreated wipItemsCreated wipItemsCompleted serialsCreated serialYield { terminalCount } }`,
    proof: ({ wipItemsCreated }) => wipItemsCreated,
    sql: `SELECT (SELECT count(*)::int FROM wip_items WHERE created_at >= $1 AND created_at < $2) AS proof, (SELECT count(*) FROM wip_items WHERE completed_at >= $1 AND completed_at < $2),
      (SELECT count(*) FROM serials WHERE created_at >= $1 AND created_at < $2), (SELECT count(*) FROM lots WHERE created_at >= $1 AND created_at < $2), terminal.*
      FROM (SELECT count(*) AS terminal, count(*) FILTER (WHERE status = 'PASSED'), count(*) FILTER (WHERE rework_count > 0) FROM serials
        WHERE (status = 'PASSED' OR status = 'FAILED' AND rework_count >= max_reworks) AND completed_at >= $1 AND completed_at < $2) AS terminal`,
  },
  {
    name: 'qualityMetrics',
    ask: (span) => `qualityMetrics(${period(span)}) { passRatio byProcess { process { code } executions passRatio } }`,
    proof: ({ byProcess }) => sumOf('executions')(byProcess),
    sql: `SELECT d.process_id, ${STEP_COUNTS} FROM process_data d WHERE ${IN_PERIOD} GROUP BY 1
      UNION ALL SELECT NULL, 0, count(*), count(*) FILTER (WHERE status = 'PASSED'), count(*) FILTER (WHERE rework_count > 0) FROM serials
        WHERE (status = 'PASSED' OR status = 'FAILED' AND rework_count >= max_reworks) AND completed_at >= $1 AND completed_at < $2`,
  },
  {
    name: 'defectsPerMillion',
    ask: (span) => `defectsPerMillion(${period(span)}, opportunitiesPerUnit: 3) { defectCount unitCount dpmo }`,
    proof: ({ defectCount, unitCount }) => defectCount + unitCount,
    sql: `SELECT ((SELECT sum((f ->> 'quantity')::int) FROM process_data d CROSS JOIN LATERAL jsonb_array_elements(d.defects) AS f WHERE ${IN_PERIOD})
      + (SELECT count(*) FROM defects WHERE review_status NOT IN ('REJECTED', 'FALSE_POSITIVE') AND created_at >= $1 AND created_at < $2)
      + (SELECT count(DISTINCT d.unit_id) FROM process_data d WHERE ${IN_PERIOD}))::float8 AS proof`,
  },
  {
    name: 'defectPareto',
    ask: (span) => `defectPareto(${period(span)}) { totalCount rows { key count cumulativeRatio } }`,
    proof: ({ totalCount }) => totalCount,
    sql: `SELECT key, sum(count)::float8 AS proof FROM (
        SELECT f ->> 'code' AS key, (f ->> 'quantity')::int AS count FROM process_data d CROSS JOIN LATERAL jsonb_array_elements(d.defects) AS f WHERE ${IN_PERIOD}
        UNION ALL SELECT type::text, 1 FROM defects WHERE review_status NOT IN ('REJECTED', 'FALSE_POSITIVE') AND created_at >= $1 AND created_at < $2
      ) AS found GROUP BY 1 ORDER BY 2 DESC`,
  },
  {
    name: 'defectTrend',
    ask: (span) => `defectTrend(${days(span)}) { failRatio points { start executions failCount defectQuantity } }`,
    proof: ({ points }) => sumOf('executions')(points),
    sql: `SELECT date_trunc('day', d.completed_at), count(*)::int AS proof, count(*) FILTER (WHERE d.result = 'FAIL'),
      sum((SELECT sum((f ->> 'quantity')::int) FROM jsonb_array_elements(d.defects) AS f)) FROM process_data d WHERE ${ON_DAYS} GROUP BY 1`,
  },
  {
    name: 'processPerformance',
    ask: (span) =>
      `processPerformance(${period(span)}) { rows { process { code } executions openCount passRatio meanDurationSeconds } overall { executions } }`,
    proof: ({ overall }) => overall.executions,
    sql: `SELECT d.process_id, ${STEP_COUNTS}, sum(d.duration_seconds) FROM process_data d WHERE ${IN_PERIOD} GROUP BY 1
      UNION ALL SELECT process_id, 0, count(*), 0, 0, 0 FROM process_data WHERE completed_at IS NULL GROUP BY 1`,
  },
  {
    name: 'cycleTimes',
    ask: (span) =>
      `cycleTimes(${period(span)}) { byProcess { count meanSeconds medianSeconds p95Seconds } units { count meanLeadSeconds medianLeadSeconds flowRatio } }`,
    proof: ({ byProcess, units }) => sumOf('count')(byProcess) + units.count,
    sql: `SELECT d.process_id, count(*)::int AS proof, avg(d.duration_seconds), percentile_cont(0.5) WITHIN GROUP (ORDER BY d.duration_seconds), percentile_disc(0.95) WITHIN GROUP (ORDER BY d.duration_seconds)
      FROM process_data d WHERE ${IN_PERIOD} GROUP BY 1
      UNION ALL SELECT NULL, count(*)::int, avg(lead), percentile_cont(0.5) WITHIN GROUP (ORDER BY lead), sum(touch) FROM (
        SELECT extract(epoch FROM i.completed_at - min(d.started_at))::int AS lead, sum(d.duration_seconds) AS touch FROM wip_items i JOIN process_data d ON d.unit_id = i.id
        WHERE i.completed_at >= $1 AND i.completed_at < $2 GROUP BY i.id) AS item`,
  },
  {
    name: 'wipByProcess',
    ask: () =>
      'wipByProcess { rows { process { code } inProgressCount waitingCount failedCount } bottleneck { code } }',
    proof: ({ rows }) => sumOf('inProgressCount')(rows) + sumOf('waitingCount')(rows),
    // For each item: its open execution, else the first step of the factory route without a PASS.
    sql: `SELECT coalesce(
        (SELECT d.process_id FROM process_data d WHERE d.unit_id = i.id AND d.completed_at IS NULL LIMIT 1),
        (SELECT p.id FROM processes p WHERE p.level = 'WIP' AND NOT EXISTS (SELECT FROM process_data d WHERE d.unit_id = i.id AND d.process_id = p.id AND d.result = 'PASS') ORDER BY p.number LIMIT 1)
      ), count(*)::int AS proof
      FROM lots l JOIN wip_items i ON i.lot_id = l.id WHERE l.status IN ('CREATED', 'IN_PROGRESS') AND i.status <> 'CONVERTED' GROUP BY 1`,
    isOfPeriod: false,
  },
  {
    name: 'qualityTrend',
    ask: (span) => `qualityTrend(${days(span)}) { points { start completedCount meanQualityScore passRatio } }`,
    proof: ({ points }) => sumOf('completedCount')(points),
    sql: `SELECT date_trunc('day', d.completed_at), count(*)::int AS proof, avg(d.quality_score), count(*) FILTER (WHERE d.verdict = 'PASS')
      FROM inspections d WHERE d.status = 'COMPLETED' AND ${ON_DAYS} GROUP BY 1`,
  },
  {
    name: 'operatorPerformance',
    ask: (span) =>
      `operatorPerformance(${period(span)}) { rows { operator { username } executions passRatio touchSeconds } }`,
    proof: ({ rows }) => sumOf('executions')(rows),
    sql: `SELECT d.operator_id, ${STEP_COUNTS}, sum(d.duration_seconds) FROM process_data d WHERE ${IN_PERIOD} GROUP BY 1`,
  },
  {
    name: 'productionSummary',
    ask: ({ to }) =>
      `productionSummary(date: "${dayOf(Date.parse(to) - 86_400_000)}", timeZone: "UTC") { lots { total } wipItems { createdOnDay inProgressCount } serials { total passedOnDay } executionsOnDay passRatioOverall }`,
    proof: ({ serials, wipItems, executionsOnDay }) => serials.total + wipItems.inProgressCount + executionsOnDay,
    sql: `SELECT lot.*, item.*, serial.*, (serial.total + item.in_progress + work.executions)::int AS proof FROM
      (SELECT count(*) AS lots, count(*) FILTER (WHERE status IN ('CREATED', 'IN_PROGRESS')), count(*) FILTER (WHERE created_at >= date_trunc('day', $1::timestamptz)) FROM lots) AS lot,
      (SELECT count(*) FILTER (WHERE status = 'IN_PROGRESS') AS in_progress, count(*) FILTER (WHERE status = 'FAILED'), count(*) FILTER (WHERE created_at >= date_trunc('day', $2::timestamptz) - interval '1 day') FROM wip_items) AS item,
      (SELECT count(*) AS total, count(*) FILTER (WHERE status = 'IN_PROGRESS'), count(*) FILTER (WHERE status = 'PASSED'), count(*) FILTER (WHERE rework_count > 0) FROM serials) AS serial,
      (SELECT count(*) AS executions, count(*) FILTER (WHERE result = 'PASS') FROM process_data
        WHERE completed_at >= date_trunc('day', $2::timestamptz - interval '1 day') AND completed_at < date_trunc('day', $2::timestamptz)) AS work`,
  },
  {
    name: 'liveMetrics',
    ask: () =>
      'liveMetrics { executionsLastHour openExecutions wipInProgressCount heldLotCount latestFailures { completedAt } }',
    proof: ({ openExecutions, wipInProgressCount }) => openExecutions + wipInProgressCount,
    sql: `SELECT (SELECT count(*) FROM process_data WHERE completed_at >= now() - interval '1 hour'), (SELECT count(*) FROM lots WHERE disposition IN ('QUARANTINED', 'REJECTED')),
      (SELECT count(*) FROM alerts WHERE status = 'UNREAD'), (SELECT count(*) FROM inspections WHERE status = 'PENDING'),
      (SELECT jsonb_agg(f.completed_at) FROM (SELECT completed_at FROM process_data WHERE result = 'FAIL' AND completed_at < now() ORDER BY completed_at DESC LIMIT 5) AS f),
      ((SELECT count(*) FROM process_data WHERE completed_at IS NULL)
        + (SELECT count(*) FROM lots l JOIN wip_items i ON i.lot_id = l.id WHERE l.status IN ('CREATED', 'IN_PROGRESS') AND i.status = 'IN_PROGRESS'))::int AS proof`,
    isOfPeriod: false,
  },
  {
    name: 'measurementCodes',
    ask: (span) => `measurementCodes(${period(span)}) { code readingCount units }`,
    proof: (codes) => sumOf('readingCount')(codes),
    sql: `SELECT r.reading ->> 'code', count(*)::int AS proof, array_agg(DISTINCT r.reading ->> 'unit'), array_agg(DISTINCT d.process_id)
      FROM process_data d CROSS JOIN LATERAL jsonb_array_elements(d.measurements) AS r(reading) WHERE ${IN_PERIOD} GROUP BY 1`,
  },
  {
    name: 'measurementReadings, a page of 100',
    ask: (span) =>
      `measurementReadings(first: 100, filter: { process: { code: "TEST" }, code: "TEST_0", ${period(span)} }) { nodes { code value verdict completedAt unitNumber } }`,
    proof: ({ nodes }) => nodes.length,
    sql: `SELECT r.reading, d.completed_at, i.number, 1 AS proof FROM process_data d JOIN wip_items i ON i.id = d.wip_item_id
      CROSS JOIN LATERAL jsonb_array_elements(d.measurements) AS r(reading)
      WHERE d.process_id = (SELECT id FROM processes WHERE code = 'TEST') AND r.reading ->> 'code' = 'TEST_0' AND ${IN_PERIOD} ORDER BY d.completed_at DESC, d.id DESC LIMIT 100`,
  },
  {
    name: 'measurementSummary',
    ask: (span) => `measurementSummary(process: { code: "TEST" }, code: "TEST_0", ${period(span)}) { ${SUMMARY_ROW} }`,
    proof: ({ rows }) => sumOf('count')(rows),
    sql: `SELECT ${SUMMARY} ${READINGS}`,
  },
  {
    name: 'measurementSummary by day and machine',
    ask: (span) =>
      `measurementSummary(process: { code: "TEST" }, code: "TEST_0", ${recently(span)}, by: [DAY, EQUIPMENT], timeZone: "UTC") { ${SUMMARY_ROW} }`,
    proof: ({ rows }) => sumOf('count')(rows),
    sql: `SELECT date_trunc('day', d.completed_at), d.equipment_id, ${SUMMARY} ${READINGS} GROUP BY 1, 2`,
    isRecent: true,
  },
  {
    name: 'spcChart X̄ and R',
    ask: (span) =>
      `spcChart(input: { process: { code: "TEST" }, code: "TEST_0", chart: XBAR_R, ${period(span)} }) { subgroupCount centre points { value lower upper rules } dispersionPoints { value } }`,
    proof: ({ subgroupCount }) => subgroupCount,
    // A chart has the newest 1,000 subgroups.
    sql: `SELECT 1 AS proof, part.* FROM (
        SELECT place / 5 AS part, avg(value), max(value) - min(value), stddev_samp(value), min(completed_at) AS at, max(completed_at)
        FROM (SELECT ${VALUE} AS value, d.completed_at, row_number() OVER (ORDER BY d.completed_at, d.id, r.position) - 1 AS place ${READINGS}) AS item
        GROUP BY 1 HAVING count(*) = 5) AS part ORDER BY at DESC LIMIT 1000`,
  },
  {
    name: 'spcChart P by day',
    ask: (span) =>
      `spcChart(input: { process: { code: "TEST" }, code: "TEST_0", chart: P, ${period(span)}, timeZone: "UTC" }) { subgroupCount centre points { value lower upper size } }`,
    proof: ({ points }) => sumOf('size')(points),
    sql: `SELECT date_trunc('day', d.completed_at), count(*)::int AS proof, count(*) FILTER (WHERE d.result = 'FAIL'), min(d.completed_at), max(d.completed_at)
      FROM process_data d WHERE d.process_id = (SELECT id FROM processes WHERE code = 'TEST') AND ${IN_PERIOD} GROUP BY 1`,
  },
  {
    name: 'processCapability',
    ask: (span) =>
      `processCapability(input: { process: { code: "TEST" }, code: "TEST_0", lowerLimit: "0.9", upperLimit: "1.1", ${period(span)} }) { readingCount mean sigmaWithin cpk { value } ppk { value } histogram { count } }`,
    proof: ({ readingCount }) => readingCount,
    sql: `SELECT count(*)::int AS proof, avg(value), stddev_samp(value), min(value), max(value), avg(range), array_agg(bin) FILTER (WHERE FALSE) FROM (
        SELECT value, abs(value - lag(value) OVER (ORDER BY completed_at, id, position)) AS range, width_bucket(value, 0.8, 1.2, 30) AS bin
        FROM (SELECT ${VALUE} AS value, d.completed_at, d.id, r.position ${READINGS}) AS item) AS moving`,
  },
  {
    name: 'oee of a machine',
    ask: (span) =>
      `oee(equipment: { code: "MACHINE20" }, ${period(span)}) { producedCount actualProductionSeconds availability effectiveness oee }`,
    proof: ({ producedCount }) => producedCount,
    sql: `SELECT count(*) FILTER (WHERE d.completed_at < $2)::int AS proof, count(*) FILTER (WHERE d.result = 'PASS'), sum(s.planned_seconds),
        (SELECT sum(extract(epoch FROM upper(span) - lower(span))) FROM unnest(range_agg(tstzrange(greatest(d.started_at, $1), least(coalesce(d.completed_at, now()), $2)))) AS span)
      FROM process_data d JOIN processes s ON s.id = d.process_id
      WHERE d.equipment_id = (SELECT id FROM equipment WHERE code = 'MACHINE20') AND d.started_at < $2 AND (d.completed_at >= $1 OR d.completed_at IS NULL)`,
  },
  {
    name: 'commonality of 20 days',
    ask: (span) =>
      `commonality(${recently(span)}, by: [COMPONENT_LOT, EXTERNAL_LOT, EQUIPMENT, OPERATOR]) { badCount goodCount rows { key factor lift pValue } }`,
    proof: ({ badCount, goodCount }) => badCount + goodCount,
    sql: `WITH pool AS MATERIALIZED (
        SELECT d.wip_item_id AS unit, bool_or(d.result = 'FAIL') AS is_bad FROM process_data d WHERE ${IN_PERIOD} GROUP BY 1
      ), met AS (
        SELECT DISTINCT 'EQUIPMENT', d.equipment_id::text AS key, p.unit, p.is_bad FROM pool p JOIN process_data d ON d.wip_item_id = p.unit WHERE d.attempt = 1 AND ${IN_PERIOD}
        UNION SELECT 'OPERATOR', d.operator_id::text, p.unit, p.is_bad FROM pool p JOIN process_data d ON d.wip_item_id = p.unit WHERE d.attempt = 1 AND ${IN_PERIOD}
        UNION SELECT 'USED', coalesce(u.external_lot_number, u.component_id::text), p.unit, p.is_bad FROM pool p JOIN component_uses u ON u.consumer_id = p.unit
        UNION SELECT 'USED', coalesce(u.external_lot_number, u.component_id::text), p.unit, p.is_bad FROM pool p JOIN serials s ON s.wip_item_id = p.unit JOIN component_uses u ON u.consumer_id = s.id
      )
      SELECT key, 0 AS proof, count(*) FILTER (WHERE is_bad), count(*) FILTER (WHERE NOT is_bad) FROM met GROUP BY 1
      UNION ALL SELECT NULL, count(*)::int, 0, 0 FROM pool`,
    isRecent: true,
  },
];

/** A dashboard of ten figures in one document. */
export function dashboard(span: Span): string {
  const asked = [
    'yieldReport',
    'defectPareto',
    'defectTrend',
    'processPerformance',
    'cycleTimes',
    'wipByProcess',
    'operatorPerformance',
    'measurementSummary',
    'spcChart X̄ and R',
    'processCapability',
  ];
  const fields = asked.map(
    (name, at) => `${at === 0 ? 'payload' : `f${at}`}: ${FIGURES.find((figure) => figure.name === name)?.ask(span)}`,
  );
  return `{ ${fields.join('\n')} }`;
}
