/**
 * Files that browsers load from this server.
 *
 * 1. The name of an immutable file contains the hash of its content, so a browser keeps it for ever and asks for it once. Any
 *    other file is asked for each time, and answered with 304 while it is unchanged.
 * 2. A file is compressed once, when it is first asked for, and kept. The levels are higher than those of answers.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { sha256Of } from '../../../platform/values/sha256.ts';
import { acceptedCoding, type Coding, varyByCoding } from '../compression.ts';

/** Answers a request for a page or a file. Resolves to false if the path is not that of one. */
export type AnswerFile = (path: string, request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

/** A file in memory. */
export interface StaticFile {
  /** The path of its address. */
  readonly path: string;
  readonly contentType: string;
  readonly isImmutable: boolean;
  readonly hash: string;
  readonly content: Buffer;
  /** The compressed contents that were asked for. */
  readonly compressed: Map<Coding, Promise<Buffer>>;
}

/** A file with this content. */
export function staticFile(path: string, content: Buffer, isImmutable: boolean): StaticFile {
  const extension = path.slice(path.lastIndexOf('.') + 1);
  const contentType = CONTENT_TYPES[extension] ?? 'application/octet-stream';
  return { path, contentType, isImmutable, hash: hashOf(content), content, compressed: new Map() };
}

/** A short hash of the content, for names and validators. */
export function hashOf(content: Buffer): string {
  return sha256Of(content).slice(0, 20);
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  ico: 'image/x-icon',
};

/** Answers a request with a file. */
export async function answerStaticFile(
  file: StaticFile,
  { method, headers }: IncomingMessage,
  response: ServerResponse,
  isCompressed: boolean,
): Promise<void> {
  const { hash, content, contentType, isImmutable } = file;
  const cacheControl = isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache';
  const validators = { etag: `W/"${hash}"`, 'cache-control': cacheControl };
  if (isCompressed) varyByCoding(response);
  if (isKnown(headers['if-none-match'], validators.etag)) {
    response.writeHead(304, validators).end();
    return;
  }
  const coding = isCompressed ? acceptedCoding(headers['accept-encoding'], ['br', 'gzip']) : undefined;
  const body = coding === undefined ? content : await compressedContent(file, coding);
  response.writeHead(200, {
    ...validators,
    'content-type': contentType,
    'content-length': body.length,
    ...(coding === undefined ? {} : { 'content-encoding': coding }),
  });
  response.end(method === 'HEAD' ? undefined : body);
}

function compressedContent({ content, compressed }: StaticFile, coding: Coding): Promise<Buffer> {
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
