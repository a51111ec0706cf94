/**
 * ARCHITECTURE.md describes the repository as it is: its directory tree names the folders that exist, the files that
 * the documents name exist, and every decision has its four parts.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

const ARCHITECTURE = read('ARCHITECTURE.md');

/** Made by tools, not committed. */
const GENERATED = ['src/generated'];
/** The folders whose first level is named in the tree; of `src` every level is. */
const NAMED_BY_FIRST_LEVEL = ['prisma', 'test', 'bench', 'docs'];

describe('the directory tree of ARCHITECTURE.md', () => {
  test('names every folder of src, and no other', () => {
    expect(differences(named(['src']), [...foldersBelow('src')])).toEqual([]);
  });

  test('names the folders in prisma, test, bench and docs, and no other', () => {
    const folders = NAMED_BY_FIRST_LEVEL.flatMap((top) => [
      top,
      ...foldersBelow(top).filter((folder) => folder.split('/').length === 2),
    ]);
    expect(differences(named(NAMED_BY_FIRST_LEVEL), folders)).toEqual([]);
  });

  test('a folder that is missing from the tree is found, and one that does not exist', () => {
    const tree = foldersInTree('```\nsrc/     the program\n  lot/    lots\n    old/  gone\n```');
    expect(tree).toEqual(['src', 'src/lot', 'src/lot/old']);
    expect(differences(tree, ['src', 'src/lot', 'src/serial'])).toEqual([
      'src/lot/old does not exist.',
      'src/serial is missing from the tree.',
    ]);
  });
});

describe('the documents', () => {
  test('name files and folders that exist', () => {
    expect(documents().flatMap((file) => missingIn(file, read(file)))).toEqual([]);
  });

  test('a path that does not exist is found, written in full or by its end', () => {
    const text =
      'See `src/main.ts`, `lot/lot.rules.ts`, `lot.rules.ts`, `src/nothing.ts`, `no-such.rules.ts`, `src/app/`.';
    expect(missingIn('x.md', text)).toEqual([
      'x.md names src/nothing.ts, which does not exist.',
      'x.md names no-such.rules.ts, which does not exist.',
    ]);
  });
});

describe('the decisions', () => {
  const pages = readdirSync(path.join(ROOT, 'docs/decisions')).filter((file) => /^\d{4}-/.test(file));

  test('have a page each, numbered without gap, with context, decision, consequences and when to revisit', () => {
    expect(pages.map((file) => Number(file.slice(0, 4)))).toEqual(pages.map((_, index) => index + 1));
    expect(pages.flatMap((file) => missingParts(file, read(`docs/decisions/${file}`)))).toEqual([]);
  });

  test('are all listed in docs/decisions/README.md, in their order', () => {
    const listed = [...read('docs/decisions/README.md').matchAll(/\]\((\d{4}-[a-z0-9-]+\.md)\)/g)].map(
      ([, file]) => file,
    );
    expect(listed).toEqual(pages);
  });

  test('a page without one of its parts is found', () => {
    expect(missingParts('0001-x.md', '# 1. X\n\n**Context.** a\n\n**Decision.** b\n\n**Consequences.** c\n')).toEqual([
      '0001-x.md has no part "Revisit when".',
    ]);
  });
});

/** The folders of the tree that stand in or below these. */
function named(tops: readonly string[]): readonly string[] {
  return foldersInTree(ARCHITECTURE).filter((folder) => tops.includes(folder.split('/')[0] ?? ''));
}

/** The first fenced block that begins with a folder: two spaces for each level, the name ends with a slash. */
function foldersInTree(text: string): readonly string[] {
  const [, block = ''] = /^```\n((?:\w[\w.-]*\/ )[^]*?)^```$/m.exec(text) ?? [];
  const trail: string[] = [];
  return block.split('\n').flatMap((line) => {
    const [, indent = '', name] = /^((?: {2})*)([\w.-]+)\//.exec(line) ?? [];
    if (name === undefined) return [];
    trail.length = indent.length / 2;
    trail.push(name);
    return [trail.join('/')];
  });
}

/** Every folder that holds a file, however deep, and the top itself. */
function foldersBelow(top: string): readonly string[] {
  const files = readdirSync(path.join(ROOT, top), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(ROOT, entry.parentPath).split(path.sep).join('/'));
  const folders = new Set(files.flatMap(withParents));
  return [...folders].filter((folder) => !GENERATED.some((each) => `${folder}/`.startsWith(`${each}/`))).toSorted();
}

function withParents(folder: string): readonly string[] {
  const parts = folder.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

function differences(tree: readonly string[], folders: readonly string[]): readonly string[] {
  return [
    ...tree.filter((folder) => !folders.includes(folder)).map((folder) => `${folder} does not exist.`),
    ...folders.filter((folder) => !tree.includes(folder)).map((folder) => `${folder} is missing from the tree.`),
  ];
}

/** All documents but the changelog, which names what was, and the ledger, which is generated. */
function documents(): readonly string[] {
  const pages = readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md') && file !== 'ledger.md')
    .map((file) => `docs/${file.split(path.sep).join('/')}`);
  return ['ARCHITECTURE.md', 'CONTRIBUTING.md', ...pages];
}

const KINDS = 'ts|mjs|md|sql|prisma|sh|py|yml';
const TOPS = 'src|test|bench|prisma|docs|tools|examples|maps';

/** What stands in backticks and has the form of a file of ours, or of a folder below one of the top folders. */
function missingIn(file: string, text: string): readonly string[] {
  const paths = [
    ...text.matchAll(new RegExp(`\`((?:[\\w.-]+/)*[\\w.-]+\\.(?:${KINDS})|(?:${TOPS})(?:/[\\w.-]+)+/?)\``, 'g')),
  ];
  return paths
    .map(([, name = '']) => name)
    .filter((name) => !exists(name))
    .map((name) => `${file} names ${name}, which does not exist.`);
}

function exists(name: string): boolean {
  return existsSync(path.join(ROOT, name)) || FILES.some((file) => file.endsWith(`/${name}`));
}

const FILES: readonly string[] = [...TOPS.split('|'), '.ci', '.github'].flatMap((top) =>
  readdirSync(path.join(ROOT, top), { recursive: true, encoding: 'utf8' }).map(
    (file) => `${top}/${file.split(path.sep).join('/')}`,
  ),
);

function missingParts(file: string, text: string): readonly string[] {
  return ['Context', 'Decision', 'Consequences', 'Revisit when']
    .filter((part) => !text.includes(`**${part}.**`))
    .map((part) => `${file} has no part "${part}".`);
}
