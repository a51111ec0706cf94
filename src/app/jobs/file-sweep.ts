/** Removes contents that nothing refers to, once a day. */
import { releaseTemporaryContents } from '../../quality/artifact/temporary.commands.ts';
import { sweepFiles, type Swept } from '../../platform/file-store/sweep.ts';
import type { Services } from '../../platform/request/context.ts';
import type { BackgroundWork } from './background-work.ts';
// Entities declare their files when they are imported, and a sweep has to know all of them.
import '../schema.ts';

/** What a sweep has done, with the artifacts whose time at TEMPORARY was over. */
export interface SweepReport extends Swept {
  readonly releasedArtifacts: number;
}

/** Sweeps the file store once. */
export async function sweep({ database, files }: Services, stopping?: AbortSignal): Promise<SweepReport> {
  const releasedArtifacts = await database.transaction(releaseTemporaryContents);
  const options = stopping === undefined ? {} : { stopping };
  return { releasedArtifacts, ...(await sweepFiles({ database, files }, { nowMilliseconds: Date.now(), ...options })) };
}

/** The sweep of the file store. Each content is removed under a lock of its own, so several processes may sweep at once. */
export const fileSweep: BackgroundWork = {
  name: 'file-sweep',
  pauseMilliseconds: 24 * 3_600_000,
  async run(services, stopping) {
    const swept = await sweep(services, stopping);
    if (swept.removedFiles + swept.removedUnfinished + swept.releasedArtifacts > 0)
      services.log.info({ event: 'files.swept', ...swept }, 'files that nothing refers to were removed');
    return false;
  },
};
