/**
 * The scripts and styles of GraphiQL, which its page loads from this server.
 *
 * 1. The name of a file contains the hash of its content, so a browser keeps it for ever and asks for it once.
 * 2. A file is compressed once, when it is first asked for, and kept. Its levels are higher than those of answers.
 * 3. The package is loaded with the first page: a server in production never needs it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Config } from '../../platform/process/config.ts';
import { sha256Of } from '../../platform/values/sha256.ts';
import { acceptedCoding, varyByCoding, type Coding } from '../http/compression.ts';

/** The path of all files of GraphiQL. */
const FOLDER = '/graphiql/';

/** A file of GraphiQL. */
interface PageFile {
  readonly path: string;
  readonly contentType: string;
  readonly hash: string;
  readonly content: Buffer;
  /** The compressed contents that were asked for. */
  readonly compressed: Map<Coding, Promise<Buffer>>;
}

/** The files of GraphiQL by their purpose. */
export interface PageFiles {
  readonly script: PageFile;
  readonly style: PageFile;
  /** Begins GraphiQL with the options that the page contains. */
  readonly start: PageFile;
  readonly editorWorker: PageFile;
  readonly jsonWorker: PageFile;
  readonly graphqlWorker: PageFile;
  readonly icon: PageFile;
}

/** Answers a request for a file of GraphiQL. Resolves to false if the path is not that of a file. */
export type AnswerFile = (path: string, request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

/** Creates the answers of a server process. In production there are no files. */
export function fileAnswer({ environment, compression }: Pick<Config, 'environment' | 'compression'>): AnswerFile {
  return async (path, { method, headers }, response) => {
    if (environment === 'production' || method !== 'GET' || !path.startsWith(FOLDER)) return false;
    const file = Object.values(await pageFiles()).find((each: PageFile) => each.path === path);
    if (file === undefined) return false;
    const { hash, content, contentType } = file;
    const validators = { etag: `W/"${hash}"`, 'cache-control': 'public, max-age=31536000, immutable' };
    if (compression) varyByCoding(response);
    if (isKnown(headers['if-none-match'], validators.etag)) {
      response.writeHead(304, validators).end();
      return true;
    }
    const coding = compression ? acceptedCoding(headers['accept-encoding'], ['br', 'gzip']) : undefined;
    const body = coding === undefined ? content : await compressedContent(file, coding);
    response.writeHead(200, {
      ...validators,
      'content-type': contentType,
      'content-length': body.length,
      ...(coding === undefined ? {} : { 'content-encoding': coding }),
    });
    response.end(body);
    return true;
  };
}

let files: Promise<PageFiles> | undefined;

/** The files of GraphiQL, read once. */
export function pageFiles(): Promise<PageFiles> {
  files ??= readFiles();
  return files;
}

async function readFiles(): Promise<PageFiles> {
  const { css, js, favicon, editorWorkerService, jsonWorker, graphqlWorker } = await import(
    '@graphql-yoga/render-graphiql/graphiql'
  );
  const workers = {
    editorWorker: pageFile('editor-worker', 'js', editorWorkerService),
    jsonWorker: pageFile('json-worker', 'js', jsonWorker),
    graphqlWorker: pageFile('graphql-worker', 'js', graphqlWorker),
  };
  return {
    script: pageFile('graphiql', 'js', js),
    style: pageFile('graphiql', 'css', css),
    icon: pageFile('favicon', 'ico', Buffer.from(favicon.slice(favicon.indexOf(',') + 1), 'base64')),
    ...workers,
    start: pageFile('start', 'js', startScript(workers)),
  };
}

/**
 * The script that begins GraphiQL. It is a file, because the content policy allows no script inside of the page. It
 * asks for the tour by name: GraphiQL uses a default only on the first visit, and shows an empty tab on the next ones.
 */
function startScript({
  editorWorker,
  jsonWorker,
  graphqlWorker,
}: Omit<PageFiles, 'script' | 'style' | 'start' | 'icon'>): string {
  const paths = { editorWorkerService: editorWorker.path, json: jsonWorker.path, graphql: graphqlWorker.path };
  return `
const workers = ${JSON.stringify(paths)};
self.MonacoEnvironment = { globalAPI: false, getWorkerUrl: (_module, label) => workers[label] };
const options = JSON.parse(document.querySelector('#options').textContent);
YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#root'), { query: options.defaultQuery, ...options });
`;
}

function pageFile(name: string, extension: 'js' | 'css' | 'ico', given: string | Buffer): PageFile {
  const content = typeof given === 'string' ? Buffer.from(given) : given;
  const hash = sha256Of(content).slice(0, 20);
  return {
    path: `${FOLDER}${name}-${hash}.${extension}`,
    contentType: CONTENT_TYPES[extension],
    hash,
    content,
    compressed: new Map(),
  };
}

const CONTENT_TYPES = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  ico: 'image/x-icon',
} as const;

function compressedContent({ content, compressed }: PageFile, coding: Coding): Promise<Buffer> {
  const known = compressed.get(coding) ?? compress(content, coding);
  compressed.set(coding, known);
  return known;
}

function compress(content: Buffer, coding: Coding): Promise<Buffer> {
  return coding === 'gzip'
    ? promisify(gzip)(content, { level: 6 })
    : promisify(brotliCompress)(content, {
        params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
      });
}

/** True if the client has the file already. */
function isKnown(header: string | undefined, etag: string): boolean {
  return header !== undefined && header.split(',').some((each) => each.trim() === '*' || each.trim() === etag);
}
