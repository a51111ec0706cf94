/** The body of an admitted request, however it was sent. */
import type { IncomingMessage } from 'node:http';
import { submitBatchCompletion } from '../../operation/background-job/background-job.commands.ts';
import { LIMITS } from '../../platform/process/limits.ts';
import type { Services } from '../../platform/request/context.ts';
import type { UploadedFile } from '../../platform/request/uploads.ts';
import { allows, type Viewer } from '../../platform/rules/access.ts';
import { isNestedDeeper } from '../../platform/values/json.ts';
import { readBody } from './node-fetch-bridge.ts';
import { bodyTooLarge, isMultipart, nestedTooDeep, TOO_SLOW, type HttpRejection } from './request-checks.ts';
import { readMultipart } from './upload/multipart.ts';

/** A body as JSON text, null for GET, with the files that came with it. */
export interface RequestBody {
  readonly body: string | null;
  readonly uploads?: readonly UploadedFile[];
}

/** The limits of a body without files. Those of one with files are in multipart.ts, its time in `SERVER_OPTIONS`. */
export interface BodyLimits {
  readonly mostBytes: number;
  /** Seconds in which it has to arrive. */
  readonly mostSeconds: number;
}

/** Reads the body of a request, or says why it is rejected. `GONE` if the client disconnects before its end. */
export async function requestBodyOf(
  request: IncomingMessage,
  { files, config }: Pick<Services, 'files' | 'config'>,
  { mostBytes, mostSeconds }: BodyLimits,
): Promise<RequestBody | { readonly rejection: HttpRejection } | 'GONE'> {
  if (request.method !== 'POST') return { body: null };
  if (isMultipart(request)) return readMultipart(request, files, config.fileLimit);
  if (Number(request.headers['content-length'] ?? 0) > mostBytes) return { rejection: bodyTooLarge(mostBytes) };
  const body = await readBody(request, mostBytes, mostSeconds);
  if (body === 'GONE') return 'GONE';
  if (body === 'TOO_SLOW') return { rejection: TOO_SLOW };
  if (body === 'TOO_LARGE') return { rejection: bodyTooLarge(mostBytes) };
  return isNestedDeeper(body, LIMITS.transport.jsonLevels) ? { rejection: nestedTooDeep() } : { body };
}

/** The most bytes of the body of a viewer's request. Who may submit batches for the background may send larger ones. */
export function bodyLimitOf(viewer: Viewer | null): number {
  return allows(submitBatchCompletion.access, viewer) ? LIMITS.transport.batchBodyBytes : LIMITS.transport.bodyBytes;
}

/** True for a body that is larger than that of any request but a batch. */
export function isLargeBody(body: string | null): boolean {
  return body !== null && Buffer.byteLength(body) > LIMITS.transport.bodyBytes;
}
