import { asNode, builder, enumeration } from '../../platform/graphql/builder.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import { deletedIdField, loadById, mutation } from '../../platform/graphql/mutation.ts';
import { derived } from '../../platform/read/field.ts';
import { ADMINS_AND_AUDITORS } from '../../platform/rules/access.ts';
import { CONFIG_TYPES, PLANT_SETTINGS } from '../../platform/rules/plant-setting.ts';
import { AuditEntryConnection, recordHistory } from '../audit/audit-entry.graphql.ts';
import { Environment } from '../migration-history/migration-history.graphql.ts';
import { deleteConfigEntry, setConfigEntry } from './config-entry.commands.ts';
import { configEntryById, configEntryList } from './config-entry.loaders.ts';
import { CONFIG_KEY, CONFIG_LENGTHS } from './config-entry.rules.ts';

const ConfigType = enumeration('ConfigType', CONFIG_TYPES, 'What the value of a config entry is (CFG-2).', {
  STRING: 'Any text.',
  INTEGER: 'A whole number of at most 18 digits.',
  BOOLEAN: '`true` or `false`.',
  JSON: 'Any JSON.',
  ENCRYPTED: 'Any text that is stored encrypted and never shown again.',
});

export const ConfigEntry = builder.prismaObject('ConfigEntry', {
  authScopes: { may: ADMINS_AND_AUDITORS },
  fields: (t) => ({
    key: t.exposeString('key'),
    environment: t.expose('environment', { type: Environment }),
    type: t.expose('type', { type: ConfigType }),
    value: t.exposeString('value', { nullable: true }),
    isSet: t.boolean({
      description: 'Whether there is a value, also one that is never shown (CFG-3).',
      ...derived(['value', 'sealedValue'], ({ value, sealedValue }) => value !== null || sealedValue !== null),
    }),
    description: t.exposeString('description', { nullable: true }),
    isSensitive: t.exposeBoolean('isSensitive'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    version: t.exposeInt('version'),
  }),
});
asNode(ConfigEntry, configEntryById);
AuditEntryConnection.on(ConfigEntry, 'history', 'recordId', recordHistory('config_entries'));

const ConfigEntryConnection = connectionType({
  connection: configEntryList,
  node: ConfigEntry,
  name: 'ConfigEntry',
  what: 'config entries',
});
ConfigEntryConnection.root('configEntries', {
  access: ADMINS_AND_AUDITORS,
  description:
    'The settings of the plant that were set here, and the values that its programs keep, by key. A setting without an entry has the value of its environment variable, or its default (CFG-1).',
});

mutation(setConfigEntry, {
  isVersioned: true,
  input: (t) => ({
    key: t.string({
      required: true,
      description: `The key: ${CONFIG_KEY.form}. These take effect: ${Object.keys(PLANT_SETTINGS).join(', ')}.`,
    }),
    environment: t.field({
      type: Environment,
      defaultValue: 'PRODUCTION',
      description: 'Where the entry counts: each process reads those of its own environment.',
    }),
    type: t.field({ type: ConfigType, defaultValue: 'STRING', description: 'What the value is (CFG-2).' }),
    value: t.string({
      description: `The value as text, at most ${CONFIG_LENGTHS.value.toLocaleString('en')} characters; none unless given.`,
    }),
    description: t.string({
      description: `What it is for, at most ${CONFIG_LENGTHS.description.toLocaleString('en')} characters.`,
    }),
    isSensitive: t.boolean({
      defaultValue: false,
      description:
        'Whether the value is stored encrypted and never shown again (CFG-3). One of type ENCRYPTED always is.',
    }),
  }),
  payload: (t) => ({
    configEntry: t.field({
      type: ConfigEntry,
      nullable: true,
      description: 'The entry.',
      resolve: (p, _args, context, info) => loadById(configEntryById, p.configEntry, context, info),
    }),
  }),
});

mutation(deleteConfigEntry, {
  isVersioned: true,
  input: (t) => ({ id: t.id({ required: true, description: 'The id of the config entry.' }) }),
  payload: (t) => ({ deletedId: deletedIdField(t, 'ConfigEntry') }),
});
