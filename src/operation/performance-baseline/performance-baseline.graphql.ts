import { asNode, builder, enumeration } from '../../platform/graphql/builder.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import { loadById, mutation } from '../../platform/graphql/mutation.ts';
import { derived } from '../../platform/read/field.ts';
import { OPS } from '../../platform/rules/access.ts';
import { withoutFinalZeros } from '../../platform/values/decimal.ts';
import { Alert } from '../alert/alert.graphql.ts';
import { alertById } from '../alert/alert.loaders.ts';
import { AuditEntryConnection, recordHistory } from '../audit/audit-entry.graphql.ts';
import { recordPerformanceMeasurement, setPerformanceBaseline } from './performance-baseline.commands.ts';
import { performanceBaselineById, performanceBaselineList } from './performance-baseline.loaders.ts';
import { PERFORMANCE_DIGITS, PERFORMANCE_KINDS, PERFORMANCE_LENGTHS } from './performance-baseline.rules.ts';

const PerformanceKind = enumeration('PerformanceKind', PERFORMANCE_KINDS, 'What a figure of performance is.', {
  BASELINE: 'What measurements are compared with.',
  MEASUREMENT: 'Compared with the baseline when it was recorded.',
});

export const PerformanceBaseline = builder.prismaObject('PerformanceBaseline', {
  authScopes: { may: OPS },
  fields: (t) => ({
    metric: t.exposeString('metric'),
    subject: t.exposeString('subject'),
    kind: t.expose('kind', { type: PerformanceKind }),
    value: t.field({
      type: 'Decimal',
      description: 'The figure, greater than 0; a greater one is worse.',
      ...derived(['value'], ({ value }: { readonly value: string }) => withoutFinalZeros(value)),
    }),
    unit: t.exposeString('unit'),
    measuredAt: t.expose('measuredAt', { type: 'DateTime' }),
    postgresVersion: t.exposeString('postgresVersion'),
    notes: t.exposeString('notes', { nullable: true }),
    replacedAt: t.expose('replacedAt', { type: 'DateTime', nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});
asNode(PerformanceBaseline, performanceBaselineById);
AuditEntryConnection.on(PerformanceBaseline, 'history', 'recordId', recordHistory('performance_baselines'));

const PerformanceBaselineConnection = connectionType({
  connection: performanceBaselineList,
  node: PerformanceBaseline,
  name: 'PerformanceBaseline',
  what: 'baselines and measurements',
});
PerformanceBaselineConnection.root('performanceBaselines', {
  access: OPS,
  description:
    'What operations and statements cost on this plant: baselines, also former ones, and what was measured against them, by metric and subject, the newest first (PRF-1).',
});

for (const [command, what] of [
  [setPerformanceBaseline, 'The new baseline.'],
  [recordPerformanceMeasurement, 'The measurement.'],
] as const)
  mutation(command, {
    input: (t) => ({
      metric: t.string({
        required: true,
        description: `What was measured, such as \`duration\`: 1 to ${PERFORMANCE_LENGTHS.metric} characters.`,
      }),
      subject: t.string({
        required: true,
        description: `Of what: the name of an operation, or a statement; 1 to ${PERFORMANCE_LENGTHS.subject} characters.`,
      }),
      value: t.field({
        type: 'Decimal',
        required: true,
        description: `The figure, greater than 0, with at most ${PERFORMANCE_DIGITS.fraction} digits after the point. A greater one is worse.`,
      }),
      unit: t.string({
        required: true,
        description: `Its unit, such as \`ms\`: 1 to ${PERFORMANCE_LENGTHS.unit} characters.`,
      }),
      notes: t.string({
        description: `How it was measured, at most ${PERFORMANCE_LENGTHS.notes.toLocaleString('en')} characters.`,
      }),
    }),
    payload: (t) => ({
      performanceBaseline: t.field({
        type: PerformanceBaseline,
        nullable: true,
        description: what,
        resolve: (p, _args, context, info) => loadById(performanceBaselineById, p.performanceBaseline, context, info),
      }),
      deviationRatio: t.field({
        type: 'Decimal',
        nullable: true,
        description:
          'By which share of its baseline a measurement is worse: 0.1 is 10 % more, a negative one is better. Null for a baseline, and where there is none to compare with (PRF-2).',
        resolve: (p) => ('deviationRatio' in p ? p.deviationRatio : null),
      }),
      alert: t.field({
        type: Alert,
        nullable: true,
        description: 'The open alert about it; null when the measurement is not worse by more than the ratio.',
        resolve: (p, _args, context, info) => ('alert' in p ? loadById(alertById, p.alert, context, info) : null),
      }),
    }),
  });
