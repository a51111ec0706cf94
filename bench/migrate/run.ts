/**
 * `npm run bench:migrate -- [--executions 100000] [--json]`: how long each migration takes on a plant with data, and for
 * how long it closes a table to those who write.
 *
 * 1. The migrations are applied one by one by the product's own runner, in a database of its own. As soon as the schema
 *    has the tables, they are filled (plant.ts); so each later migration meets the data that a plant of its time has.
 * 2. Meanwhile a second connection notes which tables are locked in a mode that writers wait for (locks.ts). Only
 *    tables with rows count: nobody waits for a table that is new or empty.
 * 3. The seconds are those of the whole run of the runner: the connection, the checks, the script, the commit.
 * 4. PostgreSQL is the built-in one with its own settings, and its commits reach the disk. Autovacuum is off, and each
 *    migration begins after a checkpoint, so that neither falls into one of them.
 *
 * `--json` prints the figures as JSON instead of the table. A missed aim is marked; the exit code is 0 all the same.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedServer } from '../../src/platform/embedded-postgres/server.ts';
import { readMigrations } from '../../src/platform/migrations/files.ts';
import type { MigrateOptions } from '../../src/platform/migrations/options.ts';
import { migrateUp } from '../../src/platform/migrations/runner.ts';
import { ROOT, withClient } from '../plant.ts';
import { familyMilliseconds, parentOf } from '../process-time.ts';
import { type BlockedTable, watchLocks } from './locks.ts';
import { executionsOf, fillAfter } from './plant.ts';

/** What a plant can bear while it works: seconds of a migration, and of a lock that writers wait for. */
const AIM = { seconds: 30, lockSeconds: 5 } as const;

const { values } = parseArgs({
  options: { executions: { type: 'string', default: '100000' }, json: { type: 'boolean', default: false } },
});
const wanted = Number(values.executions);
if (!Number.isSafeInteger(wanted) || wanted < 1) throw new Error('--executions is a whole number from 1.');

/** The figures of a migration. */
interface Measured {
  readonly name: string;
  /** The executions in the database when it began. */
  readonly executions: number;
  readonly seconds: number;
  /** The processor time of PostgreSQL: on a busy machine it says more than the seconds. */
  readonly processorSeconds: number;
  /** The tables with rows that were closed to writers, the longest time first. */
  readonly locks: readonly BlockedTable[];
  readonly isTooLong: boolean;
  readonly isLockedTooLong: boolean;
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function measure(options: MigrateOptions, name: string, executions: number): Promise<Measured> {
  return withClient(options.url, async (client) => {
    await client.query('CHECKPOINT');
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const own = rows[0]?.pid ?? 0;
    const postmaster = parentOf(own) ?? 0;
    // Without what the samples cost.
    const spent = (): number => (familyMilliseconds(postmaster) - familyMilliseconds(own)) / 1_000;
    const watch = await watchLocks(client);
    const [spentBefore, began] = [spent(), performance.now()];
    await migrateUp(options, name);
    const seconds = (performance.now() - began) / 1_000;
    const locks = await watch.end();
    return {
      name,
      executions,
      seconds,
      processorSeconds: spent() - spentBefore,
      locks,
      isTooLong: seconds > AIM.seconds,
      isLockedTooLong: (locks[0]?.seconds ?? 0) > AIM.lockSeconds,
    };
  });
}

function print(all: readonly Measured[]): void {
  console.table(
    Object.fromEntries(
      all.map(({ name, executions, seconds, processorSeconds, locks: [longest], isTooLong, isLockedTooLong }) => [
        name,
        {
          executions,
          seconds: seconds.toFixed(2),
          'processor s': processorSeconds.toFixed(2),
          'longest blocking lock, s': longest?.seconds.toFixed(2) ?? '–',
          table: longest?.table ?? '–',
          lock: longest?.mode ?? '–',
          aim: isTooLong || isLockedTooLong ? 'missed' : '',
        },
      ]),
    ),
  );
}

const directory = await mkdtemp(path.join(os.tmpdir(), 'lotgraph-migrate-'));
// As root the server runs under another account, which must be able to enter.
await chmod(directory, 0o755);
const folder = path.join(ROOT, 'prisma/migrations');
const server = await startEmbeddedServer({ directory, log: () => undefined });
try {
  const options: MigrateOptions = {
    url: server.url,
    folder,
    isEmbedded: true,
    environment: 'TESTING',
    appVersion: 'bench',
    appliedBy: 'bench',
  };
  await withClient(server.url, async (client) => {
    await client.query('ALTER SYSTEM SET autovacuum = off');
    await client.query('SELECT pg_reload_conf()');
  });
  const all: Measured[] = [];
  let executions = 0;
  for (const { name } of (await readMigrations(folder)).files) {
    const measured = await measure(options, name, executions);
    all.push(measured);
    say(`${name}: ${measured.seconds.toFixed(2)} s`);
    const isFilled = await withClient(server.url, (client) => fillAfter(client, name, wanted));
    if (isFilled) executions = executionsOf(wanted);
  }
  const [load = 0] = os.loadavg();
  const seconds = all.reduce((sum, each) => sum + each.seconds, 0);
  if (values.json)
    console.log(
      JSON.stringify({ executions: executionsOf(wanted), aim: AIM, load, seconds, migrations: all }, null, 1),
    );
  else {
    print(all);
    console.log(
      `${executionsOf(wanted)} executions, ${all.length} migrations in ${seconds.toFixed(1)} s, a load of ${load.toFixed(1)}. The aim is at most ${AIM.seconds} s for each, and ${AIM.lockSeconds} s for a lock.`,
    );
  }
} finally {
  await server.stop();
  for (const each of [directory, server.directory]) await rm(each, { recursive: true, force: true });
}
