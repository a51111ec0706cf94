/**
 * `npm start`: builds the program if it is not the one of the present sources, and runs it in this process.
 *
 * npm passes SIGINT and SIGTERM to the shell that runs the script. A shell that stays (dash does) would end without its
 * child or wait for it, so the script says `exec`: the shell becomes this process. When npm is killed in a way that it
 * cannot pass on, the server would be left without anybody who knows of it: it stops when its parent process is gone.
 * Windows has no `exec`: run `node tools/build/start.mjs start` there.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './compile.mjs';
import { isBuilt } from './fingerprint.mjs';

const ROOT = path.resolve(import.meta.dirname, '../..');
const MAIN = path.join(ROOT, 'dist/main.js');
const POLL_MILLISECONDS = 500;

if (process.env['npm_lifecycle_event'] !== undefined) stopWithParent();
if (!isBuilt(ROOT)) await build({ isChecked: false });
process.argv[1] = MAIN;
await import(pathToFileURL(MAIN).href);

function stopWithParent() {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, POLL_MILLISECONDS);
  watch.unref();
}
