/**
 * The settings of a plant that administrators change while lotgraph runs, as config entries. Other keys are free: they
 * belong to the plant's own programs.
 */
import { isTimeZone } from '../values/zoned-time.ts';
import { shiftsIn } from './shift.ts';

/** What the value of a config entry can be. */
export const CONFIG_TYPES = ['STRING', 'INTEGER', 'BOOLEAN', 'JSON', 'ENCRYPTED'] as const;
/** What the value of a config entry is. */
export type ConfigType = (typeof CONFIG_TYPES)[number];

/** What the value of a setting must be. */
interface PlantSetting {
  readonly type: ConfigType;
  /** In words: "must be …". */
  readonly form: string;
  isValid(value: string): boolean;
}

const RATIO: PlantSetting = {
  type: 'STRING',
  form: 'a share from 0 to 1, like 0.1',
  isValid: (value) => /^(?:0(?:\.\d{1,9})?|1(?:\.0{1,9})?)$/.test(value),
};

function wholeNumber(least: number, most: number): PlantSetting {
  return {
    type: 'INTEGER',
    form: `a whole number from ${least} to ${most}`,
    isValid: (value) => Number(value) >= least && Number(value) <= most,
  };
}

/** The settings that take effect, by their keys. */
export const PLANT_SETTINGS = {
  'site.time_zone': { type: 'STRING', form: 'an IANA time zone like Europe/Berlin', isValid: isTimeZone },
  'site.shifts': {
    type: 'JSON',
    form: 'a list of shifts with different names and starts, like [{"name":"EARLY","start":"06:00"}]',
    isValid: (value) => shiftsIn(value) !== undefined,
  },
  'station.offline_after_seconds': wholeNumber(1, 86_400),
  'audit.retention_days': wholeNumber(1, 36_500),
  'alerts.failure_ratio': RATIO,
  'alerts.failure_ratio_high': RATIO,
  'quality.auto_quarantine': {
    type: 'BOOLEAN',
    form: 'true or false',
    isValid: (value) => value === 'true' || value === 'false',
  },
  'report.expiry_days': wholeNumber(1, 36_500),
  'performance.alert_ratio': RATIO,
} as const satisfies Readonly<Record<string, PlantSetting>>;

/** The key of a setting that takes effect. */
export type PlantSettingKey = keyof typeof PLANT_SETTINGS;

/** The setting of a key; undefined for a key that belongs to the plant's own programs. */
export function plantSettingOf(key: string): PlantSetting | undefined {
  return Object.hasOwn(PLANT_SETTINGS, key) ? PLANT_SETTINGS[key as PlantSettingKey] : undefined;
}
