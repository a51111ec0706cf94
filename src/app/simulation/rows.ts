/**
 * The rows that the simulation writes: those of the product, with every stored column, still changeable while their
 * story is told.
 */
import type { Row } from '../../platform/postgres/table.ts';
import type { Reading } from '../../production/process-data/result/measurement.rules.ts';
import type { ProcessDefect } from '../../production/process-data/result/result.rules.ts';

type Story<Columns> = { -readonly [Column in keyof Columns]: Columns[Column] };
type WithJson<Columns, Json> = Story<Omit<Columns, keyof Json> & Json>;

export type UserRow = Story<Row<'User'>>;
export type ProductModelRow = WithJson<Row<'ProductModel'>, { specifications: object; tolerances: object }>;
export type ProductionLineRow = WithJson<Row<'ProductionLine'>, { config: object }>;
export type ProcessRow = WithJson<Row<'Process'>, { qualityCriteria: object; defectItems: readonly string[] }>;
export type StationRow = WithJson<Row<'Station'>, { health: object }>;
export type EquipmentRow = WithJson<Row<'Equipment'>, { specifications: object; maintenanceSchedule: object }>;
export type PeriodRow = Story<Row<'EquipmentStatusPeriod'>>;
export type LotRow = WithJson<Row<'Lot'>, { qualityRequirements: object; metadata: object }>;
export type WipItemRow = Story<Row<'WipItem'>>;
export type SerialRow = Story<Row<'Serial'>>;
/** Without the columns that the database derives by itself. */
export type ExecutionRow = WithJson<
  Omit<Row<'ProcessData'>, 'unitId' | 'durationSeconds' | 'search'>,
  { measurements: readonly Reading[]; defects: readonly ProcessDefect[] }
>;

/** The columns of every mutable table, for a row that was made at one time and never changed. */
export function madeAt(at: string): { createdAt: string; updatedAt: string; version: number } {
  return { createdAt: at, updatedAt: at, version: 1 };
}

/** A row changes: the database would count and stamp it. */
export function touched(row: { updatedAt: string; version: number }, at: string): void {
  row.version += 1;
  row.updatedAt = at > row.updatedAt ? at : row.updatedAt;
}

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export function instantAt(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

export function dateAt(milliseconds: number): string {
  return instantAt(milliseconds).slice(0, 10);
}
