/**
 * Splits SQL scripts into statements. It understands no more of SQL than where strings, function bodies and comments
 * end.
 */

/** One statement of a script. */
export interface ScriptStatement {
  /** The statement as written, with the comments before it. */
  readonly text: string;
  /**
   * The statement with comments, strings and function bodies blanked and single spaces, for finding out what it does.
   */
  readonly outline: string;
}

/** The first line of a script that must not run in a transaction. */
export const NO_TRANSACTION = '-- lotgraph: no transaction';

/** True unless the first line of the script is NO_TRANSACTION, as CREATE INDEX CONCURRENTLY requires. */
export function isTransactional(script: string): boolean {
  return script.split('\n', 1)[0]?.trim() !== NO_TRANSACTION;
}

/** The statements of a script, in order; empty ones are omitted. */
export function statementsIn(script: string): readonly ScriptStatement[] {
  const statements: ScriptStatement[] = [];
  let outline = '';
  let start = 0;
  const end = (position: number): void => {
    if (outline.trim() !== '')
      statements.push({ text: script.slice(start, position).trim(), outline: outline.trim().replace(/\s+/g, ' ') });
    outline = '';
    start = position + 1;
  };
  for (let position = 0; position < script.length; ) {
    const skipped = skip(script, position);
    if (skipped !== undefined) {
      outline += skipped.keep ? script.slice(position, skipped.end) : skipped.isText ? "''" : ' ';
      position = skipped.end;
      continue;
    }
    if (script[position] === ';') end(position);
    else outline += script[position];
    position += 1;
  }
  end(script.length);
  return statements;
}

interface Skipped {
  readonly end: number;
  readonly keep?: boolean;
  readonly isText?: boolean;
}

/**
 * The end of the comment, string, function body or quoted name that starts at the position; undefined when none starts
 * there.
 */
function skip(script: string, position: number): Skipped | undefined {
  for (const [opening, closing, kind] of DELIMITED) {
    opening.lastIndex = position;
    if (!opening.test(script)) continue;
    closing.lastIndex = opening.lastIndex;
    return { end: closing.test(script) ? closing.lastIndex : script.length, ...kind };
  }
  if (script.startsWith('/*', position)) return { end: blockCommentEnd(script, position) };
  DOLLAR.lastIndex = position;
  const tag = DOLLAR.exec(script)?.[0];
  if (tag === undefined || /[\w$]/.test(script[position - 1] ?? '')) return undefined;
  const close = script.indexOf(tag, position + tag.length);
  return { end: close < 0 ? script.length : close + tag.length, isText: true };
}

const DOLLAR = /\$(?:[a-z_]\w*)?\$/iy;
const DELIMITED: readonly (readonly [RegExp, RegExp, Omit<Skipped, 'end'>])[] = [
  [/--/y, /[^\n]*/y, {}],
  [/\b[eE]'/y, /(?:[^'\\]|\\[\s\S]|'')*'/y, { isText: true }],
  [/'/y, /(?:[^']|'')*'/y, { isText: true }],
  [/"/y, /(?:[^"]|"")*"/y, { keep: true }],
];

/** Block comments nest in PostgreSQL. */
function blockCommentEnd(script: string, start: number): number {
  let depth = 0;
  for (let position = start; position < script.length; position += 1) {
    const pair = script.slice(position, position + 2);
    if (pair === '/*') depth += 1;
    else if (pair === '*/') depth -= 1;
    else continue;
    position += 1;
    if (depth === 0) return position + 1;
  }
  return script.length;
}
