/** What a figure has, by its type in the schema: what to select, and which tables it makes. */
import {
  getNamedType,
  getNullableType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  isLeafType,
  isListType,
  isObjectType,
} from 'graphql';

/** A column of a table: where its value stands in a row. */
export interface FigureColumn {
  readonly name: string;
  readonly path: readonly string[];
}

/** A list of a figure, as a table. */
export interface FigureList {
  readonly name: string;
  readonly path: readonly string[];
  readonly columns: readonly FigureColumn[];
}

/** A figure: its selection in GraphQL, its single values, and its lists. */
export interface FigureShape {
  readonly selection: string;
  readonly columns: readonly FigureColumn[];
  readonly lists: readonly FigureList[];
}

/** What names a record of the factory, the first that its type has. */
const NATURAL_KEYS = ['code', 'number', 'username'];

/** The shape of a type, which stands at a path of the figure. Records are their natural keys; pictures are left out. */
export function shapeOf(type: GraphQLObjectType, at: readonly string[] = []): FigureShape {
  const fields = Object.values(type.getFields()).toSorted((a, b) => rankOf(a) - rankOf(b));
  const parts = fields.map((field) => partOf(field, at));
  return {
    selection: parts.map(({ selection }) => selection).join(' '),
    columns: parts.flatMap(({ columns }) => columns),
    lists: parts.flatMap(({ lists }) => lists),
  };
}

/** What people read first: the list that a figure is about, and what a row is about. The schema has its fields by name. */
const FIRST = ['rows', 'points', 'byProcess', 'index', 'start', 'factor', 'key', 'label'];

function rankOf({ name, type }: GraphQLField<unknown, unknown>): number {
  return FIRST.includes(name) || isRecord(getNamedType(type)) ? 0 : 1;
}

function isRecord(type: GraphQLNamedType): type is GraphQLObjectType {
  return isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Node');
}

const NOTHING: FigureShape = { selection: '', columns: [], lists: [] };

function partOf({ name, type, args }: GraphQLField<unknown, unknown>, at: readonly string[]): FigureShape {
  const named = getNamedType(type);
  const path = [...at, name];
  const column = { name: path.join('.'), path };
  if (args.length > 0 || named.name === 'JSON') return NOTHING;
  if (isLeafType(named)) return { selection: name, columns: [column], lists: [] };
  if (!isObjectType(named)) return NOTHING;
  const key = isRecord(named) ? NATURAL_KEYS.find((each) => each in named.getFields()) : undefined;
  if (key !== undefined)
    return { selection: `${name} { ${key} }`, columns: [{ ...column, path: [...path, key] }], lists: [] };
  const inner = shapeOf(named, isListType(getNullableType(type)) ? [] : path);
  const selection = `${name} { ${inner.selection} }`;
  return isListType(getNullableType(type))
    ? { selection, columns: [], lists: [{ name: column.name, path, columns: inner.columns }] }
    : { ...inner, selection };
}
