import { spawnSync } from 'node:child_process';
import { chmod, open, readFile, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { findPostmaster } from '../../src/platform/embedded-postgres/process.ts';
import { makeScratchDirectory } from '../support/scratch.ts';
import { failuresAmong } from './client.ts';
import { newInstallation, installationIn, type Installation } from './installation.ts';
import { rounds } from './rounds.ts';
import { expectRecordWhole, makeMasterData, newLedger, settle, startWriters, through } from './writers.ts';

/** Mounting a file system needs root; other users limit the size of files instead (below). */
const mayMount =
  process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;
const mayLimit = spawnSync('prlimit', ['--version']).status === 0;
const ROUNDS = rounds(5, 1);

/** Space for a new data directory, its log, and the copy of the programs that some machines need. */
const DISK = '256m';
const MEBIBYTE = 1_048_576;

test.runIf(mayMount)(
  'the disk of PostgreSQL is full: writes are refused as a whole, and continue when there is space, without a restart (IDK-1)',
  { timeout: 300_000 },
  async () => {
    await using installation = await installationOnSmallDisk();
    const ballast = path.join(installation.directory, 'ballast');

    await writingThrough(installation, async (trouble) => {
      await fill(ballast);
      await trouble();
      await rm(ballast);
    });
  },
);

test.runIf(mayLimit)(
  'PostgreSQL may not write another byte (a limit on the files of its processes simulates a disk without space for its log): it ends, is started again, and the clients continue (IDK-1)',
  { timeout: 300_000 },
  async () => {
    await using installation = await newInstallation();

    await writingThrough(installation, async (trouble) => {
      const { uid, gid } = await stat(installation.data);
      const postmaster = await findPostmaster(installation.data);
      // The limits are set as the user of the processes, because not every root may set limits for others.
      for (const pid of await familyOf(postmaster?.pid ?? 0))
        spawnSync('prlimit', ['--pid', String(pid), '--fsize=0:0'], process.getuid?.() === 0 ? { uid, gid } : {});
      await trouble();
      await expect.poll(async () => (await findPostmaster(installation.data))?.pid).not.toBe(postmaster?.pid);
    });
  },
);

/** Fills the disk while the server works, waits until writes fail, and frees the space again. */
async function writingThrough(
  installation: Installation,
  fault: (trouble: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const server = await installation.start();
  await makeMasterData(server);
  const ledger = newLedger();
  const writers = startWriters(
    ledger,
    through(() => server),
  );
  for (let round = 1; round <= ROUNDS; round += 1) {
    await writers.untilMore(10);
    ledger.troubles.clear();
    await fault(async () => {
      await expect.poll(() => [...ledger.troubles]).toContain('INTERNAL');
    });
    await writers.untilMore(10);
  }

  await writers.stop();
  await settle(
    ledger,
    through(() => server),
  );
  await expectRecordWhole(ledger, server, await installation.databaseUrl());
  expect(await failuresAmong(server, 40)).toEqual([]);
  server.child.kill('SIGTERM');
  expect(await server.ended).toMatchObject({ code: 0 });
}

async function installationOnSmallDisk(): Promise<Installation> {
  const directory = await makeScratchDirectory();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK}`, 'tmpfs', directory]);
  expect(mounted.status).toBe(0);
  await chmod(directory, 0o755);
  return installationIn(directory, async () => {
    spawnSync('umount', ['--lazy', directory]);
    await rm(directory, { recursive: true, force: true });
  });
}

/** Uses up every free byte. */
async function fill(file: string): Promise<void> {
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

/** The process and its children. */
async function familyOf(pid: number): Promise<readonly number[]> {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const parents = await Promise.all(
    all.map(
      async (name) =>
        [
          Number(name),
          Number((await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')).split(') ')[1]?.split(' ')[1]),
        ] as const,
    ),
  );
  return [pid, ...parents.filter(([, parent]) => parent === pid).map(([child]) => child)];
}
