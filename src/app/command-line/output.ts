/** What the command line says: its answer on standard output, its progress on standard error. */

/** Prints the answer: as JSON where it was asked for, else as text. */
export function answer(value: unknown, text: string, isJson: boolean): void {
  process.stdout.write(isJson ? `${JSON.stringify(value, null, 2)}\n` : `${text}\n`);
}

export function report(message: string): void {
  process.stderr.write(`${message}\n`);
}

/** Rows as aligned columns, the names of the first row above. */
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

/** A line of progress that is written over itself on a terminal, and now and then elsewhere. */
export function progress(what: string, total: number): (done: number) => void {
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
        ? `\r${what} ${bar} ${percent} % (${done} of ${total})${done >= total ? '\n' : ''}`
        : `${what}: ${percent} % (${done} of ${total})\n`,
    );
  };
}
