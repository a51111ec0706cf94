/**
 * GraphiQL: a small page that loads its scripts from this server and needs no internet access. It opens with the tour
 * and carries a ready-made token, so it is made for each request, is never stored, and is never answered to a page of
 * another origin, also not to one that may ask the graph (http/cors.ts).
 */
import type { GraphiQLOptions } from 'graphql-yoga';
import type { Services } from '../../platform/request/context.ts';
import { issuedSecret } from '../../platform/request/notes.ts';
import { isLoopback } from '../../platform/values/ip-address.ts';
import { developmentToken } from '../auth/development-token.ts';
import { isForeign } from '../http/request-checks.ts';
import type { RequestState } from '../request/request-state.ts';
import { pageFiles } from './files.ts';
import { tour } from './tour.ts';

/**
 * The options of the page; false for a page of another origin. It carries a token only if it was requested under a name
 * of this machine: a page under a foreign name that resolves to this machine (DNS rebinding) could be read by its owner.
 * A page that a proxy requests carries no token either, because somebody on another machine may see it.
 */
export async function graphiqlOptions(
  services: Services,
  { method, headers }: Request,
  state: RequestState | undefined,
): Promise<GraphiQLOptions | false> {
  if (state === undefined || isForeign({ method, headers: Object.fromEntries(headers) })) return false;
  const token = isFromThisMachine(headers) ? await developmentToken(services) : undefined;
  const defaultQuery = await tour(services.database.reader());
  if (token === undefined) return { ...LOOKS, defaultQuery };
  const secret = issuedSecret(state.context.notes, token);
  return {
    ...LOOKS,
    defaultQuery,
    headers: JSON.stringify({ Authorization: `Bearer ${secret}` }, null, 2),
  };
}

/**
 * The editor has the whole height until somebody opens the variables or the headers. The browser keeps no header: the
 * token would stay there after its day, and a later visit would use it instead of the fresh one.
 */
const LOOKS = { title: 'lotgraph', defaultEditorToolsVisibility: false, shouldPersistHeaders: false };

/** The page with these options. */
export async function graphiqlPage(options: GraphiQLOptions | undefined): Promise<string> {
  const { script, style, start, icon } = await pageFiles();
  const json = JSON.stringify(options ?? {}).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>lotgraph</title>
    <link rel="icon" href="${icon.path}">
    <link rel="stylesheet" href="${style.path}">
  </head>
  <body id="body" class="no-focus-outline">
    <noscript>GraphiQL needs JavaScript.</noscript>
    <div id="root"></div>
    <script type="application/json" id="options">${json}</script>
    <script src="${script.path}"></script>
    <script src="${start.path}"></script>
  </body>
</html>
`;
}

function isFromThisMachine(headers: Headers): boolean {
  const host = `http://${headers.get('host') ?? ''}`;
  const isProxied = PROXY_HEADERS.some((name) => headers.has(name));
  return !isProxied && URL.canParse(host) && isLoopback(new URL(host).hostname);
}

/** The headers with which a proxy says for whom it asks. */
const PROXY_HEADERS = ['via', 'forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'];
