import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { startServer } from '../../src/app/server.ts';
import { readTrustedDocuments } from '../../src/app/execution/trusted-documents.ts';
import { openDatabase } from '../../src/platform/postgres/database.ts';
import { startApi, type Api } from '../support/api.ts';
import { withConnection } from '../support/database.ts';
import { posted, sent } from '../security/wire.ts';

const LINES = '{ productionLines { totalCount } }';
const CREATE =
  'mutation { createProductionLine(input: { code: "L1", name: "Line" }) { productionLine { code } errors { code message } } }';
const probe = (api: Api, name: string) => sent(new URL(`/${name}`, api.url).href);

const WAITING = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;

/** Runs the work while another connection holds a lock on the table. */
function whileLocked<T>(api: Api, work: (isWaitedFor: () => Promise<boolean>) => Promise<T>): Promise<T> {
  return withConnection(api.databaseUrl, async (client) => {
    await client.query('BEGIN; LOCK TABLE production_lines IN ACCESS EXCLUSIVE MODE');
    const result = await work(async () => ((await client.query(WAITING)).rowCount ?? 0) > 0);
    await client.query('ROLLBACK');
    return result;
  });
}

/**
 * Sends more queries at once than there are connections and expects that none fails. On a busy machine a query may miss
 * a short deadline; a lost connection fails on every attempt.
 */
async function expectPoolWhole(api: Api): Promise<void> {
  await expect
    .poll(async () => {
      const answers = await Promise.all(Array.from({ length: api.config.poolSize * 2 }, () => api.ask(LINES)));
      return answers.filter(({ errors }) => errors.length > 0);
    })
    .toEqual([]);
}

describe('the server gives up', () => {
  test('a query at the deadline of its operation; afterwards all connections of the pool work', async () => {
    await using api = await startApi({ deadlineSeconds: 1.5, statementTimeoutSeconds: 3, poolSize: 4 });
    const answers = await whileLocked(api, () => Promise.all(Array.from({ length: 8 }, () => api.ask(LINES))));

    // A query that got no connection for the look-up of the viewer is answered at the HTTP entry, without execution.
    for (const answer of answers) {
      expect(answer).toMatchObject({
        errors: [{ extensions: { code: 'LIMIT_EXCEEDED', path: [], limit: 'deadline' } }],
      });
      expect([200, 503]).toContain(answer.status);
    }
    await expectPoolWhole(api);
  });

  test("a statement at PostgreSQL's timeout, before the deadline: the field has an error, which is not internal", async () => {
    await using api = await startApi({ statementTimeoutSeconds: 1, poolSize: 2 });
    const answer = await whileLocked(api, () =>
      api.ask('{ viewer { role } productionLineByCode(code: "L1") { code } }'),
    );

    expect(answer).toMatchObject({
      status: 200,
      data: { viewer: { role: 'ADMIN' }, productionLineByCode: null },
      errors: [{ path: ['productionLineByCode'], extensions: { code: 'LIMIT_EXCEEDED', limit: 'deadline' } }],
    });
    await expectPoolWhole(api);
    expect((await api.ask('{ errorEntries { totalCount } }')).data.errorEntries.totalCount).toBe(0);
  });

  test('a mutation that waits too long for a lock: it is refused as data and changes nothing', async () => {
    await using api = await startApi({ statementTimeoutSeconds: 1, poolSize: 2 });
    const { data, errors } = await whileLocked(api, () => api.ask(CREATE));

    expect([errors, data.createProductionLine]).toEqual([
      [],
      {
        productionLine: null,
        errors: [
          {
            code: 'LIMIT_EXCEEDED',
            message: 'The database took too long, so nothing was changed; try again, with less at once.',
          },
        ],
      },
    ]);
    expect((await api.ask(LINES)).data.productionLines.totalCount).toBe(0);
    await expectPoolWhole(api);
  });

  test('a mutation at its deadline: the answer says that the outcome is unknown, and no further mutation starts', async () => {
    await using api = await startApi({ deadlineSeconds: 1.5, statementTimeoutSeconds: 60, poolSize: 4 });
    const two =
      'mutation { a: createProductionLine(input: { code: "L1", name: "Line" }) { errors { code } } b: createProductModel(input: { code: "M1", name: "Model" }) { errors { code } } }';
    const answer = await whileLocked(api, () => api.ask(two));

    expect(answer).toMatchObject({
      status: 200,
      data: null,
      errors: [
        {
          message: expect.stringContaining('It may still take effect'),
          extensions: { code: 'LIMIT_EXCEEDED', limit: 'deadline' },
        },
      ],
    });
    await expect.poll(async () => (await api.ask(LINES)).data.productionLines.totalCount).toBe(1);
    expect((await api.ask('{ productModels { totalCount } }')).data.productModels.totalCount).toBe(0);
    await expectPoolWhole(api);
  });
});

describe('internal errors', () => {
  test('are stored with all that an administrator needs, and counted by code and hour, for ADMIN only', async () => {
    await using api = await startApi();
    await api.database.reader().sql`ALTER TABLE production_lines RENAME TO hidden_lines`;
    const requestId = '0190a8e0-0000-7000-8000-00000000abcd';
    const headers = { authorization: `Bearer ${await api.tokenOf('VIEWER')}`, 'x-request-id': requestId };
    await posted(
      api.url,
      {
        query: `query Shown { a: productionLineByCode(code: "A") { code } b: productionLineByCode(code: "B") { code } }`,
      },
      headers,
    );

    const read = () =>
      api.ask(
        '{ errorEntries(filter: { operationName: { eq: "Shown" } }) { nodes { requestId sequence code message stack operationName path user { username } station { code } details } totalCount statistics { byCode { code count } byHour { startedAt count } } } }',
      );
    await expect.poll(async () => (await read()).data.errorEntries.totalCount).toBe(2);
    const { nodes, statistics } = (await read()).data.errorEntries;
    expect(nodes.toSorted((a: { sequence: number }, b: { sequence: number }) => a.sequence - b.sequence)).toEqual(
      ['a', 'b'].map((field, index) => ({
        requestId,
        sequence: index + 1,
        code: '42P01',
        message: 'relation "production_lines" does not exist',
        stack: expect.stringContaining('at '),
        operationName: 'Shown',
        path: field,
        user: { username: 'viewer' },
        station: null,
        details: {},
      })),
    );
    expect(statistics).toEqual({
      byCode: [{ code: '42P01', count: 2 }],
      byHour: [{ startedAt: expect.stringMatching(/:00:00\.000Z$/), count: 2 }],
    });
    expect((await api.ask('{ errorEntries { totalCount } }', {}, 'AUDITOR')).errors[0]?.extensions).toMatchObject({
      code: 'FORBIDDEN',
    });
  });

  test('are answered also when they cannot be stored', async () => {
    await using api = await startApi();
    await api.database.reader().sql`ALTER TABLE production_lines RENAME TO hidden_lines`;
    await api.database.reader().sql`ALTER TABLE error_entries RENAME TO hidden_entries`;
    expect((await api.ask(LINES)).errors).toMatchObject([
      { message: 'Unexpected error.', extensions: { code: 'INTERNAL' } },
    ]);
    expect((await api.ask('{ viewer { role } }')).errors).toEqual([]);
  });
});

describe('trusted documents', () => {
  const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
  const fileOf = (content: object): string => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'lotgraph-documents-')), 'documents.json');
    writeFileSync(file, JSON.stringify(content));
    return file;
  };

  test('are executed by hash, by id and by text; all others are refused', async () => {
    await using api = await startApi({ trustedDocuments: fileOf({ [hashOf(LINES)]: LINES }) });
    const headers = { authorization: `Bearer ${await api.tokenOf('VIEWER')}` };
    const ask = async (body: object) => {
      const { status, body: answer } = await posted(api.url, body, headers);
      return [status, answer.data?.productionLines.totalCount ?? answer.errors[0].extensions.code];
    };

    expect(await ask({ extensions: { persistedQuery: { version: 1, sha256Hash: hashOf(LINES) } } })).toEqual([200, 0]);
    expect(await ask({ documentId: `sha256:${hashOf(LINES)}` })).toEqual([200, 0]);
    expect(await ask({ query: LINES })).toEqual([200, 0]);
    expect(await ask({ query: '{ viewer { role } }' })).toEqual([403, 'FORBIDDEN']);
    expect(await ask({ query: '{ viewer { role } }', documentId: hashOf(LINES) })).toEqual([200, 0]);
    expect(await ask({ documentId: '__proto__' })).toEqual([403, 'FORBIDDEN']);
    expect(await ask({})).toEqual([403, 'FORBIDDEN']);
  });

  test('are not loaded from a file with a document under a wrong hash', () => {
    expect(() => readTrustedDocuments(fileOf({ [hashOf(LINES)]: `${LINES} `, b: 5 }))).toThrow(
      /cannot be trusted:\n.*is not the SHA-256[^\n]*\n.*b is no text/,
    );
    expect(() => readTrustedDocuments('/nowhere.json')).toThrow(/cannot be read/);
  });
});

describe('a running server', () => {
  test('reports in ready whether it takes requests, and in alive that the process answers', async () => {
    await using api = await startApi();
    expect([(await probe(api, 'ready')).body, (await probe(api, 'alive')).body]).toEqual([
      { status: 'READY' },
      { status: 'ALIVE', eventLoopDelayMilliseconds: expect.any(Number) },
    ]);

    const nowhere = openDatabase({
      url: 'postgres://nobody:secret@127.0.0.1:1/none',
      poolSize: 2,
      statementTimeoutSeconds: 1,
      onConnectionError: () => undefined,
    });
    const lost = await startServer({ ...api.services, database: nowhere });
    const answers = await Promise.all(
      ['ready', 'health', 'alive'].map((name) => sent(new URL(`/${name}`, lost.url).href)),
    );
    await lost.stop();
    await nowhere.close();
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 200]);
    expect(answers[0]?.text).toBe('{"status":"DEGRADED"}');
    expect(answers.map(({ text }) => text).join('')).not.toMatch(/secret|ECONN|127\.0\.0\.1/);
  });

  test('finishes its requests on a stop, answers 503 to new ones, and ends', async () => {
    await using api = await startApi();
    const server = await startServer(api.services);
    const headers = { authorization: `Bearer ${await api.tokenOf('ADMIN')}` };
    const [slow, meanwhile, ready] = await whileLocked(api, async (isWaitedFor) => {
      const underWay = posted(server.url, { query: LINES }, headers);
      await expect.poll(isWaitedFor).toBe(true);
      const stopped = server.stop();
      const late = await posted(server.url, { query: LINES }, headers);
      const readiness = await sent(new URL('/ready', server.url).href);
      return [underWay.then((answer) => stopped.then(() => answer)), late, readiness] as const;
    });

    expect([meanwhile.status, meanwhile.headers.get('retry-after'), meanwhile.body.errors[0].extensions.code]).toEqual([
      503,
      '2',
      'UNAVAILABLE',
    ]);
    expect([ready.status, ready.body]).toEqual([503, { status: 'STOPPING' }]);
    expect((await slow).body.data).toEqual({ productionLines: { totalCount: 0 } });
    await expect(fetch(server.url)).rejects.toThrow('fetch failed');
  });

  test('replaces connections that the database closes, without a restart', async () => {
    await using api = await startApi({ poolSize: 5 });
    await expectPoolWhole(api);
    for (let round = 0; round < 3; round += 1) {
      await withConnection(api.databaseUrl, (client) =>
        client.query(
          'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
        ),
      );
      await expect.poll(async () => (await api.ask(LINES)).errors.length).toBe(0);
      await expectPoolWhole(api);
    }
    expect((await api.ask(CREATE)).data.createProductionLine.errors).toEqual([]);
  });
});
