/** Every place of the schema where a caller's text arrives, and calls that put a text there. */
import {
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  isUnionType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';

export interface Place {
  /** `createLot.input.lot.number`. */
  readonly name: string;
  readonly kind: 'query' | 'mutation';
  /** The root field. */
  readonly field: string;
  /** A call of the field with the text at this place, as a variable of this name. */
  readonly call: (variable: string) => string;
  readonly scalar: string;
}

const SCALARS = ['String', 'ID', 'JSONObject', 'DateTime', 'Date', 'Decimal'];
/** How deep into inputs that hold each other (`and`, `or`, `not`); from there on everything has been seen. */
const LEVELS = 4;

/** The places of all root fields, and of the lists one level below the roots. */
export function placesOf(schema: GraphQLSchema): readonly Place[] {
  const queries = Object.values(schema.getQueryType()?.getFields() ?? {}).map((field) => ({ kind: 'query' as const, field }));
  const mutations = Object.values(schema.getMutationType()?.getFields() ?? {}).map((field) => ({ kind: 'mutation' as const, field }));
  return [...queries, ...mutations].flatMap(({ kind, field }) =>
    field.args.flatMap((arg) =>
      spotsIn(arg.type, arg.name, LEVELS).map(({ name, scalar, value }) => {
        const others = field.args.filter((other) => other !== arg && isNonNullType(other.type)).map((other) => `${other.name}: ${smallest(other.type)}`);
        const call = (variable: string): string => `${field.name}(${[...others, `${arg.name}: ${value.replace('$text', `$${variable}`)}`].join(', ')}) ${selectionOf(field)}`;
        return { name: `${field.name}.${name}`, kind, field: field.name, scalar, call };
      }),
    ),
  );
}

interface Spot {
  readonly name: string;
  readonly scalar: string;
  readonly value: string;
}

function spotsIn(type: GraphQLInputType, name: string, levels: number): readonly Spot[] {
  if (isNonNullType(type)) return spotsIn(type.ofType, name, levels);
  if (isListType(type)) return spotsIn(type.ofType, `${name}.0`, levels).map((spot) => ({ ...spot, value: `[${spot.value}]` }));
  if (isScalarType(type)) return SCALARS.includes(type.name) ? [{ name, scalar: type.name, value: '$text' }] : [];
  if (!isInputObjectType(type) || levels === 0) return [];
  const fields = Object.values(type.getFields());
  return fields.flatMap((field) => {
    if (getNamedType(field.type) === type) return [];
    const others = type.isOneOf ? [] : fields.filter((other) => other !== field && isNonNullType(other.type) && other.defaultValue === undefined).map((other) => `${other.name}: ${smallest(other.type)}`);
    return spotsIn(field.type, `${name}.${field.name}`, levels - 1).map((spot) => ({ ...spot, value: `{ ${[...others, `${field.name}: ${spot.value}`].join(', ')} }` }));
  });
}

/** The smallest value that the type accepts. */
function smallest(type: GraphQLInputType): string {
  if (isNonNullType(type)) return smallest(type.ofType);
  if (isListType(type)) return '[]';
  if (isEnumType(type)) return type.getValues()[0]?.name ?? '';
  if (isScalarType(type)) return { Int: '1', Float: '1', Boolean: 'true', JSONObject: '{}' }[type.name] ?? '"2026-11-20"';
  const fields = Object.values(type.getFields());
  const needed = type.isOneOf ? fields.slice(0, 1) : fields.filter((field) => isNonNullType(field.type) && field.defaultValue === undefined);
  return `{ ${needed.map((field) => `${field.name}: ${smallest(field.type)}`).join(', ')} }`;
}

function selectionOf(field: GraphQLField<unknown, unknown>): string {
  const type = getNamedType(field.type as GraphQLOutputType);
  if (!isCompositeType(type)) return '';
  if (isUnionType(type) || isInterfaceType(type)) return '{ __typename }';
  const fields = isObjectType(type) ? type.getFields() : {};
  if ('errors' in fields) return '{ errors { code message path rule } }';
  return 'nodes' in fields ? '{ totalCount }' : '{ __typename }';
}
