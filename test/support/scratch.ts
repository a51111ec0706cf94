/**
 * The folder for temporary data of the tests. They create hundreds of databases, each a copy of some 300 files, and the
 * disk has other users. The databases are in memory where the machine has enough.
 */
import { readFileSync, statfsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const MEMORY = '/dev/shm';
const BYTES_NEEDED = 4 * 1024 ** 3;

/** The folder in which scratch directories are created. A container may have a small folder in memory, or none. */
export const SCRATCH = hasRoomInMemory() ? MEMORY : tmpdir();

/** The name of a scratch directory contains the id of the process that created it. */
export const SCRATCH_PREFIX = 'lotgraph-test-';

/** A new directory of this process; the caller removes it. */
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
