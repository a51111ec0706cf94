import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type Api } from '../../support/api.ts';
import { askBothWays } from '../../support/both-ways.ts';
import { makeLine, makeLot, makeModel, uuidOf, type Named } from '../../support/build.ts';
import { call, done, fingerprint } from '../../support/expect.ts';
import { withConnection } from '../../support/database.ts';

let api: Api;
let lot: Named;
beforeAll(async () => {
  api = await startApi();
  await makeModel(api);
  await makeLine(api);
  lot = await makeLot(api);
  await done(
    api,
    'quarantineLot',
    { lot: { id: lot.id }, reason: 'Scratches on the glass' },
    'lot { id }',
    'INSPECTOR',
  );
});
afterAll(() => api.close());

const ENTRY = `entity recordId operation action oldValues newValues changedFields changes { field oldValue newValue } actorKind actorId ip userAgent requestId reason
  actor { ... on User { username } } record { ... on Lot { number } }`;

describe('an audit entry', () => {
  test('of a change records who, what, why and the previous values (AUD-1)', async () => {
    const { data, errors } = await api.ask(
      `query ($lot: ID!) { auditEntries(filter: { record: { eq: $lot } }, first: 1) { totalCount nodes { ${ENTRY} seq transactionId recordedAt } } }`,
      { lot: lot.id },
      'AUDITOR',
    );

    expect(errors).toEqual([]);
    const { disposition_at: written } = await withConnection(
      api.databaseUrl,
      async (client) =>
        (await client.query(`SELECT to_jsonb(l) ->> 'disposition_at' AS disposition_at FROM lots l`)).rows[0],
    );
    const at = new Date(written).toISOString();
    expect(data.auditEntries.totalCount).toBe(2);
    expect(data.auditEntries.nodes).toEqual([
      {
        entity: 'lots',
        recordId: lot.id,
        record: { number: lot.number },
        operation: 'UPDATE',
        action: 'lot.quarantined',
        oldValues: {
          disposition: 'UNDECIDED',
          dispositionAt: null,
          dispositionById: null,
          dispositionReason: null,
          version: 1,
        },
        newValues: {
          disposition: 'QUARANTINED',
          dispositionAt: at,
          dispositionById: api.userIdOf('INSPECTOR'),
          dispositionReason: 'Scratches on the glass',
          version: 2,
        },
        changedFields: ['disposition', 'dispositionAt', 'dispositionById', 'dispositionReason'],
        changes: [
          { field: 'disposition', oldValue: 'UNDECIDED', newValue: 'QUARANTINED' },
          { field: 'dispositionAt', oldValue: null, newValue: at },
          { field: 'dispositionById', oldValue: null, newValue: api.userIdOf('INSPECTOR') },
          { field: 'dispositionReason', oldValue: null, newValue: 'Scratches on the glass' },
        ],
        actorKind: 'USER',
        actorId: expect.stringMatching(/./),
        actor: { username: 'inspector' },
        ip: '127.0.0.1',
        userAgent: 'node',
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        reason: 'Scratches on the glass',
        seq: expect.stringMatching(/^\d+$/),
        transactionId: expect.stringMatching(/^\d+$/),
        recordedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    ]);
  });

  test('of a new user hides the password, and one of a new password shows only that it changed (AUD-1)', async () => {
    await done(api, 'createUser', { username: 'ada', fullName: 'Ada', password: 'Correct-horse-7' }, 'user { id }');
    await withConnection(api.databaseUrl, (client) =>
      client.query(`UPDATE users SET password_hash = 'other', failed_logins = 2 WHERE username = 'ada'`),
    );

    const rows = await entriesOf(
      `entity = 'users' AND new_values ->> 'username' = 'ada' OR entity = 'users' AND operation = 'UPDATE'`,
    );
    expect(rows.map((row) => row.new_values.password_hash)).toEqual(['[redacted]', '[redacted]']);
    expect(rows[1]).toMatchObject({
      changed_fields: ['password_hash'],
      old_values: { password_hash: '[redacted]', version: 1 },
      new_values: { password_hash: '[redacted]', version: 2 },
    });
  });

  test('is not written when only volatile columns change (AUD-1)', async () => {
    const before = await countOf();
    await withConnection(api.databaseUrl, (client) =>
      client.query(`UPDATE users SET last_login_at = now(), failed_logins = failed_logins + 1`),
    );
    expect(await countOf()).toBe(before);
  });

  test('is not written for a refused mutation (AUD-1)', async () => {
    const before = await fingerprint(api);

    const { errors } = await call(api, 'closeLot', { lot: { id: lot.id } });

    expect(errors.map(({ rule }) => rule)).toEqual(['LOT-10']);
    expect(await fingerprint(api)).toEqual(before);
  });

  test('that cannot be written rolls the change back (AUD-1)', async () => {
    await withConnection(api.databaseUrl, async (client) => {
      await client.query('BEGIN');
      await client.query(`SELECT set_config('lotgraph.actor', '{"actor_kind": "USER", "action": "lot.bent"}', true)`);
      await expect(client.query(`UPDATE lots SET supplier_code = 'X'`)).rejects.toThrow(
        /ck_audit_entries_actor_is_known/,
      );
      await client.query('ROLLBACK');
      await client.query('BEGIN');
      await client.query(`SELECT set_config('lotgraph.actor', 'no json', true)`);
      await expect(client.query(`UPDATE lots SET supplier_code = 'X'`)).rejects.toThrow(/json/);
      await client.query('ROLLBACK');
      expect((await client.query('SELECT supplier_code FROM lots')).rows).toEqual([{ supplier_code: null }]);
    });
  });

  test('of a statement with several row actors names the actor of its row; a row without one is refused (AUD-1)', async () => {
    await withConnection(api.databaseUrl, async (client) => {
      const ids = ['01a00000-0000-7000-8000-00000000000a', '01a00000-0000-7000-8000-00000000000b'];
      const rowActorOf = (id: string, actor: string): object => ({
        record_id: id,
        action: 'line.made',
        actor_kind: 'USER',
        actor_id: actor,
        request_id: actor,
        reason: `of ${actor}`,
      });
      const made = (...rowIds: readonly string[]): Promise<unknown> =>
        client.query(
          `INSERT INTO production_lines (id, code, lot_segment, name) SELECT id, 'DID' || upper(right(id::text, 1)), 'DID' || upper(right(id::text, 1)), 'Line' FROM unnest($1::uuid[]) AS line (id)`,
          [rowIds],
        );
      await client.query('BEGIN');
      await client.query(`SELECT set_config('lotgraph.actor', '{"actor_kind": "SYSTEM", "action": "not.this"}', true)`);
      await client.query(`SELECT set_config('lotgraph.deeds', $1, true)`, [
        JSON.stringify(ids.map((id) => rowActorOf(id, id))),
      ]);
      await made(...ids);
      const { rows } = await client.query(
        `SELECT record_id, action, actor_kind, actor_id, request_id, reason FROM audit_entries WHERE record_id = ANY($1::uuid[]) ORDER BY record_id`,
        [ids],
      );
      expect(rows).toEqual(
        ids.map((id) => ({
          record_id: id,
          action: 'line.made',
          actor_kind: 'USER',
          actor_id: id,
          request_id: id,
          reason: `of ${id}`,
        })),
      );
      await expect(made('01a00000-0000-7000-8000-00000000000c')).rejects.toThrow(/null value in column "action"/);
      await client.query('ROLLBACK');
    });
  });

  test('has values that fit its operation, by any writer (AUD-1)', async () => {
    await withConnection(api.databaseUrl, async (client) => {
      const insert = (operation: string, before: string, after: string) =>
        client.query(
          `INSERT INTO audit_entries (entity, record_id, operation, action, old_values, new_values, actor_kind) VALUES ('lots', uuid7(), $1, 'x.y', $2, $3, 'SYSTEM')`,
          [operation, before === '' ? null : before, after === '' ? null : after],
        );
      const wrong = [
        ['INSERT', '{}', '{}'],
        ['INSERT', '', ''],
        ['UPDATE', '', '{}'],
        ['UPDATE', '{}', ''],
        ['DELETE', '{}', '{}'],
        ['DELETE', '', ''],
        ['VIEW', '{}', ''],
        ['EXPORT', '', '{}'],
      ] as const;
      for (const [operation, before, after] of wrong)
        await expect(insert(operation, before, after)).rejects.toThrow(/ck_audit_entries_aud_1_values_fit_operation/);
    });
  });

  test('is never changed or deleted, not even by direct SQL, and neither is its seal (AUD-2)', async () => {
    await withConnection(api.databaseUrl, async (client) => {
      for (const table of ['audit_entries', 'audit_positions', 'audit_blocks', 'audit_archives']) {
        for (const act of [
          `UPDATE ${table} SET created_at = now()`,
          `DELETE FROM ${table}`,
          `TRUNCATE ${table} CASCADE`,
        ]) {
          await expect(client.query(act)).rejects.toMatchObject({
            code: '42501',
            message: expect.stringContaining(`${table} is append-only`),
          });
        }
      }
      await client.query('BEGIN');
      await client.query(`SET LOCAL lotgraph.retention = 'on'`);
      await expect(client.query(`UPDATE audit_entries SET reason = 'other'`)).rejects.toMatchObject({ code: '42501' });
      await client.query('ROLLBACK');
    });
  });

  test('is not deleted by a role that does not own the table, whatever its settings claim (AUD-2)', async () => {
    await withConnection(api.databaseUrl, async (client) => {
      await client.query('BEGIN');
      await client.query(`CREATE ROLE audit_stranger_${process.pid}`);
      await client.query(`GRANT ALL ON ALL TABLES IN SCHEMA public TO audit_stranger_${process.pid}`);
      await client.query(`SET LOCAL ROLE audit_stranger_${process.pid}`);
      await client.query(`SET LOCAL lotgraph.retention = 'on'`);
      await expect(client.query('DELETE FROM audit_entries')).rejects.toMatchObject({
        code: '42501',
        message: expect.stringContaining('append-only'),
      });
      await client.query('ROLLBACK');
    });
  });

  test('is written for a role that may not insert it, with a generated number (AUD-1)', async () => {
    await withConnection(api.databaseUrl, async (client) => {
      await client.query('BEGIN');
      await client.query(`CREATE ROLE audit_writer_${process.pid}`);
      await client.query(
        `GRANT SELECT, UPDATE ON lots TO audit_writer_${process.pid}; GRANT SELECT ON audit_entries TO audit_writer_${process.pid}`,
      );
      await client.query(`SET LOCAL ROLE audit_writer_${process.pid}`);
      await client.query(`UPDATE lots SET supplier_code = 'BY ROLE'`);
      const { rows } = await client.query(
        `SELECT action, new_values ->> 'supplier_code' AS code FROM audit_entries ORDER BY seq DESC LIMIT 1`,
      );
      expect(rows).toEqual([{ action: 'sql.update', code: 'BY ROLE' }]);
      await expect(
        client.query(
          `INSERT INTO audit_entries (entity, record_id, operation, action, actor_kind) VALUES ('lots', uuid7(), 'VIEW', 'x.y', 'SYSTEM')`,
        ),
      ).rejects.toMatchObject({ code: '42501' });
      await client.query('ROLLBACK');
    });
  });
});

/**
 * The entries that SQL statements leave, as `<operation> <code of the line> <field>: <old> → <new>`; everything is
 * rolled back afterwards.
 */
async function leftBy(...statements: readonly string[]): Promise<readonly string[]> {
  return withConnection(api.databaseUrl, async (client) => {
    await client.query('BEGIN');
    await client.query(
      `INSERT INTO production_lines (code, name, lot_segment) SELECT 'SET' || n, 'Line ' || n, 'SETS' FROM generate_series(1, 3) n`,
    );
    const {
      rows: [last],
    } = await client.query('SELECT max(seq) AS seq FROM audit_entries');
    for (const statement of statements) await client.query(statement);
    const { rows } = await client.query(
      `
      SELECT concat_ws(' ', operation, coalesce(new_values ->> 'code', old_values ->> 'code', (SELECT code FROM production_lines WHERE id = record_id)),
        (SELECT string_agg(f || ': ' || (old_values ->> f) || ' → ' || (new_values ->> f), ', ') FROM unnest(changed_fields) AS f)) AS told
      FROM audit_entries WHERE seq > $1 ORDER BY told`,
      [last.seq],
    );
    await client.query('ROLLBACK');
    return rows.map(({ told }) => told);
  });
}

describe('an SQL statement', () => {
  test.each([
    [
      'inserts a set',
      `INSERT INTO production_lines (code, name, lot_segment) VALUES ('A', 'a', 'AAAA'), ('B', 'b', 'BBBB')`,
      ['INSERT A', 'INSERT B'],
    ],
    [
      'updates a set',
      `UPDATE production_lines SET name = name || '!' WHERE code LIKE 'SET%'`,
      [
        'UPDATE SET1 name: Line 1 → Line 1!',
        'UPDATE SET2 name: Line 2 → Line 2!',
        'UPDATE SET3 name: Line 3 → Line 3!',
      ],
    ],
    [
      'updates a set of which only one differs',
      `UPDATE production_lines SET name = 'Line 2' WHERE code IN ('SET2', 'SET3')`,
      ['UPDATE SET3 name: Line 3 → Line 2'],
    ],
    ['deletes a set', `DELETE FROM production_lines WHERE code IN ('SET1', 'SET3')`, ['DELETE SET1', 'DELETE SET3']],
    [
      'inserts or updates',
      `INSERT INTO production_lines (code, name, lot_segment) VALUES ('SET1', 'Other', 'SETS'), ('NEW', 'New', 'NEWS') ON CONFLICT (code) DO UPDATE SET name = excluded.name`,
      ['INSERT NEW', 'UPDATE SET1 name: Line 1 → Other'],
    ],
    [
      'merges',
      `MERGE INTO production_lines l USING (VALUES ('SET1', 'Other'), ('SET2', NULL), ('NEW', 'New')) AS v (code, name) ON l.code = v.code
      WHEN MATCHED AND v.name IS NULL THEN DELETE WHEN MATCHED THEN UPDATE SET name = v.name WHEN NOT MATCHED THEN INSERT (code, name, lot_segment) VALUES (v.code, v.name, 'NEWS')`,
      ['DELETE SET2', 'INSERT NEW', 'UPDATE SET1 name: Line 1 → Other'],
    ],
    [
      'changes several tables at once',
      `WITH gone AS (DELETE FROM production_lines WHERE code = 'SET1' RETURNING name), changed AS (UPDATE production_lines SET name = 'Last' WHERE code = 'SET3')
      INSERT INTO production_lines (code, name, lot_segment) SELECT 'NEW', name, 'NEWS' FROM gone`,
      ['DELETE SET1', 'INSERT NEW', 'UPDATE SET3 name: Line 3 → Last'],
    ],
    ['changes nothing', `UPDATE production_lines SET name = 'x' WHERE false`, []],
  ])('that %s writes one entry for each changed row (AUD-1)', async (_what, statement, entries) => {
    expect(await leftBy(statement)).toEqual(entries);
  });

  test('that changes thousands of rows writes one entry for each, whatever its session did before (AUD-1)', async () => {
    const rows = 3_000;
    const one = `UPDATE production_lines SET name = name || '.' WHERE code = 'SET1'`;
    const left = await leftBy(
      ...Array.from({ length: 8 }, () => one),
      `INSERT INTO production_lines (code, name, lot_segment) SELECT 'N' || n, 'Line', 'MANY' FROM generate_series(1, ${rows}) n`,
      `UPDATE production_lines SET name = code WHERE lot_segment = 'MANY'`,
    );
    expect(left.filter((told) => told.startsWith('INSERT N'))).toHaveLength(rows);
    expect(left.filter((told) => /^UPDATE (N\d+) name: Line → \1$/.test(told))).toHaveLength(rows);
    expect(left).toHaveLength(8 + 2 * rows);
  });

  test('that changes the id of a row is refused, because no entry could show it (AUD-1)', async () => {
    await expect(leftBy(`UPDATE production_lines SET id = uuid7() WHERE code = 'SET1'`)).rejects.toThrow(
      /ck_audit_entries_aud_1_values_fit_operation/,
    );
  });

  test('cannot redirect its entries with tables that have the names of the trigger’s tables (AUD-1)', async () => {
    const shadows = ['new_rows', 'old_rows', 'audit_entries'].map(
      (name) => `CREATE TEMP TABLE ${name} (LIKE production_lines)`,
    );
    expect(
      await leftBy(
        ...shadows,
        `SET LOCAL search_path = pg_temp, public`,
        `UPDATE production_lines SET name = 'x' WHERE code = 'SET1'`,
        'SET LOCAL search_path = public, pg_temp',
        'DROP TABLE pg_temp.audit_entries',
      ),
    ).toEqual(['UPDATE SET1 name: Line 1 → x']);
  });
});

describe('the audit trail', () => {
  test('is readable by audit roles only, and so is the history of a record (AUD-1)', async () => {
    const documents = [
      '{ auditEntries { nodes { id } } }',
      `{ lotByNumber(number: "${lot.number}") { history { nodes { id } } } }`,
      `{ lotByNumber(number: "${lot.number}") { auditEntries { nodes { id } } } }`,
    ];
    for (const role of ['ADMIN', 'MANAGER', 'AUDITOR', 'ENGINEER', 'INSPECTOR', 'OPERATOR', 'VIEWER', null] as const) {
      for (const document of documents) {
        const { errors } = await api.ask(document, {}, role);
        const expected =
          role === null ? ['UNAUTHENTICATED'] : ['ADMIN', 'MANAGER', 'AUDITOR'].includes(role) ? [] : ['FORBIDDEN'];
        expect([role, errors.map((error) => error.extensions['code'])]).toEqual([role, expected]);
      }
    }
  });

  test('returns an entry as a node to audit roles only', async () => {
    const { data } = await api.ask('{ auditEntries(first: 1) { nodes { id } } }');
    const [{ id }] = data.auditEntries.nodes;
    expect((await api.ask('query ($id: ID!) { node(id: $id) { id } }', { id })).data).toEqual({ node: { id } });
    expect(
      (await api.ask('query ($id: ID!) { node(id: $id) { ... on AuditEntry { action } } }', { id }, 'OPERATOR')).data
        ?.node ?? null,
    ).toBeNull();
  });

  test.each([
    ['entity: { eq: "lots" }', ['lot.quarantined', 'lot.created']],
    ['action: { eq: "lot.created" }', ['lot.created']],
    ['changedField: "dispositionReason"', ['lot.quarantined']],
    ['operation: { eq: UPDATE }, entity: { eq: "lots" }', ['lot.quarantined']],
    ['ip: { eq: "127.0.0.1" }, entity: { eq: "lots" }', ['lot.quarantined', 'lot.created']],
    ['ip: { eq: "10.0.0.1" }', []],
    ['recordedAt: { lt: "2020-01-01T00:00:00Z" }', []],
    ['transactionId: "1"', []],
  ])('can be filtered by %s', async (filter, actions) => {
    const { data, errors } = await api.ask(`{ auditEntries(filter: { ${filter} }) { nodes { action } } }`);
    expect(errors).toEqual([]);
    expect(
      data.auditEntries.nodes
        .map((node: { action: string }) => node.action)
        .filter((action: string) => !action.startsWith('sql.')),
    ).toEqual(actions);
  });

  test('can be filtered by actor, request and transaction', async () => {
    const { data } = await api.ask(
      '{ auditEntries(filter: { action: { eq: "lot.quarantined" } }) { nodes { actorId requestId transactionId } } }',
    );
    const [{ actorId, requestId, transactionId }] = data.auditEntries.nodes;
    const cases = [
      ['$value: ID!', 'actor: { eq: $value }', actorId],
      ['$value: String!', 'requestId: $value', requestId],
      ['$value: String!', 'transactionId: $value', transactionId],
    ] as const;
    for (const [declared, filter, value] of cases) {
      const answer = await api.ask(`query (${declared}) { auditEntries(filter: { ${filter} }) { nodes { action } } }`, {
        value,
      });
      expect([filter, answer.data.auditEntries.nodes]).toEqual([filter, [{ action: 'lot.quarantined' }]]);
    }
  });

  test('costs one more statement for the history of 1 or of 10 records', async () => {
    for (let made = 0; made < 12; made += 1)
      await done(api, 'createProductionLine', { code: `L${made}`, name: 'Line' }, 'productionLine { id }');
    for (const first of [1, 10]) {
      const { data, statements } = await askBothWays(
        api,
        `{ productionLines(first: ${first}) { nodes { history { nodes { action changes { field } } } } } }`,
      );
      expect(data.productionLines.nodes).toHaveLength(first);
      for (const line of data.productionLines.nodes)
        expect(line.history.nodes.at(-1).action).toBe('productionLine.created');
      expect(statements).toEqual({ plans: 2, loaders: 2 });
    }
  });
});

async function entriesOf(
  where: string,
): Promise<readonly { new_values: Record<string, unknown>; old_values: unknown; changed_fields: unknown }[]> {
  return withConnection(
    api.databaseUrl,
    async (client) => (await client.query(`SELECT * FROM audit_entries WHERE ${where} ORDER BY seq`)).rows,
  );
}

async function countOf(): Promise<number> {
  return withConnection(api.databaseUrl, async (client) =>
    Number((await client.query('SELECT count(*) FROM audit_entries')).rows[0].count),
  );
}

test('uuids inside ids are those of the record', async () => {
  const [row] = await entriesOf(`action = 'lot.created'`);
  expect(row?.new_values['id']).toBe(uuidOf(lot));
});
