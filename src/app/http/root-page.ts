/**
 * What `GET /` answers: in production a small page that says what this is and where to go on, otherwise the way to
 * GraphiQL. The page says nothing that `/health` does not say: it names no version, no plant and no user.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Config } from '../../platform/process/config.ts';

/** Answers `GET /` and `HEAD /`. Returns whether the request was one of them. */
export type AnswerRoot = (path: string, request: IncomingMessage, response: ServerResponse) => boolean;

/** Creates the answer of a server process. */
export function rootAnswer({ environment }: Pick<Config, 'environment'>): AnswerRoot {
  return (path, { method }, response) => {
    if (path !== '/' || (method !== 'GET' && method !== 'HEAD')) return false;
    if (environment === 'production') response.writeHead(200, PAGE_HEADERS).end(method === 'HEAD' ? undefined : PAGE);
    else response.writeHead(302, { location: '/graphql', 'content-length': 0 }).end();
    return true;
  };
}

const STYLE = `
body { max-width: 40rem; margin: 4rem auto; padding: 0 1rem; font: 1rem/1.6 system-ui, sans-serif; color: #1c2733; background: #fff; }
h1 { margin-bottom: 0; font-size: 1.75rem; }
dt { margin-top: 1rem; font-weight: 600; }
dd { margin: 0; }
a { color: #0b5cad; }
@media (prefers-color-scheme: dark) { body { color: #e4e9ee; background: #14191f; } a { color: #7db8f5; } }
`;

// HTML lets the tags html, head and body out.
const PAGE = `<!doctype html>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>lotgraph</title>
<style>${STYLE}</style>
<main lang="en">
<h1>lotgraph</h1>
<p>This server records what happens to each lot, item and serial of a factory, and answers questions about it as one GraphQL graph.</p>
<dl>
<dt>Ask</dt>
<dd>Programs send GraphQL to <code>POST /graphql</code>. Sign in first with the mutation <code>login</code>; stations send their key as <code>X-API-Key</code>. Signed-in clients may read the schema.</dd>
<dt>Look after it</dt>
<dd><a href="/health">/health</a> says whether the server can do its work, <a href="/ready">/ready</a> whether it takes requests, <a href="/alive">/alive</a> whether it runs.</dd>
<dt>Learn</dt>
<dd>Your installation has the documentation in its folder <code>docs</code>; begin with <code>docs/getting-started.md</code>.</dd>
</dl>
</main>
`;

const PAGE_HEADERS: Readonly<Record<string, string | number>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-length': Buffer.byteLength(PAGE),
  'content-security-policy': [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
};
