/** SIGHUP: thresholds and the level of the log are read again, from the file that LOTGRAPH_SETTINGS names. */
import { readConfig } from '../../platform/process/config.ts';
import type { Services } from '../../platform/request/context.ts';

/** Reads the thresholds and the level of the log again on each SIGHUP. A file with a mistake changes nothing. */
export function reloadOnHangUp(
  { log, monitor, config: { settingsFile } }: Services,
  overrides: Readonly<Record<string, string | undefined>>,
): void {
  // A terminal that is closed sends the same signal, and ends the process.
  if (process.stdin.isTTY) return;
  process.on('SIGHUP', () => {
    const reading = readConfig(undefined, { LOTGRAPH_SETTINGS: settingsFile, ...overrides });
    if ('problems' in reading)
      return log.error(
        { event: 'config.not_reloaded', problems: reading.problems },
        'the settings were not read again, because they have mistakes',
      );
    const { thresholds, logLevel } = reading.config;
    monitor.judgeBy(thresholds);
    log.level = logLevel;
    return log.info({ event: 'config.reloaded', ...thresholds, logLevel }, 'thresholds were read again');
  });
}
