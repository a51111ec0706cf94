/** The processor time of processes, from Linux's /proc. */
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/**
 * Returns the milliseconds of processor time that a process and its children have used. The time of an ended child is
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
 * Returns the processor time that the host of a virtual machine gave to others while this machine had work to do, and
 * the whole time of its processors, in ticks since its start.
 */
export function machineTicks(): { readonly stolen: number; readonly all: number } {
  const [, ...ticks] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').split(/ +/).map(Number);
  const counted = ticks.slice(0, STOLEN + 1);
  return { stolen: counted[STOLEN] ?? 0, all: counted.reduce((sum, each) => sum + each, 0) };
}

/** The column after user, nice, system, idle, iowait, irq and softirq. */
const STOLEN = 7;

/** Returns the parent of a process; undefined if the process has ended. */
export function parentOf(pid: number): number | undefined {
  return fieldsOf(pid)?.[PARENT];
}

const PARENT = 1;
/** The time in user and kernel mode, of the process itself and of its ended children. */
const TIMES = [11, 12, 13, 14] as const;

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

function millisecondsOf(pid: number): number {
  const fields = fieldsOf(pid);
  return TIMES.reduce((sum, index) => sum + ((fields?.[index] ?? 0) * 1_000) / TICKS_PER_SECOND, 0);
}

/**
 * Returns the fields of /proc/<pid>/stat after the name, which may contain spaces and parentheses; undefined if the
 * process has ended.
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
