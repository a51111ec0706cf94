/** The five key queries of a plant, as an administrator asks them: each has to be answered, and in time. */
import { graphql } from 'graphql';
import type { Services } from '../../../platform/request/context.ts';
import type { Viewer } from '../../../platform/rules/access.ts';
import { contextFor } from '../../request/context.ts';
import { schema } from '../../schema.ts';
import { failed, type CheckFinding, passed, skipped } from './finding.ts';

/** A query that may take so long in milliseconds at most. */
export const SMOKE_MILLISECONDS = 1_000;

/** How a key query was answered. */
export interface SmokeResult {
  readonly name: string;
  readonly milliseconds: number;
  readonly statements: number;
  readonly errors: readonly string[];
}

const QUERIES: Readonly<Record<string, string>> = {
  lots: '{ lots(first: 20) { totalCount nodes { number status productModel { code } } } }',
  executions:
    '{ processData(first: 50) { nodes { result startedAt process { code } serial { number } wipItem { number } operator { username } } } }',
  serials:
    '{ serials(first: 20) { nodes { number status lot { number } processData(first: 10) { nodes { result } } } } }',
  inspections: '{ inspections(first: 20) { nodes { sampleCode status verdict lot { number } } } }',
  live: '{ liveMetrics { countedAt executionsLastHour openExecutions wipInProgressCount heldLotCount } }',
};

/** Asks the key queries one after the other; undefined when there is no administrator to ask as. */
export async function askKeyQueries(services: Services): Promise<readonly SmokeResult[] | undefined> {
  const [admin] = await services.database.reader().sql<Omit<Extract<Viewer, { readonly kind: 'USER' }>, 'kind'>>`
    SELECT id, username, role FROM users WHERE role = 'ADMIN' AND is_active ORDER BY created_at, id LIMIT 1`;
  if (admin === undefined) return undefined;
  const results: SmokeResult[] = [];
  for (const [name, source] of Object.entries(QUERIES)) {
    const context = contextFor(services, { kind: 'USER', ...admin });
    const startedAt = performance.now();
    const { errors = [] } = await graphql({ schema, source, contextValue: context });
    results.push({
      name,
      milliseconds: Math.round((performance.now() - startedAt) * 100) / 100,
      statements: context.db.statements,
      errors: errors.map(({ message }) => message),
    });
  }
  return results;
}

/** Judges how the key queries were answered. */
export function smokeFindings(
  results: readonly SmokeResult[] | undefined,
  mostMilliseconds: number,
): readonly CheckFinding[] {
  if (results === undefined) return [skipped('smoke', 'there is no active administrator to ask as')];
  return results.map(({ name, milliseconds, statements, errors: [error] }) => {
    const check = `smoke:${name}`;
    const taken = `${milliseconds} ms, ${statements} statements`;
    if (error !== undefined) return failed(check, 1, error);
    return milliseconds > mostMilliseconds
      ? failed(check, 1, `${taken}; at most ${mostMilliseconds} ms are allowed`)
      : passed(check, taken);
  });
}
