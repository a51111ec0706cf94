/** Hand-written statements: one that builds the whole answer (`json_agg`), or the plain rows of each level (`rows`). */
import path from 'node:path';
import { ROOT, type Plant } from '../plant.ts';
import {
  JSON_HEADERS,
  POOL_SIZE,
  memoryOf,
  probeOf,
  spawnMeasured,
  stopped,
  urlOf,
  versionOf,
  type Contender,
} from './contender.ts';

/** One statement, or one for each level, by question. */
export type Statements = Readonly<Record<string, string | readonly string[]>>;

/** Starts the minimal server with these statements. */
export async function startSql(
  name: 'json_agg' | 'rows',
  plant: Plant,
  node: string,
  statements: Statements,
): Promise<Contender> {
  const child = spawnMeasured(node, [path.join(ROOT, 'bench/contenders/sql-server.mjs')], {
    DATABASE_URL: plant.url,
    POOL_SIZE: String(POOL_SIZE),
    STATEMENTS: JSON.stringify(statements),
  });
  return {
    name,
    what:
      name === 'json_agg'
        ? `one json_agg statement straight to HTTP, ${versionOf(node)}`
        : `the same rows, fetched and counted, ${versionOf(node)}`,
    url: await urlOf(child),
    probe: () => probeOf(child),
    memory: () => memoryOf(child),
    headers: async () => JSON_HEADERS,
    stop: () => stopped(child),
  };
}
