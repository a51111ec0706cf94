/** The package that `npm pack` makes: complete, small, and a server with the packages that it names. */
import { spawnSync } from 'node:child_process';
import { chmod, readdir, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { makeScratchDirectory } from '../support/scratch.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

test('the package has the whole program and its migrations, no source and no test, and its command line runs', async () => {
  const directory = await makeScratchDirectory();
  await chmod(directory, 0o755);
  const run = (command: string, args: readonly string[], cwd: string) =>
    spawnSync(command, args, { cwd, encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: directory } });
  try {
    const packed = run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', directory], ROOT);
    expect(packed.stderr).toBe('');
    expect(run('tar', ['xzf', packed.stdout.trim()], directory).status).toBe(0);
    const content = path.join(directory, 'package');
    const files = await readdir(content, { recursive: true });
    const inRoot = async (folder: string) =>
      (await readdir(path.join(ROOT, folder), { recursive: true })).map((file) => path.join(folder, file));

    const programs = (await inRoot('dist')).filter((file) => file.endsWith('.js'));
    const migrations = (await inRoot('prisma/migrations')).filter((file) => file.endsWith('.sql'));
    expect(programs).toContain('dist/main.js');
    expect([...programs, ...migrations].filter((file) => !files.includes(file))).toEqual([]);
    expect(files.filter((file) => /^(?:src|test|bench|node_modules|\.)/.test(file))).toEqual([]);

    await symlink(path.join(ROOT, 'node_modules'), path.join(content, 'node_modules'));
    expect(run(process.execPath, ['dist/main.js', '--version'], content)).toMatchObject({
      status: 0,
      stdout: '0.1.0\n',
    });
    const status = run(process.execPath, ['dist/main.js', 'db', 'validate'], content);
    expect(status).toMatchObject({ status: 0, stdout: 'Files and database agree.\n' });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
