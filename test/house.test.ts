import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { LONGEST_FILE, violationsIn } from './support/house.ts';

const SOURCE = path.resolve(import.meta.dirname, '../src');

const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith('generated'))
  .map((file) => ({ file: file.split(path.sep).join('/'), text: readFileSync(path.join(SOURCE, file), 'utf8') }));

test('every file keeps the house rules: imports look left, tokens stay in their rooms, one writer per table, files are short', () => {
  expect(files.length).toBeGreaterThan(50);
  expect(files.flatMap(violationsIn)).toEqual([]);
});

test('no import goes round in a circle', () => {
  const imports = new Map(files.map(({ file, text }) => [file, targetsOf(file, text)]));
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (file: string, trail: readonly string[]): void => {
    if (trail.includes(file)) circles.push([...trail.slice(trail.indexOf(file)), file].join(' → '));
    if (trail.includes(file) || done.has(file)) return;
    for (const target of imports.get(file) ?? []) walk(target, [...trail, file]);
    done.add(file);
  };
  for (const { file } of files) walk(file, []);
  expect(circles).toEqual([]);
});

describe('a planted violation is found', () => {
  const planted: readonly (readonly [string, string, string])[] = [
    [
      'an area that looks right',
      'catalog/process/process.commands.ts',
      "import { lots } from '../../production/lot/lot.loaders.ts';",
    ],
    [
      'a sibling that looks right',
      'production/lot/lot.commands.ts',
      "import { serials } from '../serial/serial.loaders.ts';",
    ],
    ['a rule that reads the database', 'production/lot/lot.rules.ts', "import { lots } from './lot.loaders.ts';"],
    [
      'a rule that uses more of the platform than its pure files',
      'production/lot/lot.rules.ts',
      "import { command } from '../../platform/command.ts';",
    ],
    [
      'a window that runs a neighbour’s command',
      'production/serial/serial.graphql.ts',
      "import { closeLot } from '../lot/lot.commands.ts';",
    ],
    ['a loader that knows the window', 'production/lot/lot.loaders.ts', "import { Lot } from './lot.graphql.ts';"],
    ['zod outside shapes', 'production/lot/lot.commands.ts', 'const shape = z.string();'],
    ['the builder outside the window', 'production/lot/lot.commands.ts', "builder.queryField('x');"],
    ['SQL in a window', 'production/lot/lot.graphql.ts', 'context.db.sql<Row>`SELECT 1`;'],
    ['a rule that enforces', 'production/lot/lot.rules.ts', 'enforce(mayClose(lot));'],
    ['a rule that reads the clock', 'production/lot/lot.rules.ts', 'const now = new Date();'],
    ['a switch read in passing', 'production/lot/lot.commands.ts', "if (process.env['X']) x();"],
    ['a line to the console', 'platform/command.ts', "console.log('x');"],
    ['a feature that throws', 'production/lot/lot.commands.ts', "throw new Error('x');"],
    ['a feature that reads a file', 'production/lot/lot.commands.ts', "import { readFile } from 'node:fs/promises';"],
    ['any', 'platform/command.ts', 'const x: any = 1;'],
    ['a non-null assertion', 'platform/command.ts', 'const x = y!.z;'],
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
      'generated code beyond the platform',
      'production/lot/lot.rules.ts',
      "import type { Lot } from '../../generated/prisma/client.ts';",
    ],
    ['a file without end', 'production/lot/lot.rules.ts', '\n'.repeat(LONGEST_FILE)],
  ];

  test.each(planted)('%s', (_what, file, text) => {
    expect(violationsIn({ file, text })).toHaveLength(1);
  });

  test('but what is said in a comment is free', () => {
    expect(
      violationsIn({
        file: 'production/lot/lot.rules.ts',
        text: '/** Never throw; z.string() and new Date() are for others. */\n// TODO is a word\n',
      }),
    ).toEqual([]);
  });
});

function targetsOf(file: string, text: string): readonly string[] {
  const values = [...text.matchAll(/^(?:import|export)\s+(?!type\b)[^;]*?from\s+'(\.[^']+)'/gm)];
  return values.map(([, from]) => path.posix.normalize(path.posix.join(path.posix.dirname(file), from ?? '')));
}
