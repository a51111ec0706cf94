import { expect, test } from 'vitest';
import { lockedNames } from '../../src/platform/migrations/preflight.ts';
import { isTransactional, statementsIn } from '../../src/platform/migrations/script.ts';

test.each([
  ['ALTER TABLE IF EXISTS ONLY lots ADD COLUMN x int', ['lots']],
  ['alter table\n  "Odd Name"."It""s" rename to y', ['"Odd Name"."It""s"']],
  ['CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS ix ON ONLY public.lots USING gin (a)', ['public.lots']],
  ['DROP TABLE IF EXISTS a, b.c CASCADE', ['a', 'b.c']],
  ['DROP INDEX ix_a; DROP VIEW v', ['ix_a', 'v']],
  ['TRUNCATE a, b RESTART IDENTITY', ['a', 'b']],
  ['LOCK TABLE a IN EXCLUSIVE MODE; CLUSTER b; VACUUM FULL c; REINDEX TABLE CONCURRENTLY d', ['a', 'b', 'c', 'd']],
  ['CREATE OR REPLACE TRIGGER t BEFORE UPDATE ON lots FOR EACH ROW EXECUTE FUNCTION f()', ['lots']],
  [
    'CREATE CONSTRAINT TRIGGER t AFTER INSERT ON lots DEFERRABLE FOR EACH ROW EXECUTE FUNCTION f(); DROP TRIGGER t ON serials',
    ['lots', 'serials'],
  ],
  ['CREATE TABLE x (lot_id uuid REFERENCES lots (id) ON UPDATE SET NULL)', ['lots']],
  [
    'UPDATE lots AS l SET a = 1; DELETE FROM ONLY serials; INSERT INTO flows VALUES (1) ON CONFLICT DO UPDATE SET a = 2',
    ['lots', 'serials', 'flows'],
  ],
  ['WITH gone AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM gone', ['a', 'b']],
  [
    `-- ALTER TABLE a\n/* DROP /* TABLE */ b; */ SELECT 'TRUNCATE c; x', E'\\'; DROP TABLE d', $f$ DROP TABLE e; $f$`,
    [],
  ],
  [
    'CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DELETE FROM a; END $$; ALTER TABLE b ENABLE ROW LEVEL SECURITY',
    ['b'],
  ],
])('the tables locked by %s', (script, names) => {
  expect(
    lockedNames(script)
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual(names.toSorted());
});

test('a script is split at its semicolons, not at those inside strings, bodies, names and comments', () => {
  const script = `-- one; two\nSELECT ';', E'\\';', ";" FROM a; /* ; /* ; */ ; */ DO $body$ BEGIN; $$;$$; END $body$;\n\n;SELECT $1`;

  expect(statementsIn(script)).toEqual([
    { text: `-- one; two\nSELECT ';', E'\\';', ";" FROM a`, outline: `SELECT '', '', ";" FROM a` },
    { text: '/* ; /* ; */ ; */ DO $body$ BEGIN; $$;$$; END $body$', outline: "DO ''" },
    { text: 'SELECT $1', outline: 'SELECT $1' },
  ]);
});

test('a script runs in a transaction unless its first line opts out', () => {
  expect(
    ['SELECT 1', '', '\n-- lotgraph: no transaction', '-- lotgraph: no transaction please'].map(isTransactional),
  ).toEqual([true, true, true, true]);
  expect(['-- lotgraph: no transaction', '-- lotgraph: no transaction\r\nSELECT 1'].map(isTransactional)).toEqual([
    false,
    false,
  ]);
});
