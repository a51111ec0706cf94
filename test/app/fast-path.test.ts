import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import * as exchange from '../../src/app/http/node-fetch-bridge.ts';
import { schema } from '../../src/app/schema.ts';
import { v7 as uuid7 } from 'uuid';
import { startApi, type Api } from '../support/api.ts';
import { makeLine, makeModel } from '../support/build.ts';
import { CHANGING, operations } from '../support/operations.ts';
import { posted, sent, type Sent } from '../security/wire.ts';

vi.mock('../../src/app/http/node-fetch-bridge.ts', { spy: true });

let api: Api;
let bearer: Readonly<Record<string, string>>;
beforeAll(async () => {
  api = await startApi();
  await makeModel(api);
  await makeLine(api);
  bearer = { authorization: `Bearer ${await api.tokenOf('ADMIN')}` };
});
afterAll(() => api.close());
beforeEach(() => void vi.mocked(exchange.fetchRequestOf).mockClear());

const RUNS = process.env['LOTGRAPH_FULL_ROUNDS'] === '1' ? 2_000 : 150;

/** How many requests Yoga has answered. */
const answeredByYoga = (): number => vi.mocked(exchange.fetchRequestOf).mock.calls.length;

/** An answer without the parts that differ from request to request. */
function comparable({ status, headers, text }: Sent): object {
  const id = headers.get('x-request-id') ?? '';
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  // The compressed length of an answer with its id is its own, too; the text is compared after decompression.
  const length = headers.has('content-encoding') && text.includes(id) ? { 'content-length': 'its own' } : {};
  return {
    status,
    headers: { ...Object.fromEntries(headers), ...length, date: 'its own', 'x-request-id': 'its own' },
    text: text.replaceAll(id, 'its own'),
  };
}

/** Sends the request three times; the first time, its document is not known yet. */
async function askedAgain(
  ask: () => Promise<Sent>,
): Promise<{ readonly answers: readonly object[]; readonly byYoga: number }> {
  const answers = [comparable(await ask()), comparable(await ask()), comparable(await ask())];
  return { answers, byYoga: answeredByYoga() };
}

const FORMS = [
  'application/json',
  'application/graphql-response+json',
  '*/*',
  'application/graphql-response+json, application/json;q=0.9',
  'text/event-stream, application/json',
];

test.each(FORMS)(
  'a repeated operation is answered without Yoga exactly as Yoga answered it, in the form that the client accepts: %s',
  async (accept) => {
    const cases: readonly (readonly [query: string, more?: object])[] = [
      ['{ productModels { nodes { id code name } totalCount } }'],
      ['query ($code: String!) { productModelByCode(code: $code) { code } }', { variables: { code: 'PSA' } }],
      ['query A { viewer { __typename } } query B { health { status } }', { operationName: 'A' }],
      ['{ viewer { role } health { status } __type(name: "Lot") { name } }', { variables: null, operationName: null }],
      [
        'mutation { recordProcessData(input: { unit: { number: "nothing" }, process: { code: "NONE" }, result: PASS }) { processData { id } errors { code message path rule } } }',
      ],
    ];
    for (const [query, more] of cases) {
      vi.mocked(exchange.fetchRequestOf).mockClear();
      const { answers, byYoga } = await askedAgain(() =>
        posted(api.url, { query: `# ${accept}\n${query}`, ...more }, { accept, ...bearer }),
      );
      expect(answers[0]).toMatchObject({ status: 200, text: expect.stringContaining('"data":{') });
      expect(answers.slice(1)).toEqual([answers[0], answers[0]]);
      expect([query, byYoga]).toEqual([query, 1]);
    }
  },
);

test.each(['application/json; charset=utf-8', 'application/json;charset=UTF-8'])(
  'a body with the content type %s takes the fast path too',
  async (type) => {
    const { answers, byYoga } = await askedAgain(() =>
      posted(
        api.url,
        { query: `# ${type}\n{ productModels { nodes { name } } }` },
        { accept: 'application/json', 'content-type': type, ...bearer },
      ),
    );
    expect(answers.slice(1)).toEqual([answers[0], answers[0]]);
    expect(byYoga).toBe(1);
  },
);

test('Yoga answers every outcome that is not only data, every time', async () => {
  const cases: readonly (readonly [query: string, more?: object, credentials?: object])[] = [
    ['query ($number: String!) { lotByNumber(number: $number) { id } }', { variables: { number: 1 } }],
    ['query ($number: String!) { lotByNumber(number: $number) { id } }', {}],
    ['{ lots(first: 0) { nodes { id } } }'],
    ['{ lots(first: 100) { nodes { wipItems(first: 100) { nodes { processData(first: 100) { nodes { id } } } } } } }'],
    ['{ users { nodes { username } } }', {}, {}],
    ['{ auditEntries(first: 1, after: "nonsense") { nodes { id } } }'],
    [
      'mutation ($input: CreateLotInput!) { createLot(input: $input) { lot { id } } }',
      { variables: { input: { targetQuantity: 'many' } } },
    ],
    ['query A { viewer { role } } query B { viewer { role } }', { operationName: 'C' }],
    ['query A { viewer { role } } query B { viewer { role } }', {}],
  ];
  await posted(api.url, { query: '{ health { status } }' }, { accept: 'application/json', ...bearer });
  for (const [query, more, credentials = bearer] of cases) {
    vi.mocked(exchange.fetchRequestOf).mockClear();
    const { answers, byYoga } = await askedAgain(() =>
      posted(api.url, { query, ...more }, { accept: 'application/json', ...credentials }),
    );
    expect(answers[0]).toMatchObject({ text: expect.stringContaining('"errors":[') });
    expect(answers.slice(1)).toEqual([answers[0], answers[0]]);
    expect([query, byYoga]).toEqual([query, 3]);
  }
});

test.each(FORMS)(
  'variables that do not fit are reported alike for a query and a mutation, before anything is executed: %s',
  async (accept) => {
    const asked = (query: string): Promise<Sent> =>
      posted(api.url, { query, variables: { name: { first: 1 } } }, { accept, ...bearer });
    const [query, mutation] = await Promise.all([
      asked('query ($name: String!) { lotByNumber(number: $name) { id } }'),
      asked(
        'mutation ($name: String!) { createProductionLine(input: { code: "VARIABLE", name: $name }) { errors { code } } }',
      ),
    ]);
    const { errors } = JSON.parse(mutation.text);
    expect([mutation.status, errors]).toEqual([
      query.status,
      [
        expect.objectContaining({
          message: 'Variable "$name" got an invalid value; String cannot represent a non string value.',
        }),
      ],
    ]);
  },
);

test('a mutation that fails after its change is executed once for each request', async () => {
  const query =
    'mutation ($input: CreateLotInput!) { createLot(input: $input) { lot { number metadata } errors { code } } }';
  const input = {
    productModel: { code: 'PSA' },
    productionLine: { code: 'KR01' },
    productionDate: '2026-11-20',
    targetQuantity: 1,
  };
  const create = () => posted(api.url, { query, variables: { input } }, { accept: 'application/json', ...bearer });
  expect((await create()).body.data.createLot.errors).toEqual([]);
  const db = api.database.reader();
  const lots = async (): Promise<number> =>
    (await db.sql<{ count: number }>`SELECT count(*)::int AS count FROM lots`)[0]?.count ?? 0;
  const before = await lots();
  vi.spyOn(api.services.database, 'reader').mockImplementationOnce(() => ({
    ...db,
    query: () => Promise.reject(new Error('no answer to the payload')),
  }));

  const answer = await create();

  expect(answer.body).toMatchObject({
    data: { createLot: { lot: null } },
    errors: [
      { message: 'Unexpected error.', extensions: { code: 'INTERNAL', requestId: answer.headers.get('x-request-id') } },
    ],
  });
  expect(await lots()).toBe(before + 1);
  expect(answeredByYoga()).toBe(2);
});

test('Yoga answers requests of all other kinds, also when their document is known', async () => {
  const query = '{ productLines: productionLines { nodes { code } } }';
  const headers = { 'content-type': 'application/json', accept: 'application/json', ...bearer };
  const body = JSON.stringify({ query });
  const post =
    (init: RequestInit, url = api.url) =>
    () =>
      sent(url, { method: 'POST', body, headers, ...init });
  await post({})();
  for (const ask of [
    post({ body: JSON.stringify({ query, variables: [] }) }),
    post({ body: JSON.stringify({ query, operationName: 1 }) }),
    post({ body: JSON.stringify({ query, extensions: {} }) }),
    post({ body: JSON.stringify({ query, more: 1 }) }),
    post({ body: JSON.stringify([{ query }]) }),
    post({ body: '{ no JSON' }),
    post({ body: JSON.stringify(query) }),
    post({ headers: { ...headers, 'content-type': 'application/json; charset=latin1' } }),
    post({ headers: { ...headers, accept: 'text/html' } }),
    post({}, `${api.url}?query=${encodeURIComponent('{ health { status } }')}`),
    () => sent(`${api.url}?query=${encodeURIComponent(query)}`, { headers: { accept: 'application/json', ...bearer } }),
  ]) {
    vi.mocked(exchange.fetchRequestOf).mockClear();
    const { answers, byYoga } = await askedAgain(ask);
    expect(answers.slice(1)).toEqual([answers[0], answers[0]]);
    expect(byYoga).toBe(3);
  }
});

test(
  'random operations get the same answer the second time, byte for byte, from every kind of viewer',
  async () => {
    const tokens = await Promise.all((['ADMIN', 'OPERATOR', 'VIEWER'] as const).map((role) => api.tokenOf(role)));
    let withoutYoga = 0;
    await fc.assert(
      fc.asyncProperty(
        // Live metrics say when they were counted.
        operations({
          schema,
          except: [...CHANGING, 'liveMetrics'],
          texts: ['PSA', 'KR01', 'nothing', uuid7()],
        }),
        fc.nat(),
        async ({ document, variables }, who) => {
          const token = tokens[who % 4];
          const headers = {
            accept: 'application/json',
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          };
          const ask = () => posted(api.url, { query: document, variables }, headers);
          const first = await ask();
          // The order of several errors is not defined.
          fc.pre(first.body.errors === undefined);
          vi.mocked(exchange.fetchRequestOf).mockClear();
          const second = await ask();
          if (answeredByYoga() === 0) withoutYoga += 1;
          expect(comparable(second)).toEqual(comparable(first));
        },
      ),
      {
        numRuns: RUNS,
        ...(process.env['LOTGRAPH_SEED'] === undefined ? {} : { seed: Number(process.env['LOTGRAPH_SEED']) }),
      },
    );
    expect(withoutYoga).toBe(RUNS);
  },
  RUNS * 2_000,
);
