/**
 * The two ways in which the server answers a query: by query plans, or by the graphql-js executor and its loaders
 * (`LOTGRAPH_QUERY_PLANS=off`). Both must give the same answer; each has a statement budget of its own.
 */
import { expect } from 'vitest';
import { startServer } from '../../src/app/server.ts';
import type { Services } from '../../src/platform/request/context.ts';
import type { Answer, Api } from './api.ts';

/** The statements that a query takes by plans and by loaders. */
export interface StatementCounts {
  readonly plans: number;
  readonly loaders: number;
}

export interface AnswerOfBothWays extends Pick<Answer, 'data' | 'errors'> {
  readonly statements: StatementCounts;
}

/** Runs the work with the URL of a server on the same database that uses no query plans. */
export async function withoutPlans<T>(services: Services, work: (url: string) => Promise<T>): Promise<T> {
  const server = await startServer({ ...services, config: { ...services.config, queryPlans: false } });
  try {
    return await work(server.url);
  } finally {
    await server.stop();
  }
}

/** Sends the query as ADMIN to a server with query plans and to one without, and expects the same answer. */
export async function askBothWays(api: Api, query: string, variables: object = {}): Promise<AnswerOfBothWays> {
  const planned = await api.ask(query, variables);
  const authorization = `Bearer ${await api.tokenOf('ADMIN')}`;
  const loaded = await withoutPlans(api.services, async (url) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json', authorization },
      body: JSON.stringify({ query, variables }),
    });
    const body = (await response.json()) as Partial<Pick<Answer, 'data' | 'errors'>>;
    return { ...body, statements: Number(response.headers.get('x-lotgraph-statements')) };
  });
  expect(loaded.data).toEqual(planned.data);
  expect((loaded.errors ?? []).map(({ message }) => message)).toEqual(planned.errors.map(({ message }) => message));
  const { data, errors } = planned;
  return { data, errors, statements: { plans: planned.statements, loaders: loaded.statements } };
}
