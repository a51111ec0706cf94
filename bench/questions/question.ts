/** The questions that are sent to the contenders, each in its own language, and the comparison of their answers. */
import { isDeepStrictEqual } from 'node:util';
import type { Contender, ContenderName } from '../contenders/contender.ts';
import type { Plant } from '../plant.ts';

/** A question in the language of each contender that can answer it. */
export interface Question {
  readonly name: string;
  readonly what: string;
  readonly lotgraph: (world: World) => Operation | Promise<Operation>;
  readonly PostGraphile?: (world: World) => Operation | Promise<Operation>;
  readonly json_agg?: Sql<string>;
  readonly rows?: Sql<readonly string[]>;
  /** Changes the plant for the measurement, and returns a function that undoes the change. */
  readonly prepare?: (plant: Plant) => Promise<() => Promise<void>>;
}

/** A GraphQL operation, with variables that may differ from request to request. */
export interface Operation {
  readonly query: string;
  readonly variables?: () => object;
  /** Prepares the plant for so many requests. */
  readonly reserve?: (requests: number) => Promise<void>;
  /** True if the answer reports success. Undefined for reads: their contents are compared once. */
  readonly isDone?: (answer: string) => boolean;
}

/** Statements of the SQL contenders; `values` are their parameters. */
interface Sql<Text> {
  readonly text: Text;
  readonly values?: (world: World) => readonly unknown[] | Promise<readonly unknown[]> | Promise<Supplied>;
  /** True for writes, whose answers are not compared. */
  readonly isWrite?: boolean;
}

/** Different parameters for each request, as many as were reserved. */
export interface Supplied {
  readonly values: () => readonly unknown[];
  readonly reserve: (requests: number) => Promise<void>;
}

/** The plant, as questions read it before they are measured. */
export interface World {
  readonly plant: Plant;
  /** The number of lotgraph servers that run. */
  readonly servers: number;
  /** Reads rows of the plant. */
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** Sends an operation to a contender, and returns the data of its answer. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the bench reads fields that it requested
  graph(contender: 'lotgraph' | 'before' | 'PostGraphile', query: string, variables?: object): Promise<any>;
}

/** A question, ready to be sent to one contender. */
export interface BenchRequest {
  readonly contender: Contender;
  readonly body: () => string;
  readonly isConstant: boolean;
  readonly reserve: (requests: number) => Promise<void>;
  readonly isDone: ((answer: string) => boolean) | undefined;
}

/** Prepares a question for a contender; undefined if the contender cannot answer it. */
export async function requestFor(
  question: Question,
  contender: Contender,
  world: World,
): Promise<BenchRequest | undefined> {
  if (contender.name === 'json_agg' || contender.name === 'rows') {
    const statement = question[contender.name];
    if (statement === undefined) return undefined;
    const given = (await statement.values?.(world)) ?? [];
    const { values, reserve } = 'reserve' in given ? given : { values: () => given, reserve: unlimited };
    return {
      contender,
      body: () => JSON.stringify({ statement: question.name, values: values() }),
      isConstant: !('reserve' in given),
      reserve,
      isDone: statement.isWrite === true ? () => true : undefined,
    };
  }
  const operation = await question[contender.name === 'before' ? 'lotgraph' : contender.name]?.(world);
  if (operation === undefined) return undefined;
  const { query, variables, reserve = unlimited, isDone } = operation;
  return {
    contender,
    body: () => JSON.stringify({ query, variables: variables?.() ?? {} }),
    isConstant: variables === undefined,
    reserve,
    isDone,
  };
}

/** Most questions can be sent any number of times. */
async function unlimited(): Promise<void> {}

/** Sends a request once, and returns the text of the answer. */
export async function answerOf({ contender, body, reserve }: BenchRequest): Promise<string> {
  await reserve(1);
  const response = await fetch(contender.url, { method: 'POST', headers: await contender.headers(), body: body() });
  const text = await response.text();
  if (!response.ok) throw new Error(`${contender.name} answered ${response.status}: ${text.slice(0, 2_000)}`);
  return text;
}

/**
 * Fails unless all contenders give the same answer; only then is anything timed. The contender `rows` only counts its
 * rows, so only the counts are compared.
 */
export async function checkEqual(question: Question, requests: readonly BenchRequest[]): Promise<void> {
  let agreed: { readonly of: ContenderName; readonly content: unknown } | undefined;
  for (const request of requests) {
    const text = await answerOf(request);
    const answer: unknown = JSON.parse(text);
    if (typeof answer === 'object' && answer !== null && 'errors' in answer)
      throw new Error(`${question.name}: ${request.contender.name} answered ${text.slice(0, 2_000)}`);
    if (request.isDone !== undefined) {
      if (!request.isDone(text))
        throw new Error(`${question.name}: ${request.contender.name} did not do it: ${text.slice(0, 2_000)}`);
      continue;
    }
    const content =
      request.contender.name === 'rows'
        ? answer
        : contentOf(request.contender.name === 'json_agg' ? answer : Reflect.get(answer as object, 'data'));
    const expected = request.contender.name === 'rows' ? countsIn(agreed?.content) : agreed?.content;
    if (agreed !== undefined && !isDeepStrictEqual(content, expected))
      throw new Error(
        `${question.name}: ${request.contender.name} answers something else than ${agreed.of}: ${difference(content, expected)}`,
      );
    agreed ??= { of: request.contender.name, content };
  }
}

/**
 * Removes what differs between the APIs: lists lose their `nodes`, instants get one format, stored JSON keeps known
 * fields.
 */
export function contentOf(value: unknown, name = ''): unknown {
  if (typeof value === 'string') return INSTANT.test(value) ? new Date(value).toISOString() : value;
  if (Array.isArray(value)) return value.map((each) => contentOf(each, name));
  if (typeof value !== 'object' || value === null) return value;
  const fields = STORED[name];
  if (fields !== undefined)
    return Object.fromEntries(fields.map((field) => [field, Reflect.get(value, field) ?? null]));
  const entries = Object.entries(value).map(([field, inner]) => [field, contentOf(inner, field)] as const);
  return entries.length === 1 && entries[0]?.[0] === 'nodes' ? entries[0][1] : Object.fromEntries(entries);
}

/** Counts the entries of all lists of each level, from the outside in. */
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

/** The compared fields of stored JSON, which some contenders return as a whole. */
const STORED: Readonly<Record<string, readonly string[]>> = {
  measurements: ['code', 'value', 'unit'],
  defects: ['code', 'severity', 'quantity'],
};

/** Describes the first difference of two contents. */
function difference(one: unknown, other: unknown, at = '$'): string {
  if (typeof one === 'object' && typeof other === 'object' && one !== null && other !== null) {
    for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
      const [mine, theirs]: readonly unknown[] = [Reflect.get(one, key), Reflect.get(other, key)];
      if (!isDeepStrictEqual(mine, theirs)) return difference(mine, theirs, `${at}.${key}`);
    }
  }
  return `${at} is ${JSON.stringify(one)?.slice(0, 300)}, not ${JSON.stringify(other)?.slice(0, 300)}`;
}
