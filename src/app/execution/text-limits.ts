/**
 * The limits of the texts in queries and subscriptions. They look up records by keys, ids, cursors and filter texts,
 * none of which is long; but a client could send a megabyte in one variable and use it a thousand times. The texts of
 * mutations have limits of their own.
 */
import {
  Kind,
  OperationTypeNode,
  visit,
  type DocumentNode,
  type GraphQLError,
  type OperationDefinitionNode,
} from 'graphql';
import { LIMITS } from '../../platform/process/limits.ts';
import { NOT_EXECUTED, limitExceeded } from './document-limits.ts';

const { textLength, texts } = LIMITS.document;

/** Returns why the texts of an operation are rejected, or undefined if they are within the limits. */
export function textRejection(
  document: DocumentNode,
  operation: OperationDefinitionNode | null | undefined,
  variables: Readonly<Record<string, unknown>>,
): GraphQLError | undefined {
  if (operation?.operation === OperationTypeNode.MUTATION) return undefined;
  const { uses, longest } = textsOf(document);
  const measures = { longest, sum: 0 };
  for (const [name, count] of uses) measureTexts(variables[name], count, measures);
  if (measures.longest > textLength)
    return limitExceeded(
      'textLength',
      `A text of this query has ${measures.longest} characters; at most ${textLength} are allowed.`,
      NOT_EXECUTED,
    );
  if (measures.sum <= texts) return undefined;
  return limitExceeded(
    'texts',
    `The variables of this query have ${measures.sum} characters, each counted as often as it is used; at most ${texts} are allowed.`,
    NOT_EXECUTED,
  );
}

interface DocumentTexts {
  /** How often each variable is used. */
  readonly uses: ReadonlyMap<string, number>;
  /** The number of characters of the longest text in the document itself. */
  readonly longest: number;
}

/** The texts of a document, computed once. */
function textsOf(document: DocumentNode): DocumentTexts {
  const known = knownTexts.get(document);
  if (known !== undefined) return known;
  const uses = new Map<string, number>();
  let longest = 0;
  visit(document, {
    [Kind.VARIABLE_DEFINITION]: { enter: ({ defaultValue }) => (defaultValue === undefined ? false : undefined) },
    [Kind.VARIABLE]: ({ name }) => void uses.set(name.value, (uses.get(name.value) ?? 0) + 1),
    [Kind.STRING]: ({ value }) => {
      longest = Math.max(longest, value.length);
    },
  });
  const found = { uses, longest };
  knownTexts.set(document, found);
  return found;
}

const knownTexts = new WeakMap<DocumentNode, DocumentTexts>();

function measureTexts(value: unknown, count: number, measures: { longest: number; sum: number }): void {
  if (typeof value === 'string') {
    measures.longest = Math.max(measures.longest, value.length);
    measures.sum += value.length * count;
  } else if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) measureTexts(inner, count, measures);
  }
}
