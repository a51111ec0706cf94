import { command } from '../../platform/command/declaration.ts';
import { enforce } from '../../platform/command/rejection.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { plantSettings } from '../../platform/request/plant-settings.ts';
import { OPS } from '../../platform/rules/access.ts';
import { present } from '../../platform/values/assert.ts';
import type { Instant } from '../../platform/values/time.ts';
import { openAlertOf, raiseAlerts } from '../alert/raise.commands.ts';
import { performanceBaselines } from './performance-baseline.loaders.ts';
import { alertOfMeasurement, deviationRatio, type Figure, isComparable } from './performance-baseline.rules.ts';
import { PerformanceFigure } from './performance-baseline.shapes.ts';

/** PRF-1: Sets the figure with which later measurements are compared. */
export const setPerformanceBaseline = command({
  name: 'setPerformanceBaseline',
  action: 'performanceBaseline.set',
  description:
    'Sets the figure with which measurements of this metric and subject are compared from now on. It replaces the former one, which stays in the list (PRF-1).',
  access: OPS,
  input: PerformanceFigure,
  async run({ tx, now }, figure) {
    const former = await lockedBaseline(tx, figure);
    if (former !== undefined)
      await tx.performanceBaseline.update({ where: { id: former.id }, data: { replacedAt: now } });
    return { performanceBaseline: await addPerformanceFigure(tx, figure, 'BASELINE', now) };
  },
});

/** PRF-2: Records a measurement, and compares it with its baseline. */
export const recordPerformanceMeasurement = command({
  name: 'recordPerformanceMeasurement',
  action: 'performanceBaseline.measured',
  description:
    'Records a measurement and compares it with the baseline of its metric and subject. One that is worse, that is greater, by more than 10 % (setting performance.alert_ratio) raises an alert, HIGH above 50 % (PRF-2).',
  access: OPS,
  input: PerformanceFigure,
  async run({ tx, now, context }, figure) {
    const baseline = await lockedBaseline(tx, figure);
    enforce(isComparable(figure, baseline));
    const performanceBaseline = await addPerformanceFigure(tx, figure, 'MEASUREMENT', now);
    if (baseline === undefined) return { performanceBaseline };
    const { performanceAlertRatio } = plantSettings(context.services);
    const alert = alertOfMeasurement(figure, baseline.value, performanceAlertRatio);
    if (alert !== undefined) await raiseAlerts(tx, [alert]);
    return {
      performanceBaseline,
      deviationRatio: deviationRatio(figure.value, baseline.value),
      ...(alert === undefined ? {} : { alert: await openAlertOf(tx, alert) }),
    };
  },
});

/** The current baseline. Others who set or use it wait, also when there is none yet. */
async function lockedBaseline(tx: Tx, { metric, subject }: Figure): Promise<Row<'PerformanceBaseline'> | undefined> {
  await tx.sql`SELECT pg_advisory_xact_lock(hashtextextended(${`performance baseline ${metric} ${subject}`}, 0))`;
  const [baseline] = await tx.query<Row<'PerformanceBaseline'>>(sql`
    SELECT ${performanceBaselines.columns} FROM performance_baselines t
    WHERE t.metric = ${metric} AND t.subject = ${subject} AND t.kind = 'BASELINE' AND t.replaced_at IS NULL`);
  return baseline;
}

/** A step: adds a figure that was judged. Returns its id. */
export async function addPerformanceFigure(
  tx: Tx,
  { metric, subject, value, unit, notes }: Figure & { readonly notes: string | undefined },
  kind: 'BASELINE' | 'MEASUREMENT',
  now: Instant,
): Promise<string> {
  const [added] = await tx.sql<{ readonly id: string }>`
    INSERT INTO performance_baselines (metric, subject, kind, value, unit, measured_at, postgres_version, notes)
    VALUES (${metric}, ${subject}, ${kind}::performance_kind, ${value}::numeric, ${unit}, ${now}::timestamptz, current_setting('server_version'), ${notes ?? null})
    RETURNING id`;
  return present(added, 'The added figure').id;
}
