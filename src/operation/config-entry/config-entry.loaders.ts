import type { Database } from '../../platform/postgres/client.ts';
import { table } from '../../platform/postgres/table.ts';
import type { Log } from '../../platform/process/log.ts';
import { ENVIRONMENTS, STORED_ENVIRONMENTS, type EnvironmentName } from '../../platform/rules/environment.ts';
import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
import { byId } from '../../platform/read/loader.ts';
import type { StoredEntries } from '../../platform/request/plant-settings.ts';
import { plantSettingOf } from '../../platform/rules/plant-setting.ts';

/** The table of config entries. */
export const configEntries = table('ConfigEntry', 'config_entries');

/** Loads config entries by id. */
export const configEntryById = byId(configEntries);

const { column } = configEntries;

/** The list of config entries, with its filter and orders. */
export const configEntryList = connection({
  table: configEntries,
  filter: {
    key: filter.textFilter(column('key'), 'The key of the setting.'),
    environment: filter.enumFilter(ENVIRONMENTS, column('environment'), 'Where the entry counts.'),
  },
  orders: {
    KEY: order('By key.', { field: 'key', column: column('key'), cast: 'text' }),
    CREATED_AT: order('By when it was made.', {
      field: 'createdAt',
      column: column('createdAt'),
      cast: 'timestamptz',
    }),
  },
  defaultOrder: [{ field: 'KEY' }],
});

/** The entries of an environment that take effect as settings, read once; `reload` reads them again. */
export async function openStoredEntries(
  database: Database,
  environment: EnvironmentName,
  log: Log,
): Promise<StoredEntries> {
  const entries: { values: ReadonlyMap<string, string>; reload(): Promise<void> } = {
    values: new Map(),
    async reload() {
      const rows = await database.reader().sql<{ readonly key: string; readonly value: string }>`
        SELECT key, value FROM config_entries WHERE environment = ${STORED_ENVIRONMENTS[environment]}::environment AND value IS NOT NULL`;
      const settings = rows.filter(({ key }) => plantSettingOf(key) !== undefined);
      const wrong = settings.filter(({ key, value }) => plantSettingOf(key)?.isValid(value) !== true);
      if (wrong.length > 0)
        log.warn(
          { event: 'config.invalid_entry', keys: wrong.map(({ key }) => key) },
          'config entries with values that do not fit take no effect',
        );
      entries.values = new Map(settings.filter((each) => !wrong.includes(each)).map(({ key, value }) => [key, value]));
    },
  };
  await entries.reload();
  return entries;
}
