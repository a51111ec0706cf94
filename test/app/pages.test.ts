/** The pages of the server: those of the plant, and GraphiQL, each with its files. */
import { request } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type Api } from '../support/api.ts';
import { sent } from '../security/wire.ts';

let development: Api;
let production: Api;
beforeAll(async () => {
  development = await startApi({ environment: 'development' });
  production = await startApi({ environment: 'production' });
});
afterAll(async () => {
  await development.close();
  await production.close();
});

const at = (api: Api, path: string): string => new URL(path, api.url).href;
const HTML = { accept: 'text/html,application/xhtml+xml' };

describe('the pages of the plant', () => {
  test.each(['/', '/units/PSA-1', '/quality?days=7', '/station'])(
    '%s is a page that loads files of this server only',
    async (path) => {
      const { status, headers, text } = await sent(at(production, path), { headers: HTML });
      expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; /,
      );
      expect(text).not.toMatch(/https?:\/\/|<style|onload=|<script(?![^>]*src=)/i);
      for (const file of filesOf(text)) expect([file, (await sent(at(production, file))).status]).toEqual([file, 200]);
    },
  );

  test('say nothing in production that a stranger may not know', async () => {
    const { text } = await sent(at(production, '/'));
    expect(text).not.toMatch(/eyJ|version|postgres|admin|\d+\.\d+\.\d+/i);
    expect(text).not.toContain(new URL(production.url).port);
  });

  test('carry a ready token in development on this machine only, and are never stored then', async () => {
    const { text, headers } = await sent(at(development, '/'), { headers: HTML });
    expect(text).toMatch(/<meta name="ready-token" content="eyJ[\w.-]+">/);
    expect(headers.get('cache-control')).toBe('no-store');
    for (const foreign of [
      { host: 'plant.example' },
      { 'x-forwarded-for': '10.0.0.1' },
      { origin: 'https://a.example' },
    ])
      expect((await rawFile(at(development, '/'), { ...HTML, ...foreign })).body.toString()).not.toContain('eyJ');
    expect((await sent(at(development, '/station'), { headers: HTML })).text).not.toContain('eyJ');
  });

  test('are answered to HEAD without a body, and to nothing else', async () => {
    const head = await sent(at(production, '/'), { method: 'HEAD' });
    expect([head.status, head.text, Number(head.headers.get('content-length')) > 300]).toEqual([200, '', true]);
    expect((await sent(at(production, '/'), { method: 'POST', body: '{}' })).status).toBe(404);
    expect((await sent(at(development, '/'), { method: 'DELETE' })).status).toBe(404);
    expect((await sent(at(production, '/assets/no-such-file.js'))).status).toBe(404);
    expect((await sent(at(production, '/../package.json'))).status).toBe(404);
  });

  test('have files that browsers keep for ever, but a worker that they ask about each time', async () => {
    const [script = ''] = filesOf((await sent(at(production, '/station'))).text).filter((file) => file.endsWith('.js'));
    expect((await sent(at(production, script))).headers.get('cache-control')).toContain('immutable');
    const worker = await sent(at(production, '/station-worker.js'));
    expect(worker.headers.get('cache-control')).toBe('no-cache');
    const etag = worker.headers.get('etag') ?? '';
    expect((await sent(at(production, '/station-worker.js'), { headers: { 'if-none-match': etag } })).status).toBe(304);
  });
});

const pageOf = (api: Api, headers: Readonly<Record<string, string>> = {}) =>
  sent(api.url, { headers: { ...HTML, ...headers } });
const filesOf = (html: string): readonly string[] =>
  [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);

interface RawFile {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

function rawFile(url: string, headers: Readonly<Record<string, string>>): Promise<RawFile> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    asked.on('error', reject);
    asked.end();
  });
}

describe('GraphiQL', () => {
  test('is a small page whose scripts and styles are files of this server', async () => {
    const { text, headers } = await pageOf(development);
    const files = filesOf(text);
    expect(text.length).toBeLessThan(20_000);
    expect(files.map((file) => file.replace(/-[0-9a-f]{20}\./, '.'))).toEqual([
      '/graphiql/favicon.ico',
      '/graphiql/graphiql.css',
      '/graphiql/graphiql.js',
      '/graphiql/start.js',
    ]);
    const start = await sent(at(development, files.at(-1) ?? ''));
    const workers = [...start.text.matchAll(/"(\/graphiql\/[^"]+)"/g)].map(([, path = '']) => path);
    expect(workers).toHaveLength(3);
    for (const file of [...files, ...workers])
      expect([file, (await sent(at(development, file))).status]).toEqual([file, 200]);
    expect(headers.get('content-security-policy')).toContain("script-src 'self';");
  });

  test('is never stored by a browser, because it carries a token, and is not compressed for the same reason', async () => {
    const { text, headers } = await pageOf(development, { 'accept-encoding': 'gzip, br' });
    expect(text).toContain('Bearer eyJ');
    expect([headers.get('cache-control'), headers.get('content-encoding')]).toEqual(['no-store', null]);
  });

  test('opens with the tour on every visit, and lets the browser keep no header', async () => {
    const { text } = await pageOf(development);
    const [, options = ''] = /id="options">(.*)<\/script>/.exec(text) ?? [];
    expect(JSON.parse(options)).toMatchObject({ shouldPersistHeaders: false, defaultEditorToolsVisibility: false });
    const start = await sent(at(development, filesOf(text).at(-1) ?? ''));
    expect(start.text).toContain('query: options.defaultQuery');
  });

  test('is compressed without a token', async () => {
    const { text, headers } = await pageOf(development, { 'accept-encoding': 'gzip, br', via: '1.1 proxy' });
    expect(text).toContain('Welcome to lotgraph');
    expect(text).not.toContain('eyJ');
    expect(headers.get('content-encoding')).toBe('gzip');
  });

  test('has files that are compressed, kept for ever, and sent once', async () => {
    const [, , script = ''] = filesOf((await pageOf(development)).text);
    const url = at(development, script);
    const plain = await rawFile(url, {});
    const [gzip, br] = [
      await rawFile(url, { 'accept-encoding': 'gzip' }),
      await rawFile(url, { 'accept-encoding': 'gzip, br' }),
    ];

    expect(plain.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'Origin, Accept-Encoding',
    });
    expect([gzip.headers['content-encoding'], br.headers['content-encoding']]).toEqual(['gzip', 'br']);
    expect(gunzipSync(gzip.body).equals(plain.body)).toBe(true);
    expect(brotliDecompressSync(br.body).equals(plain.body)).toBe(true);
    expect(br.body.length).toBeLessThan(plain.body.length / 3);

    const etag = String(plain.headers['etag']);
    for (const known of [etag, `"other", ${etag}`, '*'])
      expect(await rawFile(url, { 'if-none-match': known })).toMatchObject({
        status: 304,
        headers: { etag, 'cache-control': 'public, max-age=31536000, immutable' },
        body: Buffer.from(''),
      });
    expect(await rawFile(url, { 'if-none-match': '"other"' })).toMatchObject({ status: 200 });
  });

  test('has no other files, and none in production', async () => {
    const files = filesOf((await pageOf(development)).text);
    for (const path of [
      '/graphiql/',
      '/graphiql/graphiql.js',
      '/graphiql/../package.json',
      '/graphiql/%2e%2e/package.json',
    ])
      expect([path, (await rawFile(at(development, '/') + path.slice(1), {})).status]).toEqual([path, 404]);
    for (const file of files) expect([file, (await sent(at(production, file))).status]).toEqual([file, 404]);
  });
});

describe('the page with the ready token', () => {
  const LOCAL = ['http://localhost:5173', 'http://127.0.0.1:8080', 'http://localhost'];

  test.each([...LOCAL, 'https://evil.example', 'null'])('is not answered to a page of %s', async (origin) => {
    for (const site of ['same-site', 'cross-site'])
      for (const path of ['/graphql', '/graphql?', '/graphql?query={__typename}', '/graphql/', '/']) {
        const { text, headers } = await sent(at(development, path), {
          headers: { ...HTML, origin, 'sec-fetch-site': site, 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
        });
        expect([path, text.includes('eyJ')]).toEqual([path, false]);
        // The dashboard without a token is a public file.
        if (path !== '/') expect(headers.get('content-type') ?? '').not.toMatch(/html/);
      }
  });

  test('is answered to a person who opens it, and to no script of another page that hides its origin', async () => {
    const open = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    // fetch sets these headers itself.
    const opened = await rawFile(development.url, { ...HTML, ...open });
    expect(opened.body.toString()).toContain('eyJ');
    // A page that opens it in a tab or a frame cannot read it.
    expect(opened.headers).toMatchObject({
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'x-frame-options': 'DENY',
    });
    expect(opened.headers).not.toHaveProperty('access-control-allow-origin');
    const hidden = { ...open, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'empty' };
    const { status, body } = await rawFile(development.url, { ...HTML, ...hidden });
    expect([status, body.toString().includes('eyJ')]).toEqual([403, false]);
    expect((await rawFile(at(development, '/'), { ...HTML, ...open })).body.toString()).toContain('eyJ');
    expect((await rawFile(at(development, '/'), { ...HTML, ...hidden })).body.toString()).not.toContain('eyJ');
  });
});
