/**
 * Sends labels to printers over TCP, the way of port 9100: one connection for each label.
 *
 * 1. The program of the label is sent, and then our side of the connection is closed.
 * 2. The printer has taken the label when it closes its side after that: a connection that only takes bytes proves
 *    nothing, because the operating system of a printer that hangs takes them as well.
 * 3. All of it has one time limit, from the look-up of the name on.
 */
import { connect } from 'node:net';
import type { LabelPrinter } from '../../platform/process/config-entries.ts';
import { errorCodeOf } from '../../platform/values/system-error.ts';

/** The time that a printer has for one label. It is less than the deadline of a request. */
export const PRINT_TIME_MILLISECONDS = 5_000;

/** Sends a label to a printer. Returns what went wrong, as a sentence; undefined when the printer has taken the label. */
export function sendToPrinter(
  { name, host, port }: LabelPrinter,
  program: string,
  milliseconds: number = PRINT_TIME_MILLISECONDS,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (problem?: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(problem);
    };
    const timer = setTimeout(
      () => finish(`Printer ${name} did not take the label within ${milliseconds} ms; it may print it yet.`),
      milliseconds,
    );
    socket.on('connect', () => socket.end(program, 'utf8'));
    socket.on('error', (error) =>
      finish(
        `Printer ${name} could not be reached, or broke the connection (${errorCodeOf(error) ?? 'no reason given'}).`,
      ),
    );
    socket.on('end', () =>
      finish(socket.writableFinished ? undefined : `Printer ${name} closed the connection before it had the label.`),
    );
    // What a printer answers is read, so that its end is seen, and not kept.
    socket.resume();
  });
}
