import { secondsBetween, type Instant } from '../../platform/values/time.ts';
import type { UnitKind } from '../../production/lot/unit-number.rules.ts';

interface Execution {
  readonly level: 'LOT' | 'WIP' | 'SERIAL';
  readonly startedAt: Instant;
  readonly durationSeconds: number | null;
}

interface UnitOfRecord {
  readonly kind: UnitKind;
}

/** TRC-1: The seconds of finished work on a unit: on the lot itself for a lot, else on the item and the serial. */
export function touchTimeSeconds(unit: UnitOfRecord, executions: readonly Execution[]): number {
  return ownOf(unit, executions).reduce((sum, { durationSeconds }) => sum + (durationSeconds ?? 0), 0);
}

/**
 * TRC-1: Whole seconds from the start of work on a unit to its end; null while it is not done, and where nothing says
 * when it began. The record of a lot has its start, a unit began with its first execution.
 */
export function leadTimeSeconds(
  unit: UnitOfRecord,
  record: { readonly startedAt?: Instant | null; readonly completedAt: Instant | null } | null,
  executions: readonly Execution[],
): number | null {
  const completedAt = record?.completedAt ?? null;
  const startedAt = unit.kind === 'LOT' ? record?.startedAt : ownOf(unit, executions)[0]?.startedAt;
  return completedAt === null || startedAt === undefined || startedAt === null
    ? null
    : secondsBetween(startedAt, completedAt);
}

function ownOf({ kind }: UnitOfRecord, executions: readonly Execution[]): readonly Execution[] {
  return executions.filter(({ level }) => (level === 'LOT') === (kind === 'LOT'));
}
