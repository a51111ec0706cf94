import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newestAnchor, noteAnchor, anchorsIn } from '../../../src/app/audit-export/anchor.ts';
import { exportAudit } from '../../../src/app/audit-export/export.ts';
import { startAuditSealer } from '../../../src/app/jobs/audit-sealer.ts';
import {
  blockToArchive,
  declareArchive,
  removeArchivedEntries,
} from '../../../src/operation/audit/evidence.commands.ts';
import { POSITIONS_CHANNEL } from '../../../src/operation/audit/audit.rules.ts';
import { NO_PROGRESS, seal, sealNow } from '../../../src/operation/audit/seal.commands.ts';
import { verify } from '../../../src/operation/audit/verify.loaders.ts';
import { openDatabase } from '../../../src/platform/postgres/database.ts';
import { startApi, type Api } from '../../support/api.ts';
import { done } from '../../support/expect.ts';
import { withConnection } from '../../support/database.ts';

let api: Api;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const query = (sql: string, values: unknown[] = []) =>
  withConnection(api.databaseUrl, async (client) => (await client.query(sql, values)).rows);
/** What a superuser can do: disable the triggers. */
const tamper = (sql: string) => query(`SET session_replication_role = replica; ${sql}`);
const verified = (anchors: readonly { number: number; hash: string }[] = []) =>
  verify(api.database.reader(), { anchors });

/** Archives what was sealed before an instant, as `lotgraph audit archive` does once it has checked the export. */
async function archived(
  sealedBefore: string,
): Promise<{ readonly lastBlock: number | null; readonly entries: number }> {
  const block = await blockToArchive(api.database, sealedBefore);
  if (block !== undefined) await declareArchive(api.database, block, 'e'.repeat(64));
  return { lastBlock: block?.number ?? null, entries: await removeArchivedEntries(api.database) };
}

/** Inserts entries and seals them, one block for each given size. The users of the tests are 7 entries more. */
async function sealed(...sizes: readonly number[]): Promise<void> {
  await sealNow(api.database);
  for (const size of sizes) {
    await query(
      `INSERT INTO production_lines (code, lot_segment, name) SELECT 'L' || n || 'X' || (SELECT count(*) FROM production_lines), 'LLLL', 'Line' FROM generate_series(1, $1) n`,
      [size],
    );
    await sealNow(api.database);
  }
}

describe('the audit sealer', () => {
  test('builds one chain without gaps from 50 parallel writers and two servers (AUD-3, AUD-4)', async () => {
    const other = openDatabase({
      url: api.databaseUrl,
      poolSize: 3,
      statementTimeoutSeconds: 60,
      onConnectionError: () => undefined,
    });
    const sealers = [
      startAuditSealer({ database: api.database, log: api.services.log }),
      startAuditSealer({ database: other, log: api.services.log }),
    ];
    await Promise.all(
      Array.from({ length: 50 }, async (_, writer) => {
        for (const turn of [1, 2, 3])
          await done(
            api,
            'createProductionLine',
            { code: `W${writer}T${turn}`, name: 'Line' },
            'productionLine { id }',
          );
        await done(
          api,
          'updateProductionLine',
          { productionLine: { code: `W${writer}T1` }, location: 'Here' },
          'productionLine { id }',
        );
      }),
    );
    while ((await verified()).unsealedEntries > 0) await sleep(100);
    for (const sealer of sealers) await sealer.stop();
    await other.close();

    expect(await verified()).toMatchObject({ isIntact: true, checkedEntries: 207, unsealedEntries: 0 });
    expect(
      await query(
        `SELECT count(*)::int AS count, min(position)::int AS first, max(position)::int AS last FROM audit_positions`,
      ),
    ).toEqual([{ count: 207, first: 1, last: 207 }]);
    expect(
      await query(`
      SELECT a.record_id FROM audit_positions p JOIN audit_entries a ON a.id = p.audit_entry_id
      JOIN audit_entries b ON b.record_id = a.record_id AND b.seq > a.seq JOIN audit_positions q ON q.audit_entry_id = b.id AND q.position < p.position`),
    ).toEqual([]);
  });

  test('orders entries by their commits, not by their numbers (AUD-3)', async () => {
    await sealNow(api.database);
    const slow = new Client({ connectionString: api.databaseUrl });
    await slow.connect();
    await slow.query(`BEGIN; INSERT INTO production_lines (code, lot_segment, name) VALUES ('SLOW', 'SLOW', 'Slow')`);
    await query(`INSERT INTO production_lines (code, lot_segment, name) VALUES ('FAST', 'FAST', 'Fast')`);
    const first = await seal(api.database, NO_PROGRESS);
    expect(first).toMatchObject({ entries: 1, hasMore: false });
    const between = await seal(api.database, first?.progress ?? NO_PROGRESS);
    expect(await seal(api.database, between?.progress ?? NO_PROGRESS)).toMatchObject({ entries: 0 });
    await slow.query('COMMIT');
    await slow.end();
    expect(await seal(api.database, between?.progress ?? NO_PROGRESS)).toMatchObject({ entries: 1 });

    const rows = await query(
      `SELECT e.new_values ->> 'code' AS code FROM audit_positions p JOIN audit_entries e ON e.id = p.audit_entry_id WHERE p.position > 7 ORDER BY p.position`,
    );
    expect(rows).toEqual([{ code: 'FAST' }, { code: 'SLOW' }]);
    expect(await verified()).toMatchObject({ isIntact: true, checkedEntries: 9 });
  });

  test('runs once at a time, and seals blocks of 1,000 entries (AUD-3)', async () => {
    await query(
      `INSERT INTO production_lines (code, lot_segment, name) SELECT 'L' || n, 'LLLL', 'Line' FROM generate_series(1, 2500) n`,
    );
    const counts = await Promise.all([sealNow(api.database), sealNow(api.database), sealNow(api.database)]);

    expect(counts.toSorted((a, b) => a - b)).toEqual([0, 0, 2507]);
    expect(
      await query(
        'SELECT number::int, first_position::int AS first, entry_count AS count FROM audit_blocks ORDER BY number',
      ),
    ).toEqual([
      { number: 1, first: 1, count: 1000 },
      { number: 2, first: 1001, count: 1000 },
      { number: 3, first: 2001, count: 507 },
    ]);
  });

  test('continues after what it has sealed, also while it is behind, and after a start (AUD-3)', async () => {
    const horizons: number[] = [];
    await query(
      `INSERT INTO production_lines (code, lot_segment, name) SELECT 'L' || n, 'LLLL', 'Line' FROM generate_series(1, 45000) n`,
    );
    for (let progress = NO_PROGRESS, hasMore = true; hasMore; ) {
      const sealed = await seal(api.database, progress);
      hasMore = sealed?.hasMore === true;
      progress = sealed?.progress ?? progress;
      horizons.push(progress.horizon);
    }
    expect(horizons).toEqual([0, 20_000, 40_000]);
    expect(await query('SELECT horizon::int FROM audit_blocks ORDER BY number DESC LIMIT 1')).toEqual([
      { horizon: 40_000 },
    ]);
    expect(await verified()).toMatchObject({ isIntact: true, checkedEntries: 45_007, unsealedEntries: 0 });

    await query(
      `INSERT INTO audit_entries (seq, entity, record_id, operation, action, actor_kind) OVERRIDING SYSTEM VALUE VALUES (-1, 'lots', uuid7(), 'VIEW', 'x.y', 'SYSTEM')`,
    );
    expect(await sealNow(api.database)).toBe(0);
  });

  test('notifies listeners of the last position, and of nothing else (AUD-3)', async () => {
    const listener = new Client({ connectionString: api.databaseUrl });
    await listener.connect();
    const notified = new Promise<string | undefined>(
      (resolve) => void listener.on('notification', ({ payload }) => resolve(payload)),
    );
    await listener.query(`LISTEN ${POSITIONS_CHANNEL}`);
    await sealNow(api.database);
    expect(await notified).toBe('7');
    await listener.end();
  });
});

describe('verification after tampering by a superuser (AUD-5)', () => {
  const id = (position: number) => `(SELECT audit_entry_id FROM audit_positions WHERE position = ${position})`;

  test.each([
    [
      'an edited byte',
      `UPDATE audit_entries SET reason = 'x' WHERE id = ${id(9)}`,
      { kind: 'ENTRY_ALTERED', blockNumber: 2, position: 9 },
    ],
    [
      'an edited time',
      `UPDATE audit_entries SET recorded_at = recorded_at - interval '1 millisecond' WHERE id = ${id(3)}`,
      { kind: 'ENTRY_ALTERED', blockNumber: 1, position: 3 },
    ],
    [
      'the first entry deleted',
      `DELETE FROM audit_entries WHERE id = ${id(1)}`,
      { kind: 'ENTRY_MISSING', blockNumber: 1, position: 1 },
    ],
    [
      'a middle entry deleted',
      `DELETE FROM audit_entries WHERE id = ${id(10)}`,
      { kind: 'ENTRY_MISSING', blockNumber: 2, position: 10 },
    ],
    [
      'the last entry deleted',
      `DELETE FROM audit_entries WHERE id = ${id(15)}`,
      { kind: 'ENTRY_MISSING', blockNumber: 3, position: 15 },
    ],
    [
      'an entry deleted with its position',
      `DELETE FROM audit_entries WHERE id = ${id(10)}; DELETE FROM audit_positions WHERE position = 10`,
      { kind: 'POSITION_MISSING', blockNumber: 2, position: 10 },
    ],
    [
      'the last entry deleted with its position',
      `DELETE FROM audit_entries WHERE id = ${id(15)}; DELETE FROM audit_positions WHERE position = 15`,
      { kind: 'POSITION_MISSING', blockNumber: 3, position: 15 },
    ],
    [
      'an entry put at the position of another',
      `INSERT INTO audit_entries (entity, record_id, operation, action, actor_kind, created_at) VALUES ('lots', uuid7(), 'VIEW', 'x.y', 'SYSTEM', now()); UPDATE audit_positions SET audit_entry_id = (SELECT id FROM audit_entries ORDER BY seq DESC LIMIT 1) WHERE position = 9`,
      { kind: 'ENTRY_ALTERED', blockNumber: 2, position: 9 },
    ],
    [
      'an entry inserted after the last',
      `INSERT INTO audit_positions (position, audit_entry_id, block_number, entry_hash) VALUES (16, uuid7(), 3, repeat('0', 64))`,
      { kind: 'POSITION_ADDED', blockNumber: 3, position: 16 },
    ],
    [
      'two entries swapped',
      `CREATE TEMP TABLE kept AS SELECT * FROM audit_positions; UPDATE audit_positions SET audit_entry_id = uuid7() WHERE position = 9; UPDATE audit_positions SET audit_entry_id = (SELECT audit_entry_id FROM kept WHERE position = 9) WHERE position = 10; UPDATE audit_positions SET audit_entry_id = (SELECT audit_entry_id FROM kept WHERE position = 10) WHERE position = 9`,
      { kind: 'REORDERED', blockNumber: 2, position: 9 },
    ],
    [
      'two positions swapped',
      `UPDATE audit_positions SET position = 100 WHERE position = 8; UPDATE audit_positions SET position = 8 WHERE position = 9; UPDATE audit_positions SET position = 9 WHERE position = 100`,
      { kind: 'REORDERED', blockNumber: 2, position: 9 },
    ],
    [
      'a block cut short',
      `DELETE FROM audit_positions WHERE position = 11; UPDATE audit_blocks SET last_position = 10, entry_count = 3 WHERE number = 2`,
      { kind: 'BLOCK_ALTERED', blockNumber: 2 },
    ],
    [
      'a block deleted',
      `DELETE FROM audit_blocks WHERE number = 2`,
      { kind: 'BLOCK_MISSING', blockNumber: 2, position: 8 },
    ],
    [
      'the first block deleted',
      `DELETE FROM audit_blocks WHERE number = 1`,
      { kind: 'BLOCK_MISSING', blockNumber: 1, position: 1 },
    ],
    [
      'the last block deleted, its positions not',
      `DELETE FROM audit_blocks WHERE number = 3`,
      { kind: 'POSITION_ADDED', blockNumber: 2, position: 12 },
    ],
    [
      "a block's hash changed",
      `UPDATE audit_blocks SET hash = repeat('a', 64) WHERE number = 2`,
      { kind: 'BLOCK_ALTERED', blockNumber: 2 },
    ],
    [
      'a block whose hashes were computed again',
      `UPDATE audit_blocks SET previous_hash = repeat('a', 64) WHERE number = 2`,
      { kind: 'CHAIN_BROKEN', blockNumber: 2, position: 8 },
    ],
    ['all entries deleted', `DELETE FROM audit_entries`, { kind: 'ENTRY_MISSING', blockNumber: 1, position: 1 }],
    [
      'entries deleted and called archived by a row without an entry',
      `DELETE FROM audit_entries WHERE id = ${id(9)}; INSERT INTO audit_archives (last_block, last_hash, export_sha256) SELECT number, hash, repeat('0', 64) FROM audit_blocks WHERE number = 2`,
      { kind: 'ENTRY_MISSING', blockNumber: 2, position: 9 },
    ],
    [
      'entries deleted and called archived by an entry that is not sealed',
      `DELETE FROM audit_entries WHERE id = ${id(9)}; SET session_replication_role = origin; INSERT INTO audit_archives (last_block, last_hash, export_sha256) SELECT number, hash, repeat('0', 64) FROM audit_blocks WHERE number = 2`,
      { kind: 'ENTRY_MISSING', blockNumber: 2, position: 9 },
    ],
    [
      'entries deleted and called archived by a sealed entry that was made up',
      `DELETE FROM audit_entries WHERE id = ${id(9)}; UPDATE audit_entries SET entity = 'audit_archives', action = 'audit.archived', new_values = (SELECT jsonb_build_object('last_block', number, 'last_hash', hash, 'export_sha256', repeat('0', 64)) FROM audit_blocks WHERE number = 2) WHERE id = ${id(15)}`,
      { kind: 'ENTRY_MISSING', blockNumber: 2, position: 9 },
    ],
    [
      'the same with the hash of its position',
      `DELETE FROM audit_entries WHERE id = ${id(9)}; UPDATE audit_entries SET entity = 'audit_archives', action = 'audit.archived', new_values = (SELECT jsonb_build_object('last_block', number, 'last_hash', hash, 'export_sha256', repeat('0', 64)) FROM audit_blocks WHERE number = 2) WHERE id = ${id(15)}; UPDATE audit_positions SET entry_hash = (SELECT encode(sha256(convert_to((to_jsonb(e) || jsonb_build_object('recorded_at', to_char(e.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'created_at', to_char(e.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))::text, 'UTF8')), 'hex') FROM audit_entries e WHERE e.id = audit_entry_id) WHERE position = 15`,
      { kind: 'ENTRY_MISSING', blockNumber: 2, position: 9 },
    ],
    [
      'two neighbours swapped over the border of a block',
      `UPDATE audit_positions SET position = 100 WHERE position = 11; UPDATE audit_positions SET position = 11 WHERE position = 12; UPDATE audit_positions SET position = 12 WHERE position = 100`,
      { kind: 'REORDERED', blockNumber: 2, position: 11 },
    ],
  ])('names %s', async (_what, sql, expected) => {
    await sealed(4, 4);
    expect(await verified()).toMatchObject({ isIntact: true, checkedBlocks: 3, checkedEntries: 15, firstBreak: null });

    await tamper(sql);

    const verification = await verified();
    expect(verification).toMatchObject({ isIntact: false, firstBreak: expected });
    const { data } = await api.ask(
      '{ auditVerify { isIntact checkedBlocks firstBreak { kind blockNumber position message } } }',
    );
    expect(data.auditVerify).toMatchObject({
      isIntact: false,
      checkedBlocks: verification.checkedBlocks,
      firstBreak: {
        kind: verification.firstBreak?.kind,
        blockNumber: verification.firstBreak?.blockNumber,
        message: verification.firstBreak?.message,
      },
    });
  });

  test('finds a lost end and a restored older copy by an anchor', async () => {
    await sealed(4, 4);
    const anchor = await newestAnchor(api.database.reader());
    expect(anchor).toMatchObject({ number: 3, lastPosition: 15 });
    const noted = anchor === undefined ? [] : [anchor];
    expect(await verified(noted)).toMatchObject({ isIntact: true });

    await tamper(
      `DELETE FROM audit_entries WHERE id IN (SELECT audit_entry_id FROM audit_positions WHERE position > 11); DELETE FROM audit_positions WHERE position > 11; DELETE FROM audit_blocks WHERE number = 3`,
    );
    expect(await verified()).toMatchObject({ isIntact: true, checkedBlocks: 2 });
    expect(await verified(noted)).toMatchObject({
      isIntact: false,
      firstBreak: { kind: 'ANCHOR_MISSING', blockNumber: 3 },
    });

    await sealed(2);
    expect(await verified()).toMatchObject({ isIntact: true, checkedBlocks: 3 });
    expect(await verified(noted)).toMatchObject({
      isIntact: false,
      firstBreak: { kind: 'ANCHOR_DIFFERS', blockNumber: 3 },
    });
  });

  test('checks a range of blocks without the others', async () => {
    await sealed(4, 4);
    await tamper(`DELETE FROM audit_entries WHERE id = ${id(1)}`);
    expect(await verify(api.database.reader(), { fromBlock: 2, toBlock: 3 })).toMatchObject({
      isIntact: true,
      checkedBlocks: 2,
      checkedEntries: 8,
    });
    const { data } = await api.ask(
      '{ auditVerify(fromBlock: 1, toBlock: 1) { isIntact checkedEntries firstBreak { position } } }',
    );
    expect(data).toEqual({ auditVerify: { isIntact: false, checkedEntries: 0, firstBreak: { position: '1' } } });
  });
});

describe('reading the audit trail', () => {
  test('records a VIEW entry with the reader (AUD-6)', async () => {
    const { data, errors } = await api.ask('{ auditVerify { isIntact unsealedEntries } }', {}, 'AUDITOR');

    expect([data, errors]).toEqual([{ auditVerify: { isIntact: true, unsealedEntries: 8 } }, []]);
    expect(
      await query(
        `SELECT entity, operation, action, actor_id, old_values, new_values, changed_fields FROM audit_entries ORDER BY seq DESC LIMIT 1`,
      ),
    ).toEqual([
      {
        entity: 'audit_blocks',
        operation: 'VIEW',
        action: 'audit.verified',
        actor_id: api.userIdOf('AUDITOR'),
        old_values: null,
        new_values: null,
        changed_fields: [],
      },
    ]);
  });

  test('is refused to other roles, and records nothing (AUD-6)', async () => {
    expect((await api.ask('{ auditVerify { isIntact } }', {}, 'ENGINEER')).errors[0]?.extensions['code']).toBe(
      'FORBIDDEN',
    );
    expect(await query(`SELECT count(*)::int AS count FROM audit_entries WHERE operation = 'VIEW'`)).toEqual([
      { count: 0 },
    ]);
  });
});

describe('the retention of audit entries', () => {
  test('removes the entries of whole old blocks as the owner, and the chain still verifies (AUD-2, AUD-5)', async () => {
    await sealed(4, 4);
    expect(await archived('2020-01-01T00:00:00.000Z')).toEqual({ lastBlock: null, entries: 0 });
    expect(await verified()).toMatchObject({ isIntact: true, absentEntries: 0, archive: null });
    await tamper(`UPDATE audit_blocks SET sealed_at = '2019-01-01' WHERE number <= 2`);

    expect(await archived('2020-01-01T00:00:00.000Z')).toEqual({ lastBlock: 2, entries: 11 });

    expect(await verified()).toMatchObject({
      isIntact: true,
      checkedBlocks: 4,
      checkedEntries: 16,
      absentEntries: 11,
      archive: { lastBlock: 2, exportSha256: 'e'.repeat(64) },
    });
    expect(
      await query(
        `SELECT p.position::int, e.action, e.reason, e.new_values ->> 'last_block' AS block FROM audit_positions p JOIN audit_entries e ON e.id = p.audit_entry_id WHERE e.entity = 'audit_archives'`,
      ),
    ).toEqual([
      {
        position: 16,
        action: 'audit.archived',
        reason: 'Retention: the entries up to block 2 are in an export.',
        block: '2',
      },
    ]);
    const { data } = await api.ask('{ auditVerify { isIntact absentEntries archivedToBlock archiveChecksum } }');
    expect(data.auditVerify).toEqual({
      isIntact: true,
      absentEntries: 11,
      archivedToBlock: 2,
      archiveChecksum: 'e'.repeat(64),
    });
    await expect(query('DELETE FROM audit_entries')).rejects.toThrow('append-only');
  });

  test('continues a removal that was interrupted, and archives nothing twice (AUD-2)', async () => {
    await sealed(4, 4);
    await tamper(`UPDATE audit_blocks SET sealed_at = '2019-01-01' WHERE number <= 2`);
    const block = await blockToArchive(api.database, '2020-01-01T00:00:00.000Z');
    await declareArchive(api.database, block ?? { number: 0, hash: '' }, 'e'.repeat(64));
    expect(await verified()).toMatchObject({ isIntact: true, absentEntries: 0, archive: { lastBlock: 2 } });

    expect(await archived('2020-01-01T00:00:00.000Z')).toEqual({ lastBlock: null, entries: 11 });
    expect(await archived('2020-01-01T00:00:00.000Z')).toEqual({ lastBlock: null, entries: 0 });
    expect(await verified()).toMatchObject({ isIntact: true, absentEntries: 11 });
  });
});

const python = spawnSync('python3', ['--version']).status === 0;
if (!python) console.warn('python3 is not here: the independent verifier is not tested.');

describe.skipIf(!python)('the independent verifier in Python (needs python3)', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'lotgraph-audit-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const check = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(
      'python3',
      [path.resolve(import.meta.dirname, '../../../tools/verify_audit.py'), directory, ...args],
      { encoding: 'utf8' },
    );
    return { status, verdict: stdout === '' ? stderr : JSON.parse(stdout) };
  };
  const write = () => exportAudit(api.database.reader(), directory, '2026-11-20T08:00:00.000Z');

  test('agrees with the product on an intact export, archived blocks included (AUD-4, AUD-5)', async () => {
    await query(`UPDATE users SET full_name = 'Ünï "çödé" \\ 😀', department = E'tab\\tend'`);
    await sealed(4, 4);
    const manifest = await write();
    expect(manifest).toMatchObject({ firstPosition: 1, lastPosition: 22, entryCount: 22, blockCount: 3 });
    expect(check()).toEqual({
      status: 0,
      verdict: {
        isIntact: true,
        checkedBlocks: 3,
        checkedEntries: 22,
        absentEntries: 0,
        archive: null,
        lastHash: manifest.lastHash,
        firstBreak: null,
      },
    });

    await tamper(`UPDATE audit_blocks SET sealed_at = '2019-01-01' WHERE number = 1`);
    await archived('2020-01-01T00:00:00.000Z');
    await write();
    expect(check()).toMatchObject({
      status: 0,
      verdict: {
        isIntact: true,
        checkedEntries: 23,
        absentEntries: 14,
        archive: { lastBlock: 1, exportSha256: 'e'.repeat(64) },
      },
    });
  });

  test('agrees with the product on every break, from the database and in the files (AUD-5)', async () => {
    await sealed(4, 4);
    await noteAnchor(
      path.join(directory, 'anchors'),
      (await newestAnchor(api.database.reader())) ?? { number: 0, hash: '', lastPosition: 0, sealedAt: '' },
    );
    expect(await anchorsIn(path.join(directory, 'anchors'))).toMatchObject([{ number: 3 }]);
    await write();
    const entries = path.join(directory, 'entries.jsonl');
    copyFileSync(entries, `${entries}.whole`);
    const lines = readFileSync(entries, 'utf8').split('\n');
    const put = (changed: readonly string[]) => writeFileSync(entries, changed.join('\n'));
    expect(check('--anchor', path.join(directory, 'anchors'))).toMatchObject({ status: 0 });

    put(lines.with(8, (lines[8] ?? '').replace('Line', 'Lime')));
    expect(check()).toMatchObject({ status: 1, verdict: { firstBreak: { kind: 'BLOCK_ALTERED', blockNumber: 2 } } });
    put(lines.toSpliced(3, 1));
    expect(check()).toMatchObject({ status: 1, verdict: { firstBreak: { kind: 'BLOCK_ALTERED', blockNumber: 1 } } });
    put(lines.slice(0, 12));
    expect(check()).toMatchObject({ status: 1, verdict: { firstBreak: { kind: 'ENTRY_MISSING' } } });
    put(lines.toSpliced(14, 0, lines[0] ?? ''));
    expect(check()).toMatchObject({ status: 1, verdict: { firstBreak: { kind: 'BLOCK_ALTERED', blockNumber: 3 } } });

    put(
      lines.with(
        8,
        `{"entryHash": "${createHash('sha256')
          .update(lines[8] ?? '')
          .digest('hex')}"}`,
      ),
    );
    expect(check()).toMatchObject({
      status: 1,
      verdict: { firstBreak: { kind: 'ENTRY_MISSING', blockNumber: 2, position: 9 } },
    });

    await tamper(
      `UPDATE audit_entries SET action = 'x.y' WHERE id = (SELECT audit_entry_id FROM audit_positions WHERE position = 9)`,
    );
    await write();
    expect(check()).toMatchObject({ status: 1, verdict: { firstBreak: { kind: 'BLOCK_ALTERED', blockNumber: 2 } } });
    expect((await verified()).firstBreak).toMatchObject({ kind: 'ENTRY_ALTERED', blockNumber: 2, position: 9 });
  });
});

describe('the list of changes', () => {
  test('returns everything in order, without gaps or duplicates, while writers write (AUD-3)', async () => {
    const sealer = startAuditSealer({ database: api.database, log: api.services.log });
    const writers = Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        for (let turn = 0; turn < 12; turn += 1)
          await done(
            api,
            'createProductionLine',
            { code: `W${writer}T${turn}`, name: 'Line' },
            'productionLine { id }',
          );
      }),
    );
    let writing = true;
    void writers.then(() => (writing = false));
    const seen: string[] = [];
    let after: string | null = null;
    for (let quiet = 0; quiet < 3; ) {
      const { data } = await api.ask(
        'query ($after: String) { changes(after: $after, first: 7) { hasMore endCursor changes { recordId operation } } }',
        { after },
      );
      seen.push(
        ...data.changes.changes.map(
          (change: { recordId: string; operation: string }) => `${change.operation} ${change.recordId}`,
        ),
      );
      after = data.changes.endCursor;
      if (data.changes.changes.length === 0) await sleep(300);
      quiet = !writing && data.changes.changes.length === 0 && (await verified()).unsealedEntries === 0 ? quiet + 1 : 0;
    }
    await sealer.stop();

    expect(seen).toHaveLength(7 + 8 * 12);
    expect(new Set(seen).size).toBe(seen.length);
  });

  test('can be filtered by entity and action, shows record and actor, and refuses an invalid cursor (AUD-3)', async () => {
    await done(api, 'createProductionLine', { code: 'KR01', name: 'Line' }, 'productionLine { id }');
    await sealNow(api.database);
    const { data, errors } =
      await api.ask(`{ changes(entities: ["production_lines"], actions: ["productionLine.created"]) { hasMore changes {
      entity operation action changedFields actorKind actor { ... on User { username } } node { ... on ProductionLine { code } } } } }`);

    expect(errors).toEqual([]);
    expect(data.changes).toEqual({
      hasMore: false,
      changes: [
        {
          entity: 'production_lines',
          operation: 'INSERT',
          action: 'productionLine.created',
          changedFields: [],
          actorKind: 'USER',
          actor: { username: 'admin' },
          node: { code: 'KR01' },
        },
      ],
    });
    expect((await api.ask('{ changes(entities: ["lots"]) { changes { action } } }')).data.changes.changes).toEqual([]);
    for (const [args, code, field] of [
      ['after: "x"', 'INVALID_INPUT', 'after'],
      ['first: 0', 'INVALID_INPUT', 'first'],
      ['first: 1001', 'INVALID_INPUT', 'first'],
    ]) {
      const refused = (await api.ask(`{ changes(${args}) { hasMore } }`)).errors[0]?.extensions;
      expect([args, refused?.['code'], refused?.['path']]).toEqual([args, code, [field]]);
    }
  });
});
