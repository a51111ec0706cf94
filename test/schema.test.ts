import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  buildSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
  lexicographicSortSchema,
  printSchema,
  type GraphQLNamedType,
} from 'graphql';
import { expect, test } from 'vitest';
import { schema } from '../src/app/schema.ts';
import { ANY } from '../src/platform/rules/access.ts';
import { LEDGER } from './support/ledger.ts';
import { declaredAccess } from '../src/platform/graphql/declared-access.ts';

const types = Object.values(schema.getTypeMap()).filter(
  (type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type),
);

/** Their input or answer is a secret, which is never stored. */
const SECRETS = ['login', 'refreshSession', 'changePassword', 'resetPassword', 'createApiKey', 'requestUpload'];

test('src/schema.graphql is the printed schema; `npm run codegen` prints it again', () => {
  const committed = readFileSync(path.resolve(import.meta.dirname, '../src/schema.graphql'), 'utf8');
  expect(printSchema(lexicographicSortSchema(buildSchema(committed)))).toBe(
    printSchema(lexicographicSortSchema(schema)),
  );
});

test('every type, field, argument, input field and value has a description', () => {
  expect(types.flatMap(undescribedIn)).toEqual([]);
});

test('every root field declares who may call it (AUT-1)', () => {
  const roots = [schema.getQueryType(), schema.getMutationType()].filter(isObjectType);
  const fields = roots.flatMap((root) => Object.values(root.getFields()));
  const undeclared = fields.filter(({ extensions }) => typeof declaredAccess(extensions) !== 'object');
  expect(undeclared.map((field) => field.name)).toEqual([]);
});

test('every filter type is used by a filter', () => {
  const inputs = types.filter(isInputObjectType);
  const outputs = types.filter((type) => isObjectType(type) || isInterfaceType(type));
  const used = new Set([
    ...outputs.flatMap((type) =>
      Object.values(type.getFields()).flatMap(({ args }) => args.map(({ type: of }) => getNamedType(of).name)),
    ),
    ...inputs.flatMap((type) =>
      Object.values(type.getFields()).flatMap(({ type: of }) =>
        getNamedType(of) === type ? [] : getNamedType(of).name,
      ),
    ),
  ]);
  expect(inputs.filter(({ name }) => name.endsWith('Filter') && !used.has(name)).map(({ name }) => name)).toEqual([]);
});

test('a filter looks into related records only where everybody may list them (AUT-1)', () => {
  const lists = new Map(
    Object.values(schema.getQueryType()?.getFields() ?? {}).map((field) => [
      getNamedType(field.type).name,
      declaredAccess(field.extensions),
    ]),
  );
  const related = types.map(({ name }) => name).filter((name) => name.endsWith('RelationFilter'));
  expect(related.length).toBeGreaterThan(8);
  expect(related.filter((name) => lists.get(name.replace(/RelationFilter$/, 'Connection')) !== ANY)).toEqual([]);
});

test('every root field of a query is nullable, so that an error in one leaves the others', () => {
  const fields = Object.values(schema.getQueryType()?.getFields() ?? {});
  expect(fields.filter(({ type }) => isNonNullType(type)).map(({ name }) => name)).toEqual([]);
});

test('a rule id in a description stands in parentheses, is in the ledger, and has an address on its page', () => {
  const page = readFileSync(path.resolve(import.meta.dirname, '../docs/ledger.md'), 'utf8');
  const descriptions = printSchema(schema).match(/"""[^]*?"""/g) ?? [];
  // Examples of values stand in backquotes.
  const named = descriptions.flatMap((text) =>
    [...text.replaceAll(/`[^`]*`/g, '').matchAll(/\b[A-Z]{2,3}-\d+\b/g)].map(([rule]) => rule),
  );
  const linked = descriptions.flatMap((text) =>
    [...text.matchAll(/\(((?:[A-Z]{2,3}-\d+(?:, )?)+)\)/g)].flatMap(([, rules]) => rules?.split(', ') ?? []),
  );
  const free = named.filter((rule) => !linked.includes(rule) && LEDGER[rule] !== undefined);
  expect(free).toEqual([]);
  expect(linked.length).toBeGreaterThan(100);
  const missing = linked.filter(
    (rule) => LEDGER[rule] === undefined || !page.includes(`<a id="${rule.toLowerCase()}"></a>${rule} |`),
  );
  expect(missing).toEqual([]);
  expect(schema.description).toContain('docs/ledger.md#pd-6');
});

test('no order of a list is described by its name alone', () => {
  const orders = types.filter(isEnumType).filter(({ name }) => name.endsWith('OrderField'));
  const empty = orders.flatMap((type) =>
    type
      .getValues()
      .filter(
        ({ name, description }) =>
          name.includes('_') && description === `By ${name.toLowerCase().replaceAll('_', ' ')}.`,
      )
      .map(({ name }) => `${type.name}.${name}`),
  );
  expect(orders.length).toBeGreaterThan(10);
  expect(empty).toEqual([]);
});

test('every mutation takes one argument input and returns errors; all of them take an idempotency key, except those that return or take a secret (IDK-1)', () => {
  const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});
  const wrong = mutations.filter(({ name, args, type }) => {
    const [input] = args;
    const fields = input === undefined ? '' : schema.getType(input.type.toString().replace('!', ''));
    const takesKey = isInputObjectType(fields) && 'idempotencyKey' in fields.getFields();
    const payload = schema.getType(type.toString().replace('!', ''));
    const answersErrors = isObjectType(payload) && payload.getFields()['errors']?.type.toString() === '[UserError!]!';
    return args.length !== 1 || input?.name !== 'input' || !answersErrors || takesKey === SECRETS.includes(name);
  });
  expect(wrong.map((field) => field.name)).toEqual([]);
});

test('names follow the conventions: instants end in At, dates in On or Date, booleans begin with is, has, can, may', () => {
  const exceptions = new Set([
    'at',
    'autoPrintLabel',
    'containsHeld',
    'start',
    'allowOutOfSpecPass',
    'required',
    'hasNextPage',
    'hasPreviousPage',
    'runAfter',
    'leaseUntil',
    'dataAsOf',
    'periodFrom',
    'periodTo',
  ]);
  const wrong = types.filter(isObjectType).flatMap((type) =>
    Object.values(type.getFields()).flatMap((field) => {
      const kind = field.type.toString().replaceAll(/[[\]!]/g, '');
      const fits =
        kind === 'DateTime'
          ? field.name.endsWith('At')
          : kind === 'Date'
            ? /(?:On|Date)$/.test(field.name)
            : kind !== 'Boolean' || /^(?:is|has|can|may|needs)[A-Z]/.test(field.name);
      return fits || exceptions.has(field.name) ? [] : [`${type.name}.${field.name}: ${kind}`];
    }),
  );
  expect(wrong).toEqual([]);
});

function undescribedIn(type: GraphQLNamedType): readonly string[] {
  const missing = (name: string, described: { readonly description?: string | null | undefined }): readonly string[] =>
    (described.description ?? '').trim() === '' ? [name] : [];
  const own = missing(type.name, type);
  if (isEnumType(type))
    return [...own, ...type.getValues().flatMap((value) => missing(`${type.name}.${value.name}`, value))];
  if (isInputObjectType(type))
    return [
      ...own,
      ...Object.values(type.getFields()).flatMap((field) => missing(`${type.name}.${field.name}`, field)),
    ];
  if (!isObjectType(type) && !isInterfaceType(type)) return own;
  return [
    ...own,
    ...Object.values(type.getFields()).flatMap((field) => [
      ...missing(`${type.name}.${field.name}`, field),
      ...field.args.flatMap((arg) => missing(`${type.name}.${field.name}(${arg.name})`, arg)),
    ]),
  ];
}
