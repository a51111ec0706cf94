/**
 * Where the tests keep what they throw away. Databases are made by the hundred, each a copy of some 300 files, and a
 * disk has other users: where the machine has room in memory, they live there.
 */
import { readFileSync, statfsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const MEMORY = '/dev/shm';
const BYTES_NEEDED = 4 * 1024 ** 3;

/** The folder in which scratch directories are made. A container may have a small one in memory, or none. */
export const SCRATCH = hasRoomInMemory() ? MEMORY : tmpdir();

/** The name of a scratch directory tells which process made it. */
export const SCRATCH_PREFIX = 'lotgraph-test-';

/** A new directory of this process; its maker removes it. */
export function makeScratchDirectory(): Promise<string> {
  return mkdtemp(path.join(SCRATCH, `${SCRATCH_PREFIX}${process.pid}-`));
}

function hasRoomInMemory(): boolean {
  try {
    const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
    // Some tests run programs there.
    const mayRun = mounts.some((line) => line.includes(` ${MEMORY} tmpfs `) && !/[ ,]noexec[ ,]/.test(line));
    const { bavail, bsize } = statfsSync(MEMORY);
    return mayRun && bavail * bsize >= BYTES_NEEDED;
  } catch {
    return false;
  }
}
