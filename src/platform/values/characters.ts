/**
 * The characters of texts.
 *
 * 1. A **shown** text (a name, a note, a reason) has no control characters and no invisible format characters, because
 *    they let a text look like another one; a text of one line has no line separators. Exceptions: the joiners that
 *    Persian and Indic scripts and emoji need, and the visible signs around Arabic and Syriac numbers.
 * 2. An **identifying** text (an external number) is stricter, because two of them are compared: it is stable under
 *    NFKC, has visible characters of one script only, digits of one kind, and no dash but the hyphen.
 * 3. A **scanned** text may begin with the symbology prefix of its barcode, which is not part of the text.
 *
 * Messages complete the sentence "It must …". They name the first wrong character, its position, and what is right.
 */

/** The first characters of a text, at most so many. A character that takes two units of UTF-16 stays whole. */
export function firstCharacters(text: string, most: number): string {
  return Array.from(text.slice(0, 2 * most))
    .slice(0, most)
    .join('');
}

/** The text that a scanner read or a person typed: without blanks around it, and without symbology prefixes. */
export function scannedText(text: string): string {
  return withoutSymbology(text.trim()).trim();
}

/**
 * The text without the prefixes that scanners put before it to name the barcode (ISO/IEC 15424): `]d2` for GS1
 * DataMatrix, `]C1` for GS1-128, `]Q3` for GS1 QR. All of them are removed, so that removing again changes nothing.
 */
export function withoutSymbology(text: string): string {
  return text.replace(SYMBOLOGY, '');
}

/** True for a text of which nothing is visible. */
export function isBlank(text: string): boolean {
  return INVISIBLE_TEXT.test(text);
}

/** What is wrong with a text of one line that pages show; undefined when nothing is. */
export function problemInLine(text: string): string | undefined {
  return PRINTABLE_ASCII.test(text) ? undefined : problemAt(text, text.search(HIDDEN));
}

/** What is wrong with a text of several lines that pages show; undefined when nothing is. */
export function problemInLines(text: string): string | undefined {
  return PRINTABLE_ASCII.test(text) ? undefined : problemAt(text, text.search(HIDDEN_IN_LINES));
}

/** What is wrong with a text in NFC that identifies something; undefined when nothing is. */
export function problemInIdentifier(text: string): string | undefined {
  if (PRINTABLE_ASCII.test(text)) return undefined;
  return problemAt(text, text.search(NOT_IN_IDENTIFIERS)) ?? compatibilityProblem(text) ?? mixtureProblem(text);
}

const SYMBOLOGY = /^(?:\s*\][A-Za-z][0-9A-Za-z])+\s*/;
const PRINTABLE_ASCII = /^[ -~]*$/;
const INVISIBLE_TEXT = /^[\s\p{DI}]*$/u;

/** Format characters that texts need: the joiners, and the visible signs around Arabic, Syriac and Kaithi numbers. */
const NEEDED = String.raw`\u200c\u200d\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}`;
const HIDDEN = new RegExp(String.raw`(?![${NEEDED}])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]`, 'u');
const HIDDEN_IN_LINES = new RegExp(String.raw`(?![\n${NEEDED}])[\p{Cc}\p{Cf}]`, 'u');
/** `C`: control, format, private and unassigned characters. `DI`: invisible ones, such as fillers and selectors. */
const NOT_IN_IDENTIFIERS = /[\p{C}\p{DI}\p{Zl}\p{Zp}]|(?!-)\p{Dash}/u;

/** The problem of the character at an index of the text; undefined for no index. */
function problemAt(text: string, index: number): string | undefined {
  if (index < 0) return undefined;
  const character = String.fromCodePoint(text.codePointAt(index) ?? 0);
  const { what, remedy } = KINDS.find(({ pattern }) => pattern.test(character)) ?? OTHER;
  const before = Array.from(text.slice(0, index));
  return sentence(`must not contain ${what}`, character, before.length, remedy);
}

interface Kind {
  readonly pattern: RegExp;
  readonly what: string;
  readonly remedy: string;
}

const OTHER: Kind = { pattern: /^/, what: 'invisible characters', remedy: 'leave it out' };
const KINDS: readonly Kind[] = [
  { pattern: /\p{Cc}/u, what: 'control characters', remedy: 'leave it out' },
  { pattern: /\p{Cf}/u, what: 'invisible format characters', remedy: 'leave it out' },
  { pattern: /[\p{Zl}\p{Zp}]/u, what: 'line separators', remedy: 'leave it out' },
  { pattern: /\p{Co}/u, what: 'characters for private use', remedy: 'use one that everybody reads alike' },
  { pattern: /\p{Cn}/u, what: 'characters that are not assigned', remedy: 'use one that everybody reads alike' },
  { pattern: /\p{Dash}/u, what: 'dashes other than the hyphen', remedy: 'write -' },
];

/** Characters that NFKC replaces by others, such as full-width letters. */
function compatibilityProblem(text: string): string | undefined {
  if (text === text.normalize('NFKC')) return undefined;
  const characters = [...text];
  const index = characters.findIndex((each) => each !== each.normalize('NFKC'));
  const character = characters[index] ?? '';
  const plain = character.normalize('NFKC').trim();
  const remedy = plain === '' ? 'write a plain space' : `write ${plain}`;
  return sentence('must not contain compatibility characters', character, index, remedy);
}

/**
 * Scripts of languages in use today: the recommended scripts of UAX #31. Digits, spaces, punctuation and marks that
 * many scripts share belong to each of them.
 */
const SCRIPTS = (
  'Latin Han Hiragana Katakana Hangul Bopomofo Cyrillic Greek Arabic Armenian Bengali Devanagari ' +
  'Ethiopic Georgian Gujarati Gurmukhi Hebrew Kannada Khmer Lao Malayalam Myanmar Oriya Sinhala Tamil Telugu Thaana Thai Tibetan'
)
  .split(' ')
  .map((name) => ({ name, pattern: new RegExp(String.raw`\p{scx=${name}}`, 'u') }));

/**
 * Scripts that may stand together: the level "highly restrictive" of UTS #39. Japanese, Chinese and Korean are written
 * in several scripts and with Latin letters; every other script stands alone.
 */
const TOGETHER = [
  ['Latin', 'Han', 'Hiragana', 'Katakana'],
  ['Latin', 'Han', 'Bopomofo'],
  ['Latin', 'Han', 'Hangul'],
];
const WRITING_SYSTEMS = [
  ...TOGETHER,
  ...SCRIPTS.flatMap(({ name }) => (TOGETHER.flat().includes(name) ? [] : [[name]])),
].map(
  (names) => new RegExp(String.raw`[\p{scx=Zyyy}\p{scx=Zinh}${names.map((name) => `\\p{scx=${name}}`).join('')}]`, 'u'),
);

/** Characters of scripts that do not stand together, and digits of different kinds. */
function mixtureProblem(text: string): string | undefined {
  const characters = [...text];
  let systems: readonly RegExp[] = WRITING_SYSTEMS;
  let zero: number | undefined;
  for (const [index, character] of characters.entries()) {
    const remaining = systems.filter((system) => system.test(character));
    if (remaining.length === 0) return scriptProblem(characters, index);
    systems = remaining;
    if (!/\p{Nd}/u.test(character)) continue;
    const zeroHere = zeroOf(character);
    if (zero !== undefined && zero !== zeroHere) {
      const value = (character.codePointAt(0) ?? 0) - zeroHere;
      const remedy = `write ${String.fromCodePoint(zero + value)}, like the digits before it`;
      return sentence('must have digits of one kind', character, index, remedy);
    }
    zero = zeroHere;
  }
  return undefined;
}

function scriptProblem(characters: readonly string[], index: number): string {
  const character = characters[index] ?? '';
  const known = characters
    .slice(0, index)
    .map(scriptOf)
    .find((script) => script !== undefined);
  if (known === undefined || scriptOf(character) === undefined)
    return sentence('must be of a script in use today', character, index, 'use another character');
  return sentence('must be of one script', character, index, `write all of it in ${known}, or none of it`);
}

/** The script of a character; undefined when it belongs to many, or to none that identifiers may have. */
function scriptOf(character: string): string | undefined {
  if (/[\p{scx=Zyyy}\p{scx=Zinh}]/u.test(character)) return undefined;
  return SCRIPTS.find(({ pattern }) => pattern.test(character))?.name;
}

/** The code point of the zero of a digit: the ten digits of a kind are consecutive. */
function zeroOf(digit: string): number {
  let code = digit.codePointAt(0) ?? 0;
  while (/\p{Nd}/u.test(String.fromCodePoint(code - 1))) code -= 1;
  return code;
}

/** "must …: character 3 is U+202E (RIGHT-TO-LEFT OVERRIDE); leave it out." */
function sentence(rule: string, character: string, index: number, remedy: string): string {
  const code = character.codePointAt(0) ?? 0;
  const point = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  return `${rule}: character ${index + 1} is ${point} (${nameOf(character, code)}); ${remedy}.`;
}

/** The name of an invisible character; a visible one, with its script, stands for itself. */
function nameOf(character: string, code: number): string {
  const name = NAMES.get(code);
  if (name !== undefined) return name;
  if (/[\p{C}\p{Z}\p{DI}]/u.test(character))
    return GENERAL_NAMES.find(({ pattern }) => pattern.test(character))?.name ?? 'invisible';
  const script = scriptOf(character);
  return script === undefined ? character : `${character}, ${script}`;
}

const GENERAL_NAMES: readonly { readonly pattern: RegExp; readonly name: string }[] = [
  { pattern: /\p{Cc}/u, name: 'control' },
  { pattern: /\p{Cf}/u, name: 'format' },
  { pattern: /\p{Co}/u, name: 'private use' },
  { pattern: /\p{Cn}/u, name: 'not assigned' },
  { pattern: /\p{Zs}/u, name: 'space' },
];

const NAMES: ReadonlyMap<number, string> = new Map([
  [0x00, 'NUL'],
  [0x09, 'TAB'],
  [0x0a, 'LINE FEED'],
  [0x0d, 'CARRIAGE RETURN'],
  [0x1b, 'ESCAPE'],
  [0x1d, 'GROUP SEPARATOR'],
  [0x7f, 'DELETE'],
  [0xa0, 'NO-BREAK SPACE'],
  [0xad, 'SOFT HYPHEN'],
  [0x61c, 'ARABIC LETTER MARK'],
  [0x200b, 'ZERO WIDTH SPACE'],
  [0x200c, 'ZERO WIDTH NON-JOINER'],
  [0x200d, 'ZERO WIDTH JOINER'],
  [0x200e, 'LEFT-TO-RIGHT MARK'],
  [0x200f, 'RIGHT-TO-LEFT MARK'],
  [0x2013, 'EN DASH'],
  [0x2014, 'EM DASH'],
  [0x2028, 'LINE SEPARATOR'],
  [0x2029, 'PARAGRAPH SEPARATOR'],
  [0x202a, 'LEFT-TO-RIGHT EMBEDDING'],
  [0x202b, 'RIGHT-TO-LEFT EMBEDDING'],
  [0x202c, 'POP DIRECTIONAL FORMATTING'],
  [0x202d, 'LEFT-TO-RIGHT OVERRIDE'],
  [0x202e, 'RIGHT-TO-LEFT OVERRIDE'],
  [0x2060, 'WORD JOINER'],
  [0x2066, 'LEFT-TO-RIGHT ISOLATE'],
  [0x2067, 'RIGHT-TO-LEFT ISOLATE'],
  [0x2068, 'FIRST STRONG ISOLATE'],
  [0x2069, 'POP DIRECTIONAL ISOLATE'],
  [0x2212, 'MINUS SIGN'],
  [0x3000, 'IDEOGRAPHIC SPACE'],
  [0xfeff, 'ZERO WIDTH NO-BREAK SPACE'],
]);

/** A text with its first letter in upper case, as the beginning of a sentence or of a type's name. */
export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
