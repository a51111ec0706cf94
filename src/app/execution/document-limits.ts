/**
 * The limits of a document. They are checked on its syntax alone, before validation and long before execution.
 *
 * 1. Every operation and every fragment is measured once; the contents of a fragment count wherever it is spread. The
 *    time is therefore linear in the length of the document, however large it would unfold.
 * 2. A fragment that spreads itself is measured as if it did not; validation rejects it afterwards.
 * 3. `__typename` and its aliases count like any field. Below `__schema` and `__type` a depth limit of its own applies.
 */
import {
  GraphQLError,
  Kind,
  Lexer,
  Source,
  TokenKind,
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { LIMITS } from '../../platform/process/limits.ts';

/** The name of a limit, as `extensions.limit` of an error shows it. */
export type LimitName =
  | 'streams'
  | Exclude<keyof typeof LIMITS.document, 'otherList' | 'validationErrors' | 'mutations'>
  | 'schemas'
  | 'deadline'
  | 'requests'
  | 'body';

/** The extension of errors that prevent the execution. Yoga takes the status of the answer from it and removes it. */
export const NOT_EXECUTED = { http: { status: 400 } };

/** Creates the GraphQL error of an exceeded limit. */
export function limitExceeded(
  limit: LimitName,
  message: string,
  more: Readonly<Record<string, unknown>> = {},
): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'LIMIT_EXCEEDED', path: [], limit, ...more } });
}

/** True if the brackets of a document nest deeper than `levels`. The parser reports what is wrong with its syntax. */
export function isDocumentNestedDeeper(source: string | Source, levels: number): boolean {
  const lexer = new Lexer(typeof source === 'string' ? new Source(source) : source);
  let level = 0;
  for (let tokens = 0; tokens <= LIMITS.document.tokens && level <= levels; tokens += 1) {
    const kind = nextKind(lexer);
    if (kind === TokenKind.EOF) break;
    if (OPENING.has(kind)) level += 1;
    if (CLOSING.has(kind)) level -= 1;
  }
  return level > levels;
}

function nextKind(lexer: Lexer): TokenKind {
  try {
    return lexer.advance().kind;
  } catch {
    return TokenKind.EOF;
  }
}

const OPENING: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const CLOSING: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

/** Returns one error for each limit that the document exceeds. */
export function exceededBy(document: DocumentNode): readonly GraphQLError[] {
  const fragments = new Map(
    document.definitions
      .filter((each) => each.kind === Kind.FRAGMENT_DEFINITION)
      .map((each) => [each.name.value, each]),
  );
  const measuresOf = measureFunction(fragments);
  const most = { ...NOTHING };
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION) continue;
    const measures = measuresOf(definition.selectionSet);
    const isOperation = definition.kind === Kind.OPERATION_DEFINITION;
    const isMutation = isOperation && definition.operation === 'mutation';
    const rootFields = isOperation ? measures.level : 0;
    const variables = isOperation ? (definition.variableDefinitions ?? []) : [];
    const directives = [definition, ...variables].reduce((sum, node) => sum + directivesOf(node), measures.directives);
    most.rootFields = Math.max(most.rootFields, isMutation ? 0 : rootFields);
    most.mutations = Math.max(most.mutations, isMutation ? rootFields : 0);
    most.directives = Math.max(most.directives, directives);
    for (const measure of isOperation ? OPERATION_MEASURES : LENGTH_MEASURES)
      most[measure] = Math.max(most[measure], measures[measure]);
  }
  return CHECKED.filter(([measure, limit]) => most[measure] > limit).map(([measure, limit, things, name]) =>
    limitExceeded(
      name,
      `The document has ${Number.isFinite(most[measure]) ? most[measure] : 'countless'} ${things}; at most ${limit} are allowed.`,
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
  /** The number of fields of the selection itself, without nested ones. */
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

/** A fragment by itself is measured by its length only: its depth depends on where an operation spreads it. */
const LENGTH_MEASURES = ['aliases', 'fields', 'schemas'] as const;
const OPERATION_MEASURES = [...LENGTH_MEASURES, 'depth', 'introspectionDepth'] as const;

const CHECKED: readonly (readonly [keyof typeof NOTHING, number, string, LimitName])[] = [
  ['depth', LIMITS.document.depth, 'levels of fields', 'depth'],
  ['introspectionDepth', LIMITS.document.introspectionDepth, 'levels of introspection', 'introspectionDepth'],
  ['aliases', LIMITS.document.aliases, 'aliases', 'aliases'],
  ['rootFields', LIMITS.document.rootFields, 'root fields', 'rootFields'],
  ['mutations', LIMITS.document.mutations, 'mutations', 'rootFields'],
  ['fields', LIMITS.document.fields, 'fields', 'fields'],
  ['directives', LIMITS.document.directives, 'directives', 'directives'],
  ['schemas', 1, 'selections of __schema', 'schemas'],
];

function measureFunction(
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): (selection: SelectionSetNode) => Measures {
  const known = new Map<string, Measures>();
  const inProgress = new Set<string>();
  const fragmentMeasures = (name: string): Measures => {
    const found = known.get(name);
    const fragment = fragments.get(name);
    if (found !== undefined) return found;
    if (fragment === undefined || inProgress.has(name)) return NOTHING;
    inProgress.add(name);
    const measures = selectionMeasures(fragment.selectionSet);
    inProgress.delete(name);
    known.set(name, measures);
    return measures;
  };
  const nodeMeasures = (node: SelectionNode): Measures => {
    if (node.kind === Kind.FRAGMENT_SPREAD) return fragmentMeasures(node.name.value);
    if (node.kind === Kind.INLINE_FRAGMENT) return selectionMeasures(node.selectionSet);
    const below = node.selectionSet === undefined ? NOTHING : selectionMeasures(node.selectionSet);
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
  const selectionMeasures = ({ selections }: SelectionSetNode): Measures => {
    const sum: Measures = { ...NOTHING };
    for (const node of selections) {
      const part = nodeMeasures(node);
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
  return selectionMeasures;
}

function directivesOf(node: { readonly directives?: readonly DirectiveNode[] | undefined }): number {
  return node.directives?.length ?? 0;
}

/** True if the document selects `__schema` or `__type`, in an operation or in a fragment. */
export function isIntrospective(document: DocumentNode): boolean {
  const measure = measureFunction(new Map());
  return document.definitions.some(
    (each) =>
      (each.kind === Kind.OPERATION_DEFINITION || each.kind === Kind.FRAGMENT_DEFINITION) &&
      measure(each.selectionSet).introspectionDepth > 0,
  );
}
