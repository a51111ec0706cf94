/** Badge codes, and the list of operators in which a station looks a person up. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type Answer, type Api } from '../../support/api.ts';
import { call, done, expectRefused, type Refusal } from '../../support/expect.ts';
import { makeStation, sendAs } from '../../support/station.ts';
import { makeFloor, oneItem } from '../../support/work.ts';

const PASSWORD = 'Correct-horse-7';
const DOCUMENT =
  'query($search: String, $first: Int, $after: String) { operators(search: $search, first: $first, after: $after) { totalCount nodes { id displayName badgeCode } pageInfo { hasNextPage endCursor } } }';

let api: Api;
let apiKey: string;
let ids: Readonly<Record<string, string>>;
beforeAll(async () => {
  api = await startApi();
  ({ apiKey } = await makeStation(api, 'BENCH'));
  const people = [
    { username: 'mina', fullName: 'Mina Park', badgeCode: ' b-1001 ' },
    { username: 'omar', fullName: 'Omar Parker', badgeCode: '04:a2:7f:1c' },
    { username: 'gone', fullName: 'Gone Parkes', badgeCode: 'B-1003', isActive: false },
    { username: 'reader', fullName: 'Reader Parks', badgeCode: 'B-1004', role: 'VIEWER' },
    { username: 'lead', fullName: '100 % Lead', role: 'MANAGER' },
  ];
  const made: [string, string][] = [];
  for (const person of people)
    made.push([
      person.username,
      (await done(api, 'createUser', { ...person, password: PASSWORD }, 'user { id }'))['user'].id,
    ]);
  ids = Object.fromEntries(made);
});
afterAll(() => api.close());

const operators = async (variables: object): Promise<Answer['data']> =>
  (await api.askWith({ apiKey }, DOCUMENT, variables)).data.operators;
const namesFor = async (search: string): Promise<string[]> =>
  (await operators({ search })).nodes.map(({ displayName }: { readonly displayName: string }) => displayName);

describe('a badge code', () => {
  test('is stored in upper case, changed and cleared by an administrator, and is part of the audit trail (USR-7)', async () => {
    const update = (badgeCode: string | null) =>
      done(api, 'updateUser', { user: { username: 'lead' }, badgeCode }, 'user { badgeCode }');
    expect((await update('x.9'))['user']).toEqual({ badgeCode: 'X.9' });
    expect((await update('X.9'))['user']).toEqual({ badgeCode: 'X.9' });
    expect((await update(null))['user']).toEqual({ badgeCode: null });
    const { data } = await api.ask(
      '{ userByUsername(username: "lead") { history(first: 3) { nodes { action changes { field oldValue newValue } } } } }',
    );
    expect(data.userByUsername.history.nodes.slice(0, 2)).toEqual([
      { action: 'user.updated', changes: [{ field: 'badgeCode', oldValue: 'X.9', newValue: null }] },
      { action: 'user.updated', changes: [{ field: 'badgeCode', oldValue: null, newValue: 'X.9' }] },
    ]);
  });

  test.each<readonly [what: string, badgeCode: string, refusal: Refusal]>([
    ['of another user', 'B-1001', ['CONFLICT', 'badgeCode', 'USR-7']],
    ['of a user who is inactive', 'b-1003', ['CONFLICT', 'badgeCode', 'USR-7']],
    ['with a space', 'B 1', ['INVALID_INPUT', 'badgeCode', 'USR-7']],
    ['that begins with a hyphen', '-1', ['INVALID_INPUT', 'badgeCode', 'USR-7']],
    ['that is empty', '', ['INVALID_INPUT', 'badgeCode', 'USR-7']],
    ['of 51 characters', 'X'.repeat(51), ['INVALID_INPUT', 'badgeCode', 'USR-7']],
  ])('%s is refused for a new user and for a known one (USR-7)', async (_what, badgeCode, refusal) => {
    const user = { username: 'new_one', fullName: 'New', password: PASSWORD };
    await expectRefused(api, 'createUser', { ...user, badgeCode }, [refusal]);
    await expectRefused(api, 'updateUser', { user: { username: 'lead' }, badgeCode }, [refusal]);
  });

  test('is taken by one of ten parallel requests (USR-7)', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        call(api, 'createUser', { username: `race_${index}`, fullName: 'R', password: PASSWORD, badgeCode: 'RACE' }),
      ),
    );
    const refused = answers.flatMap(({ errors }) => errors);
    expect(refused.map(({ code, rule }) => [code, rule])).toEqual(
      Array.from({ length: 9 }, () => ['CONFLICT', 'USR-7']),
    );
  });

  test('is changed by nobody but ADMIN, and seen in whole users by those who audit and by its owner (USR-7)', async () => {
    await expectRefused(
      api,
      'updateUser',
      { user: { username: 'mina' }, badgeCode: 'B-9' },
      [['FORBIDDEN', '', null]],
      'MANAGER',
    );
    const document = '{ userByUsername(username: "mina") { badgeCode } }';
    for (const role of ['ADMIN', 'MANAGER', 'AUDITOR'] as const)
      expect((await api.ask(document, {}, role)).data.userByUsername).toEqual({ badgeCode: 'B-1001' });
    const { data, errors } = await api.ask(document, {}, 'VIEWER');
    expect([data.userByUsername.badgeCode, errors[0]?.extensions['code']]).toEqual([null, 'FORBIDDEN']);
  });

  test('names the operator of an execution wherever a user is named (PD-15, USR-7)', async () => {
    const floor = await makeFloor(api);
    const { item } = await oneItem(api);
    const where = { unit: { id: item.id }, process: { id: floor.mount.id } };
    const { processData, errors } = await sendAs(
      api,
      apiKey,
      'startProcess',
      { ...where, operator: { badgeCode: 'b-1001' } },
      'processData { operator { username } }',
    );
    expect([processData, errors]).toEqual([{ operator: { username: 'mina' } }, []]);
    const unknown = await sendAs(api, apiKey, 'startProcess', { ...where, operator: { badgeCode: 'B-0' } });
    expect(unknown.errors).toMatchObject([
      { code: 'NOT_FOUND', path: ['operator'], message: 'User with the badge code B-0 does not exist.' },
    ]);
  });
});

describe('operators', () => {
  test('finds the person of a badge code as a reader sends it, in any case and with its symbology prefix (USR-7)', async () => {
    for (const search of ['B-1001', 'b-1001', ' b-1001\t', ']C0b-1001'])
      expect([search, (await operators({ search })).nodes]).toEqual([
        search,
        [{ id: ids['mina'], displayName: 'Mina Park', badgeCode: 'B-1001' }],
      ]);
    expect(await namesFor('04:A2:7F:1C')).toEqual(['Omar Parker']);
  });

  test('finds people by a part of their name, and no part of a badge code', async () => {
    expect(await namesFor('PARK')).toEqual(['Mina Park', 'Omar Parker']);
    expect(await namesFor('%')).toEqual(['100 % Lead']);
    expect([await namesFor('B-10'), await namesFor('_'), await namesFor('mina_')]).toEqual([[], [], []]);
  });

  test('lists active users who work in the factory, and nobody else', async () => {
    const { nodes, totalCount } = await operators({ first: 100 });
    const names = nodes.map(({ displayName }: { readonly displayName: string }) => displayName);
    expect(names).toEqual(expect.arrayContaining(['Mina Park', 'Omar Parker', '100 % Lead', 'OPERATOR of the tests']));
    for (const absent of ['Gone Parkes', 'Reader Parks', 'AUDITOR of the tests', 'VIEWER of the tests'])
      expect(names).not.toContain(absent);
    expect(totalCount).toBe(nodes.length);
    expect(names).toEqual(names.toSorted());
  });

  test('pages through the people by name without a gap', async () => {
    const all = (await operators({ first: 100 })).nodes;
    const found = [];
    for (let after: string | undefined; ; ) {
      const { nodes, pageInfo } = await operators({ first: 2, after });
      found.push(...nodes);
      if (!pageInfo.hasNextPage) break;
      after = pageInfo.endCursor;
    }
    expect(found).toEqual(all);
  });

  test.each([
    ['a blank search', { search: ' ' }, 'INVALID_INPUT', ['search']],
    ['a search of 101 characters', { search: 'x'.repeat(101) }, 'INVALID_INPUT', ['search']],
    ['a search with NUL', { search: 'a\u0000' }, 'INVALID_INPUT', ['search']],
    ['101 at once', { first: 101 }, 'LIMIT_EXCEEDED', ['first']],
    ['a cursor of another list', { after: 'x' }, 'INVALID_INPUT', ['after']],
  ])('refuses %s', async (_what, variables, code, path) => {
    const { errors } = await api.askWith({ apiKey }, DOCUMENT, variables);
    expect(errors).toMatchObject([{ extensions: { code, path } }]);
  });

  test('shows a station no more of them: their ids find no users (AUT-5)', async () => {
    const { data, errors } = await api.askWith(
      { apiKey },
      'query($ids: [ID!]!) { nodes(ids: $ids) { id ... on User { username role } } }',
      { ids: [ids['mina'], ids['omar']] },
    );
    expect([data, errors]).toEqual([{ nodes: [null, null] }, []]);
    for (const document of ['{ users { totalCount } }', '{ userByUsername(username: "mina") { id } }'])
      expect((await api.askWith({ apiKey }, document)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });

  test.each([1, 10, 100])('costs 2 statements for %i people with their number', async (count) => {
    await api.database.reader().sql`
      INSERT INTO users (username, full_name, password_hash) SELECT 'many_' || ${count}::int || '_' || n, 'Many ' || ${count}::int || ' times ' || n, 'x'
      FROM generate_series(1, ${count}::int) AS n`;
    const { data, statements } = await api.askWith({ apiKey }, DOCUMENT, { first: 100, search: `many ${count} times` });
    expect([data.operators.totalCount, data.operators.nodes.length, statements]).toEqual([count, count, 2]);
  });
});
