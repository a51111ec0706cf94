/** A process looks at itself every minute: slow operations, processor time, memory. Each process raises its own alerts. */
import { hostname } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { raiseSystemAlerts } from '../../../operation/alert/raise.commands.ts';
import { alertOfSlowOperation, alertsOfLoad } from '../../../operation/alert/process-alert.rules.ts';
import type { Services } from '../../../platform/request/context.ts';
import { type BackgroundJob, startBackgroundJob } from '../background.ts';

const PAUSE_MILLISECONDS = 60_000;

/** Starts to watch this process. */
export function startSelfWatch(services: Services): BackgroundJob {
  const { database, monitor, events, log } = services;
  let last = { used: process.cpuUsage(), at: performance.now() };
  return startBackgroundJob(PAUSE_MILLISECONDS, async () => {
    const now = { used: process.cpuUsage(), at: performance.now() };
    const microseconds = now.used.user + now.used.system - last.used.user - last.used.system;
    const elapsed = now.at - last.at;
    last = now;
    const { used_heap_size: usedBytes, heap_size_limit: limitBytes } = getHeapStatistics();
    const alerts = [
      ...monitor.operations.takeSlow().map(alertOfSlowOperation),
      ...(elapsed < PAUSE_MILLISECONDS / 2
        ? []
        : alertsOfLoad(
            {
              host: hostname(),
              processorRatio: microseconds / 1_000 / elapsed,
              memoryRatio: usedBytes / limitBytes,
            },
            monitor.thresholds,
          )),
    ];
    if (alerts.length === 0) return { hasMore: false };
    try {
      await database.transaction((tx) => raiseSystemAlerts(tx, alerts));
      for (const { title: message } of alerts) events.note({ level: 'WARNING', event: 'process.alert', message });
    } catch (error) {
      log.warn({ event: 'alerts.not_raised', err: error }, 'alerts about this process could not be raised');
    }
    return { hasMore: false };
  });
}
