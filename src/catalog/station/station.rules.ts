import { isDeletable, type TextForm } from '../../platform/rules/natural-key.ts';
import { rejection, type Answer } from '../../platform/rules/rejection.ts';
import { plusMilliseconds, type Instant } from '../../platform/values/time.ts';

/** STA-4: The statuses of a station. */
export const STATION_STATUSES = ['ONLINE', 'OFFLINE', 'DEGRADED'] as const;
/** The status of a station. */
export type StationStatus = (typeof STATION_STATUSES)[number];

/** STA-1: A station code is 1..100 of `A-Z 0-9 _ -`. */
export const STATION_CODE: TextForm = {
  rule: 'STA-1',
  pattern: /^[A-Z0-9_-]{1,100}$/,
  form: '1 to 100 of A-Z 0-9 _ -',
};

/** The greatest lengths of the texts of a station, in characters. */
export const STATION_LENGTHS = { name: 255, description: 2_000, host: 255, softwareVersion: 50 } as const;
/** The range and the default of the port of a station. */
export const PORT = { min: 1, max: 65_535, default: 8_080 } as const;

/** STA-4: How long a station may be silent before it counts as OFFLINE, unless the configuration says otherwise. */
export const OFFLINE_AFTER_SECONDS = 30;

/** STA-2: A station that registers has just been heard. */
export const STATUS_AFTER_REGISTERING: StationStatus = 'ONLINE';

/** STA-3: The values of `health.status`, in any case, with which a station reports itself as DEGRADED. */
const DEGRADED_WORDS: readonly unknown[] = ['degraded', 'unhealthy'];

/** STA-2: People register any station, known or new. The key of a station registers only that station. */
export function mayRegister(code: string, ownStation: { readonly code: string } | undefined): Answer {
  if (ownStation === undefined || ownStation.code === code) return undefined;
  return rejection(
    'STA-2',
    'code',
    `The key belongs to station ${ownStation.code}; it cannot register ${code}, only itself.`,
    'FORBIDDEN',
  );
}

/** STA-3: The key of a station reports only for that station. */
export function mayReport(code: string, ownStation: { readonly code: string } | undefined): Answer {
  if (ownStation === undefined || ownStation.code === code) return undefined;
  return rejection(
    'STA-3',
    'code',
    `The key belongs to station ${ownStation.code}; it cannot report for ${code}, only for itself.`,
    'FORBIDDEN',
  );
}

/** STA-3: A heartbeat of an unknown or inactive station is rejected. */
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
 * STA-4: A station that has been silent for more than 30 s is OFFLINE; after exactly 30 s it is not. Otherwise its
 * status is the reported one.
 */
export function stationStatus(
  station: { readonly reportedStatus: StationStatus; readonly lastSeenAt: Instant | null },
  now: Instant,
  offlineAfterSeconds: number,
): StationStatus {
  if (station.lastSeenAt === null) return 'OFFLINE';
  return now > plusMilliseconds(station.lastSeenAt, offlineAfterSeconds * 1_000) ? 'OFFLINE' : station.reportedStatus;
}

/** How many records refer to a station, by kind. */
export type StationUses = Readonly<
  Record<'equipment' | 'executions' | 'sessions' | 'deployments' | 'inspections' | 'components' | 'apiKeys', number>
>;

/** GEN-1: A station with equipment, executions, sessions, deployments, inspections, components or keys cannot be deleted; it is deactivated instead. */
export function isStationUnused(station: { readonly code: string }, uses: StationUses): Answer {
  return isDeletable(`Station ${station.code}`, uses, 'station');
}
