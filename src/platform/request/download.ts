import { LIMITS } from '../process/limits.ts';
import { principalText } from '../rules/access.ts';
import { downloadPath } from '../security/signed-address.ts';
import { present } from '../values/assert.ts';
import { encodeGlobalId } from '../values/global-id.ts';
import type { Context } from './context.ts';

/**
 * The path at this server under which the file of a record can be fetched for 5 minutes from the time of the request,
 * without other credentials (app/files/). It is made for the viewer, whom the audit trail names at each download.
 */
export function downloadUrl(
  { services, viewer, now }: Pick<Context, 'services' | 'viewer' | 'now'>,
  type: string,
  id: string,
): string {
  return downloadPath(services.config.tokenSecret, {
    id: encodeGlobalId(type, id),
    expiresAtSeconds: Math.floor(Date.parse(now) / 1_000) + LIMITS.files.downloadSeconds,
    principal: principalText(present(viewer, 'The viewer of a record with a file')),
  });
}
