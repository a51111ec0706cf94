import { propagation, SpanStatusCode, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startApi, type Api } from '../../support/api.ts';
import { makeLot } from '../../support/build.ts';
import { withConnection } from '../../support/database.ts';
import { makeFloor } from '../../support/work.ts';

const exporter = new InMemorySpanExporter();
let api: Api;
beforeAll(async () => {
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  api = await startApi();
});
afterAll(async () => {
  await api.close();
  trace.disable();
  propagation.disable();
});
beforeEach(() => exporter.reset());

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';

async function ask(query: string): Promise<void> {
  const response = await fetch(api.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await api.tokenOf('ADMIN')}`,
      traceparent: `00-${TRACE}-${CALLER}-01`,
      'x-request-id': '0f8fad5b-d9cb-469f-a165-70867728950e',
    },
    body: JSON.stringify({ query }),
  });
  await response.text();
  await expect.poll(() => operations().length).toBe(1);
}
const spansOf = (kind: string): readonly ReadableSpan[] =>
  exporter.getFinishedSpans().filter(({ name }) => (name === 'postgresql') === (kind === 'statement'));
const operations = (): readonly ReadableSpan[] => spansOf('operation');

test('with an SDK, an operation is a span below that of its client, and its statements are below it, without values', async () => {
  await makeFloor(api);
  const { number } = await makeLot(api);
  exporter.reset();
  await ask(`query Mine { lotByNumber(number: "${number}") { number productModel { code } } }`);

  const [operation] = operations();
  expect(operation).toMatchObject({
    name: 'query',
    parentSpanContext: { spanId: CALLER },
    attributes: {
      'graphql.operation.type': 'query',
      'graphql.operation.name': 'Mine',
      'http.response.status_code': 200,
      'lotgraph.request_id': '0f8fad5b-d9cb-469f-a165-70867728950e',
    },
  });
  const statements = spansOf('statement');
  expect(statements.length).toBeGreaterThan(0);
  for (const { parentSpanContext, attributes } of statements) {
    expect(parentSpanContext?.spanId).toBe(operation?.spanContext().spanId);
    expect(attributes['db.query.text']).toContain('?');
    expect(JSON.stringify(attributes)).not.toContain(number);
  }
  expect(new Set([operation, ...statements].map((span) => span?.spanContext().traceId))).toEqual(new Set([TRACE]));
});

test('a fault of the program is the status of its span', async () => {
  await withConnection(api.databaseUrl, (client) => client.query('ALTER TABLE production_lines RENAME TO away'));
  await ask('{ productionLines(first: 1) { nodes { code } } }');
  await withConnection(api.databaseUrl, (client) => client.query('ALTER TABLE away RENAME TO production_lines'));
  expect(operations()).toMatchObject([
    { status: { code: SpanStatusCode.ERROR }, attributes: { 'error.type': 'INTERNAL' } },
  ]);
});

test('probes and pages have no span', async () => {
  expect((await fetch(new URL('/health', api.url))).status).toBe(200);
  expect(exporter.getFinishedSpans()).toEqual([]);
});
