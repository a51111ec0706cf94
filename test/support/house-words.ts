/**
 * Words that this project no longer uses, because only insiders understood their meaning here. They may not return in
 * comments, documents or test names. Descriptions in the schema and messages to callers are contracts and stay.
 */

interface Retired {
  readonly word: RegExp;
  readonly use: string;
}

/** Each with the common term. */
export const RETIRED_WORDS: readonly Retired[] = [
  { word: /\b(?:second )?walls?\b/i, use: 'database constraint' },
  { word: /\b(?:straight )?roads?\b/i, use: 'command pipeline, fast path' },
  { word: /\bdoors?\b/i, use: 'HTTP entry, server' },
  { word: /(?<!\b(?:time|login|rate|sliding|maintenance|equipment) )\bwindows?\b/i, use: 'schema module, page query' },
  { word: /\b(?:told|tells?|telling)\b/i, use: 'say, report, return, show, name' },
  { word: /\banew\b/i, use: 'again' },
  { word: /\bbeside\b/i, use: 'next to, in addition to' },
  { word: /\b(?:born|births?)\b/i, use: 'created, inserted' },
  { word: /\bdeeds?\b/i, use: 'change, row actor' },
  { word: /\b(?:patience|company)\b/i, use: 'maximum wait, more keys' },
  { word: /\bkeepers?\b/i, use: 'recorder, or the role by its name' },
  { word: /\bmasters\b/i, use: 'master data' },
  { word: /(?<!\bround[ -])\btrips?\b/i, use: 'pipelined batch, round trip' },
  { word: /\bgrids?\b/i, use: 'column batch' },
  { word: /\bupkeep\b/i, use: 'cleanup' },
  { word: /\b(?:whoever|whomever)\b/i, use: 'any request that, any user who' },
  { word: /\b(?:he|him|his|himself)\b/i, use: 'they, them, their' },
  { word: /\bordinary executor\b/i, use: 'graphql-js executor' },
  { word: /(?<!\bthere )\b(?:is|are|was|were) no (?!longer\b|more\b|other\b)/i, use: 'is not a' },
  { word: /\bbehind (?:the|a|its|his|this) cursor\b/i, use: 'after the cursor' },
];

/** Former names; each was replaced everywhere. */
export const RETIRED_NAMES: readonly string[] = [
  'AtTheDoor',
  'askTogether',
  'areDeedsOf',
  'bearSerials',
  'documentGuard',
  'faultKeeper',
  'FaultKeeper',
  'freeWorks',
  'heldWork',
  'holdWork',
  'inTurn',
  'Irregular',
  'keepRecordings',
  'letOthersIn',
  'lockTogether',
  'makingOf',
  'manyOf',
  'moveOn',
  'oneByOne',
  'putToWork',
  'readTogether',
  'refusalOfViolation',
  'soundConfig',
  'standingOf',
  'straightRoad',
  'Unplanned',
  'viewersOf',
  'windowOf',
  'workNamed',
  'worksNamed',
  'yesOrNo',
];

/** The retired words in a text, each with its replacement. */
export function retiredWordsIn(text: string): readonly string[] {
  return RETIRED_WORDS.flatMap(({ word, use }) => {
    const found = word.exec(text)?.[0];
    return found === undefined ? [] : [`"${found.trim()}": use ${use}`];
  });
}

/** The comments of a TypeScript file. */
export function commentsOf(code: string): readonly string[] {
  return commentMatches(code).map(([text]) => text);
}

/** The comments of a TypeScript file and the names of its tests, each with its line. */
export function proseOf(code: string): readonly { readonly line: number; readonly text: string }[] {
  const prose = [
    ...commentMatches(code),
    ...code.matchAll(/\b(?:test|describe)(?:\.\w+)*(?:\([^()]*\))?\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g),
  ];
  return prose.map((match) => ({
    line: code.slice(0, match.index).split('\n').length,
    text: (match[2] ?? match[0]).replaceAll(/`[^`]*`/g, ''),
  }));
}

/** The text of a document, without its code. */
export function proseOfDocument(markdown: string): readonly { readonly line: number; readonly text: string }[] {
  const withoutBlocks = markdown.replaceAll(/^```[\s\S]*?^```/gm, (block) => block.replaceAll(/[^\n]/g, ''));
  return withoutBlocks
    .split('\n')
    .map((text, index) => ({ line: index + 1, text: text.replaceAll(/`[^`]*`|“[^”]*”/g, '') }));
}

function commentMatches(code: string): readonly RegExpExecArray[] {
  return [...code.matchAll(/\/\*[\s\S]*?\*\//g), ...code.matchAll(/(?<=^|[\s;{}(])\/\/[^\n]*/g)];
}
