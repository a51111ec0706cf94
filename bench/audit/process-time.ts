/** How much processor time processes took, from Linux's /proc; undefined elsewhere. */
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/** Milliseconds of processor time that the process took so far, with its ended children; none of one that ended, whose parent has them. */
export function processorMilliseconds(pid: number): number {
  const fields = fieldsOf(pid);
  const ticks = [13, 14, 15, 16].reduce((sum, index) => sum + Number(fields[index - 2] ?? 0), 0);
  return (ticks * 1000) / TICKS_PER_SECOND;
}

/** The children of the process, and then the process: one that ends in between is counted with its parent. */
export function family(pid: number): readonly number[] {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((child) => parentOf(child) === pid);
  return [...children, pid];
}

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

function parentOf(pid: number): number {
  return Number(fieldsOf(pid)[1]);
}

/** The fields of /proc/<pid>/stat after the name, which may hold blanks and brackets itself; none of a process that ended. */
function fieldsOf(pid: number): readonly string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}
