/** The functions that every table uses, and the columns that the database computes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqlWorld, type SqlWorld } from '../support/sql-world.ts';

const UNTOUCHED = { version: 1, touched: '2026-11-01' };

let world: SqlWorld;
beforeAll(async () => {
  world = await openSqlWorld();
});
afterAll(() => world.close());

describe('uuid7()', () => {
  it('returns a UUID of version 7 that contains the current millisecond', async () => {
    const [row] = await world.rowsOf(`
      WITH made AS MATERIALIZED (SELECT clock_timestamp() AS before, uuid7()::text AS id, clock_timestamp() AS after)
      SELECT id, to_timestamp(('x' || lpad(replace(left(id, 13), '-', ''), 16, '0'))::bit(64)::bigint / 1000.0)
        BETWEEN date_trunc('milliseconds', before) AND after AS "isOfNow" FROM made`);

    expect(row?.['id']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(row?.['isOfNow']).toBe(true);
  });

  it('returns greater ids later, also within a millisecond', async () => {
    const rows = await world.rowsOf('SELECT uuid7()::text AS id FROM generate_series(1, 5000)');
    const ids = rows.map((row) => String(row['id']));
    // The first 18 characters encode the time, to a quarter of a microsecond; the rest is random.
    const times = ids.map((id) => id.slice(0, 18));

    expect(new Set(ids).size).toBe(5000);
    expect(times.toSorted()).toEqual(times);
    expect(new Set(times).size).toBeGreaterThan(new Set(ids.map((id) => id.slice(0, 13))).size);
  });
});

describe('touch_row', () => {
  const lotAfter = async (assignments: string): Promise<unknown> => {
    const rows = await world.rowsOf(
      `UPDATE lots SET ${assignments} WHERE id = :lot`,
      `SELECT version, CASE updated_at WHEN now()::timestamptz(3) THEN 'now' ELSE left(updated_at::text, 10) END AS touched
       FROM lots WHERE id = :lot`,
    );
    return rows[0];
  };
  const versionAfter = async (table: string, id: string, assignments: string): Promise<unknown> => {
    const rows = await world.rowsOf(
      `UPDATE ${table} SET ${assignments} WHERE id = ${id}`,
      `SELECT version FROM ${table} WHERE id = ${id}`,
    );
    return rows[0]?.['version'];
  };

  it('raises the version by one and updates updatedAt with each change', async () => {
    expect(await lotAfter("supplier_code = 'S-1'")).toEqual({ version: 2, touched: 'now' });
    expect(await lotAfter(`metadata = '{"a":1}'`)).toEqual({ version: 2, touched: 'now' });
  });

  it('keeps both when nothing changes', async () => {
    expect(await lotAfter('status = status, metadata = metadata')).toEqual(UNTOUCHED);
  });

  it('lets no statement set them', async () => {
    expect(await lotAfter("version = 99, updated_at = '2030-01-01'")).toEqual(UNTOUCHED);
    expect(await lotAfter("version = 99, updated_at = '2030-01-01', supplier_code = 'S-1'")).toEqual({
      version: 2,
      touched: 'now',
    });
  });

  it('keeps the creation, whatever a statement says', async () => {
    const rows = await world.rowsOf(
      `UPDATE lots SET created_at = '2030-01-01', supplier_code = 'S-1' WHERE id = :lot`,
      `SELECT version, created_at < '2030-01-01' AS kept FROM lots WHERE id = :lot`,
    );
    expect(rows).toEqual([{ version: 2, kept: true }]);
    expect(await lotAfter("created_at = '2030-01-01'")).toEqual(UNTOUCHED);
  });

  it('does not count volatile columns', async () => {
    expect(await versionAfter('users', ':user', 'last_login_at = now(), failed_logins = 3')).toBe(1);
    expect(await versionAfter('users', ':user', "last_login_at = now(), department = 'A'")).toBe(2);
    const heartbeat = `reported_status = 'ONLINE', software_version = '2', health = '{"a":1}', last_seen_at = now()`;
    expect(await versionAfter('stations', ':station', heartbeat)).toBe(1);
    expect(await versionAfter('stations', ':station', "last_seen_at = now(), host = 'st2'")).toBe(2);
  });

  it('does not mistake generated columns for a change', async () => {
    expect(await versionAfter('process_data', ':passed', 'notes = notes')).toBe(1);
    expect(await versionAfter('process_data', ':passed', "notes = 'rubbed'")).toBe(2);
  });
});

describe('generated columns of an execution', () => {
  it('name its unit and count whole seconds, truncated', async () => {
    const rows = await world.rowsOf(
      "UPDATE process_data SET completed_at = started_at + interval '61.999 s', result = 'PASS' WHERE id = :open",
      `SELECT unit_id = :item AS "isItem", duration_seconds AS seconds FROM process_data WHERE id = :open`,
    );

    expect(rows).toEqual([{ isItem: true, seconds: 61 }]);
    expect(await world.rowsOf('SELECT duration_seconds AS seconds FROM process_data WHERE id = :open')).toEqual([
      { seconds: null },
    ]);
    expect(await world.rowsOf('SELECT unit_id = :lot AS "isLot" FROM process_data WHERE id = :onLot')).toEqual([
      { isLot: true },
    ]);
  });

  it('rank notes above defects above measurements in the search', async () => {
    const rows = await world.rowsOf(
      `UPDATE process_data SET notes = 'Rubbed', measurements = '[{"code":"TORQUE","value":"1.5"}]' WHERE id = :failed`,
      'SELECT search::text AS search FROM process_data WHERE id = :failed',
    );

    expect(rows).toEqual([{ search: "'1.5':5C 'bent':2B 'rubbed':1A 'torque':3C" }]);
  });
});
