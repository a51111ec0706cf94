import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '..');
const page = readFileSync(path.join(ROOT, 'docs/part-11.md'), 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('| 11.'));

test('every test that docs/part-11.md names exists, under its name', () => {
  const named = [...page.matchAll(/`(test\/[^`]+\.test\.ts)`: “([^”]+)”/g)].map(([, file = '', title = '']) => ({
    file,
    title,
  }));
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter(({ file, title }) => !titlesIn(file).has(title))).toEqual([]);
});

test('every requirement has its tests, or is the site’s own to fulfil', () => {
  expect(rows.map((row) => /11\.\d+(?:\(\w\))?/.exec(row)?.[0])).toEqual([
    '11.10(a)',
    '11.10(b)',
    '11.10(c)',
    '11.10(d)',
    '11.10(e)',
    '11.10(f)',
    '11.10(g)',
    '11.10(h)',
    '11.10(i)',
    '11.10(k)',
    '11.30',
    '11.300(a)',
    '11.300(b)',
    '11.300(c)',
    '11.300(d)',
    '11.300(e)',
  ]);
  const cells = rows.map((row) => row.split(' | '));
  expect(
    cells.filter(([, does = '', shown = '']) =>
      shown === '– |'
        ? !does.includes('the site’s') && !does.includes("the site's")
        : !/^(?:`test\/[^`]+`: “[^”]+”(?:<br>)?)+ \|$/.test(shown),
    ),
  ).toEqual([]);
});

test('the page claims support, never compliance', () => {
  expect(page.match(/[^.\n]*\b(?:complian\w*|complies|certified)\b[^.\n]*/gi)).toEqual([
    'No software complies with Part 11: a site does, with its procedures, its people, its validation, and systems that support them',
  ]);
});

/** The titles of tests and groups in the file. */
function titlesIn(file: string): ReadonlySet<string> {
  const full = path.join(ROOT, file);
  const text = existsSync(full) ? readFileSync(full, 'utf8') : '';
  return new Set(
    [...text.matchAll(/^\s*(?:test|describe)\((['"])((?:\\.|(?!\1).)+)\1/gm)].map(([, , title = '']) =>
      title.replaceAll("\\'", "'"),
    ),
  );
}
