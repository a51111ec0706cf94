import { plusDays, type Instant } from '../../platform/values/time.ts';
import type { TargetName } from '../filter-target/filter-target.rules.ts';

/** The kinds of files that an export may be. */
export const EXPORT_FORMATS = ['JSON', 'CSV'] as const;
/** One of EXPORT_FORMATS. */
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** The extension and the content type of each kind of file. */
export const EXPORT_FILES: Readonly<
  Record<ExportFormat, { readonly extension: string; readonly contentType: string }>
> = {
  JSON: { extension: 'jsonl', contentType: 'application/x-ndjson; charset=utf-8' },
  CSV: { extension: 'csv', contentType: 'text/csv; charset=utf-8' },
};

/** BGJ-1: The most rows of an export. */
export const EXPORT_ROWS_MAX = 1_000_000;
/** How long the file of an export is kept. */
export const EXPORT_DAYS = 30;

/** What an export was submitted with. */
export interface ExportParams {
  readonly target: TargetName;
  /** The filter as it was sent; null for all records. */
  readonly filter: Readonly<Record<string, unknown>> | null;
  readonly format: ExportFormat;
}

/** The name of the file of an export: the list, and when the job was submitted. */
export function fileNameOfExport(
  { target, format }: Pick<ExportParams, 'target' | 'format'>,
  queuedAt: Instant,
): string {
  const list = target.toLowerCase().replaceAll('_', '-');
  const when = queuedAt.slice(0, 19).replaceAll(':', '').replace('T', '-');
  return `${list}-${when}.${EXPORT_FILES[format].extension}`;
}

/** When the file of an export that ended at the instant is removed. */
export function expiryOfExport(finishedAt: Instant): Instant {
  return plusDays(finishedAt, EXPORT_DAYS);
}

/** Whether a job has a file that can be fetched. At the instant of its expiry it cannot any more. */
export function hasFile(
  job: { readonly storageKey: string | null; readonly finishedAt: Instant | null },
  now: Instant,
): boolean {
  return job.storageKey !== null && job.finishedAt !== null && now < expiryOfExport(job.finishedAt);
}

/** BGJ-1: Why an export of so many rows is not made; undefined when it is. */
export function tooManyRows(count: number): string | undefined {
  if (count <= EXPORT_ROWS_MAX) return undefined;
  return `The export has ${count} rows; at most ${EXPORT_ROWS_MAX} are allowed. Narrow its filter.`;
}
