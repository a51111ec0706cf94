import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { configShape } from '../src/platform/process/config.ts';

const README = path.resolve(import.meta.dirname, '../README.md');
const readme = readFileSync(README, 'utf8');

test('the table of the configuration is the schema of the configuration', async () => {
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
  const table = ['| Variable | Default | Meaning |', '|---|---|---|', ...rows].join('\n');
  const expected = readme.replace(
    /(<!-- CONFIGURATION:[^>]*-->\n)[\s\S]*?(<!-- \/CONFIGURATION -->)/,
    (_all, begin: string, end: string) => `${begin}${table}\n${end}`,
  );
  await expect(expected).toMatchFileSnapshot(README);
});

test('every file that the README names exists', () => {
  const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, link]) => link ?? '');
  const missing = links.filter((link) => !exists(path.resolve(import.meta.dirname, '..', link)));
  expect(missing).toEqual([]);
});

function exists(file: string): boolean {
  try {
    readFileSync(file);
    return true;
  } catch {
    return false;
  }
}
