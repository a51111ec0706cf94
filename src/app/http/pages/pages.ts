/**
 * The pages of the plant: the dashboard at `/` and the station terminal at `/station`. They are built from `web/`, and are
 * clients of the graph like any other.
 *
 * 1. The dashboard has pages of its own below its paths; all of them are the same file, which looks at its address.
 * 2. The dashboard carries the time zone of the site and, in development on this machine, a ready-made token, as GraphiQL
 *    does. It is made for each request, and is never stored.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import path from 'node:path';
import type { Services } from '../../../platform/request/context.ts';
import { plantSettings } from '../../../platform/request/plant-settings.ts';
import { developmentToken, isFromThisMachine } from '../../auth/development-token.ts';
import { isForeign } from '../request-checks.ts';
import { type AnswerFile, answerStaticFile, staticFile, type StaticFile } from './static-file.ts';

const BUILT = path.resolve(import.meta.dirname, '../../../../dist/web');

/** The first parts of the paths of the dashboard. */
const DASHBOARD = ['', 'lots', 'units', 'inspections', 'quality', 'recall', 'audit', 'routes', 'operate'];

/** The policy of the pages: everything is a file of this server. `blob:` shows downloads and the picture of the camera. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "media-src 'self' blob:",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Creates the answers of a server process. Where the pages were not built, there are none. */
export function pageAnswer(services: Services): AnswerFile {
  const { compression } = services.config;
  const files = builtFiles();
  return async (address, request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return false;
    const page = pageOf(address);
    const file = files.get(page ?? address);
    if (file === undefined) return false;
    // A worker obeys the policy that its script came with.
    response.setHeader('content-security-policy', POLICY);
    if (page === undefined) {
      await answerStaticFile(file, request, response, compression);
      return true;
    }
    response.setHeader('permissions-policy', page === STATION ? 'camera=(self)' : 'camera=()');
    if (page === STATION) await answerStaticFile(file, request, response, compression);
    else {
      const token = await readyToken(services, request);
      const { siteTimeZone } = plantSettings(services);
      const facts = { 'time-zone': siteTimeZone, ...(token === undefined ? {} : { 'ready-token': token }) };
      const tags = Object.entries(facts).map(([name, content]) => `<meta name="${name}" content="${content}">`);
      const html = file.content.toString().replace('</head>', `${tags.join('')}</head>`);
      response.writeHead(200, { 'content-type': file.contentType, 'content-length': Buffer.byteLength(html) });
      response.end(request.method === 'HEAD' ? undefined : html);
    }
    return true;
  };
}

const STATION = '/station.html';

function pageOf(address: string): string | undefined {
  if (address === '/station') return STATION;
  return DASHBOARD.includes(address.split('/')[1] ?? '') ? '/index.html' : undefined;
}

async function readyToken(services: Services, request: IncomingMessage): Promise<string | undefined> {
  if (request.method !== 'GET' || isForeign(request) || !isFromThisMachine(request.headers)) return undefined;
  return developmentToken(services);
}

/** The built files by the path of their address. */
function builtFiles(): ReadonlyMap<string, StaticFile> {
  if (!existsSync(BUILT)) return new Map();
  const names = readdirSync(BUILT, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(BUILT, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'));
  return new Map(
    names.map((name) => [
      `/${name}`,
      staticFile(`/${name}`, readFileSync(path.join(BUILT, name)), name.startsWith('assets/')),
    ]),
  );
}
