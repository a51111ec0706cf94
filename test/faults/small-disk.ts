/** A file system of its own, so small that a test can fill it. */
import { spawnSync } from 'node:child_process';
import { chmod, open, rm } from 'node:fs/promises';
import { makeScratchDirectory } from '../support/scratch.ts';

export interface SmallDisk {
  readonly directory: string;
  unmount(): Promise<void>;
}

const MEBIBYTE = 1_048_576;

/** Mounting a file system needs root; other users limit the size of files instead. */
export const mayMount =
  process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;

export async function mountSmallDisk(mebibytes: number): Promise<SmallDisk> {
  const directory = await makeScratchDirectory();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', directory]);
  if (mounted.status !== 0) throw new Error(`The small disk was not mounted: ${String(mounted.stderr)}`);
  await chmod(directory, 0o755);
  return {
    directory,
    async unmount() {
      spawnSync('umount', ['--lazy', directory]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Uses up every free byte. */
export async function fill(file: string): Promise<void> {
  const ballast = await open(file, 'w');
  try {
    for (let size = MEBIBYTE; size >= 1; ) {
      const isWritten = await ballast.appendFile(Buffer.alloc(size)).then(
        () => true,
        () => false,
      );
      if (!isWritten) size = Math.floor(size / 2);
    }
  } finally {
    await ballast.close();
  }
}
