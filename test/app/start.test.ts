import { mkdtemp, rm, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLotgraph, type RunningStart } from '../support/command-line.ts';

let directory: string;
const started: RunningStart[] = [];

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'lotgraph-start-'));
  await chmod(directory, 0o755);
});
afterAll(async () => {
  for (const { child, ended } of started) {
    child.kill('SIGTERM');
    await ended;
  }
  await rm(directory, { recursive: true, force: true });
});

test('a newcomer gets a server on its own database, a token that works at once, and GraphiQL that carries it', async () => {
  const { url, token } = await start();

  expect(await ask(url, token, '{ viewer { role user { username } } }')).toEqual({ data: { viewer: { role: 'ADMIN', user: { username: 'admin' } } }, extensions: { cost: { estimated: 0, limit: 50_000 } } });
  const page = await fetch(url, { headers: { accept: 'text/html' } });
  const html = await page.text();
  expect(page.status).toBe(200);
  expect(html).toContain('Welcome to lotgraph');
  expect(html).toContain('Bearer eyJ');
  expect(html).not.toMatch(/<(?:script|link)[^>]+(?:src|href)="https?:/);
  const health = await fetch(new URL('/health', url));
  expect([health.status, await health.json()]).toMatchObject([200, { status: 'HEALTHY', version: '0.1.0' }]);
  await stop();
});

test('a page asked for under a foreign name carries no token', async () => {
  const { url } = await start();

  // fetch may not set the Host header; a plain request may.
  const { get } = await import('node:http');
  const html = await new Promise<string>((resolve, reject) => {
    get(url, { headers: { accept: 'text/html', host: 'evil.example' } }, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += String(chunk)));
      response.on('end', () => resolve(body));
    }).on('error', reject);
  });
  expect(html).toContain('Welcome to lotgraph');
  expect(html).not.toContain('Bearer eyJ');
  await stop();
});

test('nothing acknowledged is lost when the server is killed in the middle of writes, and a retry has one effect (IDK-1)', { timeout: 120_000 }, async () => {
  const acknowledged = new Set<string>();
  const sent = new Set<string>();
  let serial = 0;

  for (let round = 1; round <= 4; round += 1) {
    const { url, token, child, ended } = await start();
    const enough = acknowledged.size + 8 + round;
    const writer = async (): Promise<void> => {
      while (child.exitCode === null && child.signalCode === null) {
        const code = `K${(serial += 1)}`;
        sent.add(code);
        const answer = await createLine(url, token, code).catch(() => undefined);
        if (answer?.data?.createProductionLine.productionLine?.code === code) acknowledged.add(code);
        // Killed by the one whose answer was enough, while the other three are in the middle of their writes.
        if (acknowledged.size >= enough) child.kill('SIGKILL');
      }
    };
    await Promise.all([writer(), writer(), writer(), writer()]);
    await ended;
    started.pop();
  }

  const { url, token } = await start();
  expect(acknowledged.size).toBeGreaterThanOrEqual(4 * 9);
  const stored = await codesOf(url, token);
  expect([...acknowledged].filter((code) => !stored.includes(code))).toEqual([]);
  const unanswered = [...sent].filter((code) => !acknowledged.has(code));
  for (const code of unanswered) expect((await createLine(url, token, code)).data.createProductionLine).toMatchObject({ productionLine: { code }, errors: [] });
  expect((await codesOf(url, token)).toSorted()).toEqual([...sent].toSorted());
  await stop();
});

async function start(): Promise<RunningStart> {
  const running = await startLotgraph({ LOTGRAPH_DATA: directory, LOTGRAPH_LOG_LEVEL: 'error' });
  started.push(running);
  return running;
}

async function stop(): Promise<void> {
  const running = started.pop();
  running?.child.kill('SIGTERM');
  expect(await running?.ended).toMatchObject({ code: 0 });
}

function createLine(url: string, token: string, code: string): Promise<any> { // oxlint-disable-line typescript/no-explicit-any -- the tests state what they expect of an answer
  return ask(url, token, `mutation { createProductionLine(input: { code: "${code}", name: "Line", idempotencyKey: "key of ${code}" }) { productionLine { code } errors { code message } } }`);
}

async function codesOf(url: string, token: string): Promise<string[]> {
  const codes: string[] = [];
  for (let after: string | null = null; ; ) {
    const { data } = await ask(url, token, `query ($after: String) { productionLines(first: 100, after: $after, filter: { code: { startsWith: "K" } }) { nodes { code } pageInfo { hasNextPage endCursor } } }`, { after });
    codes.push(...data.productionLines.nodes.map((node: { code: string }) => node.code));
    if (!data.productionLines.pageInfo.hasNextPage) return codes;
    after = data.productionLines.pageInfo.endCursor;
  }
}

async function ask(url: string, token: string, query: string, variables: object = {}): Promise<any> { // oxlint-disable-line typescript/no-explicit-any -- the tests state what they expect of an answer
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: JSON.stringify({ query, variables }) });
  return response.json();
}
