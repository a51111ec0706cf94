/** What a filter consists of, and how a filter value becomes SQL. */
import { allOf, anyOf, sql, type Sql } from '../postgres/sql.ts';
import type { Context } from '../request/context.ts';
import { rejection, type Rejection } from '../rules/rejection.ts';
import type { FilterKeys } from './filter-keys.ts';

/** The kinds of conditions; each has one GraphQL input type (`StringFilter`, `LotStatusFilter`, …). */
export type ConditionKind =
  | 'String'
  | 'Int'
  | 'Decimal'
  | 'Date'
  | 'DateTime'
  | 'Json'
  | 'Boolean'
  | 'Plain'
  | 'Texts'
  | 'Key'
  | 'Id'
  | 'Ids'
  | { readonly values: readonly string[] }
  | ConditionGroup;

/** Conditions inside of a condition: on a related record, on an entry of a list. All of them must hold. */
export interface ConditionGroup {
  /** The name of the GraphQL input type. */
  readonly name: string;
  readonly description: string;
  readonly fields: Filter;
}

/** What a condition knows of the filter in which it stands. */
export interface FilterScope {
  readonly context: Context;
  readonly keys: FilterKeys;
  /** Whether an odd number of `not` is around the condition. */
  readonly isNegated: boolean;
}

/** The SQL of a condition, or the rejections of its value. */
export type Translated = { readonly value: Sql } | { readonly rejections: readonly Rejection[] };

/** A condition that a filter offers under a field name. */
export interface Condition {
  readonly kind: ConditionKind;
  readonly description: string;
  /** Whether the group in which it stands needs it. */
  readonly isRequired?: boolean;
  /** Whether its SQL reads rows of another table for this value. */
  readonly readsOthers?: (given: unknown) => boolean;
  /** The form in which the filter of a related record offers it; null for not at all. It is itself when absent. */
  readonly inRelation?: Condition | null;
  toSql(given: unknown, scope: FilterScope): Translated;
}

/** A filter: its conditions by field name. */
export type Filter = Readonly<Record<string, Condition>>;

/** The conditions inside of a condition. */
export function groupOf({ kind }: Condition): ConditionGroup | undefined {
  return typeof kind === 'object' && 'fields' in kind ? kind : undefined;
}

/** The SQL of a filter value, on the alias `t`, or its rejections with their paths below the value. */
export function translate(filter: Filter, given: unknown, scope: FilterScope): Translated {
  const rejections: Rejection[] = [];
  const value = objectSql({ filter, scope, rejections }, given, []);
  return rejections.length > 0 ? { rejections } : { value };
}

/** A filter value that is being translated, and the rejections found so far. */
interface Translation {
  readonly filter: Filter;
  readonly scope: FilterScope;
  readonly rejections: Rejection[];
}

function objectSql(translation: Translation, given: unknown, path: readonly string[]): Sql {
  const { filter, scope, rejections } = translation;
  if (given === null || given === undefined) return sql`TRUE`;
  const parts = Object.entries(given).map(([field, value]: [string, unknown]): Sql => {
    const here = [...path, field];
    if (value === null || value === undefined) return sql`TRUE`;
    if (field === 'not') {
      const opposite = { ...translation, scope: { ...scope, isNegated: !scope.isNegated } };
      return sql`NOT ${objectSql(opposite, value, here)}`;
    }
    if (field === 'and' || field === 'or') {
      const sides = (Array.isArray(value) ? value : [value]).map((side, index) =>
        objectSql(translation, side, [...here, String(index)]),
      );
      return field === 'and' ? allOf(sides) : anyOf(sides);
    }
    const translated = filter[field]?.toSql(value, scope) ?? {
      rejections: [rejection('INVALID_INPUT', '', `${field} is no field of this filter.`)],
    };
    if ('value' in translated) return translated.value;
    rejections.push(...translated.rejections.map((each) => ({ ...each, path: [...here, ...each.path] })));
    return sql`FALSE`;
  });
  return allOf(parts);
}
