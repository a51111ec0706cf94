import type { GraphiQLOptions } from 'graphql-yoga';
import type { Services } from '../../platform/request/context.ts';
import { developmentToken, isLoopback } from '../auth/development-token.ts';
import { tour } from './tour.ts';

/**
 * GraphiQL in one page that needs no internet. It opens on the tour and carries a ready token; only for a page that was
 * asked for under a name of this machine, for a foreign name that resolves to it (DNS rebinding) could read the page.
 */
export async function graphiqlOptions(services: Services, request: Request): Promise<GraphiQLOptions> {
  const token = isLoopback(new URL(request.url).hostname) ? await developmentToken(services) : undefined;
  const headers = token === undefined ? {} : { headers: JSON.stringify({ Authorization: `Bearer ${token}` }, null, 2) };
  return { title: 'lotgraph', defaultQuery: await tour(services.database.reader()), ...headers };
}
