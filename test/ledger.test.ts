import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ruleOfConstraint } from '../src/platform/postgres/errors.ts';
import { freshDatabase, withConnection, type TestDatabase } from './support/database.ts';
import { LEDGER } from './support/ledger.ts';

let database: TestDatabase;
let constraints: ReadonlySet<string>;

beforeAll(async () => {
  database = await freshDatabase();
  constraints = await namesInCatalogue(database.url);
});
afterAll(() => database.drop());

test('every rule of the ledger has a test that names it', () => {
  const tested = rulesIn(testTitles());
  expect(Object.keys(LEDGER).filter((rule) => !tested.has(rule))).toEqual([]);
});

test('every rule that a test or the source names is in the ledger', () => {
  const named = new Set([...rulesIn(testTitles()), ...rulesIn(refusalsOfSource())]);
  expect([...named].filter((rule) => LEDGER[rule] === undefined)).toEqual([]);
});

test('every constraint of the ledger exists in the database', () => {
  const listed = Object.values(LEDGER).flatMap((entry) => entry.constraints);
  expect(listed.filter((name) => !constraints.has(name))).toEqual([]);
});

test('every constraint with a rule in its name is in the ledger, or its rule is', () => {
  const listed = new Set(Object.values(LEDGER).flatMap((entry) => entry.constraints));
  const homeless = [...constraints].filter((name) => {
    const rule = ruleOfConstraint(name);
    return rule !== undefined && !listed.has(name) && LEDGER[rule] === undefined;
  });
  expect(homeless).toEqual([]);
});

test('docs/ledger.md lists every rule with its constraints and its tests', async () => {
  const titles = testTitles();
  const rows = Object.entries(LEDGER).map(([rule, { sentence, constraints: names }]) => {
    const tests = titles.filter((title) => rulesIn([title]).has(rule)).map((title) => title.replaceAll('|', '\\|'));
    return `| <a id="${rule.toLowerCase()}"></a>${rule} | ${sentence} | ${names.map((name) => `\`${name}\``).join('<br>') || '–'} | ${tests.join('<br>')} |`;
  });
  const page = [
    '# The ledger of rules',
    '',
    'Made by `test/ledger.test.ts` (`npx vitest run test/ledger.test.ts -u`). A constraint of the database enforces the same when the application is bypassed. Each rule has an address of its own: `docs/ledger.md#pd-6` is PD-6.',
    '',
    '| Rule | Sentence | Constraint | Tests |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
  await expect(page).toMatchFileSnapshot('../docs/ledger.md');
});

/** The titles of all tests, in the order of files and lines. */
function testTitles(): readonly string[] {
  return sourcesBelow(import.meta.dirname, '.test.ts').flatMap((text) =>
    [...text.matchAll(/\b(?:test|it|describe)(?:\.\w+(?:\([^)]*\))?)*\(\s*(['"`])((?:\\.|(?!\1).)*)\1/g)].map(
      ([, , title]) => (title ?? '').replaceAll("\\'", "'"),
    ),
  );
}

/** The rules that the source can answer with. */
function refusalsOfSource(): readonly string[] {
  const calls = /\b(?:refusal|rule:)\(?\s*'([A-Z]{2,3}-\d+)'/g;
  return sourcesBelow(path.resolve(import.meta.dirname, '../src'), '.ts').flatMap((text) =>
    [...text.matchAll(calls)].map(([, rule]) => `(${rule ?? ''})`),
  );
}

/** The rules between the brackets at the end of a title: `… (PD-2, LOT-7)`. */
function rulesIn(titles: readonly string[]): ReadonlySet<string> {
  return new Set(titles.flatMap((title) => [...title.matchAll(/\b[A-Z]{2,3}-\d+\b/g)].map(([rule]) => rule)));
}

function sourcesBelow(folder: string, ending: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending) && !file.startsWith('generated'))
    .toSorted()
    .map((file) => readFileSync(path.join(folder, file), 'utf8'));
}

function namesInCatalogue(url: string): Promise<ReadonlySet<string>> {
  return withConnection(url, async (client) => {
    const { rows } = await client.query<{ name: string }>(`
      SELECT conname AS name FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace WHERE n.nspname = 'public'
      UNION SELECT indexname FROM pg_indexes WHERE schemaname = 'public'
      UNION SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE '%\\_append\\_only'
      UNION SELECT trim(both '''' from substring(pg_get_triggerdef(t.oid) FROM 'guard_(?:flow|draft|finished_item)\\(([^)]*)\\)')) FROM pg_trigger t
      WHERE NOT tgisinternal AND tgfoid::regproc::text IN ('guard_flow', 'guard_draft', 'guard_finished_item')`);
    return new Set(
      rows
        .flatMap(({ name }) => name.split(',').map((part) => part.trim().replaceAll("'", '')))
        .filter((name) => name !== ''),
    );
  });
}
