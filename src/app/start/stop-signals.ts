/** SIGINT and SIGTERM, from the beginning of a start: whatever was started by then is closed, the built-in PostgreSQL too. */
import { LIMITS } from '../../platform/process/limits.ts';
import { AppError } from '../../platform/values/assert.ts';
import type { Output } from './options.ts';

/** The first signal that asks this process to stop. */
export interface StopSignals {
  /** Throws an AppError if a signal has come; called between the steps of a start. */
  throwIfAsked(): void;
  /** Sets what a signal does when the start is complete. A signal that has come already does it at once. */
  whenAsked(stop: (signal: string) => void): void;
}

/** Listens for the signals. Only the first one counts: Ctrl-C below npm arrives from the terminal and from npm. */
export function listenForStop(report: Output['report']): StopSignals {
  let asked: string | undefined;
  let stop: ((signal: string) => void) | undefined;
  const ask = (signal: string): void => {
    if (asked !== undefined) return;
    asked = signal;
    if (stop !== undefined) return stop(signal);
    report(`${signal}: the start ends after its present step.`);
    exitLater(report);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ask(signal));
  return {
    throwIfAsked() {
      if (asked !== undefined) throw new AppError('The start was ended by a signal.');
    },
    whenAsked(action) {
      stop = action;
      if (asked !== undefined) action(asked);
    },
  };
}

/** Ends the process after a while: a database that no longer answers would delay a stop for ever. */
export function exitLater(report: Output['report']): void {
  setTimeout(() => {
    report(`Not finished after ${LIMITS.time.stopSeconds} s; leaving all the same.`);
    process.exit(1);
  }, LIMITS.time.stopSeconds * 1_000).unref();
}
