/**
 * No request may keep the server from answering others. Every root field is sent with the largest inputs that it takes, by
 * every role, while another client asks for `{ __typename }`. Each argument alone is sent by an administrator only: a role
 * decides whether a field is answered, not what its arguments cost.
 *
 * A time would depend on what else the machine does, so the test measures the processor time that the process uses between
 * two ticks of its event loop: for so long nobody else is answered.
 */
import { existsSync, readFileSync } from 'node:fs';
import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLNamedInputType,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schema } from '../../src/app/schema.ts';
import { startApi, type Api } from '../support/api.ts';
import { makeManyItems } from '../support/build.ts';
import { makeStation } from '../support/station.ts';
import { makeFloor, oneSerial, record } from '../support/work.ts';
import { posted } from './wire.ts';

const ROLES = ['ADMIN', 'MANAGER', 'ENGINEER', 'INSPECTOR', 'OPERATOR', 'AUDITOR', 'VIEWER'] as const;
const MOST_MILLISECONDS = 250;

let api: Api;
let callers: readonly (readonly [string, Readonly<Record<string, string>>])[];
beforeAll(async () => {
  api = await startApi();
  const floor = await makeFloor(api);
  const { serial } = await oneSerial(api, floor);
  await record(api, serial, floor.burnIn, { result: 'FAIL' });
  const station = await makeStation(api, 'ST01');
  const people = await Promise.all(
    ROLES.map(async (role) => [role, { authorization: `Bearer ${await api.tokenOf(role)}` }] as const),
  );
  callers = [...people, ['a station', { 'x-api-key': station.apiKey }], ['nobody', {}]];
}, 60_000);
afterAll(() => api.close());

/** The longest text that a query may hold, of characters that cost the most to escape. */
const LONG = '%\\_'.repeat(700).slice(0, 2_000);
const FILTER_TEXT = '%\\_'.repeat(70).slice(0, 200);

/** The largest value of an input type. */
function largest(type: GraphQLInputType, name: string): unknown {
  if (isNonNullType(type)) return largest(type.ofType, name);
  if (isListType(type)) return Array.from({ length: name === 'ids' ? 40 : 50 }, () => largest(type.ofType, name));
  const named: GraphQLNamedInputType = getNamedType(type);
  if (isEnumType(named)) return named.getValues().at(-1)?.name;
  if (isScalarType(named)) return largestScalar(named.name, name);
  if (!isInputObjectType(named)) return undefined;
  const fields = Object.values(named.getFields());
  if (named.isOneOf) {
    const key = fields.find((field) => getNamedType(field.type).name === 'String') ?? fields[0];
    return key && { [key.name]: largest(key.type, key.name) };
  }
  if (fields.some((field) => field.name === 'not')) return largestFilter(fields);
  return Object.fromEntries(fields.map((field) => [field.name, largest(field.type, field.name)]));
}

/** Fifty conditions of the kind that costs the most, three levels deep. */
function largestFilter(fields: readonly { readonly name: string; readonly type: GraphQLInputType }[]): object {
  const text = fields.find((field) => getNamedType(field.type).name === 'StringFilter');
  const condition =
    text === undefined
      ? { [fields.find((field) => isInputObjectType(getNamedType(field.type)))?.name ?? 'id']: {} }
      : { [text.name]: { contains: FILTER_TEXT } };
  return { not: { or: Array.from({ length: 48 }, () => condition) } };
}

/** Ten conditions on related records, each with conditions of its own, and as many natural keys as a filter may have. */
function largestRelations(args: readonly GraphQLArgument[]): object | undefined {
  const type = getNamedType(args.find(({ name }) => name === 'filter')?.type);
  if (!isInputObjectType(type)) return undefined;
  const groups = Object.values(type.getFields()).flatMap(({ name, type: given }) => {
    const group = getNamedType(given);
    const inner = isInputObjectType(group) ? (getNamedType(group.getFields()['some']?.type) ?? group) : undefined;
    return isInputObjectType(inner) && /(Relation|Key)Filter$/.test(inner.name)
      ? [{ name, inner, isList: inner !== group }]
      : [];
  });
  if (groups.length === 0) return undefined;
  const conditions = Array.from({ length: 10 }, (_, index) => {
    const { name, inner, isList } = groups[index % groups.length] as (typeof groups)[number];
    const fields = Object.values(inner.getFields());
    const texts = fields.filter((field) => /^(String|Key)Filter$/.test(getNamedType(field.type).name)).slice(0, 2);
    const record = Object.fromEntries(
      texts.map((field) => [
        field.name,
        { in: Array.from({ length: 9 }, (_value, at) => `${FILTER_TEXT.slice(9)}${at}`) },
      ]),
    );
    return { [name]: isList ? { some: record } : record };
  });
  return { not: { or: conditions } };
}

function largestScalar(type: string, name: string): unknown {
  if (type === 'Int') return name === 'first' || name === 'last' ? 100 : 2_147_483_647;
  if (type === 'Boolean') return true;
  if (type === 'Date') return '2026-11-20';
  if (type === 'DateTime') return '2026-11-20T08:00:00Z';
  if (type === 'JSONObject' || type === 'JSON') return { a: Array.from({ length: 20 }, () => FILTER_TEXT) };
  return LONG;
}

/** The arguments with their largest values; of those that exclude each other only the first. */
function largestArguments(args: readonly GraphQLArgument[]): readonly GraphQLArgument[] {
  return args.filter(({ name }) => name !== 'last' && name !== 'before');
}

interface Request {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** How many of the callers send it. */
  readonly callers: number;
}

/** Requests that ask for a field as often as the limits allow: with all arguments, and with each one alone. */
function requestsFor(fieldName: string): readonly Request[] {
  const field = schema.getQueryType()?.getFields()[fieldName];
  if (field === undefined) return [];
  const type = getNamedType(field.type);
  const selection = isObjectType(type) || 'getFields' in type ? ' { __typename }' : '';
  const all = largestArguments(field.args);
  const required = all.filter((arg) => isNonNullType(arg.type));
  const sets = [all, ...all.map((arg) => [...new Set([...required, arg])])];
  const relations = largestRelations(field.args);
  const related =
    relations === undefined
      ? []
      : [{ args: all.filter(({ name }) => name === 'filter'), relations, senders: callers.length }];
  const kinds = sets.map((args, index) => ({ args, relations: undefined, senders: index === 0 ? callers.length : 1 }));
  return [...kinds, ...related].flatMap(({ args, relations: filter, senders }) =>
    [1, 20].map((times) => {
      const declared = args.map((arg) => `$${arg.name}: ${String(arg.type)}`).join(', ');
      const given = args.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
      const part = `${fieldName}${given === '' ? '' : `(${given})`}${selection}`;
      const parts = Array.from({ length: times }, (_, index) => `a${index}: ${part}`).join(' ');
      return {
        query: `query ${declared === '' ? '' : `(${declared})`} { ${parts} }`,
        variables: Object.fromEntries(args.map((arg) => [arg.name, filter ?? largest(arg.type, arg.name)])),
        callers: senders,
      };
    }),
  );
}

/** Runs the work, and returns the longest processor time between two ticks of the event loop, in milliseconds. */
async function longestTick(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let isRunning = true;
  let before = ownMilliseconds();
  const tick = (): void => {
    const now = ownMilliseconds();
    longest = Math.max(longest, now - before);
    before = ownMilliseconds();
    if (isRunning) setImmediate(tick);
  };
  setImmediate(tick);
  await work();
  await new Promise<void>((resolve) => setImmediate(resolve));
  isRunning = false;
  return longest;
}

/**
 * The processor time of this thread, where the system reports it; otherwise that of the process. Only this thread delays
 * others: the compiler and the garbage collector have threads of their own, which take more on a busy machine.
 */
function ownMilliseconds(): number {
  if (existsSync(SCHEDULING)) return Number(readFileSync(SCHEDULING, 'latin1').split(' ')[0]) / 1_000_000;
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/**
 * By which factor this machine computes more slowly now than a quiet one of 2026: a processor that is shared with others
 * needs more time for the same work.
 */
function slowness(): number {
  const before = ownMilliseconds();
  for (let round = 0; round < 40; round += 1) JSON.parse(YARDSTICK);
  return Math.max(1, (ownMilliseconds() - before) / YARDSTICK_MILLISECONDS);
}

const YARDSTICK = JSON.stringify(Array.from({ length: 2_000 }, (_, index) => ({ index, text: `Entry ${index}` })));
const YARDSTICK_MILLISECONDS = 30;

const SCHEDULING = '/proc/thread-self/schedstat';

const FIELDS = Object.keys(schema.getQueryType()?.getFields() ?? {});

test.each(FIELDS)('%s with its largest inputs, by every role, delays nobody', async (field) => {
  const probes: number[] = [];
  const before = slowness();
  const longest = await longestTick(async () => {
    for (const { query, variables, callers: senders } of requestsFor(field)) {
      const answers = callers.slice(0, senders).map(([, headers]) => posted(api.url, { query, variables }, headers));
      probes.push((await posted(api.url, { query: '{ __typename }' })).status);
      for (const { status } of await Promise.all(answers)) expect([200, 400, 413]).toContain(status);
    }
  });
  expect(probes.every((status) => status === 200)).toBe(true);
  expect(longest / Math.max(before, slowness())).toBeLessThan(MOST_MILLISECONDS);
});

describe('a batch of a thousand records delays nobody', () => {
  const RECORD = `mutation ($input: RecordProcessDataBatchInput!) { recordProcessDataBatch(input: $input) {
    results { index number processData { id measurements { code value } defects { code } } errors { code rule message path } } errors { message path } } }`;
  let numbers: readonly string[];
  beforeAll(async () => {
    numbers = (await makeManyItems(api, 1_000)).map(({ number }) => number);
  }, 60_000);

  const readings = Array.from({ length: 8 }, (_, index) => ({ code: `R${index}`, value: '1234567.12345', unit: 'mm' }));
  const fail = { result: 'FAIL', measurements: readings, defects: [{ code: 'BENT', description: 'x'.repeat(200) }] };
  const cases: Readonly<Record<string, (index: number) => object>> = {
    'that are all refused for their content': () => ({ ...fail, result: 'PASS' }),
    'that name a thousand unknown machines, operators and units': (index) => ({
      ...fail,
      unit: { number: `NOTHING-${index}` },
      equipment: { code: `NOTHING-${index}` },
      operator: { username: `nobody_${index}` },
    }),
    'that are all malformed': () => ({
      ...fail,
      notes: ' ',
      completedAt: '2026-11-20T08:00:00Z',
      equipment: { code: '!' },
    }),
    'of ten units': (index) => ({ ...fail, unit: { number: numbers[index % 10] }, result: 'REWORK' }),
    'that are all recorded': () => fail,
  };

  test.each(Object.keys(cases))('%s', async (name) => {
    const items = numbers.map((number, index) => ({
      unit: { number },
      process: { code: 'MOUNT' },
      ...cases[name]?.(index),
    }));
    const headers = { authorization: `Bearer ${await api.tokenOf('ADMIN')}` };
    let answer: Awaited<ReturnType<typeof posted>> | undefined;

    const before = slowness();
    const longest = await longestTick(async () => {
      answer = await posted(api.url, { query: RECORD, variables: { input: { items } } }, headers);
    });

    expect([answer?.status, answer?.body.errors]).toEqual([200, undefined]);
    expect(answer?.body.data.recordProcessDataBatch.results.length).toBe(1_000);
    expect(longest / Math.max(before, slowness())).toBeLessThan(MOST_MILLISECONDS);
  });
});

test('a computation that takes too long is noticed', async () => {
  const longest = await longestTick(async () => {
    const before = process.cpuUsage();
    while (process.cpuUsage(before).user < MOST_MILLISECONDS * 1_100)
      for (let step = 0; step < 1_000_000; step += 1) Math.sqrt(step);
  });
  expect(longest).toBeGreaterThan(MOST_MILLISECONDS);
});
