/** How much processor time processes took, from Linux's /proc; undefined elsewhere. */
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/** Milliseconds of processor time that the process took so far, with its ended children. */
export function processorMilliseconds(pid: number): number {
  const fields = statOf(pid);
  const ticks = [13, 14, 15, 16].reduce((sum, index) => sum + Number(fields[index - 2]), 0);
  return (ticks * 1000) / TICKS_PER_SECOND;
}

/** The process and its children. */
export function family(pid: number): readonly number[] {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((child) => parentOf(child) === pid);
  return [pid, ...children];
}

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

function parentOf(pid: number): number | undefined {
  try {
    return Number(statOf(pid)[1]);
  } catch {
    // Ended since the folder was read.
    return undefined;
  }
}

/** The fields of /proc/<pid>/stat after the name, which may hold blanks and brackets itself. */
function statOf(pid: number): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
