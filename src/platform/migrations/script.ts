/**
 * SQL scripts cut into statements, without understanding more of SQL than where its strings, bodies and comments end.
 */

export interface ScriptStatement {
  /** As written, with the comments before it. */
  readonly text: string;
  /** The same with comments, strings and function bodies blanked, for reading what the statement is about. */
  readonly outline: string;
}

export const NO_TRANSACTION = '-- lotgraph: no transaction';

/** A script runs in one transaction unless its first line asks for none, as CREATE INDEX CONCURRENTLY must. */
export function isTransactional(script: string): boolean {
  return script.split('\n', 1)[0]?.trim() !== NO_TRANSACTION;
}

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

/** Where the comment, string, body or quoted name that starts here ends; undefined when none starts here. */
function skip(script: string, position: number): Skipped | undefined {
  for (const [opening, closing, meaning] of SIMPLE) {
    opening.lastIndex = position;
    if (!opening.test(script)) continue;
    closing.lastIndex = opening.lastIndex;
    return { end: closing.test(script) ? closing.lastIndex : script.length, ...meaning };
  }
  if (script.startsWith('/*', position)) return { end: blockCommentEnd(script, position) };
  DOLLAR.lastIndex = position;
  const tag = DOLLAR.exec(script)?.[0];
  if (tag === undefined || /[\w$]/.test(script[position - 1] ?? '')) return undefined;
  const close = script.indexOf(tag, position + tag.length);
  return { end: close < 0 ? script.length : close + tag.length, isText: true };
}

const DOLLAR = /\$(?:[a-z_]\w*)?\$/iy;
const SIMPLE: readonly (readonly [RegExp, RegExp, Omit<Skipped, 'end'>])[] = [
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
