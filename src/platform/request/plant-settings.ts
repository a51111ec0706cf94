/** The settings of the plant as they are now: config entries, where there are some, before environment variables. */
import type { Config } from '../process/config.ts';
import type { PlantSettingKey } from '../rules/plant-setting.ts';
import { shiftsIn, type Shift } from '../rules/shift.ts';

/** The config entries of this environment that take effect, by their keys. Their values were checked. */
export interface StoredEntries {
  readonly values: ReadonlyMap<string, string>;
  /** Reads them again. */
  reload(): Promise<void>;
}

/** No entries: every setting has the value of its environment variable, or its default. */
export const NO_ENTRIES: StoredEntries = { values: new Map(), reload: () => Promise.resolve() };

/** The settings of the plant. */
export interface PlantSettings {
  readonly siteTimeZone: string;
  /** The shifts of the site, in the order of their starts. */
  readonly siteShifts: readonly Shift[];
  readonly stationOfflineAfterSeconds: number;
  /** For how many days entries of the audit trail are kept at least. */
  readonly auditRetentionDays: number;
  /** KPI-17: A step whose share of FAILs is greater raises an alert of this severity. */
  readonly alertFailureRatios: { readonly medium: number; readonly high: number };
  /** INS-8: Whether an inspection that FAILs with a critical finding holds its lot. */
  readonly autoQuarantine: boolean;
  readonly reportExpiryDays: number;
  /** PRF-2: A measurement that is worse by more than this share of its baseline raises an alert; a decimal. */
  readonly performanceAlertRatio: string;
}

const AUDIT_RETENTION_DAYS = 2_555;
const PERFORMANCE_ALERT_RATIO = '0.1';

/** The settings of the plant now. */
export function plantSettings({
  config,
  entries: { values },
}: {
  readonly config: Config;
  readonly entries: StoredEntries;
}): PlantSettings {
  const text = (key: PlantSettingKey): string | undefined => values.get(key);
  const number = (key: PlantSettingKey, fallback: number): number => Number(text(key) ?? fallback);
  const medium = number('alerts.failure_ratio', config.alertFailureRatios.medium);
  return {
    siteTimeZone: text('site.time_zone') ?? config.siteTimeZone,
    get siteShifts() {
      return shiftsIn(text('site.shifts') ?? '') ?? config.siteShifts;
    },
    stationOfflineAfterSeconds: number('station.offline_after_seconds', config.stationOfflineAfterSeconds),
    auditRetentionDays: number('audit.retention_days', AUDIT_RETENTION_DAYS),
    alertFailureRatios: {
      medium,
      high: Math.max(medium, number('alerts.failure_ratio_high', config.alertFailureRatios.high)),
    },
    autoQuarantine: (text('quality.auto_quarantine') ?? String(config.autoQuarantine)) === 'true',
    reportExpiryDays: number('report.expiry_days', config.reportExpiryDays),
    performanceAlertRatio: text('performance.alert_ratio') ?? PERFORMANCE_ALERT_RATIO,
  };
}
