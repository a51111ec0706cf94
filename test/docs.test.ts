/**
 * The documents agree with the code and with each other: generated tables, links, the index, and every GraphQL example.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { buildSchema, parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { configShape } from '../src/platform/process/config-shape.ts';
import { LIMITS } from '../src/platform/process/limits.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const MOST_LINES_OF_README = 150;

const inDocs = readdirSync(path.join(ROOT, 'docs'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)));
const documents = [
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].filter((file) =>
    existsSync(path.join(ROOT, file)),
  ),
  ...inDocs.filter((file) => file.endsWith('.md')),
];

test('the table of the configuration is the schema of the configuration', async () => {
  const file = path.join(ROOT, 'docs/configuration.md');
  const page = readFileSync(file, 'utf8');
  // Both generated tables are in one file, so one snapshot writes them.
  const expected = withTable(withTable(page, 'CONFIGURATION', configurationTable()), 'LIMITS', limitsTable());
  await expect(expected).toMatchFileSnapshot(file);
});

test('the README has at most 150 lines', () => {
  expect(textOf('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(MOST_LINES_OF_README);
});

test('every relative link of a document leads to a file, and to a heading of it', () => {
  const broken = documents.flatMap((document) =>
    linksIn(document)
      .filter(({ file, heading }) => !existsSync(path.join(ROOT, file)) || !hasHeading(file, heading))
      .map(({ written }) => `${document}: ${written}`),
  );
  expect(broken).toEqual([]);
});

test('every file that a document names exists', () => {
  const missing = documents.flatMap((document) =>
    filesNamedIn(document)
      .filter((file) => !existsSync(path.join(ROOT, file)))
      .map((file) => `${document}: ${file}`),
  );
  expect(missing).toEqual([]);
});

test('every file of docs/ is reachable from docs/README.md', () => {
  const reached = new Set(['docs/README.md']);
  // New entries are visited too when a set grows during the loop.
  for (const file of reached) {
    if (!file.endsWith('.md') || !existsSync(path.join(ROOT, file))) continue;
    for (const link of linksIn(file)) reached.add(link.file);
  }
  expect(inDocs.filter((file) => !reached.has(file))).toEqual([]);
});

test('every GraphQL example of a document is valid against the schema', () => {
  const schema = buildSchema(textOf('src/schema.graphql'));
  const examples = documents.flatMap((document) =>
    [...textOf(document).matchAll(/^```graphql\n([\s\S]*?)^```/gm)].map(([, text = '']) => ({ document, text })),
  );
  expect(examples.length).toBeGreaterThan(10);
  const problems = examples.flatMap(({ document, text }) =>
    validate(schema, parse(text)).map((error) => `${document}: ${error.message}`),
  );
  expect(problems).toEqual([]);
});

test('the example of an environment file is the schema of the configuration', async () => {
  await expect(environmentExample()).toMatchFileSnapshot(path.join(ROOT, 'deploy/.env.example'));
});

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

test.skipIf(!hasSystemd)(
  'systemd accepts the unit, and rates what it may do as OK (skipped without systemd-analyze)',
  () => {
    const unit = path.join(ROOT, 'deploy/systemd/lotgraph.service');
    const analyze = (...args: readonly string[]): string => {
      const { stdout, stderr } = spawnSync('systemd-analyze', [...args, unit], { encoding: 'utf8' });
      return `${stdout}${stderr}`;
    };
    // A machine may have its Node.js elsewhere.
    expect(analyze('verify').replaceAll(/.*\/usr\/bin\/node.*\n?/g, '')).toBe('');
    expect(analyze('security', '--offline=true')).toMatch(/Overall exposure level for lotgraph\.service: [01]\.\d OK/);
  },
);

/** Every variable with its meaning, commented out, as systemd and Docker read it. */
function environmentExample(): string {
  const entries = Object.entries(configShape.shape).map(([name, shape]) => {
    const fallback = shape.safeParse(undefined);
    const isSecret = name.includes('SECRET') || name.includes('PASSWORD');
    const value = isSecret || !fallback.success ? '' : String(fallback.data ?? '');
    return [...wrapped(shape.description ?? '').map((line) => `# ${line}`), `#${name}=${value}`].join('\n');
  });
  const head =
    '# Every setting of lotgraph with its default; docs/configuration.md has the same. Remove the # before a name to set it.\n# In production, LOTGRAPH_TOKEN_SECRET and LOTGRAPH_ADMIN_PASSWORD have to be set.';
  return `${[head, ...entries].join('\n\n')}\n`;
}

/** The text in lines of at most 118 characters. */
function wrapped(text: string): readonly string[] {
  return text.match(/.{1,118}(?:\s|$)/g)?.map((line) => line.trim()) ?? [];
}

function configurationTable(): string {
  const rows = Object.entries(configShape.shape).map(([name, shape]) => {
    const fallback = shape.safeParse(undefined);
    const value =
      !fallback.success || String(fallback.data ?? '') === ''
        ? '–'
        : name.includes('SECRET') || name.includes('PASSWORD')
          ? 'for development only'
          : `\`${String(fallback.data)}\``;
    return `| \`${name}\` | ${value} | ${shape.description ?? ''} |`;
  });
  return ['| Variable | Default | Meaning |', '|---|---|---|', ...rows].join('\n');
}

function limitsTable(): string {
  const rows = Object.entries(LIMITS).map(([group, limits]) => {
    const values = Object.entries(limits).map(([name, value]) => `${name} ${value.toLocaleString('en')}`);
    return `| \`${group}\` | ${values.join(' · ')} |`;
  });
  return ['| Group | Limits |', '|---|---|', ...rows].join('\n');
}

/** The page with this table between its two comments. */
function withTable(page: string, name: string, table: string): string {
  const marked = new RegExp(`(<!-- ${name}:[^>]*-->\n)[\\s\\S]*?(<!-- /${name} -->)`);
  expect(page).toMatch(marked);
  return page.replace(marked, (_all, begin: string, end: string) => `${begin}${table}\n${end}`);
}

interface Link {
  readonly written: string;
  /** Relative to the root of the repository. */
  readonly file: string;
  readonly heading: string | undefined;
}

/** The relative links of a document. Code is not searched, and links with a scheme are not relative. */
function linksIn(document: string): readonly Link[] {
  const text = withoutCode(textOf(document));
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, written = '']) => written)
    .filter((written) => !/^[a-z]+:/i.test(written))
    .map((written) => {
      const [target = '', heading] = written.split('#');
      const file = target === '' ? document : path.join(path.dirname(document), target);
      return { written, file, heading };
    });
}

/** The paths in backticks that begin with a folder of this repository, except patterns and generated files. */
function filesNamedIn(document: string): readonly string[] {
  const folders = /^(?:src|test|docs|examples|maps|tools|bench|prisma|\.ci|\.github)\/[\w./-]*[\w/-]$/;
  return [...textOf(document).matchAll(/`([^`\n]+)`/g)]
    .map(([, named = '']) => named)
    .filter((named) => folders.test(named) && !named.includes('generated'));
}

/** Whether a Markdown file has the heading after `#` in the link, spelled as GitHub spells it. */
function hasHeading(file: string, heading: string | undefined): boolean {
  if (heading === undefined) return true;
  const headings = [...withoutFences(textOf(file)).matchAll(/^#+ +(.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-'),
  );
  return headings.includes(heading);
}

function withoutCode(text: string): string {
  return withoutFences(text).replaceAll(/`[^`\n]*`/g, '');
}

function withoutFences(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```/gm, '');
}

function textOf(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}
