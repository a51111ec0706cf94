import { command } from '../../platform/command/declaration.ts';
import { enforce, isCurrent } from '../../platform/command/rejection.ts';
import { lockRow } from '../../platform/command/row-lock.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { ADMINS } from '../../platform/rules/access.ts';
import { rejection } from '../../platform/rules/rejection.ts';
import type { Environment } from '../../platform/rules/environment.ts';
import type { ConfigType } from '../../platform/rules/plant-setting.ts';
import type { TokenSecrets } from '../../platform/security/token-secrets.ts';
import { sealText } from '../../platform/security/sealed-text.ts';
import { configEntries } from './config-entry.loaders.ts';
import { mayBeSensitive, valueFits } from './config-entry.rules.ts';
import { DeleteConfigEntry, SetConfigEntry } from './config-entry.shapes.ts';

/** CFG-1, CFG-2, CFG-3: Makes the entry of a key and an environment, or replaces it as a whole. */
export const setConfigEntry = command({
  name: 'setConfigEntry',
  action: 'configEntry.set',
  description:
    'Sets a value for a key and an environment: makes the entry, or replaces it as a whole (CFG-1). A setting that takes effect does so in every process of that environment within 5 seconds, in this one at once.',
  access: ADMINS,
  input: SetConfigEntry,
  async run({ tx, context }, { key, environment, type, value, description, expectedVersion, ...given }) {
    const isSensitive = given.isSensitive || type === 'ENCRYPTED';
    const [known] = await tx.query<Row<'ConfigEntry'>>(
      sql`SELECT ${configEntries.columns} FROM config_entries t WHERE t.key = ${key} AND t.environment = ${environment}::environment FOR UPDATE`,
    );
    enforce(
      valueFits(key, type, value),
      mayBeSensitive(key, isSensitive),
      known === undefined
        ? expectedVersion === undefined
          ? undefined
          : rejection('NOT_FOUND', 'expectedVersion', `There is no entry ${key} for ${environment} yet.`)
        : isCurrent(known, expectedVersion, { configEntry: known.id }),
    );
    const entry = { key, environment, type, value, description, isSensitive };
    return { configEntry: await putConfigEntry(tx, entry, context.services.config) };
  },
  afterCommit: ({ services }) => services.entries.reload(),
});

/** What an entry is made from. */
export interface NewConfigEntry {
  readonly key: string;
  readonly environment: Environment;
  readonly type: ConfigType;
  readonly value: string | undefined;
  readonly description: string | undefined;
  readonly isSensitive: boolean;
}

/** CFG-1, CFG-3: A step: makes or replaces an entry whose values were judged; a sensitive one is sealed. Returns its id. */
export async function putConfigEntry(
  tx: Tx,
  { key, environment, value, description, ...given }: NewConfigEntry,
  secrets: TokenSecrets,
): Promise<string> {
  const { type, isSensitive } = given;
  const data = {
    type,
    isSensitive,
    description: description ?? null,
    value: isSensitive ? null : (value ?? null),
    sealedValue: isSensitive && value !== undefined ? sealText(secrets, value) : null,
  };
  const { id } = await tx.configEntry.upsert({
    where: { key_environment: { key, environment } },
    create: { key, environment, ...data },
    update: data,
  });
  return id;
}

/** CFG-1: Deletes an entry: its setting has its default again. */
export const deleteConfigEntry = command({
  name: 'deleteConfigEntry',
  action: 'configEntry.deleted',
  description:
    'Deletes an entry. A setting that takes effect then has the value of its environment variable again, or its default.',
  access: ADMINS,
  input: DeleteConfigEntry,
  async run({ tx }, { id, expectedVersion }) {
    const reference = { key: 'id', value: id } as const;
    const entry = await lockRow(tx, configEntries, { reference, lock: 'UPDATE', path: 'id', what: 'Config entry' });
    enforce(isCurrent(entry, expectedVersion, { configEntry: id }));
    await tx.configEntry.delete({ where: { id } });
    return { deletedId: id };
  },
  afterCommit: ({ services }) => services.entries.reload(),
});
