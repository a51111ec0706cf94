/**
 * The files of the file store over HTTP: `GET /files/<id>` under a signed address, and `PUT /files/upload/<ticket>`.
 *
 * 1. The address is the credential. It is checked before anything is read; a wrong or expired one is answered with 403.
 * 2. A download leaves an entry in the audit trail before its first byte is sent (AUD-6). The file is sent as an
 *    attachment, whatever its content, so that a browser never shows or runs it.
 * 3. An upload goes into the file store with constant memory, and then through the command `uploadArtifact`. The ticket
 *    is its idempotency key: a repeated upload of the same content has one effect, and another content is refused.
 */
import { pipeline } from 'node:stream/promises';
import { recordAuditAccess } from '../../operation/audit/evidence.commands.ts';
import { run } from '../../platform/command/run.ts';
import { FileTooLarge, type OpenedFile } from '../../platform/file-store/file-store.ts';
import type { Services } from '../../platform/request/context.ts';
import { uploadValueOf } from '../../platform/request/uploads.ts';
import { verifiedDownload, verifiedTicket } from '../../platform/security/signed-address.ts';
import { decodeGlobalId, encodeGlobalId } from '../../platform/values/global-id.ts';
import { assert } from '../../platform/values/assert.ts';
import { errorCodeOf } from '../../platform/values/system-error.ts';
import { uploadArtifact } from '../../quality/artifact/artifact.commands.ts';
import { ticketIn } from '../../quality/artifact/upload-ticket.shapes.ts';
import type { FileRequest, FilesHandler } from '../http/http-entry.ts';
import { bodyTooLarge, type HttpRejection } from '../http/request-checks.ts';
import { contextFor } from '../request/context.ts';
import { attachmentNamed } from './content-disposition.ts';
import { DOWNLOADS } from './downloads.ts';
import { viewerOfPrincipal } from './principal.ts';

const FILES_PATH = '/files/';
const UPLOAD_PATH = `${FILES_PATH}upload/`;

/** Creates the handler of a server process. */
export function filesHandler(services: Services): FilesHandler {
  return (path, request) =>
    path.startsWith(UPLOAD_PATH)
      ? receiveUpload(services, path.slice(UPLOAD_PATH.length), request)
      : sendDownload(services, path.slice(FILES_PATH.length), request);
}

async function sendDownload(
  services: Services,
  globalId: string,
  { request, response, requestId, origin, note }: FileRequest,
): Promise<HttpRejection | undefined> {
  if (request.method !== 'GET') return wrongMethod('GET');
  const query = new URLSearchParams(request.url?.split('?').slice(1).join('?'));
  const address = verifiedDownload(services.config, globalId, query, Date.now());
  const viewer = address && (await viewerOfPrincipal(services.database.reader(), address.principal));
  if (viewer === undefined) return NOT_SIGNED;
  const context = contextFor(services, viewer, requestId, origin);
  note(context);
  const { type = '', id = '' } = decodeGlobalId(globalId) ?? {};
  const source = Object.hasOwn(DOWNLOADS, type) ? DOWNLOADS[type] : undefined;
  const download = (await source?.find(context, id)) ?? 'MISSING';
  if (download === 'EXPIRED') return EXPIRED;
  const opened = download === 'MISSING' ? undefined : await services.files.open(download.key, download.location);
  if (source === undefined || download === 'MISSING' || opened === undefined) return MISSING;
  try {
    assert(opened.sizeBytes === download.sizeBytes, `The stored file ${download.key} is damaged.`);
    await recordAuditAccess(context, {
      operation: 'DOWNLOAD',
      action: source.action,
      entity: source.entity,
      recordId: id,
    });
    response.writeHead(200, {
      'content-type': download.contentType,
      'content-length': opened.sizeBytes,
      'content-disposition': attachmentNamed(download.fileName),
      etag: `"${download.sha256}"`,
      'x-request-id': requestId,
    });
    await pipeline(exactly(opened), response);
  } catch (error) {
    if (errorCodeOf(error) !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  } finally {
    opened.content.destroy();
  }
  return undefined;
}

async function receiveUpload(
  services: Services,
  text: string,
  { request, response, requestId, origin, note }: FileRequest,
): Promise<HttpRejection | undefined> {
  if (request.method !== 'PUT') return wrongMethod('PUT');
  const { config, database, files } = services;
  const content = verifiedTicket(config, text, Date.now());
  const ticket = content === undefined ? undefined : ticketIn(content);
  const viewer = ticket && (await viewerOfPrincipal(database.reader(), ticket.principal));
  if (ticket === undefined || viewer === undefined) return NOT_SIGNED;
  const context = contextFor(services, viewer, requestId, origin);
  note(context);
  if (Number(request.headers['content-length'] ?? 0) > config.fileLimit) return bodyTooLarge(config.fileLimit);
  const received = await files
    .receive(request.iterator({ destroyOnReturn: false }), config.fileLimit)
    .catch((error: unknown) => {
      if (error instanceof FileTooLarge) return 'TOO_LARGE' as const;
      if (request.readableAborted || request.destroyed) return 'GONE' as const;
      throw error;
    });
  if (received === 'GONE') return undefined;
  if (received === 'TOO_LARGE') return bodyTooLarge(config.fileLimit);
  try {
    const upload = { fileName: '', contentType: '', received };
    const { output, errors } = await run(
      uploadArtifact,
      { ...ticket.input, file: uploadValueOf(upload), idempotencyKey: `upload ${ticket.id}` },
      { ...context, uploads: [upload] },
    );
    const artifact = output === null ? null : { id: encodeGlobalId('Artifact', output.artifact) };
    response.writeHead(output === null ? 422 : 201, {
      'content-type': 'application/json; charset=utf-8',
      'x-request-id': requestId,
    });
    response.end(
      JSON.stringify({
        artifact,
        errors: errors.map(({ code, message, path, rule }) => ({ code, message, path, rule })),
      }),
    );
  } finally {
    await received.discard();
  }
  return undefined;
}

/**
 * The content, which ends with its last byte. A stream finds its end by one more read, and a client that has every byte
 * may close the connection before: its complete download would look like one that broke off.
 */
async function* exactly({ content, sizeBytes }: OpenedFile): AsyncGenerator<Uint8Array> {
  let left = sizeBytes;
  for await (const chunk of content) {
    left -= chunk.length;
    assert(left >= 0, 'A stored file has more bytes than were announced.');
    yield chunk;
    if (left === 0) return;
  }
  assert(left === 0, 'A stored file has fewer bytes than were announced.');
}

function wrongMethod(allow: string): HttpRejection {
  return { status: 405, code: 'INVALID_INPUT', message: `Only ${allow} is answered here.`, headers: { allow } };
}

const NOT_SIGNED: HttpRejection = {
  status: 403,
  code: 'FORBIDDEN',
  message: 'This address is not valid, or is not valid any more; ask the graph for a new one.',
};
const MISSING: HttpRejection = { status: 404, code: 'NOT_FOUND', message: 'There is no such file.' };
const EXPIRED: HttpRejection = {
  status: 410,
  code: 'NOT_FOUND',
  message: 'This file has expired; make it again.',
};
