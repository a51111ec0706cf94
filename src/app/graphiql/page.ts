/**
 * GraphiQL: a small page that loads its scripts from this server and needs no internet access. It opens with the tour
 * and carries a ready-made token, so it is made for each request, is never stored, and is never answered to a page of
 * another origin, also not to one that may ask the graph (http/cors.ts).
 */
import type { GraphiQLOptions } from 'graphql-yoga';
import type { Services } from '../../platform/request/context.ts';
import { issuedSecret } from '../../platform/request/notes.ts';
import { developmentToken, isFromThisMachine } from '../auth/development-token.ts';
import { isForeign } from '../http/request-checks.ts';
import type { RequestState } from '../request/request-state.ts';
import { pageFiles } from './files.ts';
import { tour } from './tour.ts';

/**
 * The options of the page; false for a page of another origin. It carries a token only if it was requested from this
 * machine itself.
 */
export async function graphiqlOptions(
  services: Services,
  { method, headers }: Request,
  state: RequestState | undefined,
): Promise<GraphiQLOptions | false> {
  const sent = Object.fromEntries(headers);
  if (state === undefined || isForeign({ method, headers: sent })) return false;
  const token = isFromThisMachine(sent) ? await developmentToken(services) : undefined;
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
