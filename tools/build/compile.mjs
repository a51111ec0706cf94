/**
 * Builds the program into `dist/`: the database client from the schema, then the sources, then the pages. `npm run build`
 * checks types, too; `npm start` leaves that out, because a checkout was checked before it was committed, and half of the
 * time is saved.
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { fingerprintOf, forgetBuilt, missingOutputs, noteBuilt, staleOutputs } from './fingerprint.mjs';
import { arePagesBuilt, buildPages } from './pages.mjs';

const ROOT = path.resolve(import.meta.dirname, '../..');
const PACKAGES = path.join(ROOT, 'node_modules');

/** Builds the program, and says what it does. Ends the process with exit code 1 when a tool fails. */
export async function build({ isChecked }) {
  const startedAt = performance.now();
  const fingerprint = fingerprintOf(ROOT);
  forgetBuilt(ROOT);
  say('Building lotgraph (1 of 3): the database client.');
  await run('prisma/build/index.js', ['generate']);
  say('Building lotgraph (2 of 3): the program.');
  for (const file of staleOutputs(ROOT)) rmSync(path.join(ROOT, file));
  // The compiler believes its notes, which do not know of built files that were removed.
  if (missingOutputs(ROOT).length > 0) rmSync(path.join(ROOT, 'dist/.tsbuildinfo'), { force: true });
  // TypeScript 7 is native code. With one checker it takes the least processor time.
  await run('typescript-7/bin/tsc', [
    '-p',
    'tsconfig.build.json',
    ...(isChecked ? ['--checkers', '1'] : ['--noCheck']),
  ]);
  if (!arePagesBuilt(ROOT)) {
    say('Building lotgraph (3 of 3): the pages.');
    say(`The pages load at first, with gzip: ${await buildPages(ROOT, run)}.`);
  }
  noteBuilt(ROOT, fingerprint);
  say(`Built lotgraph in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
}

/** Runs a tool to its end. Its output is shown when it fails; a signal ends it together with this process. */
async function run(tool, args) {
  const child = spawn(process.execPath, [path.join(PACKAGES, tool), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = (signal) => {
    child.kill(signal);
    process.exit(1);
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const code = await new Promise((resolve) => {
    child.once('error', (error) => {
      output += error.message;
      resolve(1);
    });
    child.once('close', resolve);
  });
  for (const signal of SIGNALS) process.off(signal, stop);
  if (code === 0) return;
  say(`${output.trim()}\nThe build failed: "${tool.split('/')[0]} ${args.join(' ')}" ended with exit code ${code}.`);
  process.exit(1);
}

const SIGNALS = ['SIGINT', 'SIGTERM'];

function say(message) {
  process.stderr.write(`${message}\n`);
}
