/** `npm run types`: checks the types of the program and its tests, and of the pages. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');

for (const project of ['tsconfig.json', 'web/tsconfig.json', 'web/worker/tsconfig.json']) {
  const args = [path.join(ROOT, 'node_modules/typescript-7/bin/tsc'), '--noEmit', '--checkers', '1', '-p', project];
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
