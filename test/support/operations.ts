/**
 * Random queries over the whole schema: fragments, aliases (names of JavaScript, too), directives, variables, nulls, missing records and forbidden
 * fields.
 */
import fc from 'fast-check';
import {
  GraphQLEnumType,
  getNamedType,
  isCompositeType,
  isInputObjectType,
  isNonNullType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputObjectType,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';

export interface Operation {
  readonly document: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface Offered {
  readonly schema: GraphQLSchema;
  /** Root fields that are left out, because their answer differs each time. */
  readonly except: readonly string[];
  /** Texts for ids, numbers and codes, some of which exist. */
  readonly texts: readonly string[];
}

const VARIABLES: Readonly<Record<string, string>> = {
  $yes: 'Boolean! = true',
  $no: 'Boolean! = false',
  $maybe: 'Boolean = true',
  $few: 'Int',
  $nil: 'Int',
  $text: 'String!',
};

/** Names that mean something in JavaScript, and nothing in a response. */
const SPECIAL_NAMES = ['then', 'constructor', '__proto__', 'toString', 'length'];

/** The fields whose answer depends on what the process has done so far. */
export const CHANGING = ['health', 'auditVerify', 'statementStatistics', 'slowStatements', 'operationStatistics'];

export function operations({ schema, except, texts }: Offered): fc.Arbitrary<Operation> {
  return fc
    .record({ seed: fc.integer(), few: fc.integer({ min: 1, max: 4 }), text: fc.constantFrom(...texts) })
    .map(({ seed, few, text }) => {
      const writer = writing(schema, except, texts, drawing(seed));
      const body = writer.selection(schema.getQueryType() as GraphQLNamedType, 4);
      const rest = [body, ...writer.fragments].join('\n');
      const used = Object.entries(VARIABLES).filter(([name]) => rest.includes(name));
      const all = [...used, ...writer.filters.map(({ name, type }) => [name, type] as const)];
      const declared = all.length === 0 ? '' : `(${all.map(([name, type]) => `${name}: ${type}`).join(', ')})`;
      const filters = Object.fromEntries(writer.filters.map(({ name, value }) => [name.slice(1), value]));
      return {
        document: `query Random${declared} ${rest}`,
        // A directive does not take a null, which replaces the default of a variable. An absent variable has its default.
        variables: {
          few,
          text,
          ...filters,
          ...(few === 1 ? { nil: null } : {}),
          ...(few === 2 ? { maybe: null } : few === 3 ? { maybe: false } : {}),
        },
      };
    });
}

/** Random numbers determined by the seed (xorshift). */
function drawing(seed: number): () => number {
  let state = seed === 0 ? 1 : seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 8;
  };
}

function writing(schema: GraphQLSchema, except: readonly string[], texts: readonly string[], next: () => number) {
  const fragments: string[] = [];
  const filters: { readonly name: string; readonly type: string; readonly value: unknown }[] = [];
  let names = 0;
  const oneOf = <Item>(items: readonly Item[]): Item => items[next() % items.length] as Item;
  const chance = (percent: number): boolean => next() % 100 < percent;
  const unique = (): string => `n${(names += 1)}`;
  const responseName = (): string => (chance(5) ? oneOf(SPECIAL_NAMES) : unique());

  const filterOf = (type: GraphQLInputObjectType, depth: number): object => {
    const own = Object.values(type.getFields()).filter((key) => {
      const condition = getNamedType(key.type);
      return isInputObjectType(condition) && 'isNull' in condition.getFields();
    });
    if (own.length === 0) return {};
    const condition = { [oneOf(own).name]: { isNull: chance(20) }, ...(chance(40) ? relatedOf(type) : {}) };
    if (depth === 0 || chance(50) || !('not' in type.getFields())) return condition;
    return {
      ...condition,
      ...oneOf<object>([
        { and: [filterOf(type, depth - 1)] },
        { or: [filterOf(type, depth - 1), filterOf(type, 0)] },
        { not: filterOf(type, depth - 1) },
      ]),
    };
  };
  /** A condition on a related record, or on a list of them. */
  const relatedOf = (type: GraphQLInputObjectType): object => {
    const groups = Object.values(type.getFields()).flatMap(({ name, type: condition }) => {
      const group = getNamedType(condition);
      if (!isInputObjectType(group)) return [];
      const inner = getNamedType(group.getFields()['some']?.type) ?? group;
      return isInputObjectType(inner) && inner.name.endsWith('RelationFilter') ? [{ name, group, inner }] : [];
    });
    if (groups.length === 0) return {};
    const { name, group, inner } = oneOf(groups);
    const record = filterOf(inner, 0);
    return { [name]: inner === group ? record : { [oneOf(['some', 'none'])]: record } };
  };
  const valueOf = ({ name, type }: GraphQLArgument): string | undefined => {
    const named = getNamedType(type);
    if (name === 'first') return oneOf(['1', '2', '3', '$few', '$nil', 'null']);
    if (name === 'filter' && isInputObjectType(named)) {
      const value = filterOf(named, 2);
      filters.push({ name: `$${unique()}`, type: named.name, value });
      return filters.at(-1)?.name;
    }
    if (name === 'ids') return `[${JSON.stringify(oneOf(texts))}, ${JSON.stringify(oneOf(texts))}]`;
    if (isInputObjectType(named) && named.isOneOf) {
      const keys = Object.values(named.getFields()).filter((key) => getNamedType(key.type).name !== 'Int');
      return `{ ${oneOf(keys).name}: ${JSON.stringify(oneOf(texts))} }`;
    }
    if (named instanceof GraphQLEnumType && isNonNullType(type)) return oneOf(named.getValues()).name;
    if (!isNonNullType(type)) return undefined;
    return named.name === 'String' && chance(30) ? '$text' : JSON.stringify(oneOf(texts));
  };
  const argumentsOf = (field: GraphQLField<unknown, unknown>): string => {
    const given = field.args
      .filter(
        (arg) =>
          isNonNullType(arg.type) || (arg.name === 'first' && chance(70)) || (arg.name === 'filter' && chance(20)),
      )
      .flatMap((arg) => {
        const value = valueOf(arg);
        return value === undefined ? [] : [`${arg.name}: ${value}`];
      });
    return given.length === 0 ? '' : `(${given.join(', ')})`;
  };
  const directive = (): string =>
    chance(8) ? ` @${oneOf(['include', 'skip'])}(if: ${oneOf(['$yes', '$no', '$yes', '$no', '$maybe'])})` : '';
  const fieldOf = (field: GraphQLField<unknown, unknown>, depth: number): string => {
    const type = getNamedType(field.type);
    const alias = field.args.length > 0 || chance(10) ? `${responseName()}: ` : '';
    return `${alias}${field.name}${argumentsOf(field)}${directive()}${isCompositeType(type) ? ` ${selection(type, depth - 1)}` : ''}`;
  };
  const selection = (type: GraphQLNamedType, depth: number): string => {
    if (!isObjectType(type)) {
      const possible = schema.getPossibleTypes(type as never);
      const some = Array.from({ length: 1 + (next() % 3) }, () => oneOf(possible));
      return `{ __typename ${some.map((each) => `... on ${each.name}${directive()} ${selection(each, depth)}`).join(' ')} }`;
    }
    const offered = Object.values(type.getFields()).filter(
      (field) => !except.includes(field.name) && (depth > 0 || !isCompositeType(getNamedType(field.type))),
    );
    const isPage = 'pageInfo' in type.getFields();
    const chosen = isPage
      ? offered.filter((field) => field.name === 'nodes' || (field.name !== 'edges' && chance(30)))
      : Array.from({ length: 1 + (next() % 5) }, () => oneOf(offered));
    const parts = ['__typename', ...new Set(chosen.filter((field) => field !== undefined))].map((field) =>
      typeof field === 'string' ? field : wrapped(type, fieldOf(field, isPage ? depth + 1 : depth)),
    );
    return `{ ${parts.join(' ')} }`;
  };
  const wrapped = (type: GraphQLNamedType, part: string): string => {
    if (chance(6)) return `... on ${type.name}${directive()} { ${part} }`;
    if (!chance(6)) return part;
    const name = `F${unique()}`;
    fragments.push(`fragment ${name} on ${type.name} { ${part} }`);
    return `...${name}${directive()}`;
  };
  return { selection, fragments, filters };
}
