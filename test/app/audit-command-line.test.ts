/** Runs `lotgraph audit …` as an auditor does: in a process of its own, on a database with two roles. */
import { createHash, randomBytes } from 'node:crypto';
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureRoles, urlForRole, type Roles } from '../../src/platform/postgres/roles.ts';
import { openDatabase } from '../../src/platform/postgres/database.ts';
import { sealNow } from '../../src/operation/audit/seal.commands.ts';
import { lotgraph } from '../support/command-line.ts';
import { freshDatabase, withConnection, type TestDatabase } from '../support/database.ts';

const suffix = randomBytes(4).toString('hex');
const ROLES: Roles = {
  owner: { name: `owner_${suffix}`, password: 'of-owner' },
  application: { name: `app_${suffix}`, password: 'of-application' },
};

let database: TestDatabase;
let directory: string;
let environment: Record<string, string>;
beforeAll(async () => {
  database = await freshDatabase();
  await ensureRoles(database.url, ROLES, () => undefined);
  directory = await mkdtemp(path.join(tmpdir(), 'lotgraph-audit-line-'));
  environment = {
    NODE_ENV: 'test',
    DATABASE_URL: urlForRole(database.url, ROLES.application),
    LOTGRAPH_OWNER_DATABASE_URL: urlForRole(database.url, ROLES.owner),
  };
  await sealedBlock(3);
  await sealedBlock(2);
}, 60_000);
afterAll(async () => {
  await query(
    `REASSIGN OWNED BY ${ROLES.owner.name} TO CURRENT_USER; DROP OWNED BY ${ROLES.owner.name}, ${ROLES.application.name}`,
  );
  await query(`DROP ROLE ${ROLES.owner.name}, ${ROLES.application.name}`);
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

const query = (sql: string) => withConnection(database.url, async (client) => (await client.query(sql)).rows);
const audit = (...args: readonly string[]) => lotgraph(['audit', ...args], environment);
const file = (name: string): string => path.join(directory, name);
const looks = () =>
  query(
    `SELECT operation || ' ' || action AS look, actor_kind AS actor, reason FROM audit_entries WHERE operation IN ('VIEW', 'EXPORT') ORDER BY seq`,
  );

/** Seals a block with this many new entries, together with all entries that were not sealed yet. */
async function sealedBlock(entries: number): Promise<void> {
  await query(
    `INSERT INTO production_lines (code, lot_segment, name) SELECT 'L' || n || 'X' || (SELECT count(*) FROM production_lines), 'LLLL', 'Line' FROM generate_series(1, ${entries}) n`,
  );
  const pool = openDatabase({
    url: environment['DATABASE_URL'] ?? '',
    poolSize: 2,
    statementTimeoutSeconds: 60,
    onConnectionError: () => undefined,
  });
  await sealNow(pool);
  await pool.close();
}

test.each(['verify', 'export', 'anchor', 'archive'])(
  'audit %s prints its help',
  { timeout: 300_000 },
  async (command) => {
    const { code, stdout } = await audit(command, '--help');
    expect([code, stdout.split('\n')[0]]).toEqual([0, `Usage: lotgraph audit ${command} [options]`]);
  },
);

describe('the audit commands, in this order', { timeout: 300_000 }, () => {
  test('anchor adds the newest block to its file, after the earlier ones (AUD-5)', async () => {
    const { code, stdout } = await audit('anchor');
    expect([code, JSON.parse(stdout)]).toMatchObject([
      0,
      { number: 2, hash: expect.stringMatching(/^[0-9a-f]{64}$/), lastPosition: 5 },
    ]);
    const noted = await audit('anchor', '--file', file('anchors'));
    expect(noted).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Block 2, to position 5, sealed at .*: [0-9a-f]{64}\n$/),
    });
    expect((await readFile(file('anchors'), 'utf8')).trim().split('\n')).toHaveLength(1);
  });

  test('verify reports an intact record, as text and as JSON (AUD-5)', async () => {
    expect(await audit('verify', '--anchor', file('anchors'))).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Intact: 5 entries in 2 blocks, 1 anchors; \d+ entries are not sealed yet\.\n$/),
    });
    const { code, stdout } = await audit('verify', '--from-block', '2', '--to-block', '2', '--json');
    expect([code, JSON.parse(stdout)]).toMatchObject([
      0,
      { isIntact: true, checkedBlocks: 1, checkedEntries: 2, firstBreak: null },
    ]);
  });

  test('verify refuses a block that is not a number, and a file that does not contain anchors', async () => {
    expect(await audit('verify', '--from-block', '0')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('A block is named by its number, from 1 on.'),
    });
    await writeFile(file('nonsense'), 'nonsense\n');
    expect(await audit('verify', '--anchor', file('nonsense'))).toMatchObject({ code: 1, stdout: '' });
  });

  test('export writes entries, blocks and a manifest, and an audit entry records the export (AUD-6)', async () => {
    const { code, stdout } = await audit('export', '--to', file('copy'), '--json');
    const manifest = JSON.parse(stdout);
    expect([code, manifest]).toMatchObject([0, { firstPosition: 1, blockCount: 3 }]);
    expect((await readdir(file('copy'))).toSorted()).toEqual(['blocks.jsonl', 'entries.jsonl', 'manifest.json']);
    expect((await readFile(file('copy/entries.jsonl'), 'utf8')).trim().split('\n')).toHaveLength(manifest.entryCount);
    expect(await looks()).toEqual([{ look: 'EXPORT audit.exported', actor: 'SYSTEM', reason: null }]);
    expect(await audit('export')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining("required option '--to <directory>'"),
    });
  });

  test('verify --state reports a row that was changed past the triggers, as text and as JSON', async () => {
    expect(await audit('verify', '--state')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/\nConsistent: \d+ rows are in their last recorded state\.\n$/),
    });
    await query(
      `SET session_replication_role = replica; UPDATE production_lines SET name = 'Changed' WHERE code = 'L1X0'`,
    );
    expect(await audit('verify', '--state')).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(
        /\nCONTRADICTED: 1 contradictions .*\n {2}STATE_DIFFERS: ProductionLine \S+ differs from its last recorded state in name\.\n$/,
      ),
    });
    const { code, stdout } = await audit('verify', '--state', '--json');
    await query(
      `SET session_replication_role = replica; UPDATE production_lines SET name = 'Line' WHERE code = 'L1X0'`,
    );
    expect([code, JSON.parse(stdout)]).toMatchObject([
      1,
      { isIntact: true, state: { isConsistent: false, contradictionCount: 1 } },
    ]);
  });

  test('archive removes nothing without confirmation or export, and no recent entries', async () => {
    const archive = (...args: readonly string[]) => audit('archive', ...args);
    expect(await archive('--older-than', '30', '--export', file('copy'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("required option '--yes'"),
    });
    expect(await archive('--older-than', '30', '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("required option '--export <directory>'"),
    });
    expect(await archive('--older-than', 'x', '--export', file('copy'), '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('a number of days'),
    });
    expect(await archive('--older-than', '30', '--export', file('copy'), '--yes')).toMatchObject({
      code: 0,
      stdout: 'No further block is that old; removed 0 entries of blocks archived before.\n',
    });
    expect(await looks()).toHaveLength(1);
  });

  test('archive removes nothing that the export does not hold', async () => {
    await query(
      `SET session_replication_role = replica; UPDATE audit_blocks SET sealed_at = now() - interval '40 days' WHERE number <= 2`,
    );
    await cp(file('copy'), file('bad'), { recursive: true });
    const entries = (await readFile(file('bad/entries.jsonl'), 'utf8')).split('\n');
    const archive = () => audit('archive', '--older-than', '30', '--export', file('bad'), '--yes');
    const put = (lines: readonly string[]) => writeFile(file('bad/entries.jsonl'), lines.join('\n'));

    await put(entries.with(1, (entries[1] ?? '').replace('Line', 'Lime')));
    expect(await archive()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('The entries of block 1 in the export do not give its hash.'),
    });
    const hash = createHash('sha256')
      .update(entries[1] ?? '')
      .digest('hex');
    await put(entries.with(1, `{"entryHash": "${hash}"}`));
    expect(await archive()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('An entry of block 1 is missing in the export.'),
    });
    await put(entries.slice(0, 2));
    expect(await archive()).toMatchObject({ code: 1, stderr: expect.stringContaining('ends within block 1') });
    await writeFile(file('bad/manifest.json'), '{"format": "lotgraph-audit/1"}');
    expect(await archive()).toMatchObject({ code: 1, stderr: expect.stringContaining('not of the format') });
    expect(await query('SELECT count(*)::int AS archives FROM audit_archives')).toEqual([{ archives: 0 }]);
  });

  test('archive removes the entries of old blocks as the owner, an audit entry records it, and the record still verifies (AUD-2, AUD-6)', async () => {
    const { code, stdout } = await audit('archive', '--older-than', '30', '--export', file('copy'), '--yes', '--json');

    expect([code, JSON.parse(stdout)]).toEqual([0, { lastBlock: 2, entries: 5 }]);
    const manifest = createHash('sha256')
      .update(await readFile(file('copy/manifest.json')))
      .digest('hex');
    expect(
      await query(
        `SELECT action, actor_kind AS actor, reason, new_values ->> 'export_sha256' AS export FROM audit_entries WHERE entity = 'audit_archives'`,
      ),
    ).toEqual([
      {
        action: 'audit.archived',
        actor: 'SYSTEM',
        reason: 'Retention: the entries up to block 2 are in an export.',
        export: manifest,
      },
    ]);
    expect(await audit('verify', '--anchor', file('anchors'))).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        new RegExp(`^Intact: .* 5 of them are absent: archived up to block 2, in the export .* ${manifest}\\.\n$`),
      ),
    });
  });

  test('archive is refused to the role of the application, whatever arguments it passes (AUD-2)', async () => {
    await query(
      `SET session_replication_role = replica; UPDATE audit_blocks SET sealed_at = now() - interval '40 days'`,
    );
    const asApplication = await lotgraph(
      ['audit', 'archive', '--older-than', '30', '--export', file('copy'), '--yes'],
      {
        ...environment,
        LOTGRAPH_OWNER_DATABASE_URL: environment['DATABASE_URL'] ?? '',
      },
    );
    expect(asApplication).toMatchObject({ code: 1, stdout: '' });
    expect(await query('SELECT last_block::int AS last FROM audit_archives')).toEqual([{ last: 2 }]);
  });

  test('verify reports what is broken, as text and as JSON, with exit code 1 (AUD-5)', async () => {
    await query(
      `SET session_replication_role = replica; UPDATE audit_blocks SET hash = repeat('a', 64) WHERE number = 3`,
    );
    expect(await audit('verify')).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^BROKEN, BLOCK_ALTERED at block 3/),
    });
    const { code, stdout } = await audit('verify', '--json');
    expect([code, JSON.parse(stdout)]).toMatchObject([
      1,
      { isIntact: false, firstBreak: { kind: 'BLOCK_ALTERED', blockNumber: 3 } },
    ]);
  });
});
