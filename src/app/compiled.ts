/**
 * Queries compiled to JavaScript (graphql-jit): less processor time than the ordinary executor takes, field for field the same answer.
 *
 * 1. A document is compiled when it comes the second time: what is asked once is not worth it. It is kept as long as the parsed document.
 * 2. Mutations are executed ordinarily, for they must be able to stop between one and the next.
 * 3. Variables are judged by graphql-js, which knows one-of inputs and defaults; what it refuses the ordinary executor answers. The compiled
 *    code takes input objects as they are: its own judge of one that may hold itself, such as a filter, would be endless.
 * 4. Errors become GraphQL errors as graphql-js makes them, with the same places.
 *
 * test/app/compiled.test.ts holds both executors against each other.
 */
import { GraphQLError, Kind, OperationTypeNode, getOperationAST, getVariableValues, isInputObjectType, type DocumentNode, type ExecutionArgs, type ExecutionResult, type GraphQLSchema, type NamedTypeNode, type OperationDefinitionNode, type TypeNode } from 'graphql';
import { compileQuery, isCompiledQuery, type CompiledQuery } from 'graphql-jit';

type Executor = (args: ExecutionArgs) => Promise<ExecutionResult> | ExecutionResult;

/** The compiled operation, or undefined where the ordinary executor has to do it. */
export function compiledFor(args: ExecutionArgs): Executor | undefined {
  const operation = getOperationAST(args.document, args.operationName);
  if (operation?.operation !== OperationTypeNode.QUERY || isNew(args.document)) return undefined;
  const compiled = compiledOf(args, operation);
  const variables = compiled === undefined ? undefined : variablesOf(args, operation);
  if (compiled === undefined || variables === undefined) return undefined;
  return async ({ document, rootValue, contextValue }) => {
    const result: ExecutionResult = await compiled.query(rootValue, contextValue, variables);
    return result.errors === undefined ? result : { ...result, errors: result.errors.map((error) => asMadeByGraphQL(error, document)) };
  };
}

const seen = new WeakSet<DocumentNode>();
const known = new WeakMap<OperationDefinitionNode, CompiledQuery | undefined>();

function isNew(document: DocumentNode): boolean {
  if (seen.has(document)) return false;
  seen.add(document);
  return true;
}

const ANYTHING: NamedTypeNode = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: 'JSON' } };

function isOfObjects(schema: GraphQLSchema, type: TypeNode): boolean {
  return type.kind === Kind.NAMED_TYPE ? isInputObjectType(schema.getType(type.name.value)) : isOfObjects(schema, type.type);
}

function compiledOf({ schema, document, operationName }: ExecutionArgs, operation: OperationDefinitionNode): CompiledQuery | undefined {
  if (!known.has(operation)) {
    const taking = { ...operation, variableDefinitions: operation.variableDefinitions?.map((each) => (isOfObjects(schema, each.type) ? { ...each, type: ANYTHING } : each)) ?? [] };
    const definitions = document.definitions.map((definition) => (definition === operation ? taking : definition));
    const compiled = compileQuery(schema, { ...document, definitions }, operationName ?? undefined);
    known.set(operation, isCompiledQuery(compiled) ? compiled : undefined);
  }
  return known.get(operation);
}

/** The values of the variables, defaults included; undefined when one is wrong. What is a value once stays it when it is read again. */
function variablesOf({ schema, variableValues }: ExecutionArgs, { variableDefinitions = [] }: OperationDefinitionNode): Readonly<Record<string, unknown>> | undefined {
  return getVariableValues(schema, variableDefinitions, variableValues ?? {}, { maxErrors: 1 }).coerced;
}

function asMadeByGraphQL({ message, path, locations, originalError }: GraphQLError, { loc }: DocumentNode): GraphQLError {
  const source = loc?.source;
  const positions = source === undefined ? undefined : locations?.map(({ line, column }) => offsetOf(source.body, line) + column - 1);
  return new GraphQLError(message, { path: path ?? null, originalError: originalError ?? null, source: source ?? null, positions: positions ?? null });
}

/** Where a line begins, as graphql-js counts lines. */
function offsetOf(body: string, line: number): number {
  const breaks = body.matchAll(/\r\n|[\n\r]/g);
  for (let at = 1, offset = 0; ; at += 1) {
    if (at === line) return offset;
    const next = breaks.next().value;
    if (next === undefined) return offset;
    offset = next.index + next[0].length;
  }
}
