/**
 * Traces by OpenTelemetry: a span for each operation, below the one of its client, and one for each statement below it.
 * lotgraph has the interface only. Without an SDK, which the operator brings (docs/monitoring.md), nothing is recorded.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { type Context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { StatementRun } from './statement-statistics.ts';
import { normalisedStatement } from './statement-text.ts';

/** How an operation ended. */
export interface TraceEnd {
  readonly type: string;
  /** The name that the client gave it; undefined for none. */
  readonly name: string | undefined;
  readonly status: number;
  /** The code of its fault; undefined when it met none. */
  readonly fault: string | undefined;
}

/** The traces of a process. */
export interface Traces {
  /** Begins the span of a request. The function that it returns ends it; undefined for a request without operation. */
  begin(requestId: string, headers: IncomingHttpHeaders): (end: TraceEnd | undefined) => void;
  /** Adds the span of a statement that was run. One that ran for several requests at once, or for none, has none. */
  statement(run: StatementRun): void;
}

const NAME = 'lotgraph';
/** Of longer texts, only the beginning is kept. */
const MAX_CHARACTERS = 2_000;

/** Traces of nothing yet. */
export function traces(): Traces {
  /** The spans of requests that are being answered, by the ids of the requests. */
  const open = new Map<string, Context>();
  return {
    begin(requestId, headers) {
      const parent = propagation.extract(ROOT_CONTEXT, headers);
      const span = trace.getTracer(NAME).startSpan('graphql', { kind: SpanKind.SERVER }, parent);
      if (!span.isRecording()) return () => undefined;
      open.set(requestId, trace.setSpan(parent, span));
      return (end) => {
        open.delete(requestId);
        span.setAttribute('lotgraph.request_id', requestId);
        if (end !== undefined) {
          span.updateName(end.type);
          span.setAttributes({ 'graphql.operation.type': end.type, 'http.response.status_code': end.status });
          if (end.name !== undefined) span.setAttribute('graphql.operation.name', end.name);
          if (end.fault !== undefined) {
            span.setAttribute('error.type', end.fault);
            span.setStatus({ code: SpanStatusCode.ERROR });
          }
        }
        span.end();
      };
    },
    statement({ text, milliseconds, isFailed, source }) {
      const parent = source === undefined ? undefined : open.get(source.requestId);
      if (parent === undefined) return;
      const endTime = Date.now();
      const span = trace.getTracer(NAME).startSpan(
        'postgresql',
        {
          kind: SpanKind.CLIENT,
          startTime: endTime - milliseconds,
          attributes: {
            'db.system.name': 'postgresql',
            'db.query.text': normalisedStatement(text.slice(0, MAX_CHARACTERS)),
          },
        },
        parent,
      );
      if (isFailed) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(endTime);
    },
  };
}
