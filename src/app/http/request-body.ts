/** The body of an admitted request, however it was sent. */
import type { IncomingMessage } from 'node:http';
import { LIMITS } from '../../platform/process/limits.ts';
import type { Services } from '../../platform/request/context.ts';
import type { UploadedFile } from '../../platform/request/uploads.ts';
import { isNestedDeeper } from '../../platform/values/json.ts';
import { readBody } from './node-fetch-bridge.ts';
import { bodyTooLarge, isMultipart, nestedTooDeep, TOO_SLOW, type HttpRejection } from './request-checks.ts';
import { readMultipart } from './upload/multipart.ts';

/** A body as JSON text, null for GET, with the files that came with it. */
export interface RequestBody {
  readonly body: string | null;
  readonly uploads?: readonly UploadedFile[];
}

/** Reads the body of a request, or says why it is rejected. `GONE` if the client disconnects before its end. */
export async function requestBodyOf(
  request: IncomingMessage,
  { files, config }: Pick<Services, 'files' | 'config'>,
): Promise<RequestBody | { readonly rejection: HttpRejection } | 'GONE'> {
  if (request.method !== 'POST') return { body: null };
  if (isMultipart(request)) return readMultipart(request, files, config.fileLimit);
  const body = await readBody(request, LIMITS.transport.bodyBytes, LIMITS.time.requestSeconds);
  if (body === 'GONE') return 'GONE';
  if (body === 'TOO_SLOW') return { rejection: TOO_SLOW };
  if (body === 'TOO_LARGE') return { rejection: bodyTooLarge() };
  return isNestedDeeper(body, LIMITS.transport.jsonLevels) ? { rejection: nestedTooDeep() } : { body };
}
