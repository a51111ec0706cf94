/** What the sections of figures have in common: the figures are those of `src/insight`, narrowed as its queries are. */
import type { Counted } from '../../../insight/figure/execution.loaders.ts';
import type { Reader } from '../../../platform/postgres/client.ts';
import { sql } from '../../../platform/postgres/sql.ts';
import { present } from '../../../platform/values/assert.ts';
import type { ReportScope } from './scope.ts';

/** The period and the filter of a report as the figures take them. They know no types of inspections. */
export function countedIn({ period, filter }: Pick<ReportScope, 'period' | 'filter'>): Counted {
  const { inspectionTypes: _types, ...scope } = filter;
  return { period, scope };
}

/** The number and the code of a step in a row of figures. */
export interface ReportStep {
  readonly number: number;
  readonly process: string;
}

/** Finds the number and the code of each step by its id. */
export async function stepNames(db: Reader): Promise<(id: string) => ReportStep> {
  const steps = await db.query<ReportStep & { readonly id: string }>(
    sql`SELECT p.id, p.number, p.code AS process FROM processes p`,
  );
  const names = new Map(steps.map(({ id, ...name }) => [id, name]));
  return (id) => present(names.get(id), 'The step of a figure');
}

/** What a reader must know of the filter of figures. */
export function notesOnScope({ filter }: ReportScope): readonly string[] {
  return filter.inspectionTypes === undefined
    ? []
    : ['The types of inspections in the filter narrow none of these figures.'];
}

/** A number as the text of a FLOAT; null stays null. */
export function floatText(value: number | null): string | null {
  return value === null ? null : String(value);
}
