/**
 * `npm run bench:record -- [--entries 5000000]`: what the server does with a long audit trail, after a start with cold
 * caches. The entries are as wide as those of executions, and are made by SQL; the audit sealer of the product seals them.
 * The cluster is a new one in a temporary directory, which is removed at the end.
 */
import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { migrate, reachDatabaseServer, validConfig } from '../../src/app/start/runtime.ts';
import { verify } from '../../src/operation/audit/verify.loaders.ts';
import { NO_PROGRESS, seal } from '../../src/operation/audit/seal.commands.ts';
import { openDatabase } from '../../src/platform/postgres/database.ts';
import type { Database } from '../../src/platform/postgres/client.ts';

const { values } = parseArgs({ options: { entries: { type: 'string', default: '5000000' } } });
const entries = Number(values.entries);
const ENTRIES_PER_STATEMENT = 250_000;

/** One entry of an execution with readings: about 1 kB. */
const FILL = `
  INSERT INTO audit_entries (entity, record_id, operation, action, new_values, actor_kind, actor_id, ip, user_agent, request_id, recorded_at)
  SELECT 'process_data', uuid7(), 'INSERT', 'processData.recorded', jsonb_build_object(
      'id', gen_random_uuid(), 'lot_id', gen_random_uuid(), 'wip_item_id', gen_random_uuid(), 'serial_id', gen_random_uuid(), 'process_id', gen_random_uuid(),
      'operator_id', gen_random_uuid(), 'equipment_id', gen_random_uuid(), 'level', 'SERIAL', 'attempt', 1, 'result', 'PASS', 'started_at', now(), 'completed_at', now(),
      'measurements', (SELECT jsonb_agg(jsonb_build_object('code', 'READING_' || reading, 'value', (n * reading) % 9973, 'unit', 'Nm', 'lower', 1, 'upper', 9999)) FROM generate_series(1, 5) reading),
      'defects', '[]'::jsonb, 'notes', NULL, 'version', 1),
    'USER', gen_random_uuid(), '10.1.2.3', 'station/4.2 (rig 7)', gen_random_uuid(), now()
  FROM generate_series(1, $1::int) n`;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const result = await work();
  say(`${what}: ${((performance.now() - startedAt) / 1_000).toFixed(2)} s`);
  return result;
}

function open(url: string, statementTimeoutSeconds: number): Database {
  return openDatabase({ url, poolSize: 4, statementTimeoutSeconds, onConnectionError: () => undefined });
}

const directory = await mkdtemp(path.join(os.tmpdir(), 'lotgraph-record-'));
await chmod(directory, 0o755);
const config = { ...validConfig(), databaseUrl: undefined, dataDirectory: directory };
let server = await reachDatabaseServer(config, say);
try {
  await migrate(config, server, () => undefined);
  let owner = new Client({ connectionString: server.ownerUrl });
  await owner.connect();
  // Building an index once is much faster than filling it row by row. Those for searching values are left out: nothing
  // that is measured here uses them, and they take longer than everything else.
  const { rows: indexes } = await owner.query<{ name: string; definition: string }>(
    `SELECT indexrelid::regclass AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index WHERE indrelid = 'audit_entries'::regclass AND NOT indisunique`,
  );
  for (const { name } of indexes) await owner.query(`DROP INDEX ${name}`);
  for (let made = 0; made < entries; made += ENTRIES_PER_STATEMENT) {
    await owner.query(FILL, [Math.min(ENTRIES_PER_STATEMENT, entries - made)]);
    say(`${made + ENTRIES_PER_STATEMENT} entries`);
  }
  const builder = open(server.url, 300);
  await timed('sealing all of them', async () => {
    for (let progress = NO_PROGRESS; ; ) {
      const sealed = await seal(builder, progress);
      progress = sealed?.progress ?? progress;
      if (sealed?.hasMore !== true) break;
    }
    // Two quiet turns move the horizon to the end.
    for (let turn = 0, progress = NO_PROGRESS; turn < 2; turn += 1) {
      await owner.query(`SELECT note_access('lots', uuid7(), 'VIEW')`);
      progress = (await seal(builder, progress))?.progress ?? progress;
    }
  });
  for (const { definition } of indexes) if (!definition.includes('USING gin')) await owner.query(definition);
  await owner.query('VACUUM (ANALYZE) audit_entries');
  await owner.query('VACUUM (ANALYZE) audit_positions');
  const { rows } = await owner.query(
    `SELECT count(*) AS entries, pg_size_pretty(pg_total_relation_size('audit_entries') + pg_total_relation_size('audit_positions')) AS size FROM audit_entries`,
  );
  say(`${rows[0]?.entries} entries, ${rows[0]?.size}`);
  await builder.close();
  await owner.end();
  await server.release();
  const cold = spawnSync('sh', ['-c', 'sync; echo 3 > /proc/sys/vm/drop_caches']).status === 0;
  say(cold ? 'All caches are empty.' : 'The caches of the operating system are warm: only root can empty them.');
  server = await reachDatabaseServer(config, say);
  owner = new Client({ connectionString: server.ownerUrl });
  await owner.connect();

  await owner.query(`SELECT note_access('lots', uuid7(), 'VIEW')`);
  const database = open(server.url, config.statementTimeoutSeconds);
  await timed('a new entry is sealed after a start', () => seal(database, NO_PROGRESS));
  await owner.query(`SELECT note_access('lots', uuid7(), 'VIEW')`);
  await timed('a new entry is sealed after an error', () => seal(database, NO_PROGRESS));
  await timed('three blocks are verified', () => verify(database.reader(), { fromBlock: 1, toBlock: 3 }));
  await database.close();
  await owner.end();
} finally {
  await server.release();
  await rm(directory, { recursive: true, force: true });
}
