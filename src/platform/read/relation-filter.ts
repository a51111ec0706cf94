/**
 * Conditions on related records, one level deep.
 *
 * 1. A reference names the record: by id (`eq`, `in`), or by a natural key (`code: { eq: … }`), which is replaced by
 *    its id (filter-keys.ts). Either way the key column of the row is compared.
 * 2. A relation has these and the conditions of the record's own list. Those are one EXISTS on the other table, by its
 *    primary key. Where they stand below a `not`, it is negated inside: a row without the record, or whose record has no
 *    value, does not match (unknown is not "other").
 * 3. A list has `some` and `none`: EXISTS and NOT EXISTS by the column that refers to the row.
 * 4. Inside of a relation, a relation of the other list is only a reference, and a list does not exist: one statement
 *    reads two levels, never three.
 */
import { parseInput } from '../input/parse.ts';
import { allOf, onRelated, sql, type Sql } from '../postgres/sql.ts';
import { rejection, type Rejection } from '../rules/rejection.ts';
import { translate, type Condition, type Filter, type FilterScope, type Translated } from './filter-condition.ts';
import { idConditions, isOneOf, keyTexts } from './filter.ts';
import type { NaturalKey } from './filter-keys.ts';
import type { Loader } from './loader.ts';

/** Records that a filter may refer to. */
export interface FilterTarget {
  /** The beginning of the names of the input types: `Lot` has LotKeyFilter. */
  readonly name: string;
  /** The GraphQL types of the records; the name when absent. */
  readonly types?: readonly string[];
  /** What one of the records is, with its article: "a lot". */
  readonly what: string;
  /** The natural keys, by the fields of the filter. */
  readonly keys: Readonly<Record<string, NaturalKey>>;
}

/** Records that a filter may refer to, with their list, for conditions on them. */
export interface ListedTarget extends FilterTarget {
  readonly list: { readonly table: { readonly name: Sql }; readonly filter: Filter };
}

/** The rows of another table that belong to a row. Both columns are written on the alias `t` of their own table. */
export interface Join {
  readonly table: { readonly name: Sql };
  /** The column of the other table. */
  readonly column: Sql;
  /** The column of the row that it equals. */
  readonly equals: Sql;
}

/** A condition on the record that the column refers to, by its keys only. */
export function referenceFilter(target: FilterTarget, column: Sql, description: string): Condition {
  const fields = keyConditions(target, column);
  return {
    kind: { name: `${target.name}KeyFilter`, description: `A condition on ${target.what}. ${ALL_HOLD}`, fields },
    description,
    toSql: (given, scope) => translate(fields, given, scope),
  };
}

/** A condition on the record that the column refers to: by its keys, and by the conditions of its list. */
export function relationFilter(target: ListedTarget, column: Sql, description: string): Condition {
  const keys = keyConditions(target, column);
  const record = recordConditions(target);
  const join = { table: target.list.table, column: sql`t.id`, equals: column };
  return {
    kind: relationGroup(target, keys, record),
    description,
    inRelation: referenceFilter(target, column, description),
    readsOthers: (given) => Object.keys(divided(given, target).others).length > 0,
    toSql(given, scope) {
      const { named, others } = divided(given, target);
      const direct = translate(keys, named, scope);
      if (Object.keys(others).length === 0) return direct;
      return both(direct, onItsRecord(join, translate(record, others, inside(scope)), scope.isNegated));
    },
  };
}

/** A condition on the records of another table that refer to the row: on `some` of them, or on `none`. */
export function listFilter(target: ListedTarget, join: Join, description: string): Condition {
  const keys = keyConditions(target, sql`t.id`);
  const record = recordConditions(target);
  const found = (given: unknown, scope: FilterScope): Translated => {
    const { named, others } = divided(given, target);
    return some(join, both(translate(keys, named, inside(scope)), translate(record, others, inside(scope))));
  };
  const kind = relationGroup(target, keys, record);
  const fields: Filter = {
    some: {
      kind,
      description: 'At least one of them is like this; the empty object: there is one.',
      readsOthers: () => true,
      toSql: found,
    },
    none: {
      kind,
      description: 'None of them is like this; the empty object: there is none.',
      readsOthers: () => true,
      toSql: (given, scope) => opposite(found(given, scope)),
    },
  };
  return {
    kind: { name: `${target.name}ListFilter`, description: `A condition on the list of a record. ${ALL_HOLD}`, fields },
    description,
    inRelation: null,
    toSql: (given, scope) => translate(fields, given, scope),
  };
}

/**
 * A condition on rows of another table as one on the row that they belong to: at least one of them is like this. With
 * `isNull: true` none of them refers to a record.
 */
export function throughFilter(join: Join, inner: Condition, description: string): Condition {
  return {
    kind: inner.kind,
    description,
    inRelation: null,
    readsOthers: () => true,
    toSql(given, scope) {
      const isNone = typeof given === 'object' && given !== null && Reflect.get(given, 'isNull') === true;
      const found = some(join, inner.toSql(isNone ? { ...given, isNull: false } : given, inside(scope)));
      return isNone ? opposite(found) : found;
    },
  };
}

const ALL_HOLD = 'What is given must all hold.';

/** The declaration of a natural key that one loader finds. */
interface CodeKey<Item extends { readonly id: string }> {
  readonly loader: Loader<string, Item | null>;
  /** The canonical spelling of a key. */
  readonly normalise: (text: string) => string;
  /** The entity in messages: "Process". */
  readonly entity: string;
  /** What the key is, and where to find those that exist. */
  readonly description: string;
  /** Ends the message of an unknown key. */
  readonly hint?: string;
}

/** A natural key that one loader finds, such as a code. */
export function codeKey<Item extends { readonly id: string }>(declared: CodeKey<Item>): NaturalKey {
  const { loader, normalise, entity, description, hint = '' } = declared;
  return {
    description: `${description} One that does not exist is rejected.`,
    async find(context, text) {
      const found = await loader.load(context, normalise(text));
      return found === null ? [] : [found.id];
    },
    unknown: (text) =>
      rejection('NOT_FOUND', '', `${entity} ${JSON.stringify(normalise(text))} does not exist${hint}.`),
  };
}

/** The largest number of unknown keys that an error names. */
const NAMED_KEYS = 5;

function relationGroup({ name, what }: ListedTarget, keys: Filter, record: Filter): Condition['kind'] {
  return {
    name: `${name}RelationFilter`,
    description: `A condition on ${what}: on its id, or on its values. ${ALL_HOLD}`,
    fields: { ...keys, ...record },
  };
}

/** The conditions of the record's list, as a relation offers them. */
function recordConditions({ list, keys }: ListedTarget): Filter {
  const offered = Object.entries(list.filter).flatMap(([field, each]) => {
    const inRelation = each.inRelation === undefined ? each : each.inRelation;
    if (inRelation === null) return [];
    const key = keys[field];
    return [[field, key === undefined ? inRelation : { ...inRelation, description: key.description }] as const];
  });
  return Object.fromEntries(offered);
}

function keyConditions(target: FilterTarget, column: Sql): Filter {
  return {
    ...idConditions(target.types ?? [target.name], column),
    ...Object.fromEntries(Object.entries(target.keys).map(([field, key]) => [field, keyCondition(key, column)])),
  };
}

function keyCondition(key: NaturalKey, column: Sql): Condition {
  return {
    kind: 'Key',
    description: key.description,
    toSql(given, { keys }) {
      const reading = parseInput(keyTexts, given);
      if ('rejections' in reading) return reading;
      const { eq, in: among } = reading.value;
      const unknown: Rejection[] = [];
      const idsOf = (text: string, ...path: readonly string[]): readonly string[] => {
        const ids = keys.idsOf(key, text);
        if (ids?.length === 0) unknown.push({ ...key.unknown(text), path });
        return ids ?? [];
      };
      const conditions = [
        ...(eq === undefined ? [] : [isOneOf(column, idsOf(eq, 'eq'), sql`::uuid`)]),
        ...(among === undefined
          ? []
          : [
              isOneOf(
                column,
                among.flatMap((text, index) => idsOf(text, 'in', String(index))),
                sql`::uuid`,
              ),
            ]),
      ];
      return unknown.length === 0 ? { value: allOf(conditions) } : { rejections: shortened(unknown) };
    },
  };
}

function shortened(unknown: readonly Rejection[]): readonly Rejection[] {
  const more = unknown.length - NAMED_KEYS;
  if (more <= 0) return unknown;
  return [...unknown.slice(0, NAMED_KEYS), rejection('NOT_FOUND', '', `${more} more of these do not exist.`)];
}

/** The parts of a relation's value: what names the record, and the conditions on the record itself. */
function divided(given: unknown, { keys }: FilterTarget): { readonly named: object; readonly others: object } {
  const named: Record<string, unknown> = {};
  const others: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(given ?? {}) as [string, unknown][]) {
    if (value === null || value === undefined) continue;
    if (field === 'eq' || field === 'in' || field === 'isNull') named[field] = value;
    else if (field in keys && typeof value === 'object') {
      const { eq, in: among, ...more } = value as Readonly<Record<string, unknown>>;
      named[field] = { eq, in: among };
      if (Object.keys(more).length > 0) others[field] = more;
    } else others[field] = value;
  }
  return { named, others };
}

/** Conditions on another row do not depend on what is around the relation. */
function inside(scope: FilterScope): FilterScope {
  return { ...scope, isNegated: false };
}

function some({ table, column, equals }: Join, inner: Translated): Translated {
  if ('rejections' in inner) return inner;
  return {
    value: sql`EXISTS (SELECT FROM ${table.name} r WHERE ${onRelated(column)} = ${equals} AND ${onRelated(inner.value)})`,
  };
}

/**
 * The row's one record is like this. Below a `not` this is written as "its record is not unlike this", whose opposite is
 * true only if there is a record and its condition is false, not unknown.
 */
function onItsRecord(join: Join, inner: Translated, isNegated: boolean): Translated {
  return isNegated ? opposite(some(join, opposite(inner))) : some(join, inner);
}

function opposite(translated: Translated): Translated {
  return 'value' in translated ? { value: sql`NOT ${translated.value}` } : translated;
}

function both(one: Translated, other: Translated): Translated {
  if ('value' in one && 'value' in other) return { value: allOf([one.value, other.value]) };
  return { rejections: [one, other].flatMap((each) => ('rejections' in each ? each.rejections : [])) };
}
