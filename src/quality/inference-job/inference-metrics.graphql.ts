import { builder, enumeration } from '../../platform/graphql/builder.ts';
import { parseArguments } from '../../platform/read/arguments.ts';
import { USERS } from '../../platform/rules/access.ts';
import { AskInferenceMetrics } from './inference-job.shapes.ts';
import { jobGroups, meanConfidence } from './inference-metrics.loaders.ts';
import {
  type Anomaly,
  ANOMALY_KINDS,
  ANOMALY_SEVERITIES,
  INFERENCE_HEALTHS,
  inferenceMetricsOf,
  type Metrics,
  METRICS_MINUTES,
} from './inference-metrics.rules.ts';

const InferenceHealth = enumeration('InferenceHealth', INFERENCE_HEALTHS, 'The state of inference as a whole.', {
  IDLE: 'No job has ended.',
  HEALTHY: 'Nothing is unusual.',
  DEGRADED: 'There is an anomaly, and none is critical.',
  CRITICAL: 'There is a critical anomaly.',
});

const AnomalyKind = enumeration('InferenceAnomalyKind', ANOMALY_KINDS, 'What is unusual about inference jobs.', {
  HIGH_LATENCY: 'The mean latency is above 2,000 milliseconds.',
  LOW_SUCCESS: 'Less than 95 % of the jobs that ended are COMPLETED.',
  LOW_CONFIDENCE: 'The mean confidence of the findings is below 0.7.',
});

const AnomalySeverity = enumeration('InferenceAnomalySeverity', ANOMALY_SEVERITIES, 'How bad an anomaly is.', {
  WARNING: 'Look at it.',
  CRITICAL: 'Act at once.',
});

const InferenceAnomaly = builder.objectRef<Anomaly>('InferenceAnomaly').implement({
  description: 'A figure of inference jobs that has passed its threshold.',
  fields: (t) => ({
    kind: t.expose('kind', { type: AnomalyKind, description: 'What is unusual.' }),
    severity: t.expose('severity', { type: AnomalySeverity, description: 'How bad it is.' }),
    value: t.expose('value', { type: 'Decimal', description: 'The figure, with at most 6 decimals.' }),
    threshold: t.expose('threshold', { type: 'Decimal', description: 'The threshold that it has passed.' }),
  }),
});

const percentile = (percent: number): string =>
  `The latency within which ${percent} % of the completed jobs ended, by nearest rank, in milliseconds; null when none completed.`;

const InferenceMetrics = builder
  .objectRef<Metrics & { readonly meanConfidence: string | null; readonly queueDepth: number }>('InferenceMetrics')
  .implement({
    description: 'How the inference jobs went that ended in the last minutes.',
    fields: (t) => ({
      totalCount: t.exposeInt('totalCount', { description: 'The jobs that ended.' }),
      completedCount: t.exposeInt('completedCount', { description: 'Those that are COMPLETED.' }),
      failedCount: t.exposeInt('failedCount', { description: 'Those that are FAILED or TIMEOUT.' }),
      successRatio: t.exposeFloat('successRatio', {
        nullable: true,
        description: 'Completed jobs ÷ jobs that ended, rounded to 6 decimals; null when none ended.',
      }),
      meanLatencyMilliseconds: t.exposeFloat('meanLatencyMilliseconds', {
        nullable: true,
        description: 'Mean latency of the completed jobs, rounded to 6 decimals; null when none completed.',
      }),
      p50: t.exposeFloat('p50', { nullable: true, description: percentile(50) }),
      p75: t.exposeFloat('p75', { nullable: true, description: percentile(75) }),
      p90: t.exposeFloat('p90', { nullable: true, description: percentile(90) }),
      p95: t.exposeFloat('p95', { nullable: true, description: percentile(95) }),
      p99: t.exposeFloat('p99', { nullable: true, description: percentile(99) }),
      meanConfidence: t.expose('meanConfidence', {
        type: 'Decimal',
        nullable: true,
        description: 'Mean confidence of the defects that those jobs made, with 4 decimals; null when there are none.',
      }),
      queueDepth: t.exposeInt('queueDepth', { description: 'The jobs that are QUEUED now.' }),
      health: t.expose('health', { type: InferenceHealth, description: 'The state as a whole.' }),
      anomalies: t.field({
        type: [InferenceAnomaly],
        description: 'What is unusual; empty when nothing is.',
        resolve: ({ anomalies }) => [...anomalies],
      }),
    }),
  });

builder.queryField('inferenceMetrics', (t) =>
  t.field({
    type: InferenceMetrics,
    nullable: true,
    description: 'How the inference jobs went that ended in the last minutes: latencies, success, anomalies.',
    authScopes: { may: USERS },
    args: {
      windowMinutes: t.arg.int({
        defaultValue: METRICS_MINUTES.default,
        description: `How many minutes to look back: ${METRICS_MINUTES.min} to ${METRICS_MINUTES.max.toLocaleString('en')}.`,
      }),
    },
    async resolve(_root, args, context) {
      const { windowMinutes } = parseArguments(AskInferenceMetrics, args);
      const [{ finished, queueDepth }, confidence] = await Promise.all([
        jobGroups(context.db, windowMinutes),
        meanConfidence(context.db, windowMinutes),
      ]);
      return { ...inferenceMetricsOf(finished, confidence), meanConfidence: confidence, queueDepth };
    },
  }),
);
