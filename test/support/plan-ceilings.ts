/**
 * A query for each root query field at 100,000 executions, and the maximum cost of all its statements together, in
 * PostgreSQL's unit. A ceiling is about twice the cost measured when it was written: costs depend on samples of the
 * tables, and a plan without its index is far above. PostgreSQL always expects ten rows for a list of ids (`manyOf`,
 * sql.ts).
 */
import type { History } from './history.ts';

/** The ceiling of an operation, and its selection on the root. */
export type Ceiling = readonly [cost: number, ask: string];

/**
 * The orders of each list of a large table, and the maximum cost of a page of the whole table together with the page
 * after it, from either end and in both directions.
 */
export const ORDERS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  auditEntries: { SEQ: 100 },
  componentUses: { INSTALLED_AT: 100, REMOVED_AT: 1_000, CREATED_AT: 100 },
  defects: { CREATED_AT: 100, SEVERITY: 7_000, CONFIDENCE: 7_000 },
  errorEntries: { CREATED_AT: 100 },
  inferenceJobs: { CREATED_AT: 100, COMPLETED_AT: 5_000, STATUS: 5_000 },
  inspections: { PRIORITY: 7_000, CREATED_AT: 100, COMPLETED_AT: 60, QUALITY_SCORE: 7_000 },
  processData: { STARTED_AT: 60, COMPLETED_AT: 60, PROCESS: 550_000, RESULT: 30_000 },
  processSessions: { CLOSED_AT: 60, OPENED_AT: 100 },
  serials: { LOT_SEQUENCE: 100, CREATED_AT: 100, STATUS: 7_000, COMPLETED_AT: 60, REWORK_COUNT: 7_000 },
  systemEvents: { CREATED_AT: 100 },
  wipItems: { LOT_SEQUENCE: 100, CREATED_AT: 100, STATUS: 7_000, COMPLETED_AT: 60 },
};

/**
 * Orders by a value that very many rows share. On a whole table, a filter is more useful than such an order, and every
 * write would have to update an index for it. These orders therefore read the table once and keep its first rows;
 * within a lot or a unit they sort a few rows.
 */
export const SORTED: Readonly<Record<string, readonly string[]>> = {
  inferenceJobs: ['COMPLETED_AT', 'STATUS'],
  defects: ['SEVERITY', 'CONFIDENCE'],
  inspections: ['PRIORITY', 'QUALITY_SCORE'],
  processData: ['PROCESS', 'RESULT'],
  serials: ['STATUS', 'REWORK_COUNT'],
  wipItems: ['STATUS'],
};

/**
 * PostgreSQL expects of each recursion that it finds ten times the rows it begins with, on each level, so the cost of a
 * walk says nothing. That it reads no table as a whole is judged as for all others.
 */
const RECURSIVE = 30_000_000;

const one = (cost: number, ask: string) => (): readonly Ceiling[] => [[cost, ask]];

/** The list with each of the filters. */
function filtered(list: string, selection: string, filters: readonly Ceiling[]): readonly Ceiling[] {
  return filters.map(([cost, filter]) => [cost, `${list}(first: 100, filter: { ${filter} }) { ${selection} }`]);
}

/** Tables that a query counts as a whole, because that is what it is asked. */
export const COUNTED: Readonly<Record<string, readonly string[]>> = {
  // The parts of some hundred units: at this size PostgreSQL may find it cheaper to read all serials, within the ceiling.
  productionSummary: ['wip_items', 'serials'],
};

/** Some hundred executions. */
const SOME_HOURS = '{ from: "2001-03-01T00:00:00Z", to: "2001-03-01T06:00:00Z" }';

export const CEILINGS: Readonly<Record<string, (history: History) => readonly Ceiling[]>> = {
  alerts: ({ lot, step, equipment }) => [
    [
      200,
      'alerts(first: 100) { totalCount unreadCount nodes { title lot { number } serial { number } process { code } createdBy { username } } }',
    ],
    ...filtered('alerts', 'nodes { title }', [
      [50, 'status: { eq: UNREAD }'],
      [50, `lot: { eq: "${lot.id}" }`],
      [50, `process: { eq: "${step.id}" }`],
      [50, `equipment: { eq: "${equipment.id}" }`],
      [50, 'type: { eq: DEFECT_DETECTED }, severity: { eq: HIGH }'],
    ]),
  ],
  apiKeys: one(50, 'apiKeys(first: 100) { totalCount nodes { name station { code } createdBy { username } } }'),
  artifacts: () => [
    [
      100,
      'artifacts(first: 100) { totalCount nodes { fileName inspection { sampleCode } defect { type } uploadedBy { username } } }',
    ],
    ...filtered('artifacts', 'totalCount nodes { fileName }', [
      [50, 'tags: ["front", "edge"]'],
      [50, 'type: { eq: IMAGE }'],
      [50, 'storageLocation: { eq: TEMPORARY }'],
      [50, `checksumSha256: { eq: "${'0'.repeat(64)}" }`],
      [50, 'createdAt: { gte: "2026-11-20T00:00:00Z" }'],
    ]),
  ],
  asBuilt: ({ serial }) => [
    [
      RECURSIVE,
      `asBuilt(unit: { number: "${serial.number}" }) { trace { nodeCount depth nodes { kind number isHeld containsHeld } edges { kind } } executions { result } inspections { type } components { role } }`,
    ],
  ],
  auditEntries: ({ execution, admin }) => [
    [50, 'auditEntries(first: 100) { nodes { action entity recordedAt } }'],
    [
      50,
      `auditEntries(first: 100, filter: { entity: { eq: "process_data" }, record: { eq: "${execution.id}" } }) { totalCount nodes { action } }`,
    ],
    [100, `auditEntries(first: 100, filter: { actor: { eq: "${admin.id}" } }) { nodes { action } }`],
    [50, 'auditEntries(first: 100, filter: { action: { eq: "lot.closed" } }) { nodes { action } }'],
    [
      50,
      'auditEntries(first: 100, filter: { requestId: "00000000-0000-7000-8000-000000000000" }) { totalCount nodes { action } }',
    ],
  ],
  auditVerify: one(50_000, 'auditVerify(fromBlock: 100, toBlock: 140) { isIntact }'),
  backgroundJobs: one(50, 'backgroundJobs(first: 100) { totalCount nodes { status requestedBy { username } } }'),
  changes: () => [
    [2_000, 'changes(first: 100) { hasMore changes { action node { __typename } } }'],
    [1_500, 'changes(first: 100, entities: ["process_data"]) { hasMore }'],
  ],
  commonality: one(13_000, `commonality(period: ${SOME_HOURS}) { badCount rows { key lift } }`),
  componentUses: ({ lot, serial }) => [
    [
      200,
      'componentUses(first: 100) { nodes { role quantity componentLot { number } componentSerial { number } consumerSerial { number } } }',
    ],
    ...filtered('componentUses', 'totalCount nodes { role }', [
      [100, `consumer: { eq: "${serial.id}" }`],
      [300, `component: { eq: "${lot.id}" }`],
      [100, 'externalLotNumber: { eq: "REEL-7" }'],
      [1_300, 'externalLotNumber: { startsWith: "REEL-77" }'],
      [100, 'removedAt: { lt: "2001-02-01T00:00:00Z" }'],
    ]),
    ...filtered('componentUses', 'nodes { role }', [
      [100, 'role: { eq: "PCB" }'],
      [2_000, 'isRemoved: true'],
      [100, 'installedAt: { gte: "2001-02-01T00:00:00Z" }'],
    ]),
  ],
  configEntries: one(20, 'configEntries(first: 100) { totalCount nodes { key value isSet } }'),
  cycleTimes: one(2_000, `cycleTimes(period: ${SOME_HOURS}) { byProcess { medianSeconds } units { flowRatio } }`),
  defectPareto: one(6_000, `defectPareto(period: ${SOME_HOURS}) { rows { key count } }`),
  defectStatistics: ({ lot }) => [
    [1_500, `defectStatistics(filter: { lot: { eq: "${lot.id}" } }) { total meanConfidence }`],
    [1_500, 'defectStatistics(filter: { reviewStatus: { eq: PENDING } }) { total }'],
  ],
  defectTrend: one(16_000, 'defectTrend(days: { from: "2001-03-01", to: "2001-03-01" }) { points { failRatio } }'),
  defects: ({ lot }) => [
    [500, 'defects(first: 100) { nodes { type inspection { sampleCode lot { number } } reviewedBy { username } } }'],
    ...filtered('defects', 'nodes { type }', [
      [1_500, `lot: { eq: "${lot.id}" }`],
      [1_500, 'severity: { eq: CRITICAL }, type: { eq: CRACK }'],
      [1_500, 'text: "rim R500"'],
    ]),
  ],
  defectsPerMillion: one(8_000, `defectsPerMillion(period: ${SOME_HOURS}, opportunitiesPerUnit: 3) { dpmo }`),
  equipment: one(
    50,
    'equipment(first: 100, filter: { status: { eq: AVAILABLE } }) { totalCount nodes { code process { code } processData(first: 10) { nodes { result } } statusPeriods(first: 10) { nodes { status } } } }',
  ),
  equipmentByCode: one(50, 'equipmentByCode(code: "OVEN") { name processData(first: 20) { nodes { result } } }'),
  equipmentWindow: () => [
    [
      RECURSIVE,
      'equipmentWindow(equipment: { code: "OVEN" }, period: { from: "2001-01-02T00:00:00Z", to: "2001-01-02T01:00:00Z" }, descendants: true) { executionCount serialCount lotCount nodeCount executions { result } nodes { number containsHeld } edges { kind } }',
    ],
  ],
  errorEntries: () => [
    [50, 'errorEntries(first: 100) { nodes { message } }'],
    [50, 'errorEntries(first: 100, filter: { code: { eq: "TIMEOUT" } }) { totalCount nodes { message } }'],
    [
      100,
      'errorEntries(first: 1, filter: { requestId: { eq: "00000000-0000-7000-8000-000000000000" } }) { nodes { message } }',
    ],
  ],
  freeSlots: one(50, 'freeSlots(station: { code: "ST_1" })'),
  health: one(50, 'health { status migrations }'),
  inferenceJobs: () => [
    [
      100,
      'inferenceJobs(first: 100) { nodes { modelName status queueMilliseconds defects(first: 10) { nodes { type } } } }',
    ],
    ...filtered('inferenceJobs', 'totalCount nodes { modelName }', [
      [800, 'status: { in: [QUEUED, PROCESSING] }'],
      [2_000, 'modelName: { eq: "model 7" }, modelVersion: { eq: "1.0" }'],
      [100, 'externalRequestId: { eq: "REQ-1" }'],
    ]),
  ],
  inferenceMetrics: one(1_000, 'inferenceMetrics(windowMinutes: 300) { p95 successRatio meanConfidence queueDepth }'),
  inspectionStatistics: ({ lot }) => [
    [1_500, `inspectionStatistics(filter: { lot: { eq: "${lot.id}" } }) { total openReviewCount }`],
  ],
  inspections: ({ lot, serial }) => [
    [
      3_000,
      'inspections(first: 100) { nodes { sampleCode lot { number } inspector { username } defectCount defects(first: 10) { nodes { type } } } }',
    ],
    [1_500, `inspections(first: 100, filter: { lot: { eq: "${lot.id}" } }) { totalCount nodes { sampleCode } }`],
    ...filtered('inspections', 'nodes { sampleCode }', [
      [400, 'status: { eq: PENDING }'],
      [100, `serial: { eq: "${serial.id}" }`],
      [800, 'sampleCode: { startsWith: "KR01PSA010101" }'],
    ]),
  ],
  label: ({ serial }) => [
    [150, `label(unit: { number: "${serial.number}" }, labelType: SERIAL_LABEL, format: ZPL) { text }`],
  ],
  labelPrints: ({ lot, serial }) => [
    [50, 'labelPrints(first: 100) { totalCount nodes { text serial { number } printedBy { username } } }'],
    ...filtered('labelPrints', 'totalCount nodes { text }', [
      [50, 'status: { eq: FAILED }'],
      [50, `lot: { eq: "${lot.id}" }`],
      [50, `serial: { eq: "${serial.id}" }`],
    ]),
  ],
  liveMetrics: one(500, 'liveMetrics { countedAt executionsLastHour latestFailures { startedAt lot { number } } }'),
  lotByNumber: ({ lot }) => [
    [
      15_000,
      `lotByNumber(number: "${lot.number}") { stepProgressRatio journey(first: 100) { totalCount nodes { level result } } }`,
    ],
    [
      4_000,
      `lotByNumber(number: "${lot.number}") { actualQuantity passedQuantity wipItemCount serials(first: 25) { nodes { number processData(first: 8) { nodes { result process { code } equipment { code } } } } } }`,
    ],
  ],
  lotDashboard: one(
    300,
    'lotDashboard(status: IN_PROGRESS, first: 100) { rows { lot { number } completionRatio meanLeadSeconds } refreshedAt }',
  ),
  lots: () => [
    [
      40_000,
      'lots(first: 100) { nodes { number productModel { code } passRatio serials(first: 25) { nodes { number } } } }',
    ],
    [100, 'lots(first: 100, filter: { status: { eq: IN_PROGRESS } }) { totalCount nodes { number } }'],
    ...filtered('lots', 'nodes { number }', [
      [100, 'productModel: { code: { eq: "PSA" } }, productionLine: { isActive: true }'],
      [100, 'serials: { some: { status: { eq: FAILED } } }'],
      [900, 'wipItems: { none: { status: { eq: FAILED } } }'],
      [60, 'processData: { some: { verdict: { eq: OUT_OF_SPEC } } }'],
      [3600, 'processData: { some: { defectCode: "CRACK" } }'],
    ]),
  ],
  measurementCodes: one(
    3_000,
    'measurementCodes(process: { code: "FINAL" }, period: { from: "2026-11-19T00:00:00Z", to: "2026-11-20T00:00:00Z" }) { code units readingCount processes { code } }',
  ),
  measurementReadings: one(
    3_000,
    'measurementReadings(filter: { process: { code: "FINAL" }, code: "VOLTAGE", period: { from: "2026-11-19T00:00:00Z", to: "2026-11-20T00:00:00Z" } }, first: 100) { totalCount nodes { code value unitNumber } }',
  ),
  measurementSummary: one(
    3_000,
    'measurementSummary(process: { code: "FINAL" }, code: "VOLTAGE", period: { from: "2026-11-19T00:00:00Z", to: "2026-11-20T00:00:00Z" }, by: [DAY]) { rows { key mean } }',
  ),
  migrationHistory: one(50, 'migrationHistory(first: 100) { nodes { name } }'),
  node: ({ execution }) => [
    [200, `node(id: "${execution.id}") { ... on ProcessData { result lot { number } serial { number } } }`],
  ],
  nodes: ({ lot, item, serial, execution }) => [
    [300, `nodes(ids: [${[lot, item, serial, execution].map(({ id }) => JSON.stringify(id)).join(', ')}]) { id }`],
  ],
  oee: ({ equipment }) => [
    [
      10_000,
      `oee(equipment: { id: "${equipment.id}" }, period: { from: "2001-01-01T00:00:00Z", to: "2001-01-01T06:00:00Z" }) { oee }`,
    ],
  ],
  operationStatistics: one(50, 'operationStatistics { operationName count faults { code } }'),
  operatorPerformance: one(
    2_000,
    `operatorPerformance(period: ${SOME_HOURS}) { rows { operator { username } passRatio } }`,
  ),
  operators: one(50, 'operators(search: "an", first: 100) { totalCount nodes { id displayName badgeCode } }'),
  performanceBaselines: one(20, 'performanceBaselines(first: 100) { totalCount nodes { metric subject value kind } }'),
  processByCode: one(50, 'processByCode(code: "FINAL") { name processData(first: 20) { nodes { result } } }'),
  processCapability: one(
    6_000,
    'processCapability(input: { process: { code: "FINAL" }, code: "VOLTAGE", period: { from: "2026-11-19T00:00:00Z", to: "2026-11-20T00:00:00Z" } }) { mean cpk { value } }',
  ),
  processData: ({ lot, serial, item, step, equipment, admin }) => [
    [
      500,
      'processData(first: 100) { nodes { startedAt lot { number } wipItem { number } serial { number } process { code } equipment { code } operator { username } } }',
    ],
    [800, `processData(first: 100, filter: { lot: { eq: "${lot.id}" } }) { totalCount nodes { result } }`],
    [100, `processData(first: 100, filter: { serial: { eq: "${serial.id}" } }) { totalCount nodes { result } }`],
    [100, `processData(first: 100, filter: { wipItem: { eq: "${item.id}" } }) { totalCount nodes { result } }`],
    [100, `processData(first: 100, filter: { unit: { eq: "${serial.id}" } }) { totalCount nodes { result } }`],
    [
      4_000,
      `processData(first: 100, filter: { process: { eq: "${step.id}" }, result: { eq: FAIL } }) { nodes { result } }`,
    ],
    [100, `processData(first: 100, filter: { equipment: { eq: "${equipment.id}" } }) { nodes { result } }`],
    [100, `processData(first: 100, filter: { operator: { eq: "${admin.id}" } }) { nodes { result } }`],
    [300, 'processData(first: 100, filter: { isOpen: true }) { totalCount nodes { startedAt } }'],
    [150, 'processData(first: 100, filter: { defectCode: "DENT" }) { totalCount nodes { startedAt } }'],
    [300, 'processData(first: 100, filter: { measurementCode: "RARE" }) { totalCount nodes { startedAt } }'],
    [2_000, 'processData(first: 100, filter: { text: "R1000" }) { totalCount nodes { startedAt } }'],
    ...filtered('processData', 'totalCount nodes { startedAt }', [
      [
        1500,
        `lot: { number: { eq: "${lot.number}" } }, process: { code: { eq: "${step.code}" } }, operator: { username: { eq: "admin" } }`,
      ],
      [1300, `unit: { number: { in: ["${lot.number}", "${item.number}", "${serial.number}"] } }`],
      [1500, `equipment: { code: { eq: "${equipment.code}" } }, lot: { number: { eq: "${lot.number}" } }`],
      [4700, 'lot: { status: { eq: IN_PROGRESS } }'],
      [250, 'serial: { number: { startsWith: "KR01PSA010101" } }'],
      [7500, 'wipItem: { createdAt: { lt: "2001-01-02T00:00:00Z" } }'],
      [50, 'verdict: { eq: OUT_OF_SPEC }'],
      [8800, 'defects: { some: { severity: { in: [CRITICAL, HIGH] } } }'],
      [200, 'defects: { some: { code: "CRACK", severity: { eq: CRITICAL } } }'],
      [400, 'measurements: { some: { code: "RARE", value: { gt: "400", lt: "600" } } }'],
      [60, 'measurements: { some: { code: "TORQUE", verdict: { eq: OUT_OF_SPEC } } }'],
    ]),
    ...filtered('processData', 'nodes { startedAt }', [
      [60, 'productModel: { code: { eq: "PSA" } }, productionLine: { code: { eq: "KR01" } }'],
      [3500, 'not: { lot: { status: { eq: IN_PROGRESS } } }'],
      [20, 'attempt: { gt: 1 }'],
      [100, 'verdict: { eq: NOT_JUDGED }'],
      [1100, 'measurements: { some: { code: "TORQUE", value: { gt: "400" } } }'],
    ]),
    [
      1_000,
      'processData(first: 100, filter: { startedAt: { gte: "2001-02-01T00:00:00Z", lt: "2001-02-01T06:00:00Z" } }) { totalCount nodes { startedAt } }',
    ],
    [
      1_500,
      'processData(first: 100, filter: { completedAt: { gte: "2001-02-01T00:00:00Z", lt: "2001-02-01T06:00:00Z" } }) { totalCount nodes { startedAt } }',
    ],
  ],
  processPerformance: one(
    2_000,
    `processPerformance(period: ${SOME_HOURS}) { rows { process { code } passRatio } overall { passRatio } }`,
  ),
  processSession: one(
    50,
    `processSession(id: "${Buffer.from('ProcessSession:00000000-0000-7000-8000-000000000000').toString('base64url')}") { totalCount passRatio }`,
  ),
  processSessions: one(
    1_100,
    'processSessions(first: 100) { totalCount nodes { batchCode totalCount station { code } process { code } processData(first: 10) { nodes { result } } } }',
  ),
  processes: one(
    100,
    'processes(first: 100) { totalCount nodes { code processData(first: 10) { nodes { result } } } }',
  ),
  productModelByCode: one(50, 'productModelByCode(code: "PSA") { name lots(first: 20) { nodes { number } } }'),
  productModels: one(
    50,
    'productModels(first: 100) { totalCount nodes { code lots(first: 20) { nodes { number } } } }',
  ),
  productionLineByCode: one(50, 'productionLineByCode(code: "KR01") { name lots(first: 20) { nodes { number } } }'),
  productionLines: one(
    50,
    'productionLines(first: 100) { totalCount nodes { code lots(first: 20) { nodes { number } } } }',
  ),
  productionStatistics: one(
    5_000,
    `productionStatistics(period: ${SOME_HOURS}) { lotsCreated serialYield { passRatio } }`,
  ),
  productionSummary: one(
    10_000,
    'productionSummary(date: "2001-03-01") { lots { total } wipItems { createdOnDay } serials { total } passRatioOnDay }',
  ),
  qualityMetrics: one(
    2_000,
    `qualityMetrics(period: ${SOME_HOURS}) { passRatio byProcess { process { code } passRatio } }`,
  ),
  qualityTrend: one(5_000, 'qualityTrend(days: { from: "2001-03-01", to: "2001-03-01" }) { points { passRatio } }'),
  reportSchedules: one(50, 'reportSchedules(first: 100) { totalCount nodes { name isPaused owner { username } } }'),
  reports: one(50, 'reports(first: 100) { totalCount nodes { title requestedBy { username } schedule { name } } }'),
  route: one(50, 'route(level: SERIAL) { code }'),
  routeChanges: one(
    200,
    'routeChanges(from: "Um91dGU6MDAwMDAwMDAtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAx", to: "Um91dGU6MDAwMDAwMDAtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAy") { kind }',
  ),
  routeOf: ({ lot }) => [[200, `routeOf(lot: { number: "${lot.number}" }) { number process { code } }`]],
  routes: one(
    300,
    'routes(first: 100) { totalCount nodes { revision lotCount productModel { code } steps { number process { code } } } }',
  ),
  savedFilters: one(50, 'savedFilters(first: 100) { totalCount nodes { name target owner { username } } }'),
  scan: ({ lot, item, serial, step }) =>
    [lot, item, serial].map(({ number }) => [
      200,
      `scan(code: "${number}", process: { code: "${step.code}" }) { kind readiness { isReady checks { rule } } }`,
    ]),
  searchProcessData: () => [
    [
      4_500,
      'searchProcessData(text: "R1000", first: 100) { edges { rank headline node { startedAt } } facets { total } }',
    ],
    [
      4_500,
      'searchProcessData(text: "R1000 or R1001 -R1002", first: 100, filter: { result: { eq: PASS } }) { nodes { startedAt process { code } } }',
    ],
  ],
  serialByNumber: ({ serial }) => [
    [
      5_000,
      `serialByNumber(number: "${serial.number}") { journey(first: 100) { totalCount nodes { level result process { code } } facets { total } } }`,
    ],
    [
      900,
      `serialByNumber(number: "${serial.number}") { status lot { number } processData(first: 20) { nodes { result } } }`,
    ],
  ],
  serialYield: one(500, `serialYield(period: ${SOME_HOURS}) { passRatio }`),
  serials: ({ lot }) => [
    [
      3_000,
      `serials(first: 100, filter: { lot: { eq: "${lot.id}" } }) { nodes { number journey(first: 20) { totalCount nodes { result } } } }`,
    ],
    [100, 'serials(first: 100) { nodes { number lot { number } } }'],
    [
      1_500,
      `serials(first: 100, filter: { lot: { eq: "${lot.id}" } }) { totalCount nodes { number processData(first: 8) { nodes { result } } } }`,
    ],
    [100, 'serials(first: 100, filter: { status: { eq: IN_PROGRESS } }) { totalCount nodes { number } }'],
    [300, 'serials(first: 100, filter: { number: { startsWith: "KR01PSA0101" } }) { nodes { number } }'],
    [100, 'serials(first: 100, orderBy: [{ field: CREATED_AT, direction: DESC }]) { nodes { number } }'],
    ...filtered('serials', 'totalCount nodes { number }', [
      [900, 'lot: { status: { eq: IN_PROGRESS } }'],
      [2500, `lot: { number: { eq: "${lot.number}" } }, defectCode: "CRACK"`],
      [60, 'processData: { some: { verdict: { eq: OUT_OF_SPEC } } }'],
      [2500, `processData: { none: { attempt: { gt: 3 } } }, lot: { number: { in: ["${lot.number}"] } }`],
    ]),
    ...filtered('serials', 'nodes { number }', [
      [50, 'productModel: { code: { eq: "PSA" } }, productionLine: { code: { eq: "KR01" } }'],
      [200, 'equipment: { code: { eq: "OVEN" } }'],
      [500, 'defectCode: "DENT"'],
      [900, 'processData: { some: { isOpen: true } }'],
    ]),
  ],
  slowStatements: one(50, 'slowStatements { statement }'),
  spcChart: one(
    6_000,
    'spcChart(input: { process: { code: "FINAL" }, code: "VOLTAGE", chart: XBAR_R, period: { from: "2026-11-19T00:00:00Z", to: "2026-11-20T00:00:00Z" } }) { centre points { value } }',
  ),
  statementStatistics: one(50, 'statementStatistics(order: MEAN, first: 100) { statement count }'),
  stationByCode: one(170, 'stationByCode(code: "ST_1") { status processData(first: 20) { nodes { result } } }'),
  stations: one(50, 'stations(first: 100) { totalCount nodes { code status } }'),
  systemEvents: () => [
    [50, 'systemEvents(first: 100) { nodes { message } }'],
    [100, 'systemEvents(first: 100, filter: { level: { in: [ERROR, CRITICAL] } }) { totalCount nodes { event } }'],
    [
      100,
      'systemEvents(first: 100, filter: { event: { eq: "session.sign_in" } }) { nodes { message user { username } } }',
    ],
  ],
  testProgramByName: one(
    50,
    'testProgramByName(name: "psa") { name versions(first: 5) { nodes { version } } deployments(first: 5) { nodes { status } } }',
  ),
  testPrograms: one(
    60,
    'testPrograms(first: 100) { totalCount nodes { name currentVersion { version } process { code } versions(first: 5) { nodes { version } } } }',
  ),
  unitReadiness: ({ serial, step, equipment }) => [
    [
      200,
      `unitReadiness(unit: { number: "${serial.number}" }, process: { code: "${step.code}" }, equipment: { code: "${equipment.code}" }) { isReady checks { rule } }`,
    ],
  ],
  userByUsername: one(50, 'userByUsername(username: "admin") { role processData(first: 20) { nodes { result } } }'),
  users: one(50, 'users(first: 100) { totalCount nodes { username processData(first: 5) { nodes { result } } } }'),
  verifyArtifact: one(
    50,
    `verifyArtifact(id: "${Buffer.from('Artifact:00000000-0000-7000-8000-000000000000').toString('base64url')}") { isIntact }`,
  ),
  viewer: one(50, 'viewer { role user { username } }'),
  webhooks: one(
    150,
    'webhooks(first: 100) { totalCount nodes { name createdBy { username } lastDelivery { status } deliveries(first: 10) { nodes { type status } } } }',
  ),
  whereUsed: ({ lot }) => [
    [
      RECURSIVE,
      `whereUsed(component: { lot: { number: "${lot.number}" } }, maxDepth: 2) { serialCount lotCount trace { nodeCount depth nodes { kind number containsHeld } edges { kind } } }`,
    ],
  ],
  wipByProcess: ({ lot }) => [
    [2_000, `wipByProcess(scope: { lots: ["${lot.id}"] }) { rows { process { code } loadCount } bottleneck { code } }`],
  ],
  wipItemByNumber: ({ item }) => [
    [2_300, `wipItemByNumber(number: "${item.number}") { journey(first: 100) { totalCount nodes { level result } } }`],
    [
      1_300,
      `wipItemByNumber(number: "${item.number}") { status nextProcess { code } openExecution { attempt } processData(first: 20) { nodes { result } } }`,
    ],
  ],
  wipItems: ({ lot }) => [
    [
      5_000,
      'wipItems(first: 100) { nodes { number lot { number } serial { number } currentProcess { code } nextProcess { code } openExecution { attempt } } }',
    ],
    [300, `wipItems(first: 100, filter: { lot: { eq: "${lot.id}" } }) { totalCount nodes { number } }`],
    [1_500, 'wipItems(first: 100, filter: { status: { eq: IN_PROGRESS } }) { totalCount nodes { number } }'],
    [
      1_500,
      'wipItems(first: 100, filter: { status: { in: [FAILED] } }, orderBy: [{ field: CREATED_AT, direction: DESC }]) { totalCount nodes { number } }',
    ],
    [300, 'wipItems(first: 100, filter: { number: { startsWith: "WIP-KR01PSA0101" } }) { nodes { number } }'],
    [100, 'wipItems(first: 100, orderBy: [{ field: CREATED_AT, direction: DESC }]) { nodes { number } }'],
    ...filtered('wipItems', 'nodes { number }', [
      [200, 'productModel: { code: { eq: "PSA" } }, equipment: { code: { eq: "OVEN" } }'],
      [500, 'defectCode: "DENT"'],
      [60, 'processData: { some: { verdict: { eq: OUT_OF_SPEC } } }'],
    ]),
  ],
  yieldReport: ({ step }) => [
    [12_000, `yieldReport(period: ${SOME_HOURS}) { rolledThroughputYield rows { process { code } finalYield } }`],
    [
      12_000,
      `yieldReport(period: ${SOME_HOURS}, by: HOUR, scope: { processes: ["${step.id}"] }) { rows { key finalYield } }`,
    ],
  ],
};
