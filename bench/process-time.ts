/** How much processor time processes took, from Linux's /proc. */
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/**
 * Milliseconds of processor time that a process and its children took so far. What a child took that has ended is
 * counted by its parent.
 */
export function familyMilliseconds(pid: number): number {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => parentOf(child) === pid);
  return [pid, ...children].reduce((sum, member) => sum + millisecondsOf(member), 0);
}

/**
 * What a virtual machine's host gave to others while this one had work to do, and all time of its processors, in ticks
 * since it began.
 */
export function machineTicks(): { readonly stolen: number; readonly all: number } {
  const [, ...ticks] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').split(/ +/).map(Number);
  const counted = ticks.slice(0, STOLEN + 1);
  return { stolen: counted[STOLEN] ?? 0, all: counted.reduce((sum, each) => sum + each, 0) };
}

/** Behind user, nice, system, idle, iowait, irq and softirq. */
const STOLEN = 7;

/** The process that started it; undefined when it has ended. */
export function parentOf(pid: number): number | undefined {
  return fieldsOf(pid)?.[PARENT];
}

const PARENT = 1;
/** In user and kernel, its own and of its ended children. */
const TIMES = [11, 12, 13, 14] as const;

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

function millisecondsOf(pid: number): number {
  const fields = fieldsOf(pid);
  return TIMES.reduce((sum, index) => sum + ((fields?.[index] ?? 0) * 1_000) / TICKS_PER_SECOND, 0);
}

/**
 * The fields of /proc/<pid>/stat after the name, which may hold blanks and brackets itself; undefined when the process
 * has ended meanwhile.
 */
function fieldsOf(pid: number): readonly number[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
  } catch {
    return undefined;
  }
}
