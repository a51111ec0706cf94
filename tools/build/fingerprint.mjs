/**
 * What a build was made of. A build leaves the fingerprint of everything that it read in `dist/.built`; while that is
 * unchanged, and no built file is missing, there is nothing to build.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** The sources, the schema, the settings of the tools, the packages as they should be and as they are installed. */
const INPUTS = [
  'src',
  'prisma',
  'prisma.config.ts',
  'tsconfig.json',
  'tsconfig.build.json',
  'package.json',
  'package-lock.json',
  'node_modules/.package-lock.json',
  'tools/build',
  'web',
  'documents',
];
const GENERATED = /^(?:src|web)\/generated\//;
const STAMP = 'dist/.built';
/** The built pages, which another tool makes. */
const PAGES = 'dist/web/';

/** The hash of the names and contents of all files that a build reads. Generated sources follow from the schema. */
export function fingerprintOf(root) {
  return hashOfFiles(root, INPUTS, GENERATED);
}

/** The hash of the names and contents of these files and folders, without those that a tool generates from the others. */
export function hashOfFiles(root, inputs, generated) {
  const hash = createHash('sha256');
  for (const file of inputs.flatMap((input) => filesIn(root, input)).filter((name) => !generated.test(name))) {
    const content = readFileSync(path.join(root, file));
    hash.update(`${file}\n${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

/** True when the built program is that of the present sources, and complete. */
export function isBuilt(root) {
  const stamp = path.join(root, STAMP);
  return (
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === fingerprintOf(root) &&
    missingOutputs(root).length === 0 &&
    existsSync(path.join(root, 'dist/generated/prisma/client.js')) &&
    existsSync(path.join(root, 'dist/web/index.html'))
  );
}

/** Notes what the build was made of. */
export function noteBuilt(root, fingerprint) {
  writeFileSync(path.join(root, STAMP), fingerprint);
}

/** Takes the note away, so that an interrupted build counts as none. */
export function forgetBuilt(root) {
  rmSync(path.join(root, STAMP), { force: true });
}

/** The sources whose built file is missing. */
export function missingOutputs(root) {
  const outputs = new Set(filesIn(root, 'dist'));
  return filesIn(root, 'src').filter((file) => file.endsWith('.ts') && !outputs.has(outputOf(file)));
}

/** The built files whose source does not exist any more. */
export function staleOutputs(root) {
  const expected = new Set(filesIn(root, 'src').map(outputOf));
  return filesIn(root, 'dist').filter((file) => file.endsWith('.js') && !file.startsWith(PAGES) && !expected.has(file));
}

function outputOf(source) {
  return source.replace(/^src\//, 'dist/').replace(/\.ts$/, '.js');
}

/** The files of a folder, in a fixed order; a file by itself; nothing for what does not exist. */
function filesIn(root, input) {
  const absolute = path.join(root, input);
  const found = statSync(absolute, { throwIfNoEntry: false });
  if (found?.isFile()) return [input];
  if (found === undefined) return [];
  const entries = readdirSync(absolute, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .toSorted();
}
