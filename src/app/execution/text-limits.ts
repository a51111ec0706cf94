/**
 * The limits of the texts in operations. Queries and subscriptions look up records by keys, ids, cursors and filter
 * texts, none of which is long; but a client could send a megabyte in one variable and use it a thousand times. Each text
 * of a mutation has a limit of its own; here only the sum is limited, to somewhat more than a body can hold.
 *
 * 1. The value of a variable counts each time that the variable is used, also in a fragment that is spread several
 *    times. A default value counts where the variable is not given.
 * 2. Each value and each name in a JSON object counts as its characters, and at least as one: a list of 300,000 empty
 *    texts takes as much time as one of short texts.
 */
import {
  Kind,
  OperationTypeNode,
  valueFromASTUntyped,
  visit,
  type DefinitionNode,
  type DocumentNode,
  type GraphQLError,
  type OperationDefinitionNode,
} from 'graphql';
import { submitBatchCompletion } from '../../operation/background-job/background-job.commands.ts';
import { LIMITS } from '../../platform/process/limits.ts';
import { NOT_EXECUTED, limitExceeded } from './document-limits.ts';

const { textLength, texts, mutationTexts, batchTexts } = LIMITS.document;

/** True for a mutation that submits a batch for the background and does nothing else. */
export function isBatchSubmission(operation: OperationDefinitionNode | null | undefined): boolean {
  const [field, ...others] = operation?.selectionSet.selections ?? [];
  return (
    operation?.operation === OperationTypeNode.MUTATION &&
    others.length === 0 &&
    field?.kind === Kind.FIELD &&
    field.name.value === submitBatchCompletion.name
  );
}

/** Returns why the operation of a large body is rejected: only a batch may have one. */
export function largeBodyRejection(operation: OperationDefinitionNode | null | undefined): GraphQLError | undefined {
  if (isBatchSubmission(operation)) return undefined;
  return limitExceeded(
    'body',
    `A request may have at most ${LIMITS.transport.bodyBytes} bytes; only ${submitBatchCompletion.name} alone may have more.`,
    NOT_EXECUTED,
  );
}

/** Returns why the texts of an operation are rejected, or undefined if they are within the limits. */
export function textRejection(
  document: DocumentNode,
  operation: OperationDefinitionNode | null | undefined,
  variables: Readonly<Record<string, unknown>>,
): GraphQLError | undefined {
  const { uses, defaults, longest } = textsOf(document);
  const measures = { longest, sum: 0 };
  for (const [name, count] of uses) {
    const given = Object.hasOwn(variables, name) ? variables[name] : undefined;
    measureTexts(given === undefined ? defaults.get(name) : given, count, measures);
  }
  const isMutation = operation?.operation === OperationTypeNode.MUTATION;
  if (measures.longest > textLength && !isMutation)
    return limitExceeded(
      'textLength',
      `A text of this query has ${measures.longest} characters; at most ${textLength} are allowed.`,
      NOT_EXECUTED,
    );
  const mostOfMutation = isBatchSubmission(operation) ? batchTexts : mutationTexts;
  const [what, most] = isMutation ? ['mutation', mostOfMutation] : ['query', texts];
  if (measures.sum <= most) return undefined;
  return limitExceeded(
    isMutation ? 'mutationTexts' : 'texts',
    `The variables of this ${what} have ${measures.sum} characters, each counted as often as it is used; at most ${most} are allowed.`,
    NOT_EXECUTED,
  );
}

interface DocumentTexts {
  /** How often each variable is used, with fragments unfolded. */
  readonly uses: ReadonlyMap<string, number>;
  /** The default values of variables. */
  readonly defaults: ReadonlyMap<string, unknown>;
  /** The number of characters of the longest text in the document itself. */
  readonly longest: number;
}

/** The texts of a document, computed once. */
function textsOf(document: DocumentNode): DocumentTexts {
  const known = knownTexts.get(document);
  if (known !== undefined) return known;
  const defaults = new Map<string, unknown>();
  const measures = { longest: 0, sum: 0 };
  visit(document, {
    [Kind.VARIABLE_DEFINITION]: ({ variable, defaultValue }) => {
      if (defaultValue !== undefined) defaults.set(variable.name.value, valueFromASTUntyped(defaultValue));
    },
    [Kind.STRING]: ({ value }) => measureTexts(value, 1, measures),
  });
  const found = { uses: variableUses(document), defaults, longest: measures.longest };
  knownTexts.set(document, found);
  return found;
}

const knownTexts = new WeakMap<DocumentNode, DocumentTexts>();

/** How often each variable is used in all operations of the document. The document is valid: no fragment spreads itself. */
function variableUses({ definitions }: DocumentNode): ReadonlyMap<string, number> {
  const fragments = new Map<string, DefinitionNode>();
  for (const each of definitions) if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each);
  const known = new Map<DefinitionNode, ReadonlyMap<string, number>>();
  const usesIn = (definition: DefinitionNode): ReadonlyMap<string, number> => {
    const before = known.get(definition);
    if (before !== undefined) return before;
    const uses = new Map<string, number>();
    const add = (name: string, count: number) => uses.set(name, (uses.get(name) ?? 0) + count);
    visit(definition, {
      [Kind.VARIABLE_DEFINITION]: () => false,
      [Kind.VARIABLE]: ({ name }) => void add(name.value, 1),
      [Kind.FRAGMENT_SPREAD]: ({ name }) => {
        const fragment = fragments.get(name.value);
        if (fragment !== undefined) for (const [variable, count] of usesIn(fragment)) add(variable, count);
      },
    });
    known.set(definition, uses);
    return uses;
  };
  const all = new Map<string, number>();
  for (const definition of definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION)
      for (const [name, count] of usesIn(definition)) all.set(name, (all.get(name) ?? 0) + count);
  return all;
}

function measureTexts(value: unknown, count: number, measures: { longest: number; sum: number }): void {
  if (typeof value === 'string') measures.longest = Math.max(measures.longest, value.length);
  const parts = typeof value === 'object' && value !== null ? Object.values(value) : [];
  if (parts.length === 0) measures.sum += count * (typeof value === 'string' ? Math.max(1, value.length) : 1);
  if (parts.length > 0 && !Array.isArray(value))
    for (const name of Object.keys(value as object)) measureTexts(name, count, measures);
  for (const part of parts) measureTexts(part, count, measures);
}
