import type { GraphiQLOptions } from 'graphql-yoga';
import type { Services } from '../../platform/request/context.ts';
import { isLoopback } from '../../platform/values/ip-address.ts';
import { developmentToken } from '../auth/development-token.ts';
import { tour } from './tour.ts';

/**
 * The options of GraphiQL, one page that needs no internet access. It opens with the tour and carries a ready-made
 * token, but only if the page was requested under a name of this machine: a page under a foreign name that resolves to
 * this machine (DNS rebinding) could be read by its owner. A page that a proxy requests carries no token either,
 * because somebody on another machine may see it.
 */
export async function graphiqlOptions(services: Services, request: Request): Promise<GraphiQLOptions> {
  const token = isFromThisMachine(request.headers) ? await developmentToken(services) : undefined;
  const headers = token === undefined ? {} : { headers: JSON.stringify({ Authorization: `Bearer ${token}` }, null, 2) };
  return { title: 'lotgraph', defaultQuery: await tour(services.database.reader()), ...headers };
}

function isFromThisMachine(headers: Headers): boolean {
  const host = `http://${headers.get('host') ?? ''}`;
  const isProxied = PROXY_HEADERS.some((name) => headers.has(name));
  return !isProxied && URL.canParse(host) && isLoopback(new URL(host).hostname);
}

/** The headers with which a proxy says for whom it asks. */
const PROXY_HEADERS = ['via', 'forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'];
