/** MON-3: The metrics of a process and of the plant, by the names that dashboards and alerts use. */
import type { PlantFigures } from '../../../operation/monitoring/plant-figures.loaders.ts';
import type { Metric, MetricSample } from '../../../platform/process/monitoring/exposition.ts';
import type { NotedRefusal, OperationFigures } from '../../../platform/process/monitoring/operation-statistics.ts';
import type { StatementStatistics } from '../../../platform/process/monitoring/statement-statistics.ts';
import type { PoolConnections } from '../../../platform/postgres/client.ts';

/** What the metrics say of the process. */
export interface ProcessFigures {
  readonly version: string;
  readonly statements: StatementStatistics['totals'];
  readonly operations: readonly OperationFigures[];
  readonly refusals: readonly (NotedRefusal & { readonly count: number })[];
  readonly connections: PoolConnections;
  readonly residentBytes: number;
  readonly heapBytes: number;
  readonly cpuSeconds: number;
  /** When the process started, in seconds since 1970. */
  readonly startedAtSeconds: number;
  readonly eventLoopSeconds: number;
}

/** The metrics. The figures of the plant are left out when the database did not answer. */
export function metricsOf(process: ProcessFigures, plant: PlantFigures | undefined): readonly Metric[] {
  return [
    {
      name: 'lotgraph_info',
      type: 'gauge',
      help: 'The version of lotgraph.',
      samples: [{ labels: { version: process.version }, value: 1 }],
    },
    one('lotgraph_database_up', 'gauge', 'Whether the database answered with the figures of the plant.', plant ? 1 : 0),
    ...operationMetrics(process),
    ...statementMetrics(process),
    ...processMetrics(process),
    ...(plant === undefined ? [] : plantMetrics(plant)),
  ];
}

function operationMetrics({ operations, refusals }: ProcessFigures): readonly Metric[] {
  return [
    {
      name: 'lotgraph_requests_total',
      type: 'counter',
      help: 'Answered operations by name and outcome. Streams are not counted.',
      samples: operations.flatMap(({ operationName: operation, count, refusalCount, faultCount }) => [
        { labels: { operation, outcome: 'OK' }, value: count - refusalCount - faultCount },
        { labels: { operation, outcome: 'REFUSED' }, value: refusalCount },
        { labels: { operation, outcome: 'FAULT' }, value: faultCount },
      ]),
    },
    {
      name: 'lotgraph_operation_duration_seconds',
      type: 'summary',
      help: 'How long operations took; the quantiles are those of the newest 1,000 of each name.',
      samples: operations.flatMap(durationSamples),
    },
    {
      name: 'lotgraph_refusals_total',
      type: 'counter',
      help: 'Refusals by code and rule; the rule is empty where none is named.',
      samples: refusals.map(({ code, rule, count }) => ({ labels: { code, rule }, value: count })),
    },
  ];
}

function durationSamples(figures: OperationFigures): readonly MetricSample[] {
  const { operationName: operation, p50, p75, p90, p95, p99, totalMilliseconds, count } = figures;
  return [
    ...Object.entries({ 0.5: p50, 0.75: p75, 0.9: p90, 0.95: p95, 0.99: p99 }).map(([quantile, milliseconds]) => ({
      labels: { operation, quantile },
      value: milliseconds / 1_000,
    })),
    { suffix: '_sum', labels: { operation }, value: totalMilliseconds / 1_000 },
    { suffix: '_count', labels: { operation }, value: count },
  ];
}

function statementMetrics({ statements, connections }: ProcessFigures): readonly Metric[] {
  const { used, idle, waiting, most } = connections;
  return [
    one('lotgraph_statements_total', 'counter', 'Statements that were run.', statements.count),
    one('lotgraph_statement_errors_total', 'counter', 'Statements that failed.', statements.errorCount),
    one('lotgraph_slow_statements_total', 'counter', 'Statements that took longer than allowed.', statements.slowCount),
    {
      name: 'lotgraph_pool_connections',
      type: 'gauge',
      help: 'Connections to PostgreSQL: used and idle ones, and requests that wait for one.',
      samples: Object.entries({ used, idle, waiting }).map(([state, value]) => ({ labels: { state }, value })),
    },
    one('lotgraph_pool_connections_max', 'gauge', 'The most connections to PostgreSQL.', most),
  ];
}

function processMetrics(process: ProcessFigures): readonly Metric[] {
  return [
    one('process_resident_memory_bytes', 'gauge', 'Memory of the process.', process.residentBytes),
    one('nodejs_heap_size_used_bytes', 'gauge', 'Used memory of JavaScript.', process.heapBytes),
    one('process_cpu_seconds_total', 'counter', 'Processor time of the process.', process.cpuSeconds),
    one('process_start_time_seconds', 'gauge', 'When the process started (Unix time).', process.startedAtSeconds),
    one(
      'nodejs_eventloop_lag_p50_seconds',
      'gauge',
      'Median delay of the event loop in the last second.',
      process.eventLoopSeconds,
    ),
  ];
}

function plantMetrics(plant: PlantFigures): readonly Metric[] {
  return [
    {
      name: 'lotgraph_queue_depth',
      type: 'gauge',
      help: 'What waits for workers, by kind.',
      samples: Object.entries(plant.queues).map(([kind, value]) => ({ labels: { kind }, value })),
    },
    one('lotgraph_inspection_backlog', 'gauge', 'Inspections that are PENDING.', plant.pendingInspectionCount),
    ratio('lotgraph_defect_ratio', 'Share of FAILs among the executions of the last hour.', plant.defectRatio),
    ratio('lotgraph_review_ratio', 'Share of reviewed findings of the last 24 hours.', plant.reviewRatio),
    ratio(
      'lotgraph_false_positive_ratio',
      'Share of false positives among the reviewed findings of the last 24 hours.',
      plant.falsePositiveRatio,
    ),
    {
      name: 'lotgraph_open_alerts',
      type: 'gauge',
      help: 'Alerts that are not archived, by severity.',
      samples: Object.entries(plant.openAlerts).map(([severity, value]) => ({ labels: { severity }, value })),
    },
    one('lotgraph_audit_unsealed_entries', 'gauge', 'Audit entries without a position.', plant.unsealedEntryCount),
  ];
}

function one(name: string, type: Metric['type'], help: string, value: number): Metric {
  return { name, type, help, samples: [{ value }] };
}

function ratio(name: string, help: string, value: number | null): Metric {
  return { name, type: 'gauge', help, samples: value === null ? [] : [{ value }] };
}
