import { type ConfigType, plantSettingOf } from '../../platform/rules/plant-setting.ts';
import { type Answer, rejection } from '../../platform/rules/rejection.ts';

/** The lengths of the texts of a config entry, in characters. */
export const CONFIG_LENGTHS = { key: 255, value: 10_000, description: 1_000 } as const;

/** The form of a key. */
export const CONFIG_KEY = {
  pattern: /^(?=.{1,255}$)[a-z0-9_]+(?:\.[a-z0-9_]+)*$/,
  form: 'at most 255 characters: words of a-z 0-9 _, separated by dots, like site.time_zone',
} as const;

/** CFG-2: A value fits its type. That of a setting which takes effect has the type and the form of the setting. */
export function valueFits(key: string, type: ConfigType, value: string | undefined): Answer {
  const setting = plantSettingOf(key);
  if (setting !== undefined && setting.type !== type)
    return rejection('CFG-2', 'type', `${key} is a setting of type ${setting.type}, not ${type}.`, 'INVALID_INPUT');
  if (value === undefined) return undefined;
  // The value itself may be a secret.
  if (!isOfType(type, value))
    return rejection('CFG-2', 'value', `The value of ${key} must be ${FORMS[type]}.`, 'INVALID_INPUT');
  if (setting === undefined || setting.isValid(value)) return undefined;
  return rejection('CFG-2', 'value', `The value of ${key} must be ${setting.form}.`, 'INVALID_INPUT');
}

const FORMS: Readonly<Record<ConfigType, string>> = {
  STRING: 'a text',
  INTEGER: 'a whole number of at most 18 digits',
  BOOLEAN: 'true or false',
  JSON: 'JSON',
  ENCRYPTED: 'a text',
};

function isOfType(type: ConfigType, value: string): boolean {
  switch (type) {
    case 'INTEGER':
      return /^-?\d{1,18}$/.test(value);
    case 'BOOLEAN':
      return value === 'true' || value === 'false';
    case 'JSON':
      return isJson(value);
    default:
      return true;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // Not JSON.
    return false;
  }
}

/** CFG-3: What is stored encrypted takes no effect as a setting: settings are shown to everybody who reads a figure. */
export function mayBeSensitive(key: string, isSensitive: boolean): Answer {
  if (!isSensitive || plantSettingOf(key) === undefined) return undefined;
  return rejection('CFG-3', 'isSensitive', `${key} is a setting that takes effect, and never secret.`, 'INVALID_INPUT');
}
