/** The life of a worker process: it does background work and listens to nobody, until SIGINT or SIGTERM. */
import { startBackgroundWork } from '../jobs/background-work.ts';
import { BACKGROUND_WORK } from '../jobs/work-list.ts';
import type { Output } from './options.ts';
import { endWhenAsked, runProcess } from './process-life.ts';
import { openRuntime } from './runtime.ts';

/** Does background work until SIGINT or SIGTERM. `people` gets what is said to people. */
export async function work(people: Output): Promise<void> {
  await runProcess('worker', {}, people, async (config, { log, report, signals }) => {
    const runtime = await openRuntime(config, report, { log, needsFiles: true });
    const job = startBackgroundWork(runtime.services, BACKGROUND_WORK);
    report(`lotgraph works in the background: ${BACKGROUND_WORK.map(({ name }) => name).join(', ')}.`);
    endWhenAsked(signals, { log, report }, async () => {
      await job.stop();
      await runtime.close();
    });
  });
}
