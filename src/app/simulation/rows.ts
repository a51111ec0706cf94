/**
 * The rows that the simulation writes: those of the product with every stored column, mutable during the simulation.
 */
import type { Characteristic } from '../../catalog/process/route.rules.ts';
import type { Row } from '../../platform/postgres/table.ts';
import type { Rejection } from '../../platform/rules/rejection.ts';
import type { Reading } from '../../production/process-data/result/measurement.rules.ts';
import type { ProcessDefect } from '../../production/process-data/result/result.rules.ts';

type Mutable<Columns> = { -readonly [Column in keyof Columns]: Columns[Column] };
type WithJson<Columns, Json> = Mutable<Omit<Columns, keyof Json> & Json>;

/** A row of `users`. */
export type UserRow = Mutable<Row<'User'>>;
/** A row of `product_models`. */
export type ProductModelRow = WithJson<Row<'ProductModel'>, { specifications: object; tolerances: object }>;
/** A row of `production_lines`. */
export type ProductionLineRow = WithJson<Row<'ProductionLine'>, { config: object }>;
/** A row of `processes`. */
export type ProcessRow = WithJson<Row<'Process'>, { qualityCriteria: object; defectItems: readonly string[] }>;
/** A row of `routes`. */
export type RouteRow = Mutable<Row<'Route'>>;
/** A row of `route_steps`. */
export type RouteStepRow = WithJson<Row<'RouteStep'>, { characteristics: readonly Characteristic[] | null }>;
/** A row of `stations`. */
export type StationRow = WithJson<Row<'Station'>, { health: object }>;
/** A row of `equipment`. */
export type EquipmentRow = WithJson<Row<'Equipment'>, { specifications: object; maintenanceSchedule: object }>;
/** A row of `equipment_status_periods`. */
export type PeriodRow = Mutable<Row<'EquipmentStatusPeriod'>>;
/** A row of `lots`. */
export type LotRow = WithJson<Row<'Lot'>, { qualityRequirements: object; metadata: object }>;
/** A row of `wip_items`. */
export type WipItemRow = Mutable<Row<'WipItem'>>;
/** A row of `serials`. */
export type SerialRow = Mutable<Row<'Serial'>>;
/** A row of `process_data`, without the columns that the database derives. */
export type ExecutionRow = WithJson<
  Omit<Row<'ProcessData'>, 'unitId' | 'durationSeconds' | 'search'>,
  { measurements: readonly Reading[]; defects: readonly ProcessDefect[] }
>;
/** A row of `process_sessions`. */
export type ProcessSessionRow = WithJson<Row<'ProcessSession'>, { parameters: object; hardwareConfig: object }>;
/** A row of `component_uses`, without the columns that the database derives. */
export type ComponentUseRow = Mutable<Omit<Row<'ComponentUse'>, 'consumerId' | 'componentId'>>;
/** A row of `test_programs`. */
export type TestProgramRow = Mutable<Row<'TestProgram'>>;
/** A row of `test_program_versions`. */
export type TestProgramVersionRow = WithJson<
  Row<'TestProgramVersion'>,
  { hardware: object; parameters: object; steps: readonly object[] }
>;
/** A row of `test_program_deployments`. */
export type DeploymentRow = Mutable<Row<'TestProgramDeployment'>>;
/** A row of `inspections`. */
export type InspectionRow = WithJson<Row<'Inspection'>, { metadata: object }>;
/** Where a finding is on a picture, in pixels. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
/** A row of `defects`. */
export type DefectRow = WithJson<Row<'Defect'>, { location: Area }>;
/** A row of `inference_jobs`. */
export type InferenceJobRow = WithJson<
  Row<'InferenceJob'>,
  { processingParameters: object; performanceMetrics: object; inputArtifactIds: readonly string[] }
>;
/** A row of `artifacts`. */
export type ArtifactRow = WithJson<Row<'Artifact'>, { metadata: object; tags: readonly string[] }>;
/** A row of `label_prints`. */
export type LabelPrintRow = Mutable<Row<'LabelPrint'>>;
/** A row of `alerts`. */
export type AlertRow = Mutable<Row<'Alert'>>;
/** A row of `background_jobs`. */
export type BackgroundJobRow = WithJson<Row<'BackgroundJob'>, { params: object }>;
/** A row of `background_job_items`. */
export type BackgroundJobItemRow = WithJson<Row<'BackgroundJobItem'>, { input: object; errors: readonly Rejection[] }>;
/** A row of `saved_filters`. */
export type SavedFilterRow = WithJson<Row<'SavedFilter'>, { filter: object; orderBy: readonly object[] }>;

/** The common columns of a row that was created at this time and has not changed since. */
export function madeAt(at: string): { createdAt: string; updatedAt: string; version: number } {
  return { createdAt: at, updatedAt: at, version: 1 };
}

/** Notes a change of a row, as the database would: a new version and a new time of change. */
export function touched(row: { updatedAt: string; version: number }, at: string): void {
  row.version += 1;
  row.updatedAt = at > row.updatedAt ? at : row.updatedAt;
}

/** Milliseconds of a second. */
export const SECOND = 1_000;
/** Milliseconds of a minute. */
export const MINUTE = 60 * SECOND;
/** Milliseconds of an hour. */
export const HOUR = 60 * MINUTE;
/** Milliseconds of a day. */
export const DAY = 24 * HOUR;

/** Formats milliseconds as an instant. */
export function instantAt(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** Formats milliseconds as a date. */
export function dateAt(milliseconds: number): string {
  return instantAt(milliseconds).slice(0, 10);
}
