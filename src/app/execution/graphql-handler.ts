/** Executes the operations of admitted requests: by the fast path if the operation is known, else by Yoga. */
import type { GraphQLSchema } from 'graphql';
import { createYoga, type Plugin, type YogaServerInstance } from 'graphql-yoga';
import type { Context, Services } from '../../platform/request/context.ts';
import { noteRequest } from '../../platform/scheduling/fair-scheduler.ts';
import type { Authenticate } from '../auth/authenticate.ts';
import { graphiqlOptions, graphiqlPage } from '../graphiql/page.ts';
import { answerSender } from '../http/compression.ts';
import type { GraphQLRequest } from '../http/http-entry.ts';
import { fetchRequestOf, isEventStream, sendStream, wholeAnswerOf } from '../http/node-fetch-bridge.ts';
import type { YogaServerContext } from '../request/request-state.ts';
import { documentCache } from './document-cache.ts';
import { maskError, type ErrorRecorder } from './errors.ts';
import { guardedExecution } from './execute.ts';
import { fastPath, type FastPathResult } from './fast-path.ts';
import { responseFormatter, responseHeaders } from './response.ts';
import { openStreams, type StreamLimits } from './sse.ts';
import { readTrustedDocuments, trustedDocumentsPlugin } from './trusted-documents.ts';

/** The parts of the server that the execution uses. */
export interface GraphQLHandlerOptions {
  readonly services: Services;
  readonly schema: GraphQLSchema;
  readonly authenticate: Authenticate;
  readonly errors: ErrorRecorder;
  readonly streamLimits: StreamLimits;
}

/** The execution of all operations of a server process. */
export interface GraphQLHandler {
  /** Executes the operation of an admitted request and sends its answer. */
  execute(admitted: GraphQLRequest): Promise<void>;
  /** Completes every open subscription. */
  completeStreams(): void;
}

/** Creates the execution of a server process. */
export function graphqlHandler(options: GraphQLHandlerOptions): GraphQLHandler {
  const { services, schema, authenticate, errors, streamLimits: limits } = options;
  const responses = responseFormatter(services, errors);
  const streams = openStreams({ services, authenticate, format: responses.format, limits });
  const fast = fastPath();
  const send = answerSender(services.config);
  const yoga = yogaOf(services, schema, [
    responses.plugin,
    guardedExecution(services.config),
    streams.plugin,
    fast.plugin,
  ]);
  // Trusted documents are checked by a plugin of Yoga, so Yoga must receive every request.
  const hasFastPath = services.config.trustedDocuments === undefined;
  return {
    async execute({ request, response, body, state, accessEntry }) {
      noteRequest(services.database);
      const fastResult: FastPathResult = hasFastPath && body !== null ? await fast.run(request, body, state) : {};
      const { answer, outcome } = fastResult;
      if (answer !== undefined) {
        const headers = { 'content-type': answer.contentType, ...responseHeaders(services, state) };
        return send(response, { status: 200, headers, text: answer.body, hasSecret: state.context.notes.hasSecret });
      }
      const serverContext = outcome === undefined ? { state } : { state, outcome };
      const fetchRequest = fetchRequestOf(yoga.fetchAPI, request, body);
      const yogaAnswer = await yoga.handleRequest(fetchRequest, serverContext);
      if (!isEventStream(yogaAnswer))
        return send(response, { ...(await wholeAnswerOf(yogaAnswer)), hasSecret: state.context.notes.hasSecret });
      accessEntry.streamOpened();
      return sendStream(yogaAnswer, response);
    },
    completeStreams: () => streams.complete(),
  };
}

function yogaOf(
  services: Services,
  schema: GraphQLSchema,
  plugins: readonly Plugin<Context & YogaServerContext, YogaServerContext>[],
): YogaServerInstance<YogaServerContext, Context> {
  const { environment, trustedDocuments } = services.config;
  return createYoga<YogaServerContext, Context>({
    schema,
    context: ({ state }) => state.context,
    plugins: [
      ...plugins,
      ...(trustedDocuments === undefined ? [] : [trustedDocumentsPlugin(readTrustedDocuments(trustedDocuments))]),
    ],
    extraParamNames: ['documentId'],
    cors: false,
    multipart: false,
    landingPage: false,
    logging: false,
    // The HTTP entry counts the bytes.
    maxRequestBodySize: false,
    parserAndValidationCache: { documentCache: documentCache(), errorCache: documentCache() },
    graphiql:
      environment === 'production' ? false : (request, context) => graphiqlOptions(services, request, context?.state),
    renderGraphiQL: graphiqlPage,
    maskedErrors: { maskError },
  });
}
