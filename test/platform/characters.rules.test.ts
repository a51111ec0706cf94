import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  firstCharacters,
  isBlank,
  problemInIdentifier,
  problemInLine,
  problemInLines,
  scannedText,
  withoutSymbology,
} from '../../src/platform/values/characters.ts';

describe('an identifying text may be', () => {
  test.each([
    ['letters, digits and punctuation', 'SN-2026/11.007_a:b+c=d@e,f'],
    ['Latin with accents', 'Änderung-Größe-É7'],
    ['Cyrillic with digits', 'Партия-42'],
    ['Greek', 'Παρτίδα 7'],
    ['Japanese: Han, Hiragana and Katakana with Latin', 'AB-工場のライン-7'],
    ['Chinese with Latin', 'LOT-批次-7'],
    ['Korean: Hangul, Han and Latin', 'LOT-로트-第7'],
    ['Thai', 'ล็อต-7'],
    ['Hebrew', 'מנה-7'],
    ['Arabic with its own digits', 'دفعة-٤٢'],
    ['symbols that all scripts share', 'A°7 → B 🔧'],
  ])('%s', (_what, text) => {
    expect(problemInIdentifier(text)).toBeUndefined();
  });
});

describe('an identifying text has no', () => {
  test.each([
    [
      'zero-width space',
      'AB\u200b7',
      'must not contain invisible format characters: character 3 is U+200B (ZERO WIDTH SPACE); leave it out.',
    ],
    [
      'joiner',
      'AB\u200d7',
      'must not contain invisible format characters: character 3 is U+200D (ZERO WIDTH JOINER); leave it out.',
    ],
    [
      'direction override',
      'AB\u202e7',
      'must not contain invisible format characters: character 3 is U+202E (RIGHT-TO-LEFT OVERRIDE); leave it out.',
    ],
    [
      'control',
      'A\u001dB',
      'must not contain control characters: character 2 is U+001D (GROUP SEPARATOR); leave it out.',
    ],
    ['other control', 'A\u0081', 'must not contain control characters: character 2 is U+0081 (control); leave it out.'],
    [
      'line separator',
      'A\u2028B',
      'must not contain line separators: character 2 is U+2028 (LINE SEPARATOR); leave it out.',
    ],
    ['filler', 'A\u3164', 'must not contain invisible characters: character 2 is U+3164 (invisible); leave it out.'],
    ['selector', 'A\ufe0f', 'must not contain invisible characters: character 2 is U+FE0F (invisible); leave it out.'],
    [
      'private character',
      '\ue000',
      'must not contain characters for private use: character 1 is U+E000 (private use); use one that everybody reads alike.',
    ],
    [
      'unassigned character',
      '\u0378',
      'must not contain characters that are not assigned: character 1 is U+0378 (not assigned); use one that everybody reads alike.',
    ],
    ['dash', 'AB–7', 'must not contain dashes other than the hyphen: character 3 is U+2013 (EN DASH); write -.'],
    [
      'minus sign',
      'AB−7',
      'must not contain dashes other than the hyphen: character 3 is U+2212 (MINUS SIGN); write -.',
    ],
    [
      'full-width letter',
      '🔧Ａ',
      'must not contain compatibility characters: character 2 is U+FF21 (Ａ, Latin); write A.',
    ],
    [
      'half-width Katakana',
      'ｱ',
      'must not contain compatibility characters: character 1 is U+FF71 (ｱ, Katakana); write ア.',
    ],
    ['ligature', 'ﬁ', 'must not contain compatibility characters: character 1 is U+FB01 (ﬁ, Latin); write fi.'],
    [
      'no-break space',
      'A\u00a0B',
      'must not contain compatibility characters: character 2 is U+00A0 (NO-BREAK SPACE); write a plain space.',
    ],
    [
      'Cyrillic letter among Latin ones',
      'АB',
      'must be of one script: character 2 is U+0042 (B, Latin); write all of it in Cyrillic, or none of it.',
    ],
    [
      'Latin letter among Greek ones',
      '7-ΑB',
      'must be of one script: character 4 is U+0042 (B, Latin); write all of it in Greek, or none of it.',
    ],
    [
      'Thai letter among Latin ones',
      'LOT-ก',
      'must be of one script: character 5 is U+0E01 (ก, Thai); write all of it in Latin, or none of it.',
    ],
    [
      'Kana among Hangul',
      '로の',
      'must be of one script: character 2 is U+306E (の, Hiragana); write all of it in Hangul, or none of it.',
    ],
    ['rune', 'ᚠ', 'must be of a script in use today: character 1 is U+16A0 (ᚠ); use another character.'],
    [
      'digit of another kind',
      '4٢',
      'must have digits of one kind: character 2 is U+0662 (٢, Arabic); write 2, like the digits before it.',
    ],
    [
      'Persian digit among Arabic ones',
      'د١۲',
      'must have digits of one kind: character 3 is U+06F2 (۲, Arabic); write ٢, like the digits before it.',
    ],
  ])('%s', (_what, text, problem) => {
    expect(problemInIdentifier(text)).toBe(problem);
  });

  test('character that NFKC changes, whatever the text is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 6 }), (text) => {
        const value = text.normalize('NFC');
        return problemInIdentifier(value) !== undefined || value.normalize('NFKC') === value;
      }),
    );
  });
});

describe('a text that pages show', () => {
  test.each([
    ['every script, mixed', 'Größe рaз 工場 ก'],
    ['compatibility characters', '10 µm² – ½ ①'],
    ['the joiners of Persian and of emoji', 'می\u200cخواهم 👩\u200d🔧'],
    ['a sign around Arabic numbers', '\u0600٢'],
  ])('may have %s', (_what, text) => {
    expect(problemInLine(text)).toBeUndefined();
    expect(problemInLines(`${text}\n${text}`)).toBeUndefined();
  });

  test.each('200e 200f 061c 202a 202b 202c 202d 202e 2066 2067 2068 2069 200b 2060 00ad feff 180e e0041'.split(' '))(
    'has no invisible format character: U+%s',
    (code) => {
      const character = String.fromCodePoint(Number.parseInt(code, 16));
      for (const problem of [problemInLine(`a${character}b`), problemInLines(`a${character}b`)])
        expect(problem).toMatch(
          /^must not contain invisible format characters: character 2 is U\+[0-9A-F]{4,5} \(.+\); leave it out\.$/,
        );
    },
  );

  test('has line feeds and line separators only where it may have several lines', () => {
    expect(problemInLine('a\nb')).toBe(
      'must not contain control characters: character 2 is U+000A (LINE FEED); leave it out.',
    );
    expect(problemInLines('a\nb')).toBeUndefined();
    expect(problemInLines('a\u2029b')).toBeUndefined();
    expect(problemInLine('a\u2029b')).toBe(
      'must not contain line separators: character 2 is U+2029 (PARAGRAPH SEPARATOR); leave it out.',
    );
  });

  test('is blank when nothing of it is visible', () => {
    expect(['', ' ', '\u200d\u200c', '\u3164', '\ufe0f'].filter((text) => !isBlank(text))).toEqual([]);
    expect(isBlank('\u200d7')).toBe(false);
  });
});

describe('the symbology prefix of a barcode', () => {
  test.each(['', ']d2', ']C1', ']Q3', ']E0', ']d1', ']e0', ']A0', ']X0', ' \r\n]d2 ', ']d2]C1'])(
    '%j is not part of the text',
    (prefix) => {
      expect(scannedText(`${prefix}AB-7\r\n`)).toBe('AB-7');
      expect(withoutSymbology(`${prefix.trim()}AB-7 `)).toBe('AB-7 ');
    },
  );

  test.each([']', ']d', ']2d', '[d2', 'A]d2', ']-1'])('%j is none: the text stays', (text) => {
    expect(scannedText(`${text}-7`)).toBe(`${text}-7`);
  });

  test('is removed once and for all', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[\]dC12 x]{0,12}$/),
        (text) => scannedText(scannedText(text)) === scannedText(text),
      ),
    );
  });
});

test('a text is cut between characters, never within one', () => {
  expect(firstCharacters('short', 10)).toBe('short');
  expect(firstCharacters('abc', 2)).toBe('ab');
  expect(firstCharacters('a😀😀b', 2)).toBe('a😀');
  expect(firstCharacters('😀'.repeat(5), 5)).toBe('😀'.repeat(5));
  expect(firstCharacters('anything', 0)).toBe('');
});
