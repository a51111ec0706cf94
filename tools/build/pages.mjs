/** Builds the pages of the plant from `web/` and `documents/`. While these are unchanged, there is nothing to build. */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { hashOfFiles } from './fingerprint.mjs';

/** The pages, their operations, what they use of the program, the graph, and the packages that build them. */
const INPUTS = [
  'web',
  'documents',
  'src/platform/values',
  'src/app/reports/format',
  'src/schema.graphql',
  'package-lock.json',
];
const GENERATED = 'web/generated';
const STAMP = 'dist/web/.built';
/** The most that a page may load before its charts, in bytes as they are sent. */
const MOST_BYTES = 200_000;

/** True when the built pages are those of the present sources. */
export function arePagesBuilt(root) {
  const stamp = path.join(root, STAMP);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprintOfPages(root);
}

/** Builds the pages with `run`, which starts a tool. Returns what each page loads at first, in words. */
export async function buildPages(root, run) {
  const fingerprint = fingerprintOfPages(root);
  await run('@graphql-codegen/cli/cjs/bin.js', ['--config', 'web/codegen.mjs']);
  await run('vite/bin/vite.js', ['build', '--config', 'web/vite.config.mjs']);
  const sizes = sizesOfPages(path.join(root, 'dist/web'));
  for (const { page, bytes } of sizes)
    if (bytes > MOST_BYTES) throw new Error(`${page} loads ${bytes} bytes at first, more than ${MOST_BYTES}.`);
  writeFileSync(path.join(root, 'dist/documents.json'), trustedDocuments(root));
  writeFileSync(path.join(root, STAMP), fingerprint);
  return sizes.map(({ page, bytes }) => `${page} ${(bytes / 1_000).toFixed(1)} kB`).join(', ');
}

/** The operations of the pages by their SHA-256, as `LOTGRAPH_TRUSTED_DOCUMENTS` takes them. */
function trustedDocuments(root) {
  const documents = JSON.parse(readFileSync(path.join(root, GENERATED, 'persisted-documents.json'), 'utf8'));
  const entries = Object.entries(documents).map(([hash, text]) => [hash.replace(/^sha256:/, ''), text]);
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
}

function fingerprintOfPages(root) {
  return hashOfFiles(root, INPUTS, /^web\/generated\//);
}

/** What each page loads before anything is clicked: itself, its scripts and its styles, compressed with gzip. */
function sizesOfPages(folder) {
  const pages = readdirSync(folder).filter((name) => name.endsWith('.html'));
  return pages.map((page) => {
    const html = readFileSync(path.join(folder, page));
    const files = [...html.toString().matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(([, file]) => file);
    const contents = [html, ...files.map((file) => readFileSync(path.join(folder, file)))];
    return { page, bytes: contents.reduce((sum, content) => sum + gzipSync(content).length, 0) };
  });
}
