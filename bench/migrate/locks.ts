/**
 * Watches which tables are closed to writers while a migration runs, by samples of `pg_locks` on a connection of its
 * own. Each time is exact to about the pause between two samples. A lock that is held for less may be missed, and one
 * that is released and taken again meanwhile counts as held all the time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';

const PAUSE_MILLISECONDS = 5;

/** The locks that writers wait for, the weakest first. Readers wait for the last one, too. */
const MODES = ['SHARE', 'SHARE ROW EXCLUSIVE', 'EXCLUSIVE', 'ACCESS EXCLUSIVE'] as const;
/** A lock that writers wait for. */
export type BlockingMode = (typeof MODES)[number];

/** The longest time for which writers of a table had to wait. */
export interface BlockedTable {
  readonly table: string;
  /** The strongest lock of that time. */
  readonly mode: BlockingMode;
  readonly seconds: number;
}

/** A watch of the locks, which has begun. */
export interface Watch {
  /** Ends the watch. The tables that were closed to writers, the longest time first. */
  end(): Promise<readonly BlockedTable[]>;
}

/**
 * Begins to watch the tables that have rows now, except for those of the migration runner, which nobody else writes.
 * The work is expected to be the only one in its database.
 */
export async function watchLocks(client: Client): Promise<Watch> {
  const tables = await tablesWithRows(client);
  const holds = new Holds();
  const sample = async (): Promise<void> => {
    const { rows } = await client.query<Sample>({ name: 'sample', text: SAMPLE });
    holds.note(rows);
  };
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      const next = performance.now() + PAUSE_MILLISECONDS;
      await sample();
      await sleep(Math.max(0, next - performance.now()));
    }
    // The last one sees that the locks are released.
    await sample();
  })();
  // The caller learns of an error at the end.
  watching.catch(() => undefined);
  return {
    async end() {
      isOver = true;
      await watching;
      return holds.longest(tables);
    },
  };
}

interface Sample {
  /** Seconds. */
  readonly at: number;
  /** Null in the one row of a sample without locks. */
  readonly relation: number | null;
  readonly mode: string | null;
}

const SAMPLE = `
  SELECT extract(epoch FROM clock_timestamp())::float8 AS at, l.relation, l.mode
  FROM (VALUES (1)) AS one LEFT JOIN pg_locks l ON l.locktype = 'relation' AND l.granted AND l.pid <> pg_backend_pid()
    AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND l.pid IN (SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend')`;

interface Hold {
  readonly seconds: number;
  readonly mode: BlockingMode;
}

/** What the samples say: since when tables are held, and for how long they were. */
class Holds {
  readonly #open = new Map<number, { readonly since: number; readonly mode: BlockingMode }>();
  readonly #longest = new Map<number, Hold>();

  note(rows: readonly Sample[]): void {
    const at = rows[0]?.at ?? 0;
    const held = new Map<number, BlockingMode>();
    for (const { relation, mode } of rows)
      if (relation !== null && mode !== null) held.set(relation, stronger(held.get(relation), modeOf(mode)));
    for (const [relation, { since, mode }] of this.#open) {
      if (held.has(relation)) continue;
      this.#open.delete(relation);
      if (at - since > (this.#longest.get(relation)?.seconds ?? 0))
        this.#longest.set(relation, { seconds: at - since, mode });
    }
    for (const [relation, mode] of held) {
      const known = this.#open.get(relation);
      this.#open.set(relation, { since: known?.since ?? at, mode: stronger(known?.mode, mode) });
    }
  }

  longest(tables: ReadonlyMap<number, string>): readonly BlockedTable[] {
    return [...this.#longest]
      .flatMap(([relation, hold]) => {
        const table = tables.get(relation);
        return table === undefined ? [] : [{ table, ...hold }];
      })
      .toSorted((a, b) => b.seconds - a.seconds);
  }
}

function stronger(one: BlockingMode | undefined, other: BlockingMode): BlockingMode {
  return one !== undefined && MODES.indexOf(one) > MODES.indexOf(other) ? one : other;
}

/** `ShareRowExclusiveLock` is SHARE ROW EXCLUSIVE. */
function modeOf(name: string): BlockingMode {
  const words = name
    .replace(/Lock$/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toUpperCase();
  const mode = MODES.find((each) => each === words);
  if (mode === undefined) throw new Error(`PostgreSQL names an unknown lock: ${name}.`);
  return mode;
}

const RUNNER_TABLES = ['_prisma_migrations', 'migration_history'];

/** The names of the tables and materialised views that have rows, by their oids. */
async function tablesWithRows(client: Client): Promise<ReadonlyMap<number, string>> {
  const { rows: tables } = await client.query<{ oid: number; name: string }>(
    `SELECT oid, relname AS name FROM pg_class
     WHERE relkind IN ('r', 'p', 'm') AND relnamespace = 'public'::regnamespace AND relname <> ALL ($1)`,
    [RUNNER_TABLES],
  );
  const filled = new Map<number, string>();
  for (const { oid, name } of tables) {
    const { rowCount } = await client.query(`SELECT FROM ${client.escapeIdentifier(name)} LIMIT 1`);
    if (rowCount === 1) filled.set(oid, name);
  }
  return filled;
}
