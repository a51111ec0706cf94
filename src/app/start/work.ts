/** The life of a worker process: it does background work and listens to nobody, until SIGINT or SIGTERM. */
import { startBackgroundWork } from '../jobs/background-work.ts';
import { BACKGROUND_WORK } from '../jobs/work-list.ts';
import { startSelfWatch } from '../jobs/schedule/self-watch.ts';
import type { Output, StartOptions } from './options.ts';
import { reloadOnHangUp } from './reload.ts';
import { endWhenAsked, runProcess } from './process-life.ts';
import { openRuntime } from './runtime.ts';

/** Does background work until SIGINT or SIGTERM. `people` gets what is said to people. */
export async function work({ backup }: Pick<StartOptions, 'backup'>, people: Output): Promise<void> {
  await runProcess('worker', {}, people, async (config, { log, report, signals, overrides }) => {
    const runtime = await openRuntime(config, report, { log, needsFiles: true, mayBackUp: backup !== false });
    reloadOnHangUp(runtime.services, overrides);
    const jobs = [startBackgroundWork(runtime.services, BACKGROUND_WORK), startSelfWatch(runtime.services)];
    report(`lotgraph works in the background: ${BACKGROUND_WORK.map(({ name }) => name).join(', ')}.`);
    endWhenAsked(signals, { log, report }, async () => {
      await Promise.all(jobs.map((job) => job.stop()));
      await runtime.close();
    });
  });
}
