import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { encodeGlobalId } from '../../src/platform/values/global-id.ts';
import { jsonObject } from '../../src/platform/input/json-schemas.ts';
import { parseInput } from '../../src/platform/input/parse.ts';
import * as shapes from '../../src/platform/input/schemas.ts';
import { startApi, type Api } from '../support/api.ts';

const UUID = '0190a8e0-0000-7000-8000-00000000abcd';
const MEGABYTE = 'x'.repeat(1_000_000);

describe('an input schema returns the normal form of a value', () => {
  test.each<readonly [string, z.ZodType, unknown, unknown]>([
    ['text is trimmed', shapes.line(10), '  a b ', 'a b'],
    ['text is NFC', shapes.line(1), 'e\u0301', '\u00e9'],
    ['length counts letters, not code units', shapes.line(2), '🔧🔧', '🔧🔧'],
    ['text that identifies has no symbology prefix', shapes.identifyingText(9), '\t]d2AB-7\r\n', 'AB-7'],
    ['a look-up has none either', shapes.anyLine(9), ']C1A\u200b', 'A\u200b'],
    ['a code has none either', shapes.code({ rule: 'LIN-1', pattern: /^[A-Z]+$/, form: 'letters' }), ']C1kr', 'KR'],
    ['lines end with a line feed', shapes.lines(10), 'a\r\nb\n', 'a\nb'],
    ['a code is upper-cased', shapes.code({ rule: 'LIN-1', pattern: /^[A-Z]+$/, form: 'letters' }), ' kr ', 'KR'],
    ['an instant is UTC with milliseconds', shapes.instant, '2026-11-20T09:00:00+01:00', '2026-11-20T08:00:00.000Z'],
    ['the first instant', shapes.instant, '1900-01-01T00:00:00Z', '1900-01-01T00:00:00.000Z'],
    ['the last instant', shapes.instant, '2200-12-31T23:59:59.999Z', '2200-12-31T23:59:59.999Z'],
    ['a date stays', shapes.date, '2028-02-29', '2028-02-29'],
    ['a decimal keeps its digits', shapes.decimal(), '-123456789012345.1234567890', '-123456789012345.1234567890'],
    ['a whole number', shapes.integer(1, 5), 5, 5],
    ['a global id is its uuid', shapes.globalId('Lot', 'Serial'), encodeGlobalId('Serial', UUID), UUID],
    ['one value is a list of one', shapes.list(shapes.line(5), 2), 'a', ['a']],
    ['null is the empty list', shapes.list(shapes.line(5), 2), null, []],
    ['absent is the empty list', shapes.list(shapes.line(5), 2), undefined, []],
    ['null is absent', shapes.optional(shapes.line(5)), null, undefined],
    ['null is the default', shapes.withDefault(shapes.line(5), 'd'), null, 'd'],
    ['null clears', shapes.nullableUpdate(shapes.line(5)), null, null],
    ['absent leaves what may be cleared', shapes.nullableUpdate(shapes.line(5)), undefined, undefined],
    ['absent leaves what is required', shapes.optionalUpdate(shapes.line(5)), undefined, undefined],
    ['no version expected', shapes.expectedVersion, null, undefined],
  ])('%s', (_what, shape, given, expected) => {
    expect(parseInput(shape, given)).toEqual({ value: expected });
  });

  test('a reference is one key and its value', () => {
    const ref = shapes.recordReference({ id: shapes.globalId('Lot'), number: shapes.line(5) });
    expect(parseInput(ref, { id: encodeGlobalId('Lot', UUID) })).toEqual({ value: { key: 'id', value: UUID } });
    expect(parseInput(ref, { number: ' 1 ', id: null })).toEqual({ value: { key: 'number', value: '1' } });
  });
});

describe('an input schema refuses', () => {
  test.each<readonly [string, z.ZodType, unknown, string]>([
    ['blank text', shapes.line(5), ' \n ', 'must not be blank.'],
    ['long text', shapes.line(2), 'abc', 'must have at most 2 characters, but has 3.'],
    [
      'a tab',
      shapes.line(9),
      'a\tb',
      'must not contain control characters: character 2 is U+0009 (TAB); leave it out.',
    ],
    [
      'a line feed in one line',
      shapes.line(9),
      'a\nb',
      'must not contain control characters: character 2 is U+000A (LINE FEED); leave it out.',
    ],
    [
      'a lone carriage return',
      shapes.lines(9),
      'a\rb',
      'must not contain control characters: character 2 is U+000D (CARRIAGE RETURN); leave it out.',
    ],
    [
      'NUL',
      shapes.lines(9),
      'a\u0000',
      'must not contain control characters: character 2 is U+0000 (NUL); leave it out.',
    ],
    [
      'DEL',
      shapes.line(9),
      'a\u007fb',
      'must not contain control characters: character 2 is U+007F (DELETE); leave it out.',
    ],
    [
      'C1',
      shapes.line(9),
      'a\u0085b',
      'must not contain control characters: character 2 is U+0085 (control); leave it out.',
    ],
    [
      'a direction override',
      shapes.lines(9),
      'a\u202e',
      'must not contain invisible format characters: character 2 is U+202E (RIGHT-TO-LEFT OVERRIDE); leave it out.',
    ],
    ['text of invisible characters', shapes.line(9), '\u200d', 'must not be blank.'],
    [
      'a look-alike where text identifies',
      shapes.identifyingText(9),
      'АB',
      'must be of one script: character 2 is U+0042 (B, Latin); write all of it in Cyrillic, or none of it.',
    ],
    [
      'a control character in a look-up',
      shapes.anyLine(9),
      'a\tb',
      'must not contain control characters: character 2 is U+0009 (TAB); leave it out.',
    ],
    ['half a surrogate pair', shapes.line(9), 'a\udc00', 'must be well-formed text: it has half of a surrogate pair.'],
    ['a number for text', shapes.line(9), 5, 'must be given as string.'],
    ['nothing for text', shapes.line(9), undefined, 'must be given as string.'],
    ['null for what is required', shapes.optionalUpdate(shapes.line(9)), null, 'must be given as string.'],
    ['a fraction', shapes.integer(1, 5), 1.5, 'must be a whole number from 1 to 5.'],
    ['too small', shapes.integer(1, 5), 0, 'must be a whole number from 1 to 5.'],
    ['too large', shapes.integer(1, 5), 6, 'must be a whole number from 1 to 5.'],
    [
      'a code of letters that only look like its own',
      shapes.code({ rule: 'LIN-1', pattern: /^[A-Z]+$/, form: 'letters' }),
      'ſ',
      'must be letters.',
    ],
    ['an unknown word', shapes.oneOf(['A', 'B']), 'C', 'must be one of A, B.'],
    [
      'a list that is too long',
      shapes.list(shapes.line(5), 2),
      ['a', 'b', 'c'],
      'has 3 entries; at most 2 are allowed.',
    ],
  ])('%s', (_what, shape, given, message) => {
    expect(parseInput(z.strictObject({ field: shape }), { field: given })).toMatchObject({
      rejections: [{ message: `field ${message}`, path: ['field'] }],
    });
  });

  test.each([
    '2026-11-20T08:00:00',
    '2026-11-20 08:00:00Z',
    '2026-11-20',
    '2026-02-30T08:00:00Z',
    '2026-11-20T24:00:00Z',
    '2026-11-20T08:60:00Z',
    '2026-11-20T08:00:00+24:00',
    '1899-12-31T23:59:59Z',
    '2201-01-01T00:00:00Z',
    '2200-12-31T23:59:59.999-01:00',
    '+275760-09-13T00:00:00Z',
    '275760-09-13T00:00:00Z',
    '-000001-01-01T00:00:00Z',
    '',
    '\u0000',
    '1763625600000',
  ])('%j, which is not an instant', (given) => {
    expect(parseInput(z.strictObject({ at: shapes.instant }), { at: given })).toMatchObject({
      rejections: [{ code: 'INVALID_INPUT', path: ['at'] }],
    });
  });

  test.each([
    '2026-02-29',
    '2026-13-01',
    '2026-1-1',
    '2026-11-20T00:00:00Z',
    '1899-12-31',
    '2201-01-01',
    '275760-09-13',
    '',
  ])('%j, which is not a date', (given) => {
    expect(parseInput(z.strictObject({ on: shapes.date }), { on: given })).toMatchObject({
      rejections: [{ code: 'INVALID_INPUT', path: ['on'] }],
    });
  });

  test.each([
    '1'.repeat(30),
    '1234567890123456',
    '0.12345678901',
    '1e5',
    '.5',
    '5.',
    '+5',
    '--5',
    '1,5',
    ' 5',
    'NaN',
    'Infinity',
    '0x10',
    '',
    '٣',
  ])('%j, which is not a decimal', (given) => {
    expect(parseInput(z.strictObject({ value: shapes.decimal() }), { value: given })).toMatchObject({
      rejections: [{ code: 'INVALID_INPUT', path: ['value'] }],
    });
  });

  test.each([
    ['of another type', encodeGlobalId('Lot', UUID), 'must be an id of type Serial, but is one of Lot.'],
    ['without a type', Buffer.from(UUID).toString('base64url'), 'must be an id of the graph, of type Serial.'],
    ['in another spelling', `${encodeGlobalId('Serial', UUID)}=`, 'must be an id of the graph, of type Serial.'],
    ['of a megabyte', MEGABYTE, 'must be an id of the graph, of type Serial.'],
    ['with SQL', encodeGlobalId('Serial', "' OR 1=1"), 'must be an id of the graph, of type Serial.'],
  ])('an id %s', (_what, given, message) => {
    expect(parseInput(shapes.globalId('Serial'), given)).toMatchObject({
      rejections: [{ message: `The input ${message}` }],
    });
  });

  test.each([
    [{}],
    [{ id: null }],
    [{ id: encodeGlobalId('Lot', UUID), number: '1' }],
    [{ id: encodeGlobalId('Lot', UUID), other: 1 }],
  ])('a reference %j', (given) => {
    const ref = shapes.recordReference({ id: shapes.globalId('Lot'), number: shapes.line(5) });
    expect(parseInput(z.strictObject({ lot: ref }), { lot: given })).toMatchObject({
      rejections: [{ code: 'INVALID_INPUT' }],
    });
  });
});

describe('JSON', () => {
  const nested = (levels: number): object => (levels === 1 ? {} : { a: nested(levels - 1) });
  const sized = (bytes: number): object => ({ a: 'x'.repeat(bytes - '{"a":""}'.length) });

  test.each([
    ['nothing', {}],
    ['eight levels', nested(8)],
    ['65,536 bytes', sized(65_536)],
    ['all kinds of values', { text: 'a\nb', number: -1.5, no: false, nothing: null, list: [1, { a: [] }] }],
    ['keys that only look dangerous', { proto: 1, __proto: 2, toString: 3, 'a.b': 4, '': 5 }],
  ])('passes with %s', (_what, given) => {
    expect(parseInput(jsonObject, given)).toEqual({ value: given });
  });

  test.each([
    ['a list', [], [], 'must be a JSON object.'],
    ['a text', 'a', [], 'must be a JSON object.'],
    ['null', null, [], 'must be a JSON object.'],
    ['nine levels', nested(9), ['a', 'a', 'a', 'a', 'a', 'a', 'a', 'a'], 'must have at most 8 levels.'],
    ['65,537 bytes', sized(65_537), [], 'must have at most 65536 bytes as JSON, but has 65537.'],
    [
      'the key __proto__',
      JSON.parse('{"a":[{"__proto__":{"isAdmin":true}}]}'),
      ['a', '0'],
      'must not have the key "__proto__".',
    ],
    ['the key constructor', { constructor: 1 }, [], 'must not have the key "constructor".'],
    ['the key prototype', { a: { prototype: 1 } }, ['a'], 'must not have the key "prototype".'],
    ['the key then', JSON.parse('{"a":{"then":1}}'), ['a'], 'must not have the key "then".'],
    [
      'a key with NUL',
      { 'a\u0000': 1 },
      [],
      'has a key that must not contain control characters: character 2 is U+0000 (NUL); leave it out.',
    ],
    [
      'a text with a direction override',
      { a: 'x\u202e' },
      ['a'],
      'must not contain invisible format characters: character 2 is U+202E (RIGHT-TO-LEFT OVERRIDE); leave it out.',
    ],
    [
      'a text with NUL',
      { a: { b: 'x\u0000' } },
      ['a', 'b'],
      'must not contain control characters: character 2 is U+0000 (NUL); leave it out.',
    ],
    [
      'half a surrogate pair',
      { a: ['\ud800'] },
      ['a', '0'],
      'must be well-formed text: it has half of a surrogate pair.',
    ],
    ['infinity', { a: Infinity }, ['a'], 'must be a finite number.'],
  ])('is refused with %s', (_what, given, path, message) => {
    const rejections = [
      { code: 'INVALID_INPUT', message: `${['json', ...path].join('.')} ${message}`, path: ['json', ...path] },
    ];
    expect(parseInput(z.strictObject({ json: jsonObject }), { json: given })).toEqual({ rejections });
  });
});

test('an unknown key is refused with its path, at every level', () => {
  const shape = z.strictObject({ outer: z.strictObject({ a: shapes.optional(shapes.line(5)) }) });
  expect(parseInput(shape, { outer: { b: 1 }, c: 2 })).toEqual({
    rejections: [
      { code: 'INVALID_INPUT', message: 'outer.b is not known here.', path: ['outer', 'b'] },
      { code: 'INVALID_INPUT', message: 'c is not known here.', path: ['c'] },
    ],
  });
});

describe('invalid input over HTTP is refused with its path, and nothing is stored', () => {
  const MODEL = `mutation($input: CreateProductModelInput!) { payload: createProductModel(input: $input) { productModel { id } errors { code message path } } }`;
  const LINE = `mutation($input: CreateProductionLineInput!) { payload: createProductionLine(input: $input) { productionLine { id } errors { code message path } } }`;
  const SQL = "Robert'); DROP TABLE product_models; --";

  let api: Api;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(async () => {
    await api.close();
  });

  const TEXTS = [
    [MODEL, ['code', 'name', 'localName', 'lotSegment', 'category']],
    [LINE, ['code', 'name', 'localName', 'lotSegment', 'description', 'location']],
  ] as const;
  const EVERY_TEXT = TEXTS.flatMap(([document, fields]) =>
    fields.map((field) => [document.includes('Model') ? 'model' : 'line', field, document] as const),
  );

  describe.each([
    ['a NUL byte', 'A\u00001'],
    ['half a surrogate pair', 'A\ud800'],
    ['a megabyte', MEGABYTE],
    ['nothing but spaces', '   '],
    ['an escape character', 'A\u001b[31m'],
  ])('%s', (_what, value) => {
    test.each(EVERY_TEXT)('of a %s in %s', async (_entity, field, document) => {
      const answer = await api.ask(document, { input: { code: 'OK', name: 'Name', [field]: value } });
      expect(answer.errors).toEqual([]);
      expect(answer.data.payload.errors).toMatchObject([{ code: 'INVALID_INPUT', path: [field] }]);
      expect(answer.data.payload.errors[0].message.length).toBeLessThan(200);
      expect(await storedRows()).toBe(0);
    });
  });

  test.each([
    [MODEL, 'code'],
    [MODEL, 'lotSegment'],
    [LINE, 'code'],
    [LINE, 'lotSegment'],
  ])('SQL in a code', async (document, field) => {
    const answer = await api.ask(document, { input: { code: 'OK', name: 'Name', [field]: SQL } });
    expect(answer.data.payload.errors).toMatchObject([{ code: 'INVALID_INPUT', path: [field] }]);
    expect(await storedRows()).toBe(0);
  });

  test.each([
    ['__proto__ inside', '{"a":{"__proto__":{"isAdmin":true}}}', ['specifications', 'a']],
    ['__proto__ on top', '{"__proto__":{"isAdmin":true}}', ['specifications']],
    ['a NUL byte', String.raw`{"a":"\u0000"}`, ['specifications', 'a']],
    ['a NUL byte in a key', String.raw`{"\u0000":1}`, ['specifications']],
    ['half a surrogate pair', String.raw`{"a":"\ud800"}`, ['specifications', 'a']],
    ['a number beyond all numbers', '{"a":1e400}', ['specifications', 'a']],
    ['a list', '[1]', ['specifications']],
    ['a text', '"a"', ['specifications']],
    [
      'ninety levels',
      `${'{"a":'.repeat(90)}1${'}'.repeat(90)}`,
      ['specifications', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a'],
    ],
    ['a megabyte', `{"a":"${MEGABYTE}"}`, ['specifications']],
  ])('JSON with %s', async (_what, json, path) => {
    const response = await fetch(api.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await api.tokenOf('ADMIN')}` },
      body: `{"query":${JSON.stringify(MODEL)},"variables":{"input":{"code":"OK","name":"Name","specifications":${json}}}}`,
    });
    expect(await response.json()).toMatchObject({
      data: { payload: { productModel: null, errors: [{ code: 'INVALID_INPUT', path }] } },
    });
    expect(await storedRows()).toBe(0);
    expect(Reflect.get({}, 'isAdmin')).toBeUndefined();
  });

  test('__proto__ written into the document itself', async () => {
    const answer = await api.ask(
      'mutation { createProductionLine(input: { code: "OK", name: "Name", config: { a: { __proto__: { b: 1 } } } }) { errors { code path } } }',
    );
    expect(answer.data.createProductionLine.errors).toEqual([{ code: 'INVALID_INPUT', path: ['config', 'a'] }]);
    expect(await storedRows()).toBe(0);
  });

  test('a field that is not part of the input never reaches the command', async () => {
    for (const input of [
      '{"code":"OK","name":"Name","version":7}',
      '{"code":"OK","name":"Name","__proto__":{"isActive":false}}',
    ]) {
      const answer = await api.ask(MODEL, { input: JSON.parse(input) });
      expect(answer.data).toBeUndefined();
      expect(answer.errors).toHaveLength(1);
    }
    expect(await storedRows()).toBe(0);
  });

  test('text of any language, and SQL in free text, is stored unchanged', async () => {
    const given = {
      code: 'SQL',
      name: SQL,
      localName: '사출기 🔧 "1"',
      category: '%_\\',
      specifications: { [SQL]: SQL, 'a.b[0]': '${x}' },
    };
    const document =
      'mutation($input: CreateProductModelInput!) { createProductModel(input: $input) { productModel { code name localName category specifications } errors { code } } }';
    expect((await api.ask(document, { input: given })).data.createProductModel).toEqual({
      productModel: given,
      errors: [],
    });
    expect(await storedRows()).toBe(1);
  });

  test.each(['SQL\u0000', 'SQL\ud800', 'x'.repeat(200), SQL, '', '%'])(
    'a look-up by an invalid code finds nothing',
    async (code) => {
      const { data, errors } = await api.ask(
        'query($code: String!) { productModelByCode(code: $code) { id } productionLineByCode(code: $code) { id } stationByCode(code: $code) { id } userByUsername(username: $code) { id } }',
        { code },
      );
      expect(errors).toEqual([]);
      expect(data).toEqual({
        productModelByCode: null,
        productionLineByCode: null,
        stationByCode: null,
        userByUsername: null,
      });
    },
  );

  test.each([
    '',
    'x',
    '\u0000',
    'x'.repeat(2_000),
    encodeGlobalId('Nothing', UUID),
    encodeGlobalId('Query', UUID),
    encodeGlobalId('ProductModel', UUID),
  ])('an invalid id finds no node', async (id) => {
    const { data, errors } = await api.ask('query($id: ID!) { node(id: $id) { id } nodes(ids: [$id, $id]) { id } }', {
      id,
    });
    expect(errors).toEqual([]);
    expect(data).toEqual({ node: null, nodes: [null, null] });
  });

  test('nodes are returned in the order of their ids, with null for missing ones', async () => {
    const id = encodeGlobalId('User', api.userIdOf('ADMIN'));
    const ask = (ids: readonly string[]): ReturnType<Api['ask']> =>
      api.ask('query($ids: [ID!]!) { nodes(ids: $ids) { id ... on User { username } } }', { ids });
    const answer = await ask([encodeGlobalId('Lot', UUID), 'x', id, encodeGlobalId('Query', UUID), id]);
    expect(answer).toMatchObject({
      errors: [],
      data: { nodes: [null, null, { id, username: 'admin' }, null, { id, username: 'admin' }] },
    });
    expect((await ask(Array.from({ length: 100 }, () => id))).data.nodes).toHaveLength(100);
    expect((await ask(Array.from({ length: 101 }, () => id))).errors).toMatchObject([
      { extensions: { code: 'LIMIT_EXCEEDED', path: ['ids'] } },
    ]);
  });

  async function storedRows(): Promise<number> {
    const [row] = await api.database.reader().sql<{ count: number }>`
      SELECT ((SELECT count(*) FROM product_models) + (SELECT count(*) FROM production_lines) + (SELECT count(*) FROM idempotency_keys))::int AS count`;
    return row?.count ?? -1;
  }
});
