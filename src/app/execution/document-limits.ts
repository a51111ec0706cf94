/**
 * What a document may ask for at most, judged on its syntax alone, before it is validated and long before anything is
 * read.
 *
 * 1. Every operation and every fragment is measured once; what a fragment holds counts wherever it is spread. So a
 *    document is judged in time linear in its length, however much it would unfold to.
 * 2. A fragment that spreads itself is measured as if it did not; validation refuses it afterwards.
 * 3. `__typename`, aliases of it too, counts like any field. Below `__schema` and `__type` another depth holds.
 */
import {
  GraphQLError,
  Kind,
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { LIMITS } from '../../platform/process/limits.ts';

export type LimitName =
  | 'streams'
  | Exclude<keyof typeof LIMITS.document, 'otherList' | 'validationErrors' | 'mutations'>
  | 'schemas'
  | 'deadline'
  | 'requests'
  | 'body';

/** A limit that was exceeded, as an error of the graph. Nothing was executed. */
export function limitExceeded(
  limit: LimitName,
  message: string,
  more: Readonly<Record<string, unknown>> = {},
): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'LIMIT_EXCEEDED', path: [], limit, ...more } });
}

/** The limits that the document exceeds, each as one error. */
export function exceededBy(document: DocumentNode): readonly GraphQLError[] {
  const fragments = new Map(
    document.definitions
      .filter((each) => each.kind === Kind.FRAGMENT_DEFINITION)
      .map((each) => [each.name.value, each]),
  );
  const measured = measurer(fragments);
  const most = { ...NOTHING };
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION) continue;
    const measures = measured(definition.selectionSet);
    const isOperation = definition.kind === Kind.OPERATION_DEFINITION;
    most.rootFields = Math.max(
      most.rootFields,
      isOperation && definition.operation !== 'mutation' ? measures.level : 0,
    );
    most.mutations = Math.max(most.mutations, isOperation && definition.operation === 'mutation' ? measures.level : 0);
    most.directives = Math.max(
      most.directives,
      measures.directives +
        directivesOf(definition) +
        (isOperation ? (definition.variableDefinitions ?? []).reduce((sum, each) => sum + directivesOf(each), 0) : 0),
    );
    for (const measure of isOperation ? MEASURED : LENGTHS) most[measure] = Math.max(most[measure], measures[measure]);
  }
  return JUDGED.filter(([measure, limit]) => most[measure] > limit).map(([measure, limit, what, name]) =>
    limitExceeded(
      name,
      `The document has ${Number.isFinite(most[measure]) ? most[measure] : 'countless'} ${what}; at most ${limit} are allowed.`,
    ),
  );
}

interface Measures {
  depth: number;
  introspectionDepth: number;
  aliases: number;
  fields: number;
  directives: number;
  schemas: number;
  /** Fields of the selection itself, not of what is below. */
  level: number;
}

const NOTHING = {
  depth: 0,
  introspectionDepth: 0,
  aliases: 0,
  fields: 0,
  directives: 0,
  schemas: 0,
  level: 0,
  rootFields: 0,
  mutations: 0,
};

/** Of a fragment by itself only its length counts: at which depth it stands, the operation tells. */
const LENGTHS = ['aliases', 'fields', 'schemas'] as const;
const MEASURED = [...LENGTHS, 'depth', 'introspectionDepth'] as const;

const JUDGED: readonly (readonly [keyof typeof NOTHING, number, string, LimitName])[] = [
  ['depth', LIMITS.document.depth, 'levels of fields', 'depth'],
  ['introspectionDepth', LIMITS.document.introspectionDepth, 'levels of introspection', 'introspectionDepth'],
  ['aliases', LIMITS.document.aliases, 'aliases', 'aliases'],
  ['rootFields', LIMITS.document.rootFields, 'root fields', 'rootFields'],
  ['mutations', LIMITS.document.mutations, 'mutations', 'rootFields'],
  ['fields', LIMITS.document.fields, 'fields', 'fields'],
  ['directives', LIMITS.document.directives, 'directives', 'directives'],
  ['schemas', 1, 'selections of __schema', 'schemas'],
];

function measurer(fragments: ReadonlyMap<string, FragmentDefinitionNode>): (selection: SelectionSetNode) => Measures {
  const known = new Map<string, Measures>();
  const underWay = new Set<string>();
  const ofFragment = (name: string): Measures => {
    const found = known.get(name);
    const fragment = fragments.get(name);
    if (found !== undefined) return found;
    if (fragment === undefined || underWay.has(name)) return NOTHING;
    underWay.add(name);
    const measures = ofSelection(fragment.selectionSet);
    underWay.delete(name);
    known.set(name, measures);
    return measures;
  };
  const ofNode = (node: SelectionNode): Measures => {
    if (node.kind === Kind.FRAGMENT_SPREAD) return ofFragment(node.name.value);
    if (node.kind === Kind.INLINE_FRAGMENT) return ofSelection(node.selectionSet);
    const below = node.selectionSet === undefined ? NOTHING : ofSelection(node.selectionSet);
    const isIntrospection = node.name.value === '__schema' || node.name.value === '__type';
    return {
      depth: isIntrospection ? 0 : below.depth + 1,
      introspectionDepth: isIntrospection ? below.depth + 1 : below.introspectionDepth,
      aliases: below.aliases + (node.alias === undefined ? 0 : 1),
      fields: below.fields + 1,
      directives: below.directives,
      schemas: below.schemas + (node.name.value === '__schema' ? 1 : 0),
      level: 1,
    };
  };
  const ofSelection = ({ selections }: SelectionSetNode): Measures => {
    const sum: Measures = { ...NOTHING };
    for (const node of selections) {
      const part = ofNode(node);
      sum.depth = Math.max(sum.depth, part.depth);
      sum.introspectionDepth = Math.max(sum.introspectionDepth, part.introspectionDepth);
      sum.aliases += part.aliases;
      sum.fields += part.fields;
      sum.directives += part.directives + directivesOf(node);
      sum.schemas += part.schemas;
      sum.level += part.level;
    }
    return sum;
  };
  return ofSelection;
}

function directivesOf(node: { readonly directives?: readonly DirectiveNode[] | undefined }): number {
  return node.directives?.length ?? 0;
}

/** True when the document asks about the schema, however deep in its fragments. */
export function isIntrospective(document: DocumentNode): boolean {
  const measured = measurer(new Map());
  return document.definitions.some(
    (each) =>
      (each.kind === Kind.OPERATION_DEFINITION || each.kind === Kind.FRAGMENT_DEFINITION) &&
      measured(each.selectionSet).introspectionDepth > 0,
  );
}
