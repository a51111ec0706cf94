/** Every argument of the schema that takes a caller's text, and calls that put a text there. */
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
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';

export interface Place {
  /** `createLot.input.lot.number`; `lots.wipItems.after` for a list of a list's nodes. */
  readonly name: string;
  readonly kind: 'query' | 'mutation' | 'subscription';
  /** The root field. */
  readonly field: string;
  /** A call of the field that passes the text to this argument, as a variable of this name. */
  readonly call: (variable: string) => string;
  readonly scalar: string;
  /** The type of the argument. */
  readonly inputType: string;
}

const SCALARS = ['String', 'ID', 'JSON', 'JSONObject', 'BigInt', 'DateTime', 'Date', 'Decimal'];
/** The depth to which inputs inside inputs are followed. */
const LEVELS = 4;

type Field = GraphQLField<unknown, unknown>;

/**
 * The arguments of all root fields. A text of a filter is put into the filter itself and into its `and`, `or` and `not`
 * at once.
 */
export function placesOf(schema: GraphQLSchema): readonly Place[] {
  const roots = [
    ...fieldsOf(schema.getQueryType()).map((field) => ({ kind: 'query' as const, field })),
    ...fieldsOf(schema.getMutationType()).map((field) => ({ kind: 'mutation' as const, field })),
    ...fieldsOf(schema.getSubscriptionType()).map((field) => ({ kind: 'subscription' as const, field })),
  ];
  return roots.flatMap(({ kind, field }) =>
    placesAt(field).map(({ name, scalar, inputType, call }) => ({
      name,
      kind,
      field: field.name,
      scalar,
      inputType,
      call,
    })),
  );
}

/**
 * The arguments of lists on the nodes of other lists. The filters that root lists have too are covered there
 * completely; here their first text shows that it arrives.
 */
export function placesBelow(schema: GraphQLSchema): readonly (Place & { readonly owner: string })[] {
  const atRoots = new Set(
    fieldsOf(schema.getQueryType()).flatMap((field) => field.args.map(({ type }) => getNamedType(type).name)),
  );
  return roadsTo(schema).flatMap(({ type, root, around, name }) =>
    fieldsOf(type).flatMap((field) => {
      const places = placesAt(field);
      const ofKnownFilter = field.args
        .filter((arg) => atRoots.has(getNamedType(arg.type).name) && isInputObjectType(getNamedType(arg.type)))
        .map((arg) => `${field.name}.${arg.name}.`);
      const firsts = ofKnownFilter.map((prefix) => places.find((place) => place.name.startsWith(prefix)));
      const chosen = places.filter(
        (place) => firsts.includes(place) || !ofKnownFilter.some((prefix) => place.name.startsWith(prefix)),
      );
      return chosen.map((place) => ({
        owner: type.name,
        name: `${name}.${place.name}`,
        kind: 'query' as const,
        field: root,
        scalar: place.scalar,
        inputType: place.inputType,
        call: (variable) => around(place.call(variable)),
      }));
    }),
  );
}

interface Road {
  readonly type: GraphQLObjectType;
  readonly root: string;
  readonly name: string;
  readonly around: (selection: string) => string;
}

/** For each type that is the node of some list, one path to it. */
function roadsTo(schema: GraphQLSchema): readonly Road[] {
  const roads: Road[] = [];
  const go = (field: Field, name: string, root: string, around: Road['around']): void => {
    const type = nodeOf(field);
    if (type === undefined || roads.some((road) => road.type === type)) return;
    roads.push({
      type,
      root,
      name,
      around: (selection) => around(`${field.name}(first: 1) { nodes { ${selection} } }`),
    });
  };
  for (const field of fieldsOf(schema.getQueryType())) go(field, field.name, field.name, (selection) => selection);
  for (const { type, root, name, around } of roads)
    for (const field of fieldsOf(type)) go(field, `${name}.${field.name}`, root, around);
  return roads;
}

/** The type of a connection's nodes. */
function nodeOf(field: Field): GraphQLObjectType | undefined {
  const connection = getNamedType(field.type);
  const nodes =
    isObjectType(connection) && connection.name.endsWith('Connection') ? connection.getFields()['nodes'] : undefined;
  const type = nodes === undefined ? undefined : getNamedType(nodes.type);
  return isObjectType(type) ? type : undefined;
}

function placesAt(field: Field): readonly Pick<Place, 'name' | 'scalar' | 'inputType' | 'call'>[] {
  return field.args.flatMap((arg) =>
    spotsIn(arg.type, arg.name, LEVELS).map(({ name, scalar, value }) => {
      const others = field.args
        .filter((other) => other !== arg && isNonNullType(other.type))
        .map((other) => `${other.name}: ${smallest(other.type)}`);
      const call = (variable: string): string =>
        `${field.name}(${[...others, `${arg.name}: ${value.replaceAll('$text', `$${variable}`)}`].join(', ')}) ${selectionOf(field)}`;
      return { name: `${field.name}.${name}`, scalar, inputType: getNamedType(arg.type).name, call };
    }),
  );
}

function fieldsOf(type: GraphQLObjectType | null | undefined): readonly Field[] {
  return Object.values(type?.getFields() ?? {});
}

interface Spot {
  readonly name: string;
  readonly scalar: string;
  readonly value: string;
}

function spotsIn(type: GraphQLInputType, name: string, levels: number): readonly Spot[] {
  if (isNonNullType(type)) return spotsIn(type.ofType, name, levels);
  if (isListType(type))
    return spotsIn(type.ofType, `${name}.0`, levels).map((spot) => ({ ...spot, value: `[${spot.value}]` }));
  if (isScalarType(type)) return SCALARS.includes(type.name) ? [{ name, scalar: type.name, value: '$text' }] : [];
  if (!isInputObjectType(type) || levels === 0) return [];
  const fields = Object.values(type.getFields());
  return fields.flatMap((field) => {
    if (getNamedType(field.type) === type) return [];
    const others = type.isOneOf
      ? []
      : fields
          .filter((other) => other !== field && isNonNullType(other.type) && other.defaultValue === undefined)
          .map((other) => `${other.name}: ${smallest(other.type)}`);
    return spotsIn(field.type, `${name}.${field.name}`, levels - 1).map((spot) => ({
      ...spot,
      value: everywhere(type, [...others, `${field.name}: ${spot.value}`].join(', ')),
    }));
  });
}

/** The condition in its filter and in the combinations of the filter, as deep as a filter may go. */
function everywhere(type: GraphQLInputObjectType, condition: string): string {
  const isFilter = ['and', 'or', 'not'].every((name) => name in type.getFields());
  return isFilter
    ? `{ ${condition}, and: [{ ${condition} }, { not: { ${condition} } }], or: [{ ${condition} }, { and: [{ ${condition} }] }], not: { ${condition} } }`
    : `{ ${condition} }`;
}

/** The smallest value that the type accepts. */
function smallest(type: GraphQLInputType): string {
  if (isNonNullType(type)) return smallest(type.ofType);
  if (isListType(type)) return '[]';
  if (isEnumType(type)) return type.getValues()[0]?.name ?? '';
  if (isScalarType(type))
    return { Int: '1', Float: '1', Boolean: 'true', JSONObject: '{}' }[type.name] ?? '"2026-11-20"';
  const fields = Object.values(type.getFields());
  const needed = type.isOneOf
    ? fields.slice(0, 1)
    : fields.filter((field) => isNonNullType(field.type) && field.defaultValue === undefined);
  return `{ ${needed.map((field) => `${field.name}: ${smallest(field.type)}`).join(', ')} }`;
}

function selectionOf(field: Field): string {
  const type = getNamedType(field.type as GraphQLOutputType);
  if (!isCompositeType(type)) return '';
  if (isUnionType(type) || isInterfaceType(type)) return '{ __typename }';
  const fields = isObjectType(type) ? type.getFields() : {};
  if ('errors' in fields) return '{ errors { code message path rule } }';
  return 'totalCount' in fields ? '{ totalCount }' : '{ __typename }';
}
