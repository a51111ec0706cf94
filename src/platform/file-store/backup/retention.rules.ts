/** Which backups are kept, and which one a restore begins with. */
import { type Instant, plusDays } from '../../values/time.ts';
import type { BackupManifest } from './manifest.shapes.ts';

type Times = Pick<BackupManifest, 'id' | 'endedAt'>;

/**
 * The backups that are not needed to go back to any instant of the last days: those that ended earlier, but for the newest
 * of them, from which the first of these days begins.
 */
export function expiredBackups<B extends Times>(backups: readonly B[], keepDays: number, now: Instant): readonly B[] {
  const limit = plusDays(now, -keepDays);
  return oldestFirst(backups)
    .filter(({ endedAt }) => endedAt <= limit)
    .slice(0, -1);
}

/** The newest backup that had ended at the instant, or of all. Undefined when there is none. */
export function backupFor<B extends Times>(backups: readonly B[], until: Instant | undefined): B | undefined {
  return oldestFirst(backups).findLast(({ endedAt }) => until === undefined || endedAt <= until);
}

function oldestFirst<B extends Times>(backups: readonly B[]): readonly B[] {
  return backups.toSorted((a, b) => a.endedAt.localeCompare(b.endedAt));
}
