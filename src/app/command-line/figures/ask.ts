/** Asks the graph, in this process, for a figure: by the schema and the loaders with which the server answers. */
import { execute, GraphQLError, type GraphQLField, parse } from 'graphql';
import type { SystemViewer } from '../../../platform/rules/access.ts';
import type { Services } from '../../../platform/request/context.ts';
import { AppError, assert, present } from '../../../platform/values/assert.ts';
import { contextFor } from '../../request/context.ts';
import { schema } from '../../schema.ts';
import { type FigureArguments, RECORDS } from './question.ts';
import type { FigureAnswer } from './tables.ts';

/** The command line has the right to read the database itself, so it sees every figure, those of people too. */
const READER: SystemViewer = { kind: 'SYSTEM', id: 'command-line', name: 'The command line', role: 'ADMIN' };

/** A figure to ask for. */
export interface FigureQuestion {
  readonly query: GraphQLField<unknown, unknown>;
  readonly given: FigureArguments;
  readonly selection: string;
  /** The arguments of the picture; undefined without a picture. */
  readonly look: FigureArguments | undefined;
}

/** The answer of the graph. Throws an AppError with its messages when it refuses, and when there is nothing to answer of. */
export async function answerOf(
  services: Services,
  { query, given, selection, look }: FigureQuestion,
): Promise<FigureAnswer> {
  const asked = query.args.filter(({ name }) => name in given);
  const variables = [
    ...asked.map(({ name, type }) => `$${name}: ${type}`),
    ...(look === undefined ? [] : ['$width: Int', '$height: Int', '$theme: PictureTheme']),
  ];
  const args = asked.map(({ name }) => `${name}: $${name}`);
  const document = `query Figure${inBrackets(variables)} { ${query.name}${inBrackets(args)} { ${selection} } }`;
  const { [query.name]: figure } = await dataOf(services, document, { ...given, ...look });
  assert(figure !== null && figure !== undefined, 'What the figure is about does not exist.');
  return figure as FigureAnswer;
}

function inBrackets(parts: readonly string[]): string {
  return parts.length === 0 ? '' : `(${parts.join(', ')})`;
}

/** The ids of the records of a scope, by their codes, numbers or usernames. Throws an AppError for one that does not exist. */
export async function findRecords(
  services: Services,
  list: string,
  keys: readonly string[],
): Promise<readonly string[]> {
  const [query, argument, what] = present(RECORDS[list], list);
  const variables = Object.fromEntries(keys.map((key, at) => [`key${at}`, key]));
  const names = Object.keys(variables);
  const document = `query Records(${names.map((name) => `$${name}: String!`).join(', ')}) { ${names.map((name) => `${name}: ${query}(${argument}: $${name}) { id }`).join(' ')} }`;
  const found = await dataOf(services, document, variables);
  return names.map((name) => {
    const record = found[name] as { readonly id: string } | null;
    assert(record !== null, `There is no ${what} ${variables[name]}.`);
    return record.id;
  });
}

async function dataOf(services: Services, document: string, variables: FigureArguments): Promise<FigureAnswer> {
  const { data, errors = [] } = await execute({
    schema,
    document: parse(document),
    variableValues: variables,
    contextValue: contextFor(services, READER),
  });
  // A refusal is an error of GraphQL by itself; what has another cause is a fault, whose stack is needed.
  const fault = errors.find(({ originalError }) => originalError && !(originalError instanceof GraphQLError));
  if (fault?.originalError) throw fault.originalError;
  if (errors.length > 0) throw new AppError(errors.map(({ message }) => message).join('\n'));
  return present(data, 'The data of an answer');
}
