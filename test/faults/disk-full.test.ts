import { spawnSync } from 'node:child_process';
import { readFile, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { findPostmaster } from '../../src/platform/embedded-postgres/process.ts';
import { failuresAmong } from './client.ts';
import { newInstallation, installationIn, type Installation } from './installation.ts';
import { rounds } from './rounds.ts';
import { fill, mayMount, mountSmallDisk } from './small-disk.ts';
import { expectRecordWhole, makeMasterData, newLedger, settle, startWriters, through } from './writers.ts';

const mayLimit = spawnSync('prlimit', ['--version']).status === 0;
const ROUNDS = rounds(5, 1);
/** Space for a new data directory, its log, and the copy of the programs that some machines need. */
const DISK_MEBIBYTES = 256;

test.runIf(mayMount)(
  'the disk of PostgreSQL is full: writes are refused as a whole, and continue when there is space, without a restart (IDK-1)',
  { timeout: 300_000 },
  async () => {
    const disk = await mountSmallDisk(DISK_MEBIBYTES);
    await using installation = installationIn(disk.directory, disk.unmount);
    const ballast = path.join(installation.directory, 'ballast');

    await writingThrough(installation, async (trouble) => {
      await fill(ballast);
      await trouble('INTERNAL');
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
      await trouble('INTERNAL', 'UNAVAILABLE');
      await expect.poll(async () => (await findPostmaster(installation.data))?.pid).not.toBe(postmaster?.pid);
    });
  },
);

/** Fills the disk while the server works, waits until writes fail, and frees the space again. */
async function writingThrough(
  installation: Installation,
  fault: (trouble: (...codes: readonly string[]) => Promise<void>) => Promise<void>,
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
    await fault(async (...codes) => {
      await expect.poll(() => [...ledger.troubles].some((code) => codes.includes(code))).toBe(true);
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
