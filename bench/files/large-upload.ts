/**
 * `npm run bench:files -- [--mebibytes 1024]`: one large file by PUT under a ticket, and its download again.
 *
 * 1. The server is a process of its own on the built-in PostgreSQL, with the limit of files raised.
 * 2. The content is made while it is sent, so the client holds none of it. Its SHA-256 must be the one that the server
 *    answers, and that of the download.
 * 3. The memory is the resident set of the server process (`VmRSS`), read ten times a second: its maximum minus the value
 *    after a first upload of 16 MiB, which loads what every upload needs.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { startLotgraph } from '../../test/support/command-line.ts';
import { makeScratchDirectory } from '../../test/support/scratch.ts';

const { values } = parseArgs({ options: { mebibytes: { type: 'string', default: '1024' } } });
const MEBIBYTE = 1_048_576;
const mebibytes = Number(values.mebibytes);

const directory = await makeScratchDirectory();
const server = await startLotgraph({ LOTGRAPH_DATA: directory, LOTGRAPH_FILE_LIMIT: String(mebibytes * MEBIBYTE) }, [
  '--demo',
]);
const headers = { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' };

// oxlint-disable-next-line typescript/no-explicit-any -- the answers of this script's own questions
type Data = Record<string, any>;

async function ask(query: string, variables: object = {}): Promise<Data> {
  const response = await fetch(server.url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = (await response.json()) as { data: Data; errors?: unknown };
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
}

async function residentBytes(): Promise<number> {
  const status = await readFile(`/proc/${server.child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1_024;
}

async function* content(chunks: number, hash: ReturnType<typeof createHash>): AsyncGenerator<Buffer> {
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    const bytes = randomBytes(MEBIBYTE);
    hash.update(bytes);
    yield bytes;
  }
}

const { lots } = await ask('{ lots(first: 1, filter: { isHeld: false }) { nodes { id } } }');
const { createInspection } = await ask(
  'mutation ($lot: ID!) { createInspection(input: { lot: { id: $lot }, type: VISUAL }) { inspection { id } errors { message } } }',
  { lot: lots.nodes[0].id },
);
const inspection = createInspection.inspection.id;

async function upload(name: string, size: number): Promise<{ sha256: string; seconds: number; download: string }> {
  const { requestUpload } = await ask(
    'mutation ($input: RequestUploadInput!) { requestUpload(input: $input) { uploadUrl errors { message } } }',
    { input: { inspection, type: 'VIDEO', fileName: name, contentType: 'video/mp4' } },
  );
  const hash = createHash('sha256');
  const startedAt = performance.now();
  const response = await fetch(new URL(requestUpload.uploadUrl, server.url), {
    method: 'PUT',
    body: Readable.toWeb(Readable.from(content(size, hash))) as ReadableStream,
    duplex: 'half',
  } as RequestInit);
  const seconds = (performance.now() - startedAt) / 1_000;
  const { artifact, errors } = (await response.json()) as { artifact: { id: string } | null; errors: unknown };
  if (artifact === null) throw new Error(JSON.stringify(errors));
  const { node } = await ask('query ($id: ID!) { node(id: $id) { ... on Artifact { checksumSha256 downloadUrl } } }', {
    id: artifact.id,
  });
  const sha256 = hash.digest('hex');
  if (node.checksumSha256 !== sha256) throw new Error('The server has stored another content.');
  return { sha256, seconds, download: node.downloadUrl };
}

try {
  await upload('warm.mp4', 16);
  const before = await residentBytes();
  let most = before;
  const timer = setInterval(() => void residentBytes().then((bytes) => (most = Math.max(most, bytes))), 100);
  const { sha256, seconds, download } = await upload('large.mp4', mebibytes);
  const uploadMost = most;
  const hash = createHash('sha256');
  const startedAt = performance.now();
  const response = await fetch(new URL(download, server.url));
  if (response.body === null) throw new Error('The download has no content.');
  for await (const chunk of response.body) hash.update(chunk);
  const downloadSeconds = (performance.now() - startedAt) / 1_000;
  clearInterval(timer);
  if (hash.digest('hex') !== sha256) throw new Error('The download has another content.');
  const rise = (bytes: number): string => ((bytes - before) / MEBIBYTE).toFixed(1);
  console.log(
    `${mebibytes} MiB: upload ${seconds.toFixed(1)} s, memory +${rise(uploadMost)} MiB; download ${downloadSeconds.toFixed(1)} s, memory +${rise(most)} MiB over both (from ${(before / MEBIBYTE).toFixed(0)} MiB)`,
  );
} finally {
  server.child.kill('SIGTERM');
  await server.ended;
  await rm(directory, { recursive: true, force: true });
}
