/**
 * Reads a GraphQL multipart request (github.com/jaydenseric/graphql-multipart-request-spec), with constant memory.
 *
 * 1. Its first field is `operations`, the JSON of an ordinary request; the second is `map`, which says which variables
 *    each file stands for; then come the files.
 * 2. A file is received by the file store while it arrives. Nothing is kept of it unless a command keeps it.
 * 3. The result is the body of an ordinary JSON request, in which each of these variables says what its file is.
 * 4. A file that is too large is read to its end and is an input like others, so that the mutation can refuse it by its
 *    rule. A body that is larger than two such files is rejected.
 */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { type FileStore, FileTooLarge } from '../../../platform/file-store/file-store.ts';
import { LIMITS } from '../../../platform/process/limits.ts';
import type { UploadedFile } from '../../../platform/request/uploads.ts';
import { type Fields, jsonBodyOf } from './multipart-fields.ts';
import { bodyTooLarge, invalidRequest, type HttpRejection } from '../request-checks.ts';

/** A multipart request that was read. Its reader discards the files when it has answered. */
export interface MultipartRequest {
  /** The body of an ordinary request that says the same. */
  readonly body: string;
  readonly uploads: readonly UploadedFile[];
}

/** Reads a multipart request, or says why it is rejected. `GONE` if the client disconnects before its end. */
export async function readMultipart(
  request: IncomingMessage,
  files: FileStore,
  fileLimit: number,
): Promise<MultipartRequest | { readonly rejection: HttpRejection } | 'GONE'> {
  const fields: Fields = {};
  const names = new Set<string>();
  const uploads = new Map<string, UploadedFile>();
  const arriving = new Map<Readable, Promise<void>>();
  let rejected: HttpRejection | undefined;
  let failure: { readonly error: unknown } | undefined;

  const receive = async (name: string, stream: Readable, given: Omit<UploadedFile, 'received'>): Promise<void> => {
    try {
      const received = await files
        .receive(stream.iterator({ destroyOnReturn: false }), fileLimit)
        .catch((error: unknown) => (error instanceof FileTooLarge ? 'TOO_LARGE' : Promise.reject(error)));
      uploads.set(name, { ...given, received });
    } catch (error) {
      failure ??= { error };
    } finally {
      stream.resume();
    }
  };

  const parser = parserOf(request);
  if (parser === undefined) return { rejection: invalidRequest('The multipart request has no boundary.') };
  parser
    .on('field', (name, value, _isNameCut, isCut) => {
      if (isCut) rejected ??= bodyTooLarge();
      else if (name === 'operations' && fields.operations === undefined) fields.operations = value;
      else if (name === 'map' && fields.operations !== undefined && fields.map === undefined) fields.map = value;
      else rejected ??= OUT_OF_ORDER;
    })
    .on('file', (...[name, stream, fileName, , contentType]) => {
      // A stream without a reader must not end the process when the request ends in the middle of it.
      stream.on('error', () => undefined);
      if (fields.map === undefined || names.has(name)) rejected ??= OUT_OF_ORDER;
      names.add(name);
      if (rejected === undefined)
        arriving.set(stream, receive(name, stream, { fileName: fileName ?? '', contentType }));
      else stream.resume();
    })
    .on('filesLimit', () => (rejected ??= TOO_MANY))
    .on('fieldsLimit', () => (rejected ??= OUT_OF_ORDER));

  const isRead = await feed(request, parser, mostBytesOfUpload(fileLimit), () => rejected !== undefined);
  if (isRead !== 'READ') for (const stream of arriving.keys()) stream.destroy(new Error('The request has ended.'));
  await Promise.all(arriving.values());
  const body = isRead === 'READ' && rejected === undefined ? jsonBodyOf(fields, uploads) : undefined;
  if (typeof body === 'string' && failure === undefined) return { body, uploads: [...uploads.values()] };
  await discardAll([...uploads.values()]);
  if (isRead === 'GONE') return 'GONE';
  if (isRead === 'READ' && failure !== undefined) throw failure.error;
  if (isRead === 'TOO_LARGE') return { rejection: uploadTooLarge(fileLimit) };
  return { rejection: rejected ?? (typeof body === 'object' ? body : CUT_OFF) };
}

/** Removes what was received of files. What a command has kept stays. */
export async function discardAll(uploads: readonly UploadedFile[]): Promise<void> {
  await Promise.all(uploads.map(({ received }) => (received === 'TOO_LARGE' ? undefined : received.discard())));
}

/** The most bytes of a whole multipart request. */
export function mostBytesOfUpload(fileLimit: number): number {
  return 2 * fileLimit + LIMITS.transport.bodyBytes;
}

/** The rejection of a multipart request that is too large as a whole. */
export function uploadTooLarge(fileLimit: number): HttpRejection {
  return bodyTooLarge(mostBytesOfUpload(fileLimit));
}

const OUT_OF_ORDER = invalidRequest(
  'A multipart request has one field "operations", then one field "map", then each file of the map once.',
);
const TOO_MANY = invalidRequest(`A request brings at most ${LIMITS.files.perRequest} files.`);
const CUT_OFF = invalidRequest('The multipart request ends in the middle, or is malformed.');

function parserOf({ headers }: IncomingMessage): BusboyInstance | undefined {
  try {
    return new Busboy({
      headers: { ...headers, 'content-type': headers['content-type'] ?? '' },
      // The name is judged as it was sent: a path is refused and not cut.
      preservePath: true,
      isPartAFile: (name) => name !== 'operations' && name !== 'map',
      limits: {
        fieldSize: LIMITS.transport.bodyBytes,
        fields: 2,
        files: LIMITS.files.perRequest,
        headerPairs: 20,
        headerSize: LIMITS.transport.headerBytes,
      },
    });
  } catch {
    return undefined;
  }
}

/** Writes the request into the parser as fast as the files are written, until its end or until it `isOver`. */
async function feed(
  request: IncomingMessage,
  parser: BusboyInstance,
  mostBytes: number,
  isOver: () => boolean,
): Promise<'READ' | 'TOO_LARGE' | 'MALFORMED' | 'GONE'> {
  let isMalformed = false;
  parser.once('error', () => (isMalformed = true));
  parser.on('error', () => undefined);
  let bytes = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      bytes += chunk.length;
      if (bytes > mostBytes) return 'TOO_LARGE';
      const isTaken = parser.write(chunk);
      if (isMalformed || isOver()) return 'MALFORMED';
      if (!isTaken) await once(parser, 'drain');
    }
    const finished = once(parser, 'finish');
    parser.end();
    await finished;
    return isMalformed ? 'MALFORMED' : 'READ';
  } catch {
    return isMalformed ? 'MALFORMED' : 'GONE';
  }
}
