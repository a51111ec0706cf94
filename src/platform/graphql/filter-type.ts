/** Filters as GraphQL input types. Each kind of condition has one; only those that a filter uses are declared. */
import type { InputObjectRef } from '@pothos/core';
import type { Condition, ConditionGroup, Filter } from '../read/filter-condition.ts';
import { builder, filterOfEnum, type SchemaTypes } from './builder.ts';

const StringFilter = builder.inputType('StringFilter', {
  description: 'A condition on text. What is given must all hold.',
  fields: (t) => ({
    eq: t.string({ description: 'Equal to this text.' }),
    in: t.stringList({ description: 'One of these texts; the empty list matches nothing.' }),
    contains: t.string({ description: 'Contains this text, ignoring case. `%` and `_` are letters.' }),
    startsWith: t.string({ description: 'Begins with this text, ignoring case.' }),
    isNull: t.boolean({ description: 'True: without a value. False: with one.' }),
  }),
});
const KeyFilter = builder.inputType('KeyFilter', {
  description:
    'A condition on the natural key of a related record. A key that does not exist is rejected, so that a typing error is not taken for an empty answer.',
  fields: (t) => ({
    eq: t.string({ description: 'The record with this key.' }),
    in: t.stringList({ description: 'One of the records with these keys; the empty list matches nothing.' }),
  }),
});
const JsonFilter = builder.inputType('JsonFilter', {
  description: 'A condition on a JSON object.',
  fields: (t) => ({
    contains: t.field({
      type: 'JSONObject',
      description: 'Contains these keys with these values, at any place of the given form (jsonb containment).',
    }),
  }),
});
const IntFilter = rangeFilter('Int');
const DecimalFilter = rangeFilter('Decimal');
const DateFilter = rangeFilter('Date');
const DateTimeFilter = rangeFilter('DateTime');

const CONDITION_TYPES = {
  String: StringFilter,
  Int: IntFilter,
  Decimal: DecimalFilter,
  Date: DateFilter,
  DateTime: DateTimeFilter,
  Key: KeyFilter,
  Id: 'ID',
  Ids: ['ID'],
  Json: JsonFilter,
  Boolean: 'Boolean',
  Plain: 'String',
  Texts: ['String'],
} as const;

/** The input types of groups of conditions, by their names. */
const groupTypes = new Map<string, InputObjectRef<SchemaTypes, object>>();

/** Declares the input type of a list's filter. */
export function filterType(name: string, what: string, filter: Filter): InputObjectRef<SchemaTypes, object> {
  declareTypes(Object.values(filter));
  const ref = builder.inputRef<object>(`${name}Filter`);
  return ref.implement({
    description: `Conditions on ${what}; all that are given must hold. At most 3 levels, 50 conditions, 200 values, 10 conditions on related records.`,
    fields: (t) => ({
      ...conditionFields(t, filter),
      and: t.field({ type: [ref], description: 'All of these must hold too.' }),
      or: t.field({ type: [ref], description: 'At least one of these must hold too; the empty list matches nothing.' }),
      not: t.field({ type: ref, description: 'This must not hold.' }),
    }),
  });
}

/** Declares the input types of the conditions. A schema is built from what is declared by then. */
export function declareTypes(conditions: readonly Condition[]): void {
  for (const { kind } of conditions) {
    if (typeof kind !== 'object') continue;
    if ('values' in kind) filterOfEnum(kind.values);
    else if (!groupTypes.has(kind.name)) declareGroup(kind);
  }
}

function declareGroup({ name, description, fields }: ConditionGroup): void {
  const ref = builder.inputRef<object>(name);
  groupTypes.set(name, ref);
  declareTypes(Object.values(fields));
  ref.implement({ description, fields: (t) => conditionFields(t, fields) });
}

type InputBuilder = Parameters<Parameters<typeof builder.inputType>[1]['fields']>[0];

function conditionFields(
  t: InputBuilder,
  filter: Filter,
): ReturnType<Parameters<typeof builder.inputType>[1]['fields']> {
  return Object.fromEntries(
    Object.entries(filter).map(([field, { kind, description, isRequired = false }]) => [
      field,
      t.field({ type: typeOf(kind) as InputObjectRef<SchemaTypes, object>, description, required: isRequired }),
    ]),
  );
}

function typeOf(kind: Condition['kind']) {
  if (typeof kind !== 'object') return CONDITION_TYPES[kind];
  return 'values' in kind ? filterOfEnum(kind.values) : groupTypes.get(kind.name);
}

function rangeFilter(scalar: 'Int' | 'Decimal' | 'Date' | 'DateTime'): InputObjectRef<SchemaTypes, object> {
  return builder.inputType(`${scalar}Filter`, {
    description: `A condition on ${scalar}. What is given must all hold.`,
    fields: (t) => ({
      eq: t.field({ type: scalar, description: 'Equal to this value.' }),
      in: t.field({ type: [scalar], description: 'One of these values; the empty list matches nothing.' }),
      lt: t.field({ type: scalar, description: 'Less (earlier) than this value.' }),
      lte: t.field({ type: scalar, description: 'Less (earlier) than this value, or equal.' }),
      gt: t.field({ type: scalar, description: 'Greater (later) than this value.' }),
      gte: t.field({ type: scalar, description: 'Greater (later) than this value, or equal.' }),
      isNull: t.boolean({ description: 'True: without a value. False: with one.' }),
    }),
  });
}
