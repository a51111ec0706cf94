import { createClient } from 'graphql-sse';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startAuditSealer } from '../../src/app/jobs/audit-sealer.ts';
import { startServer } from '../../src/app/server.ts';
import { POSITIONS_CHANNEL } from '../../src/operation/audit/audit.rules.ts';
import { sealNow } from '../../src/operation/audit/seal.commands.ts';
import type { Reader } from '../../src/platform/postgres/client.ts';
import { openDatabase } from '../../src/platform/postgres/database.ts';
import { LIMITS } from '../../src/platform/process/limits.ts';
import { signAccessToken } from '../../src/platform/security/access-token.ts';
import { type Api, startApi } from '../support/api.ts';
import { makeLine, makeLot, makeModel } from '../support/build.ts';
import { done } from '../support/expect.ts';
import { withConnection } from '../support/database.ts';
import { listen, type Listening, type StreamEvent } from '../support/stream.ts';

const CHANGES =
  'subscription($after: String, $entities: [String!], $actions: [String!]) { changes(after: $after, entities: $entities, actions: $actions) { cursor action node { ... on ProductionLine { name } } } }';

let api: Api;
let token: string;
beforeEach(async () => {
  api = await startApi();
  token = await api.tokenOf('ADMIN');
  await sealNow(api.database);
});
afterEach(() => api.close());

const makeLineOf = (code: string) => makeLine(api, { code, name: code });
const seal = () => sealNow(api.database);
const namesOf = (events: readonly StreamEvent[]): readonly string[] => events.map(({ data }) => data.changes.node.name);
const readsOf = () => api.database.notifications(POSITIONS_CHANNEL).sequence;
const query = (sql: string) => withConnection(api.databaseUrl, (client) => client.query(sql));

/** Stands for another server process on the same database; a test cannot distinguish the two. */
async function anotherServer() {
  const database = openDatabase({
    url: api.databaseUrl,
    poolSize: 4,
    statementTimeoutSeconds: 60,
    onConnectionError: () => undefined,
  });
  const server = await startServer({ ...api.services, database });
  return {
    url: server.url,
    async [Symbol.asyncDispose]() {
      await server.stop();
      await database.close();
    },
  };
}

describe('a subscription to changes', () => {
  test('reports new changes in the order of positions, each event with its cursor as id (AUD-3)', async () => {
    await makeLineOf('OLD1');
    await seal();
    using stream = await listen(
      api,
      { token },
      'subscription { changes { cursor entity operation action recordId changedFields recordedAt actorKind actor { id } node { id } } }',
    );
    expect([stream.status, stream.headers['content-type'], stream.headers['cache-control']]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
      'no-store',
    ]);
    const made = [await makeLineOf('NEW1'), await makeLineOf('NEW2')];
    await seal();

    const events = await stream.until(2);
    const common = {
      cursor: expect.any(String),
      entity: 'production_lines',
      operation: 'INSERT',
      action: 'productionLine.created',
      changedFields: [],
      recordedAt: expect.any(String),
      actorKind: 'USER',
      actor: { id: expect.any(String) },
    };
    expect(events.map(({ data }) => data.changes)).toEqual(
      made.map(({ id }) => ({ ...common, recordId: id, node: { id } })),
    );
    expect(events.map(({ id }) => id)).toEqual(events.map(({ data }) => data.changes.cursor));
    expect(stream.isComplete).toBe(false);
  });

  test('continues after a cursor without losses or duplicates; Last-Event-ID takes precedence over the argument', async () => {
    using first = await listen(api, { token }, CHANGES);
    for (const code of ['L1', 'L2', 'L3', 'L4']) await makeLineOf(code);
    await seal();
    const [one, two] = await first.until(4);
    first.close();

    using byArgument = await listen(api, { token }, CHANGES, { variables: { after: one?.id } });
    expect(namesOf(await byArgument.until(3))).toEqual(['L2', 'L3', 'L4']);
    using byHeader = await listen(api, { token }, CHANGES, {
      variables: { after: one?.id },
      ...(two?.id === undefined ? {} : { lastEventId: two.id }),
    });
    expect(namesOf(await byHeader.until(2))).toEqual(['L3', 'L4']);
    expect(
      (
        await api.ask(`{ changes(after: "${two?.id}") { changes { node { ... on ProductionLine { name } } } } }`)
      ).data.changes.changes.map((change: { node: object }) => change.node),
    ).toEqual([{ name: 'L3' }, { name: 'L4' }]);
  });

  test('reports only the requested entities and actions', async () => {
    using models = await listen(api, { token }, CHANGES, { variables: { entities: ['product_models'] } });
    using updates = await listen(api, { token }, CHANGES, {
      variables: { actions: ['productionLine.updated'], entities: [] },
    });
    const { id } = await makeLineOf('L1');
    await makeModel(api);
    await done(api, 'updateProductionLine', { productionLine: { id }, name: 'Other' }, '');
    await makeModel(api, { code: 'LAST' });
    await seal();

    expect((await models.until(2)).map(({ data }) => data.changes.action)).toEqual([
      'productModel.created',
      'productModel.created',
    ]);
    expect((await updates.until(1)).map(({ data }) => data.changes.action)).toEqual(['productionLine.updated']);
  });

  test('reads every event from the database: an earlier event does not hide a later change of the row', async () => {
    using stream = await listen(api, { token }, CHANGES);
    const { id } = await makeLineOf('Before');
    await seal();
    expect(namesOf(await stream.until(1))).toEqual(['Before']);
    await done(api, 'updateProductionLine', { productionLine: { id }, name: 'After' }, '');
    await seal();
    expect(namesOf(await stream.until(2))).toEqual(['Before', 'After']);
  });

  test('reaches the clients of every server process, whichever process wrote the change and whichever sealed it', async () => {
    await using other = await anotherServer();
    using here = await listen(api, { token }, CHANGES);
    using there = await listen(api, { token }, CHANGES, { url: other.url });
    const sealer = startAuditSealer(api.services);
    await makeLineOf('L1');

    expect([namesOf(await here.until(1)), namesOf(await there.until(1))]).toEqual([['L1'], ['L1']]);
    await sealer.stop();
  });

  test('continues after the database has dropped every connection', async () => {
    using stream = await listen(api, { token }, CHANGES);
    // The first read is the start of the stream, the second one follows the new connection that listens.
    await expect.poll(() => readsOf()).toBeGreaterThan(1);
    await query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    await expect.poll(async () => (await api.ask('{ productionLines { totalCount } }')).errors).toEqual([]);
    await makeLineOf('L1');
    await seal();

    expect(namesOf(await stream.until(1))).toEqual(['L1']);
  });

  test('is completed when the server stops, and continues on the next server', async () => {
    const { stream, id } = await (async () => {
      await using leaving = await anotherServer();
      const open = await listen(api, { token }, CHANGES, { url: leaving.url });
      await makeLineOf('L1');
      await seal();
      const [event] = await open.until(1);
      return { stream: open, id: event?.id ?? '' };
    })();
    expect([stream.isComplete, stream.events.length]).toEqual([true, 1]);
    await makeLineOf('L2');
    await seal();

    using next = await listen(api, { token }, CHANGES, { lastEventId: id });
    expect(namesOf(await next.until(1))).toEqual(['L2']);
  });

  test('works with a client library of a third party', async () => {
    const client = createClient({ url: api.url, headers: { authorization: `Bearer ${token}` } });
    const events = client.iterate<{ changes: { action: string } }>({ query: 'subscription { changes { action } }' });
    const next = events.next();
    await expect.poll(() => readsOf()).toBeGreaterThan(0);
    await makeLineOf('L1');
    await seal();

    expect((await next).value).toEqual({ data: { changes: { action: 'productionLine.created' } } });
    await events.return?.();
    client.dispose();
  });

  test('is answered to a GET too, as browsers and GraphiQL request it', async () => {
    using stream = await listen(api, { token }, CHANGES, { method: 'GET' });
    await makeLineOf('L1');
    await seal();
    expect(namesOf(await stream.until(1))).toEqual(['L1']);
  });
});

describe('a stream', () => {
  const endOf = async (credentials: object, document: string, more: object = {}) => {
    using stream = await listen(api, credentials, document, more);
    await expect.poll(() => stream.isClosed).toBe(true);
    return {
      status: stream.status,
      isComplete: stream.isComplete,
      errors: stream.events.flatMap(({ errors }) =>
        errors.map(({ extensions: { code, path, limit, requestId } }) => ({
          code,
          path,
          limit,
          hasId: requestId !== undefined,
        })),
      ),
    };
  };
  const refused = (code: string, path: readonly string[] = [], limit?: string) => ({
    status: 200,
    isComplete: true,
    errors: [{ code, path, limit, hasId: true }],
  });

  test('is completed with the reason when the viewer may not listen', async () => {
    expect(await endOf({}, CHANGES)).toEqual(refused('UNAUTHENTICATED'));
    expect(await endOf({ token: await api.tokenOf('OPERATOR') }, CHANGES)).toEqual(refused('FORBIDDEN'));
    expect(await endOf({ token: 'nonsense' }, CHANGES)).toMatchObject({ status: 401 });
  });

  test('is refused before anything is read when its cursor is invalid, it costs too much, or the client does not accept events', async () => {
    expect(await endOf({ token }, CHANGES, { variables: { after: 'nonsense' } })).toEqual(
      refused('INVALID_INPUT', ['after']),
    );
    expect(await endOf({ token }, CHANGES, { lastEventId: 'nonsense' })).toEqual(refused('INVALID_INPUT', ['after']));
    const costly =
      'subscription { changes { node { ... on ProductionLine { lots(first: 100) { nodes { serials(first: 100) { nodes { processData(first: 100) { nodes { id } } } } } } } } } }';
    expect((await endOf({ token }, costly)).errors).toMatchObject([{ code: 'LIMIT_EXCEEDED', limit: 'cost' }]);
    const plain = await fetch(api.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: CHANGES }),
    });
    expect(plain.status).toBe(406);
  });

  test.each(['*/*', 'application/json', 'application/graphql-response+json', 'text/*', 'text/html', 'multipart/mixed'])(
    'is refused with 406 and a sentence when the client accepts %s and names no events, by POST and by GET',
    async (accept) => {
      const query = `subscription { changes { cursor } }`;
      const headers = { accept, authorization: `Bearer ${token}` };
      const answers = [
        await fetch(api.url, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json' },
          body: JSON.stringify({ query }),
        }),
        ...(accept === 'text/html' ? [] : [await fetch(`${api.url}?${new URLSearchParams({ query })}`, { headers })]),
      ];
      for (const answer of answers) {
        expect(answer.status).toBe(406);
        expect(await answer.json()).toEqual({
          errors: [
            {
              message:
                'A subscription is answered as a stream of events only; send it with the header Accept: text/event-stream.',
              extensions: { code: 'INVALID_INPUT', path: [], requestId: expect.any(String) },
            },
          ],
        });
      }
    },
  );

  test.each(['text/event-stream', 'application/json, text/event-stream;q=0.9', 'TEXT/EVENT-STREAM'])(
    'is a stream when the client accepts %s',
    async (accept) => {
      const answer = await fetch(api.url, {
        method: 'POST',
        headers: { accept, 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query: CHANGES }),
      });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
      await answer.body?.cancel();
    },
  );

  test('is refused with the known words when it asks for a kind of record or an action that does not exist', async () => {
    const ask =
      'subscription ($entities: [String!], $actions: [String!]) { changes(entities: $entities, actions: $actions) { cursor } }';
    expect(await endOf({ token }, ask, { variables: { entities: ['Lots', 'nothing'] } })).toEqual(
      refused('INVALID_INPUT', ['entities', '1']),
    );
    expect(await endOf({ token }, ask, { variables: { actions: ['lot.close'] } })).toEqual(
      refused('INVALID_INPUT', ['actions', '0']),
    );
    using stream = await listen(api, { token }, ask, { variables: { entities: ['ProductionLine'] } });
    await makeLineOf('WORD1');
    await seal();
    expect(await stream.until(1)).toHaveLength(1);
  });

  test('is one of at most ten of a principal; other principals are not affected, and closed streams do not count', async () => {
    const ten = await Promise.all(
      Array.from({ length: LIMITS.streams.perPrincipal }, () => listen(api, { token }, CHANGES)),
    );
    expect(await endOf({ token }, CHANGES)).toEqual(refused('LIMIT_EXCEEDED', [], 'streams'));
    using _other = await listen(api, { token: await api.tokenOf('AUDITOR') }, CHANGES);
    ten[0]?.close();

    await expect
      .poll(async () => {
        using again = await listen(api, { token }, CHANGES);
        await makeLineOf(`L${Math.random().toString().slice(2, 8)}`);
        await seal();
        return (await again.until(1))[0]?.errors;
      })
      .toEqual([]);
    for (const stream of ten) stream.close();
  });
});

describe('an open stream', () => {
  const quick = { ...LIMITS.streams, accessSeconds: 0.05, commentSeconds: 0.05 };

  test('is kept alive by comments, and ends when the credentials expire (AUT-4)', async () => {
    const server = await startServer(api.services, quick);
    const own = await api.newTokenOf('AUDITOR');
    using stays = await listen(api, { token }, CHANGES, { url: server.url });
    using leaves = await listen(api, { token: own }, CHANGES, { url: server.url });
    const lot = await aLot();
    const manager = { userId: api.userIdOf('MANAGER'), sessionId: sessionOf(await api.newTokenOf('MANAGER')) };
    const listenFor = async (seconds: number): Promise<Listening> =>
      listen(
        api,
        { token: await signAccessToken(manager, api.config.tokenSecret, seconds) },
        'subscription($lot: LotRef!) { lotChanged(lot: $lot) { action } }',
        { url: server.url, variables: { lot: { id: lot } } },
      );
    let seconds = 2;
    let opened = await listenFor(seconds);
    // On a busy machine a token may expire before its stream is open.
    while (opened.status === 401) opened = await listenFor((seconds *= 2));
    using expires = opened;
    expect(expires.status).toBe(200);
    await api.askWith(own, 'mutation { logout(input: {}) { errors { code } } }');

    await expect.poll(() => [leaves.isComplete, expires.isComplete]).toEqual([true, true]);
    for (const { events } of [leaves, expires])
      expect(events).toMatchObject([
        {
          data: null,
          errors: [
            { message: expect.stringContaining('no longer good'), extensions: { code: 'UNAUTHENTICATED', path: [] } },
          ],
        },
      ]);
    await expect.poll(() => stays.comments).toBeGreaterThan(2);
    expect([stays.isComplete, stays.events]).toEqual([false, []]);
    await server.stop();
  });

  test('ends when the role of its user has changed', async () => {
    const server = await startServer(api.services, quick);
    using stream = await listen(api, { token: await api.tokenOf('AUDITOR') }, CHANGES, { url: server.url });
    await query(`UPDATE users SET role = 'VIEWER' WHERE username = 'auditor'`);

    await expect.poll(() => stream.isComplete).toBe(true);
    expect(stream.events).toMatchObject([
      {
        errors: [{ message: expect.stringContaining('rights have changed'), extensions: { code: 'UNAUTHENTICATED' } }],
      },
    ]);
    await server.stop();
  });

  test('is closed when its client reads nothing and is more than 1,000 events behind; after the last cursor the client gets the rest, once and in order', async () => {
    const changes = LIMITS.streams.eventsBehind + 500;
    let reads = 0;
    const counted = (reader: Reader): Reader => ({
      ...reader,
      query: (composed) => ((reads += 1), reader.query(composed)),
      rows: (composed) => ((reads += 1), reader.rows(composed)),
      sql: (strings, ...values) => ((reads += 1), reader.sql(strings, ...values)),
    });
    const server = await startServer({
      ...api.services,
      database: { ...api.database, reader: () => counted(api.database.reader()) },
    });
    const lot = await aLot();
    await query(`UPDATE lots SET metadata = jsonb_build_object('filling', repeat('x', 60000))`);
    await seal();
    const document =
      'subscription($after: String) { changes(after: $after, entities: ["lots"]) { changedFields node { ... on Lot { id metadata } } } }';
    using stream = await listen(api, { token }, document, { url: server.url });
    stream.pause();
    await query(`DO $$ BEGIN FOR i IN 1..${changes} LOOP UPDATE lots SET external_number = 'E' || i; END LOOP; END $$`);
    await seal();
    const notify = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i += 1) {
        const before = readsOf();
        await query(`NOTIFY ${POSITIONS_CHANNEL}`);
        await expect.poll(() => readsOf(), { interval: 5 }).toBeGreaterThan(before);
      }
    };
    // When the connection is full, the server reads nothing more, however many notifications arrive.
    for (let before = -1; before !== reads; ) {
      before = reads;
      await notify(3);
    }
    await notify(5);
    stream.resume();

    await expect.poll(() => stream.isComplete).toBe(true);
    const taken = stream.events.slice(0, -1);
    expect(stream.events.at(-1)).toMatchObject({
      id: undefined,
      data: null,
      errors: [{ extensions: { code: 'LIMIT_EXCEEDED', path: ['after'] } }],
    });
    expect(taken.length).toBeLessThan(changes - LIMITS.streams.eventsBehind);
    using rest = await listen(
      api,
      { token },
      'subscription { changes(entities: ["lots"]) { recordId changedFields } }',
      { lastEventId: taken.at(-1)?.id ?? '' },
    );
    const others = await rest.until(changes - taken.length);
    expect(new Set([...taken, ...others].map(({ id }) => id)).size).toBe(changes);
    expect(others.map(({ data }) => data.changes)).toEqual(
      others.map(() => ({ recordId: lot, changedFields: ['externalNumber'] })),
    );
    await server.stop();
  });
});

async function aLot(): Promise<string> {
  await makeModel(api);
  await makeLineOf('KR01');
  return (await makeLot(api)).id;
}

function sessionOf(accessToken: string): string {
  return JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()).sid;
}
