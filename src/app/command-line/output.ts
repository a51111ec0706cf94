/** The output of the command line: answers on standard output, progress and errors on standard error. */
import { AppError } from '../../platform/values/assert.ts';

/** Prints the answer of a command to standard output: as JSON if requested, else as text. */
export function answer(value: unknown, text: string, isJson: boolean): void {
  process.stdout.write(isJson ? `${JSON.stringify(value, null, 2)}\n` : `${text}\n`);
}

/** Prints a progress or error message to standard error. */
export function report(message: string): void {
  process.stderr.write(`${message}\n`);
}

/** Returns what the command line prints of an error. An AppError says what to do; any other error needs its stack. */
export function errorText(error: unknown): string {
  if (error instanceof AppError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Formats rows as aligned columns under the field names of the first row. */
export function formatTable(rows: readonly Readonly<Record<string, string | number | null>>[]): string {
  const [first] = rows;
  if (first === undefined) return '(none)';
  const names = Object.keys(first);
  const cells = [names, ...rows.map((row) => names.map((name) => String(row[name] ?? '')))];
  const widths = names.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  return cells
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Returns a function that shows progress: as one line that updates itself on a terminal, else as a line every 10 %. */
export function progress(label: string, total: number): (done: number) => void {
  let lastPercent = -1;
  return (done) => {
    const percent = total === 0 ? 100 : Math.floor((done / total) * 100);
    const step = process.stderr.isTTY ? 1 : 10;
    if (percent < lastPercent + step && done < total) return;
    if (percent === lastPercent) return;
    lastPercent = percent;
    const bar = '█'.repeat(Math.floor(percent / 4)).padEnd(25, '░');
    process.stderr.write(
      process.stderr.isTTY
        ? `\r${label} ${bar} ${percent} % (${done} of ${total})${done >= total ? '\n' : ''}`
        : `${label}: ${percent} % (${done} of ${total})\n`,
    );
  };
}
