import { isDeletable, type TextForm } from '../../platform/rules/natural-key.ts';
import { rejection, type Answer } from '../../platform/rules/rejection.ts';
import { plusMilliseconds, type Instant } from '../../platform/values/time.ts';

export const STATION_STATUSES = ['ONLINE', 'OFFLINE', 'DEGRADED'] as const;
export type StationStatus = (typeof STATION_STATUSES)[number];

/** STA-1: A station code is 1..100 of `A-Z 0-9 _ -`. */
export const STATION_CODE: TextForm = {
  rule: 'STA-1',
  pattern: /^[A-Z0-9_-]{1,100}$/,
  form: '1 to 100 of A-Z 0-9 _ -',
};

export const STATION_LENGTHS = { name: 255, description: 2_000, host: 255, softwareVersion: 50 } as const;
export const PORT = { min: 1, max: 65_535, default: 8_080 } as const;

/** STA-4: So long may a station be silent before it counts as OFFLINE, unless the configuration says otherwise. */
export const OFFLINE_AFTER_SECONDS = 30;

/** STA-2: A station that registers has just been heard. */
export const STATUS_AFTER_REGISTERING: StationStatus = 'ONLINE';

/** STA-3: The words of a health report, in any case, with which a station calls itself DEGRADED. */
const DEGRADED_WORDS: readonly unknown[] = ['degraded', 'unhealthy'];

/** STA-2: People register any station, known or new; a station's key re-registers only itself. */
export function mayRegister(code: string, keyOf: { readonly code: string } | undefined): Answer {
  if (keyOf === undefined || keyOf.code === code) return undefined;
  return rejection(
    'STA-2',
    'code',
    `The key belongs to station ${keyOf.code}; it cannot register ${code}, only itself.`,
    'FORBIDDEN',
  );
}

/** STA-3: A station's key reports for its own station only. */
export function mayReport(code: string, keyOf: { readonly code: string } | undefined): Answer {
  if (keyOf === undefined || keyOf.code === code) return undefined;
  return rejection(
    'STA-3',
    'code',
    `The key belongs to station ${keyOf.code}; it cannot report for ${code}, only for itself.`,
    'FORBIDDEN',
  );
}

/** STA-3: A heartbeat of an unknown or inactive station is refused. */
export function isHeard(code: string, station: { readonly isActive: boolean } | undefined): Answer {
  if (station?.isActive === true) return undefined;
  return rejection('STA-3', 'code', `There is no active station ${code}; register or activate it first.`, 'NOT_FOUND');
}

/** STA-3: A heartbeat sets ONLINE, or DEGRADED when `health.status` is "degraded" or "unhealthy", in any case. */
export function reportedStatusOf(health: object | undefined): StationStatus {
  const word: unknown = health !== undefined && 'status' in health ? health.status : undefined;
  const isDegraded = typeof word === 'string' && DEGRADED_WORDS.includes(word.trim().toLowerCase());
  return isDegraded ? 'DEGRADED' : 'ONLINE';
}

/**
 * STA-4: A station silent for more than 30 s is OFFLINE; exactly 30 s still counts as seen. Otherwise it is what it
 * reported.
 */
export function stationStatus(
  station: { readonly reportedStatus: StationStatus; readonly lastSeenAt: Instant | null },
  now: Instant,
  offlineAfterSeconds: number,
): StationStatus {
  if (station.lastSeenAt === null) return 'OFFLINE';
  return now > plusMilliseconds(station.lastSeenAt, offlineAfterSeconds * 1_000) ? 'OFFLINE' : station.reportedStatus;
}

/** What refers to a station, and how often. */
export type StationUses = Readonly<Record<'equipment' | 'executions' | 'apiKeys', number>>;

/** GEN-1: A station with equipment, executions or keys cannot be deleted; it is deactivated instead. */
export function isStationUnused(station: { readonly code: string }, uses: StationUses): Answer {
  return isDeletable(`Station ${station.code}`, uses, 'station');
}
