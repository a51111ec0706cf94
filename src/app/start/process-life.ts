/** The life of a process that runs until it is asked to stop: its configuration, its log, its output and its end. */
import type { Output } from './options.ts';
import { type Report, validConfig } from './runtime.ts';
import { startError } from './start-error.ts';
import { exitLater, listenForStop, type StopSignals } from './stop-signals.ts';
import { type Config, unknownSettings } from '../../platform/process/config.ts';
import { createLog, type Log } from '../../platform/process/log.ts';
import { AppError } from '../../platform/values/assert.ts';

/** What a process starts with, besides its configuration. */
export interface ProcessStart extends Output {
  readonly log: Log;
  readonly signals: StopSignals;
  /** The variables that options of the command line set. */
  readonly overrides: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads the configuration and starts what the process runs. With the log format `json`, everything that is said on
 * standard error after the configuration was read is a line of the log; `people` gets what is said to people.
 */
export async function runProcess(
  what: string,
  overrides: Readonly<Record<string, string | undefined>>,
  people: Output,
  start: (config: Config, options: ProcessStart) => Promise<void>,
): Promise<void> {
  const config = configOf(overrides, people);
  const log = createLog(config.logLevel, config.logFormat);
  logWarnings(log);
  const output = config.logFormat === 'json' ? outputTo(log) : people;
  const signals = listenForStop(output.report);
  try {
    await start(config, { ...output, log, signals, overrides });
  } catch (thrown) {
    const error = startError(thrown);
    if (config.logFormat !== 'json' || !log.isLevelEnabled('fatal')) throw error;
    const isKnown = error instanceof AppError;
    log.fatal(
      { event: 'start.failed', ...(isKnown ? {} : { err: error }) },
      isKnown ? error.message : `the ${what} did not start`,
    );
    process.exitCode = 1;
  }
}

/**
 * Closes the process once, on SIGINT, SIGTERM or an error that nobody handles, and exits. Such an error leaves the process
 * in an unknown state: it finishes what it can, and another process takes over.
 */
export function endWhenAsked(
  signals: StopSignals,
  { log, report }: Pick<ProcessStart, 'log' | 'report'>,
  close: () => Promise<void>,
): void {
  let isStopping = false;
  const stop = (reason: string, exitCode = 0): void => {
    if (isStopping) return;
    isStopping = true;
    report(`${reason}: finishing what is under way.`);
    exitLater(report);
    void close().then(
      () => process.exit(exitCode),
      (error: unknown) => {
        report(String(error));
        process.exit(1);
      },
    );
  };
  signals.whenAsked(stop);
  const stopAfter = (event: string, error: unknown): void => {
    log.fatal({ event, err: error }, 'an error was not handled; the process stops');
    stop('An error was not handled', 1);
  };
  process.once('uncaughtException', (error) => stopAfter('process.uncaught_exception', error));
  process.once('unhandledRejection', (error) => stopAfter('process.unhandled_rejection', error));
}

/** The configuration. If it is not usable, a misspelt name may be the cause, so unknown settings are named, too. */
function configOf(overrides: Readonly<Record<string, string | undefined>>, { report }: Output): Config {
  try {
    return validConfig(overrides);
  } catch (error) {
    unknownSettings().forEach(report);
    throw error;
  }
}

/** Writes what is said to people into the log; of a progress bar only each quarter. */
function outputTo(log: Log): Output {
  const report: Report = (message) => log.info({ event: 'server.progress' }, message);
  return {
    report,
    progress(label, total) {
      let said = 0;
      return (done) => {
        const quarter = Math.floor((4 * done) / total);
        if (quarter <= said) return;
        said = quarter;
        report(`${label}: ${done} of ${total}`);
      };
    },
  };
}

/** Writes what Node.js warns of, and variables that are settings of nothing, into the log. */
function logWarnings(log: Log): void {
  for (const warning of unknownSettings()) log.warn({ event: 'config.unknown_setting' }, warning);
  process.removeAllListeners('warning');
  process.on('warning', (warning) => log.warn({ event: 'process.warning', err: warning }, 'Node.js warns'));
}
