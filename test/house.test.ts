import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { longParameterLists, sharedNames, undocumentedExports } from './support/house-exports.ts';
import { RETIRED_NAMES, commentsOf, proseOf, proseOfDocument, retiredWordsIn } from './support/house-words.ts';
import { LONGEST_FILE, crowdedFolders, importCircles, violationsIn } from './support/house.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const SOURCE = path.join(ROOT, 'src');

const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith('generated'))
  .map((file) => ({ file: file.split(path.sep).join('/'), text: readFileSync(path.join(SOURCE, file), 'utf8') }));

describe('the sources', () => {
  test('keep the house rules: imports point left, each token is used in its folder only, one writer per table, files are short', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(files.flatMap(violationsIn)).toEqual([]);
  });

  test('have no circular imports, type imports included', () => {
    expect(importCircles(files)).toEqual([]);
  });

  test('have no crowded folder', () => {
    expect(crowdedFolders(files.map(({ file }) => file))).toEqual([]);
  });

  test('export no two types or functions with the same name', () => {
    expect(sharedNames(files)).toEqual([]);
  });

  test('have no function with more than four positional parameters', () => {
    expect(files.flatMap(longParameterLists)).toEqual([]);
  });

  test('document every exported rule, command and loader', () => {
    expect(files.flatMap(undocumentedExports)).toEqual([]);
  });

  test('use none of the retired names', () => {
    const name = new RegExp(`\\b(?:${RETIRED_NAMES.join('|')})\\b`);
    expect(files.filter(({ text }) => name.test(text)).map(({ file }) => file)).toEqual([]);
  });
});

describe('the words', () => {
  const all = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' }).split(
    '\n',
  );
  const tracked = all
    .filter((file) => /^(?:src|test|bench|examples|tools|web)\/.*\.(?:m?ts|tsx)$|\.md$/.test(file))
    .filter((file) => !file.endsWith('house-words.ts'));

  test('of comments, documents and test names are plain', () => {
    const found = tracked.flatMap((file) => {
      const text = readFileSync(path.join(ROOT, file), 'utf8');
      const prose = file.endsWith('.md') ? proseOfDocument(text) : proseOf(text);
      return prose.flatMap((each) => retiredWordsIn(each.text).map((word) => `${file}:${each.line} ${word}`));
    });
    expect(found).toEqual([]);
  });

  test('that look like a file of this repository in a comment name a file that exists', () => {
    const missing = tracked
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) =>
        commentsOf(readFileSync(path.join(ROOT, file), 'utf8'))
          .flatMap((text) => [
            ...text.matchAll(/(?<![\w./-])(?:[\w-]+\/)*[\w-]+(?:\.[\w-]+)*\.(?:ts|mjs|sql|md|py)\b/g),
          ])
          .map(([name]) => name)
          .filter((name) => !all.some((each) => each === name || each.endsWith(`/${name}`)))
          .map((name) => `${file}: ${name}`),
      );
    expect(missing).toEqual([]);
  });

  test('that are retired are found in a comment, in a test name and in a document', () => {
    const code = [
      '/',
      '** The road that\n * every write takes. *',
      "/\n// told anew\ntest('a lot at the door', () => call('wall'));",
    ].join('');
    expect(proseOf(code).map(({ line, text }) => [line, ...retiredWordsIn(text)])).toEqual([
      [1, '"road": use command pipeline, fast path'],
      [3, '"told": use say, report, return, show, name', '"anew": use again'],
      [4, '"door": use HTTP entry, server'],
    ]);
    expect(
      proseOfDocument('# A wall\n\n```\na door\n```\n`deeds`').flatMap(({ text }) => retiredWordsIn(text)),
    ).toEqual(['"wall": use database constraint']);
  });
});

describe('the house rules detect', () => {
  const planted: readonly (readonly [string, string, string])[] = [
    [
      'an area that imports to the right',
      'catalog/process/process.commands.ts',
      "import { lots } from '../../production/lot/lot.loaders.ts';",
    ],
    [
      'an entity that imports to the right',
      'production/lot/lot.commands.ts',
      "import { serials } from '../serial/serial.loaders.ts';",
    ],
    ['a type import to the right', 'production/lot/lot.rules.ts', "import type { Unit } from '../unit/unit.rules.ts';"],
    [
      'a noun that imports to the right',
      'production/process-data/execution/operator.rules.ts',
      "import { startChecks } from '../work/start.rules.ts';",
    ],
    [
      'a room of the platform that imports to the right',
      'platform/postgres/table.ts',
      "import type { SelectedColumns } from '../read/selected-columns.ts';",
    ],
    [
      'a room of the app that imports to the right',
      'app/request/request-state.ts',
      "import type { Credentials } from '../auth/authenticate.ts';",
    ],
    [
      'a lazy import to the right',
      'app/simulation/simulate.ts',
      "const runtime = await import('../start/runtime.ts');",
    ],
    [
      'a read that knows of writes',
      'platform/read/connection.ts',
      "import { claim } from '../command/idempotency.ts';",
    ],
    ['a rule that reads the database', 'production/lot/lot.rules.ts', "import { lots } from './lot.loaders.ts';"],
    [
      'a rule that uses more of the platform than its pure rooms',
      'production/lot/lot.rules.ts',
      "import { command } from '../../platform/command/declaration.ts';",
    ],
    [
      'a schema module that runs a neighbour’s command',
      'production/serial/serial.graphql.ts',
      "import { closeLot } from '../lot/lot.commands.ts';",
    ],
    ['a loader that knows the schema', 'production/lot/lot.loaders.ts', "import { Lot } from './lot.graphql.ts';"],
    ['zod outside shapes', 'production/lot/lot.commands.ts', 'const shape = z.string();'],
    ['the builder outside the schema modules', 'production/lot/lot.commands.ts', "builder.queryField('x');"],
    ['SQL in a schema module', 'production/lot/lot.graphql.ts', 'context.db.sql<Row>`SELECT 1`;'],
    ['a rule that enforces', 'production/lot/lot.rules.ts', 'enforce(mayClose(lot));'],
    ['a rule that reads the clock', 'production/lot/lot.rules.ts', 'const now = new Date();'],
    ['a setting read in passing', 'production/lot/lot.commands.ts', "if (process.env['X']) x();"],
    ['a line to the console', 'platform/command/run.ts', "console.log('x');"],
    ['a feature that throws', 'production/lot/lot.commands.ts', "throw new Error('x');"],
    ['a feature that reads a file', 'production/lot/lot.commands.ts', "import { readFile } from 'node:fs/promises';"],
    ['any', 'platform/command/run.ts', 'const x: any = 1;'],
    ['a non-null assertion', 'platform/command/run.ts', 'const x = y!.z;'],
    ['an assertion in a feature', 'production/lot/lot.commands.ts', 'const x = read(y) as Lot;'],
    ['a to-do', 'production/lot/lot.rules.ts', "const x = 'TODO';"],
    [
      'a foreign table written through Prisma',
      'production/serial/serial.commands.ts',
      'await tx.lot.update({ where: { id } });',
    ],
    [
      'a foreign table written through SQL',
      'production/serial/serial.commands.ts',
      'await tx.sql`UPDATE lots SET status = 1`;',
    ],
    [
      'an own table written in the wrong room',
      'production/lot/lot.loaders.ts',
      'await tx.lot.delete({ where: { id } });',
    ],
    [
      'generated code outside the platform',
      'production/lot/lot.rules.ts',
      "import type { Lot } from '../../generated/prisma/client.ts';",
    ],
    ['a file without end', 'production/lot/lot.rules.ts', '\n'.repeat(LONGEST_FILE)],
  ];

  test.each(planted)('%s', (_what, file, text) => {
    expect(violationsIn({ file, text })).toHaveLength(1);
  });

  test('no violation in a comment', () => {
    const text = '/** Never throw; z.string() and new Date() are for others. */\n// TODO is a word\n';
    expect(violationsIn({ file: 'production/lot/lot.rules.ts', text })).toEqual([]);
  });

  test('a circular import through types', () => {
    const circle = [
      { file: 'platform/read/a.ts', text: "import type { B } from './b.ts';" },
      { file: 'platform/read/b.ts', text: "import { a } from './a.ts';" },
    ];
    expect(importCircles(circle)).toEqual(['platform/read/a.ts → platform/read/b.ts → platform/read/a.ts']);
  });

  test('a folder with 16 files, and an entity with 17', () => {
    const named = (folder: string, count: number) =>
      Array.from({ length: count }, (_, index) => `${folder}/${index}.ts`);
    expect(crowdedFolders([...named('platform/read', 15), ...named('production/lot', 16)])).toEqual([]);
    expect(crowdedFolders([...named('platform/read', 16), ...named('production/lot', 17)])).toEqual([
      'platform/read has 16 entries; more than 15 must be divided by nouns.',
      'production/lot has 17 entries; more than 16 must be divided by nouns.',
    ]);
  });

  test('a name that two files export', () => {
    const one = { file: 'a.ts', text: 'export function rowsOf() {}\nexport const Lot = 1;\nexport type Page = 1;' };
    const other = {
      file: 'b.ts',
      text: 'export const rowsOf = () => 1;\nexport type Lot = 2;\nexport interface Page {}',
    };
    expect(sharedNames([one, other])).toEqual([
      'rowsOf is exported by a.ts and b.ts.',
      'Page is exported by a.ts and b.ts.',
    ]);
  });

  test('a function with five parameters', () => {
    const text = 'const f = (a: 1, b: 1, c: 1, d: 1) => a; function g(a: 1, b: 1, c: 1, d: 1, e: 1) {}';
    expect(longParameterLists({ file: 'a.ts', text })).toEqual(['a.ts: g takes 5 parameters.']);
  });

  test('a rule without a doc comment', () => {
    const text = '/** LOT-1: fine. */\nexport function a() {}\nexport function b() {}\nfunction c() {}';
    expect(undocumentedExports({ file: 'lot.rules.ts', text })).toEqual(['lot.rules.ts: b has no doc comment.']);
    expect(undocumentedExports({ file: 'lot.graphql.ts', text })).toEqual([]);
  });
});
