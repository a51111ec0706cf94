/**
 * `npm run bench:web -- [--lots 200] [--rounds 10]`: what the pages cost, on a simulated plant, with a warm server.
 *
 * 1. The floor page: from the address to the first table with rows, and with how many requests.
 * 2. An event: from the answer of a mutation to its text in a page that is open.
 * 3. A list of 10,000 lots: how many pictures a second the browser draws while it is scrolled to its end.
 * 4. A hundred dashboards: the statements and the memory of the server for each event, compared with one dashboard.
 */
import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { startEmbeddedServer } from '../../src/platform/embedded-postgres/server.ts';
import { CHROMIUM, openPage, startBrowser } from '../../test/support/browser.ts';
import { withConnection } from '../../test/support/connection.ts';
import { lotgraph, type RunningStart, startLotgraph } from '../../test/support/command-line.ts';
import { makeScratchDirectory } from '../../test/support/scratch.ts';
import { spread } from '../quality/plant.ts';

const { values } = parseArgs({
  options: { lots: { type: 'string', default: '200' }, rounds: { type: 'string', default: '10' } },
});
const rounds = Number(values.rounds);
if (CHROMIUM === undefined) throw new Error('There is no Chromium on this machine.');

const directory = await makeScratchDirectory();
const environment = {
  LOTGRAPH_DATA: directory,
  LOTGRAPH_REQUESTS_PER_SECOND: '0',
  LOTGRAPH_ANONYMOUS_REQUESTS_PER_SECOND: '0',
  LOTGRAPH_MAX_EVENT_LOOP_DELAY_MILLISECONDS: '0',
  LOTGRAPH_METRICS_TOKEN: 'a-token-of-the-bench-with-forty-characters',
};
const made = await lotgraph(['simulate', '--lots', values.lots], environment);
if (made.code !== 0) throw new Error(made.stderr);
const server = await startLotgraph(environment);
const embedded = await startEmbeddedServer({ directory, log: () => undefined });
const browser = await startBrowser();
try {
  await floorPage(browser);
  await longList(browser);
  await manyDashboards();
} finally {
  await browser.close();
  server.child.kill('SIGTERM');
  await server.ended;
  await embedded.stop();
  await rm(directory, { recursive: true, force: true });
}

async function floorPage(from: Browser): Promise<void> {
  const { page } = await openPage(from, at(server, '/'), { viewport: { width: 1280, height: 900 } });
  const [times, requests, events]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round <= rounds; round += 1) {
    let count = 0;
    const note = (): void => void (count += 1);
    page.on('request', note);
    const began = performance.now();
    await page.goto(at(server, '/'));
    await page.waitForSelector('section[aria-label="Lots in work"] tbody tr');
    // The first round warms the server and the browser.
    if (round > 0) {
      times.push(performance.now() - began);
      requests.push(count);
      events.push(await eventTime(page, round));
    }
    page.off('request', note);
  }
  say(
    `Floor page with ${values.lots} lots: first table after ${spread(times, 0)} ms, ${Math.max(...requests)} requests.`,
  );
  say(`An event is visible ${spread(events, 0)} ms after the answer of its mutation.`);
}

/** From the answer of a mutation to the reason in the page. */
async function eventTime(page: Page, round: number): Promise<number> {
  const reason = `Reason number ${round}`;
  const { lots } = await ask('{ lots(first: 1, filter: { disposition: { eq: UNDECIDED } }) { nodes { id } } }');
  await ask(
    'mutation ($id: ID!, $reason: String!) { quarantineLot(input: { lot: { id: $id }, reason: $reason }) { errors { message } } }',
    {
      id: lots.nodes[0].id,
      reason,
    },
  );
  const began = performance.now();
  await page.waitForSelector(`text=${reason}`);
  return performance.now() - began;
}

async function longList(from: Browser): Promise<void> {
  await withConnection(embedded.url, (client) =>
    client.query(`
      INSERT INTO lots (number, product_model_id, production_line_id, production_date, target_quantity)
      SELECT 'Z' || lpad((n / 100)::text, 3, '0') || 'ZZZ9901' || lpad((n % 100)::text, 2, '0'), product_model_id, production_line_id, '2099-01-01', 1
      FROM (SELECT * FROM lots LIMIT 1) AS one, generate_series(0, 9999) AS n`),
  );
  const { page } = await openPage(from, at(server, '/lots?number=Z'), { viewport: { width: 1280, height: 900 } });
  await page.waitForSelector('text=10000 lots');
  // As a function of the page: it scrolls by a screen with each picture, and waits where rows are missing.
  const drawn = await page.evaluate<{
    pictures: number;
    milliseconds: number;
    rows: number;
  }>(`new Promise((resolve) => {
    const region = document.querySelector('.long');
    let pictures = 0, milliseconds = 0, last = performance.now(), still = 0;
    const draw = (now) => {
      const before = region.scrollTop;
      region.scrollTop += 600;
      if (region.scrollTop > before) { pictures += 1; milliseconds += now - last; still = 0; } else still += 1;
      last = now;
      if (still > 300) resolve({ pictures, milliseconds, rows: Math.round(region.scrollHeight / 36) });
      else requestAnimationFrame(draw);
    };
    requestAnimationFrame(draw);
  })`);
  say(
    `A list of ${drawn.rows} rows: ${(1_000 / (drawn.milliseconds / drawn.pictures)).toFixed(0)} pictures a second while it is scrolled.`,
  );
}

/** Ten users with ten streams each, as one user may have no more. */
async function manyDashboards(): Promise<void> {
  const usernames = (await ask('{ users(first: 10, filter: { isActive: { eq: true } }) { nodes { username } } }')).users
    .nodes;
  const tokens: string[] = [server.token];
  for (const { username } of usernames.slice(0, 9)) {
    const { login } = await ask(
      'mutation ($username: String!) { login(input: { username: $username, password: "Lotgraph-2026" }) { session { accessToken } } }',
      { username },
    );
    if (login.session !== null) tokens.push(login.session.accessToken);
  }
  const one = await costOfEvents([server.token]);
  const all = tokens.flatMap((token) => Array.from({ length: 10 }, () => token));
  const many = await costOfEvents(all);
  say(
    `${all.length} dashboards: ${many.statements} statements for 5 events, ${one.statements} with one dashboard; ${((many.bytes - one.bytes) / 1_000 / all.length).toFixed(0)} kB of memory for each.`,
  );
}

async function costOfEvents(tokens: readonly string[]): Promise<{ statements: number; bytes: number }> {
  const ends = new AbortController();
  let events = 0;
  for (const token of tokens) {
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: 'subscription { liveMetricsChanged { countedAt heldLotCount } }' }),
      signal: ends.signal,
    });
    void (async () => {
      for await (const chunk of response.body ?? [])
        events += String(Buffer.from(chunk)).split('event: next').length - 1;
    })().catch(() => undefined);
  }
  const reached = async (count: number): Promise<void> => {
    while (events < count) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  await reached(tokens.length);
  const before = await metrics();
  for (let turn = 1; turn <= 5; turn += 1) {
    await eventOnly();
    await reached(tokens.length * (turn + 1));
  }
  const after = await metrics();
  ends.abort();
  return { statements: after.statements - before.statements, bytes: after.bytes };
}

async function eventOnly(): Promise<void> {
  const { lots } = await ask('{ lots(first: 1, filter: { disposition: { eq: UNDECIDED } }) { nodes { id } } }');
  await ask(
    'mutation ($id: ID!) { quarantineLot(input: { lot: { id: $id }, reason: "Bench" }) { errors { message } } }',
    {
      id: lots.nodes[0].id,
    },
  );
}

async function metrics(): Promise<{ statements: number; bytes: number }> {
  const response = await fetch(at(server, '/metrics'), {
    headers: { authorization: `Bearer ${environment.LOTGRAPH_METRICS_TOKEN}` },
  });
  const text = await response.text();
  const valueOf = (name: string): number => Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1] ?? 0);
  return { statements: valueOf('lotgraph_statements_total'), bytes: valueOf('process_resident_memory_bytes') };
}

// oxlint-disable-next-line typescript/no-explicit-any -- the bench reads fields that it requested
async function ask(query: string, variables: object = {}): Promise<any> {
  const response = await fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${server.token}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data?: unknown; errors?: unknown };
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
}

function at({ url }: RunningStart, path: string): string {
  return new URL(path, url).href;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
