/** What is asked of the contenders, each in its own language, and what their answers have in common. */
import { isDeepStrictEqual } from 'node:util';
import type { Contender, ContenderName } from '../contenders/contender.ts';
import type { Plant } from '../plant.ts';

export interface Question {
  readonly name: string;
  readonly what: string;
  readonly lotgraph: (world: World) => Asking | Promise<Asking>;
  readonly PostGraphile?: (world: World) => Asking | Promise<Asking>;
  readonly json_agg?: Sql<string>;
  readonly rows?: Sql<readonly string[]>;
  /** What is different in the plant while this is measured; answers how to put it right. */
  readonly prepare?: (plant: Plant) => Promise<() => Promise<void>>;
}

/** A GraphQL operation, with variables that may differ from request to request. */
export interface Asking {
  readonly query: string;
  readonly variables?: () => object;
  /** Sees to it that so many requests can be asked. */
  readonly reserve?: (requests: number) => Promise<void>;
  /** Whether an answer says that it was done. Absent for what changes nothing: there, equal content is checked once. */
  readonly isDone?: (answer: string) => boolean;
}

/** Statements of the SQL contenders; `values` are their parameters. */
interface Sql<Text> {
  readonly text: Text;
  readonly values?: (world: World) => readonly unknown[] | Promise<readonly unknown[]> | Promise<Supplied>;
  /** That it is a write: what it answers is not compared. */
  readonly isWrite?: boolean;
}

/** Other parameters for each request, as many as were reserved. */
export interface Supplied {
  readonly values: () => readonly unknown[];
  readonly reserve: (requests: number) => Promise<void>;
}

/** What questions may look at beforehand. */
export interface World {
  readonly plant: Plant;
  /** Rows of the plant. */
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** The data of a contender's answer. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the bench reads what it asked for
  graph(contender: 'lotgraph' | 'PostGraphile', query: string, variables?: object): Promise<any>;
}

/** A question, ready to be asked of one contender. */
export interface Ask {
  readonly contender: Contender;
  readonly body: () => string;
  readonly isConstant: boolean;
  readonly reserve: (requests: number) => Promise<void>;
  readonly isDone: ((answer: string) => boolean) | undefined;
}

export async function askOf(question: Question, contender: Contender, world: World): Promise<Ask | undefined> {
  if (contender.name === 'json_agg' || contender.name === 'rows') {
    const statement = question[contender.name];
    if (statement === undefined) return undefined;
    const given = (await statement.values?.(world)) ?? [];
    const { values, reserve } = 'reserve' in given ? given : { values: () => given, reserve: plenty };
    return {
      contender,
      body: () => JSON.stringify({ statement: question.name, values: values() }),
      isConstant: !('reserve' in given),
      reserve,
      isDone: statement.isWrite === true ? () => true : undefined,
    };
  }
  const asking = await question[contender.name]?.(world);
  if (asking === undefined) return undefined;
  const { query, variables, reserve = plenty, isDone } = asking;
  return {
    contender,
    body: () => JSON.stringify({ query, variables: variables?.() ?? {} }),
    isConstant: variables === undefined,
    reserve,
    isDone,
  };
}

/** Most questions can be asked for ever. */
async function plenty(): Promise<void> {}

export async function answerTo({ contender, body, reserve }: Ask): Promise<string> {
  await reserve(1);
  const response = await fetch(contender.url, { method: 'POST', headers: await contender.headers(), body: body() });
  const text = await response.text();
  if (!response.ok) throw new Error(`${contender.name} answered ${response.status}: ${text.slice(0, 2_000)}`);
  return text;
}

/**
 * All contenders must tell the same, or nothing is timed. The bare rows are only counted, so only their numbers are
 * compared.
 */
export async function checkEqual(question: Question, asks: readonly Ask[]): Promise<void> {
  let agreed: { readonly of: ContenderName; readonly content: unknown } | undefined;
  for (const ask of asks) {
    const text = await answerTo(ask);
    const answer: unknown = JSON.parse(text);
    if (typeof answer === 'object' && answer !== null && 'errors' in answer)
      throw new Error(`${question.name}: ${ask.contender.name} answered ${text.slice(0, 2_000)}`);
    if (ask.isDone !== undefined) {
      if (!ask.isDone(text))
        throw new Error(`${question.name}: ${ask.contender.name} did not do it: ${text.slice(0, 2_000)}`);
      continue;
    }
    const content =
      ask.contender.name === 'rows'
        ? answer
        : contentOf(ask.contender.name === 'json_agg' ? answer : Reflect.get(answer as object, 'data'));
    const expected = ask.contender.name === 'rows' ? countsIn(agreed?.content) : agreed?.content;
    if (agreed !== undefined && !isDeepStrictEqual(content, expected))
      throw new Error(
        `${question.name}: ${ask.contender.name} tells something else than ${agreed.of}: ${difference(content, expected)}`,
      );
    agreed ??= { of: ask.contender.name, content };
  }
}

/**
 * An answer without the manners of its API: lists without their `nodes`, instants of one form, of stored JSON what is
 * asked for.
 */
export function contentOf(value: unknown, name = ''): unknown {
  if (typeof value === 'string') return INSTANT.test(value) ? new Date(value).toISOString() : value;
  if (Array.isArray(value)) return value.map((each) => contentOf(each, name));
  if (typeof value !== 'object' || value === null) return value;
  const asked = STORED[name];
  if (asked !== undefined) return Object.fromEntries(asked.map((field) => [field, Reflect.get(value, field) ?? null]));
  const entries = Object.entries(value).map(([field, inner]) => [field, contentOf(inner, field)] as const);
  return entries.length === 1 && entries[0]?.[0] === 'nodes' ? entries[0][1] : Object.fromEntries(entries);
}

/** How many entries the lists of each level have together, from the outside in. */
export function countsIn(content: unknown): readonly number[] {
  const counts: number[] = [];
  const walk = (value: unknown, level: number): void => {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) counts[level] = (counts[level] ?? 0) + value.length;
    for (const [name, inner] of Object.entries(value))
      if (STORED[name] === undefined) walk(inner, Array.isArray(value) ? level + 1 : level);
  };
  walk(content, 0);
  return counts;
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;

/** Fields of what is stored as JSON, which some contenders answer as a whole. */
const STORED: Readonly<Record<string, readonly string[]>> = {
  measurements: ['code', 'value', 'unit'],
  defects: ['code', 'severity', 'quantity'],
};

/** Where two contents begin to differ. */
function difference(one: unknown, other: unknown, at = '$'): string {
  if (typeof one === 'object' && typeof other === 'object' && one !== null && other !== null) {
    for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
      const [mine, theirs]: readonly unknown[] = [Reflect.get(one, key), Reflect.get(other, key)];
      if (!isDeepStrictEqual(mine, theirs)) return difference(mine, theirs, `${at}.${key}`);
    }
  }
  return `${at} is ${JSON.stringify(one)?.slice(0, 300)}, not ${JSON.stringify(other)?.slice(0, 300)}`;
}
