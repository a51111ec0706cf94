import { randomBytes } from 'node:crypto';
import { v7 as uuid7 } from 'uuid';
import { apiKeys } from './api-key.loaders.ts';
import {
  apiKeyOf,
  expiryFits,
  expiryOfKey,
  hasOneHolder,
  mayRevoke,
  serviceRoleFits,
  USE_RECORDED_EVERY_SECONDS,
} from './api-key.rules.ts';
import { CreateApiKey, RevokeApiKey } from './api-key.shapes.ts';
import { lockStation } from '../station/station.commands.ts';
import { command } from '../../platform/command/declaration.ts';
import { enforce, isCurrent } from '../../platform/command/rejection.ts';
import { lockRow } from '../../platform/command/row-lock.ts';
import type { Reader } from '../../platform/postgres/client.ts';
import { ADMINS, userViewerOf } from '../../platform/rules/access.ts';
import { hashOfSecret, randomSecret } from '../../platform/security/access-token.ts';

/**
 * AUT-5, AUT-6: Creates a key with which a station or a service acts as itself. The secret is returned only once; its
 * hash is stored.
 */
export const createApiKey = command({
  name: 'createApiKey',
  action: 'api_key.created',
  description:
    'Makes a key with which a station (AUT-5) or a service (AUT-6) acts as itself, for 365 days unless another end is given. The secret is shown only now.',
  access: ADMINS,
  input: CreateApiKey,
  async run({ tx, now, viewer }, { station: reference, service, name, expiresAt = expiryOfKey(now) }) {
    enforce(
      hasOneHolder({ station: reference, service }),
      service === undefined ? undefined : serviceRoleFits(service.role, viewer),
    );
    const station = reference === undefined ? undefined : await lockStation(tx, reference, 'SHARE');
    enforce(expiryFits(expiresAt, now));
    const prefix = randomBytes(6).toString('base64url');
    const secret = apiKeyOf(prefix, randomSecret());
    const data = {
      id: uuid7(),
      name,
      stationId: station?.id ?? null,
      role: service?.role ?? null,
      isReadOnly: service?.isReadOnly ?? false,
      prefix,
      secretHash: hashOfSecret(secret),
      expiresAt,
      createdById: userViewerOf(viewer).id,
    };
    const { id } = await tx.apiKey.create({ data });
    return { apiKey: id, secret };
  },
});

/** AUT-5: Revokes a key for good. */
export const revokeApiKey = command({
  name: 'revokeApiKey',
  action: 'api_key.revoked',
  description: 'Revokes a key for good; it is refused from the next request on (AUT-5).',
  access: ADMINS,
  input: RevokeApiKey,
  async run({ tx, now }, { id, expectedVersion }) {
    const reference = { key: 'id', value: id };
    const key = await lockRow(tx, apiKeys, { reference, lock: 'NO KEY UPDATE', path: 'id', what: 'API key' });
    enforce(isCurrent(key, expectedVersion, { apiKey: key.id }), mayRevoke(key));
    await tx.apiKey.update({ where: { id }, data: { revokedAt: now } });
    return { apiKey: id };
  },
});

/** AUT-5: Records that a key was used, at most once a minute, however many requests arrive at once. */
export async function recordKeyUse(db: Reader, id: string): Promise<void> {
  await db.sql`
    UPDATE api_keys SET last_used_at = now()
    WHERE id = ${id}::uuid AND coalesce(last_used_at <= now() - make_interval(secs => ${USE_RECORDED_EVERY_SECONDS}), true)`;
}
