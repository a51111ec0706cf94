/**
 * The columns of an export: the fields of a type that stand for one value of the record, in the order of the schema file.
 *
 * 1. Scalars and enumerations are columns, lists of them too.
 * 2. A reference to another record is a column with its natural key, and with its id where it has none.
 * 3. An object that is computed from the record alone is a column.
 * 4. Fields with arguments are lists and calculations of their own, and no columns. Fields that the requester may not see
 *    are none either.
 */
import {
  getNamedType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { declaredAccess } from '../../../platform/graphql/declared-access.ts';
import type { FieldExtensions } from '../../../platform/read/field.ts';
import { allows, type Viewer } from '../../../platform/rules/access.ts';
import { isJsonRecord } from '../../../platform/values/json.ts';

/** A column of an export. */
export interface ExportColumn {
  readonly name: string;
  /** What a query selects for it. */
  readonly selection: string;
  /** Whether its values are texts, which a spreadsheet may take for formulas. */
  readonly isText: boolean;
  /** The value of a record that the query answered. */
  readonly valueOf: (node: Readonly<Record<string, unknown>>) => unknown;
}

/** The columns of a type for a viewer. */
export function exportColumns(type: GraphQLObjectType, viewer: Viewer): readonly ExportColumn[] {
  return Object.values(type.getFields())
    .filter((field) => field.args.length === 0 && isVisible(field, viewer))
    .flatMap((field) => columnOf(field, viewer) ?? [])
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

type Field = GraphQLField<unknown, unknown>;

/** The natural keys of records, the best one first. */
const KEYS = ['code', 'username', 'number', 'id'] as const;

/** The scalars whose values a spreadsheet does not take as text. */
const NOT_TEXT: ReadonlySet<string> = new Set(['Int', 'Float', 'Decimal', 'BigInt', 'Boolean', 'Date', 'DateTime']);

function columnOf(field: Field, viewer: Viewer): ExportColumn | undefined {
  const { name } = field;
  const type = getNamedType(field.type);
  if (isLeafType(type))
    return { name, selection: name, isText: isList(field) || !NOT_TEXT.has(type.name), valueOf: (node) => node[name] };
  if (!isObjectType(type) && !isInterfaceType(type)) return undefined;
  if (!isVisibleType(type, viewer)) return undefined;
  const fields = type.getFields();
  if (fields['id'] !== undefined) {
    const key = KEYS.find((each) => fields[each] !== undefined) ?? 'id';
    if (isList(field)) return undefined;
    return {
      name,
      selection: `${name} { ${key} }`,
      isText: true,
      valueOf: ({ [name]: record }) => (isJsonRecord(record) ? record[key] : null),
    };
  }
  if (!isObjectType(type) || !isComputed(field)) return undefined;
  const selection = selectionOf(type, viewer, OBJECT_LEVELS);
  return selection === ''
    ? undefined
    : { name, selection: `${name} ${selection}`, isText: true, valueOf: (node) => node[name] };
}

/** Objects are shown with so many levels of objects in them. */
const OBJECT_LEVELS = 3;

/** All values in an object, or in the objects of a list. */
function selectionOf(type: GraphQLObjectType, viewer: Viewer, levels: number): string {
  const parts = Object.values(type.getFields()).flatMap((field): readonly string[] => {
    if (field.args.length > 0 || !isVisible(field, viewer)) return [];
    const inner = getNamedType(field.type);
    if (isLeafType(inner)) return [field.name];
    if (levels === 1 || !isObjectType(inner) || inner.getFields()['id'] !== undefined) return [];
    const below = selectionOf(inner, viewer, levels - 1);
    return below === '' ? [] : [`${field.name} ${below}`];
  });
  return parts.length === 0 ? '' : `{ ${parts.toSorted().join(' ')} }`;
}

/** Whether the value is computed from the record alone. */
function isComputed({ extensions }: Field): boolean {
  return (extensions as FieldExtensions).lotgraphSource?.kind === 'derived';
}

function isList({ type }: Field): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}

function isVisible(field: Field, viewer: Viewer): boolean {
  const access = declaredAccess(field.extensions);
  return access === undefined || (access !== 'BY_RECORD' && allows(access, viewer));
}

function isVisibleType({ extensions }: GraphQLNamedType, viewer: Viewer): boolean {
  const access = declaredAccess(extensions);
  return access === undefined || access === 'BY_RECORD' || allows(access, viewer);
}
