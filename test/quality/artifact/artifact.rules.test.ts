import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ARTIFACT_TYPES,
  archivedAtOf,
  checksumFits,
  contentTypeFits,
  fileIsNotTooLarge,
  fileNameIsSafe,
  mayBeDeleted,
  mayShowFindings,
  isFileNameFree,
  isMovable,
  isOfInspection,
  normalizedTags,
} from '../../../src/quality/artifact/artifact.rules.ts';

describe('a file name (ART-1)', () => {
  test.each([
    'scratch.png',
    'a',
    'Überprüfung 3 (links).pdf',
    '傷の写真.jpg',
    'x'.repeat(255),
    '😀'.repeat(255),
    'nullable.txt',
    'com10.txt',
    'console.log',
    'a.b.c',
  ])('may be %s (ART-1)', (name) => {
    expect(fileNameIsSafe(name)).toBeUndefined();
  });

  test.each([
    ['', 'must not be empty'],
    ['x'.repeat(256), 'must have at most 255 characters, but has 256'],
    ['x'.repeat(300), 'must have at most 255 characters, but has 300'],
    ['../etc/passwd', 'must not contain /'],
    ['..\\windows', 'must not contain \\'],
    ['a/b', 'must not contain /'],
    ['a<b', 'must not contain <'],
    ['a>b', 'must not contain >'],
    ['a:b', 'must not contain :'],
    ['a"b', 'must not contain "'],
    ['a|b', 'must not contain |'],
    ['a?b', 'must not contain ?'],
    ['a*b', 'must not contain *'],
    ['a\0b', 'must not contain the invisible character U+0000'],
    ['a\nb', 'must not contain the invisible character U+000A'],
    ['a\u0085b', 'must not contain the invisible character U+0085'],
    ['gnp.\u202Etxt', 'must not contain the invisible character U+202E'],
    ['a\u200Fb', 'must not contain the invisible character U+200F'],
    ['a\u2028b', 'must not contain the invisible character U+2028'],
    ['a\uD800b', 'must not contain the invisible character U+D800'],
    ['..', 'must not contain two points in a row'],
    ['a..b', 'must not contain two points in a row'],
    ['.hidden', 'must not begin with a point'],
    ['.', 'must not begin with a point'],
    [' a', 'must not begin with a space, or end with a space or a point'],
    ['a ', 'must not begin with a space, or end with a space or a point'],
    ['a.', 'must not begin with a space, or end with a space or a point'],
    ...['CON', 'nul', 'Nul.txt', 'aux.tar.gz', 'PRN', 'COM1', 'com0.log', 'LPT9.x', 'COM¹', 'CONIN$', 'nul .txt'].map(
      (name): [string, string] => [name, 'must not be the name of a device of Windows, such as NUL or COM1'],
    ),
  ])('must not be %j (ART-1)', (name, problem) => {
    expect(fileNameIsSafe(name)).toEqual({
      code: 'INVALID_INPUT',
      rule: 'ART-1',
      path: ['fileName'],
      message: `The file name ${problem}.`,
    });
  });

  test('that is safe stays one name in a folder on every system (ART-1)', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (name) => {
        if (fileNameIsSafe(name) !== undefined) return;
        expect(/[/\\]|\p{Cc}|^\.|\.\.|[. ]$/u.test(name)).toBe(false);
      }),
    );
  });

  test('is given once in an inspection; case counts (ART-1)', () => {
    expect(isFileNameFree('a.png', null)).toBeUndefined();
    expect(isFileNameFree('a.png', { fileName: 'a.png' })).toMatchObject({ code: 'CONFLICT', rule: 'ART-1' });
  });
});

test('a declared checksum is that of the content (ART-2)', () => {
  expect(checksumFits(undefined, 'aa')).toBeUndefined();
  expect(checksumFits('aa', 'aa')).toBeUndefined();
  expect(checksumFits('ab', 'aa')).toMatchObject({ code: 'INVALID_INPUT', rule: 'ART-2', path: ['checksumSha256'] });
});

describe('the content type fits the type of the artifact (ART-3)', () => {
  const accepted = {
    IMAGE: ['image/png', 'IMAGE/SVG+XML', 'image/x-portable-graymap'],
    VIDEO: ['video/mp4'],
    MEASUREMENT: ['application/json', 'text/csv; charset=utf-8'],
    DOCUMENT: ['application/pdf', 'text/plain', 'text/markdown', 'text/html'],
    LOG: ['text/plain', 'application/json', 'application/x-ndjson'],
    MODEL_OUTPUT: ['application/json', 'application/octet-stream', 'image/png'],
  } as const;
  test.each(ARTIFACT_TYPES)('%s takes its own and no other (ART-3)', (type) => {
    for (const contentType of accepted[type]) expect(contentTypeFits(type, contentType)).toBeUndefined();
    for (const wrong of ['font/woff2', 'image', 'images/png', 'application/x-png', 'text/csvx'])
      expect(contentTypeFits(type, wrong)).toMatchObject({
        code: 'INVALID_INPUT',
        rule: 'ART-3',
        path: ['contentType'],
      });
  });
});

test('a file that is too large is refused, and the limit is named (ART-4)', () => {
  expect(fileIsNotTooLarge(false, 10)).toBeUndefined();
  expect(fileIsNotTooLarge(true, 10)).toEqual({
    code: 'LIMIT_EXCEEDED',
    rule: 'ART-4',
    path: ['file'],
    message: 'The file has more than 10 bytes, which is the limit here.',
  });
});

test('archives have the time of the move, other locations have none (ART-5)', () => {
  const now = '2026-11-20T08:00:00.000Z';
  expect(archivedAtOf('ARCHIVE', now)).toBe(now);
  expect(archivedAtOf('COLD_STORAGE', now)).toBe(now);
  expect(archivedAtOf('PRIMARY', now)).toBeNull();
  expect(archivedAtOf('TEMPORARY', now)).toBeNull();
});

test('only a content that the file store has can be moved (ART-5)', () => {
  const stored = { fileName: 'a.png', isStored: true, storageKey: 'key' };
  expect(isMovable(stored)).toBeUndefined();
  expect(isMovable({ ...stored, isStored: false })?.message).toBe(
    'a.png cannot be moved: its content is kept elsewhere.',
  );
  expect(isMovable({ ...stored, storageKey: null })?.message).toBe('a.png cannot be moved: its content was removed.');
});

test('the job and the defect of an artifact are of its inspection (ART-6)', () => {
  expect(isOfInspection('defect', 'a', undefined)).toBeUndefined();
  expect(isOfInspection('defect', 'a', { inspectionId: 'a' })).toBeUndefined();
  expect(isOfInspection('defect', 'a', { inspectionId: 'b' })).toMatchObject({ rule: 'ART-6', path: ['defect'] });
  expect(isOfInspection('inferenceJob', 'a', { inspectionId: 'b' })).toMatchObject({
    rule: 'ART-6',
    path: ['inferenceJob'],
  });
});

test('an artifact that is named for a finding is of its inspection and shows that finding only (ART-6)', () => {
  const free = { id: 'a', fileName: 'a.png', defectId: null };
  const taken = { id: 'b', fileName: 'b.png', defectId: 'defect' };
  const refused = (...named: readonly (readonly string[])[]) =>
    mayShowFindings(named, [free, taken]).flatMap((answer) =>
      answer ? [[answer.path.join('.'), answer.message]] : [],
    );
  expect(refused([], ['a'])).toEqual([]);
  expect(refused(['a'], ['b', 'c', 'a'])).toEqual([
    ['defects.1.artifacts.0', 'b.png shows another finding already.'],
    ['defects.1.artifacts.1', 'The inspection has no artifact with this id; name one of the same inspection.'],
    ['defects.1.artifacts.2', 'a.png is named twice; it shows one finding.'],
  ]);
});

test('evidence of a COMPLETED inspection and the input of a job are not deleted (ART-6)', () => {
  const refused = (status: 'COMPLETED' | 'FAILED', jobs: number) =>
    mayBeDeleted({ fileName: 'a.png' }, { inspectionStatus: status, jobs }).flatMap((answer) => answer?.message ?? []);
  expect(refused('FAILED', 0)).toEqual([]);
  expect(refused('COMPLETED', 2)).toEqual([
    'a.png is evidence of a COMPLETED inspection and is kept.',
    'a.png is the input of 2 inference jobs and is kept.',
  ]);
});

test('tags are kept in lower case, trimmed, each once, sorted (ART-7)', () => {
  expect(normalizedTags([' Front ', 'EDGE', 'front', 'a'])).toEqual(['a', 'edge', 'front']);
});
