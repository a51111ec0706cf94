/** Texts that look alike but differ: characters that nobody sees, that turn the direction, or that belong to another script. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type Api } from '../support/api.ts';
import { makeItems, makeLine, makeLot, makeModel, makeStep, type Named } from '../support/build.ts';
import { call, done, expectRefused } from '../support/expect.ts';

let api: Api;
let lot: Named;
beforeAll(async () => {
  api = await startApi();
  await makeModel(api);
  await makeLine(api);
  await makeStep(api, 10, 'MOUNT');
  lot = await makeLot(api, { externalNumber: 'ERP-7', targetQuantity: 20 });
});
afterAll(() => api.close());

const LOT = { productModel: { code: 'PSA' }, productionLine: { code: 'KR01' }, productionDate: '2026-11-20' };
const EQUIPMENT = { code: 'OVEN-1', name: 'Oven', type: 'OVEN' };
const STATION = { code: 'ST-1', name: 'Station', host: 'st-1' };

describe('a text that identifies is refused when it looks like another one', () => {
  const LOOK_ALIKES: readonly (readonly [what: string, text: string, problem: string])[] = [
    [
      'a zero-width space',
      'ERP\u200b-7',
      'must not contain invisible format characters: character 4 is U+200B (ZERO WIDTH SPACE); leave it out.',
    ],
    [
      'a direction override',
      'ERP-\u202e7',
      'must not contain invisible format characters: character 5 is U+202E (RIGHT-TO-LEFT OVERRIDE); leave it out.',
    ],
    [
      'a Cyrillic letter among Latin ones',
      'E\u0420P-7',
      'must be of one script: character 2 is U+0420 (Р, Cyrillic); write all of it in Latin, or none of it.',
    ],
    [
      'a full-width letter',
      'ER\uff30-7',
      'must not contain compatibility characters: character 3 is U+FF30 (Ｐ, Latin); write P.',
    ],
    ['an en dash', 'ERP–7', 'must not contain dashes other than the hyphen: character 4 is U+2013 (EN DASH); write -.'],
  ];

  test.each(LOOK_ALIKES)('with %s', async (_what, text, problem) => {
    const refused = (field: string) => ['INVALID_INPUT', field, null, `${field} ${problem}`] as const;
    const items = { lot: { id: lot.id }, quantity: 1 };
    await expectRefused(api, 'createLot', { ...LOT, externalNumber: text }, [refused('externalNumber')]);
    await expectRefused(api, 'createLot', { ...LOT, supplierCode: text }, [refused('supplierCode')]);
    await expectRefused(api, 'updateLot', { lot: { id: lot.id }, supplierCode: text }, [refused('supplierCode')]);
    await expectRefused(api, 'generateWipItems', { ...items, externalNumbers: [text] }, [
      ['INVALID_INPUT', 'externalNumbers.0', null, `externalNumbers.0 ${problem}`],
    ]);
    await expectRefused(api, 'createEquipment', { ...EQUIPMENT, serialNumber: text, modelNumber: text }, [
      refused('modelNumber'),
      refused('serialNumber'),
    ]);
    await expectRefused(api, 'registerStation', { ...STATION, host: text }, [refused('host')]);
  });

  test.each(['=1+1', '+7', '-7', '@7', ',7', 'AB-工場7', 'LOT-로트', 'Партия-7', 'A°7'])(
    '%j is accepted: exports guard formulas, and scripts that belong together may stand together',
    async (externalNumber) => {
      const { id } = await makeLot(api, { externalNumber });
      const { data } = await api.ask('query ($n: String!) { lotByNumber(number: $n) { id } }', { n: externalNumber });
      expect(data.lotByNumber).toEqual({ id });
    },
  );

  test.each([
    ['a long s', '\u017ft-1'],
    ['a ligature', '\ufb01-1'],
    ['a zero-width space', 'ST\u200b-1'],
    ['a full-width letter', '\uff33T-1'],
    ['a Cyrillic letter', 'S\u0422-1'],
  ])('a code with %s is not taken for the code that it looks like', async (_what, code) => {
    await expectRefused(api, 'registerStation', { ...STATION, code }, [['INVALID_INPUT', 'code', 'STA-1']]);
    const { data } = await api.ask('query ($c: String!) { stationByCode(code: $c) { id } }', { c: code });
    expect(data.stationByCode).toBeNull();
  });

  test('a look-up of a look-alike finds nothing, and says which character is wrong', async () => {
    const text = 'ERP\u200b-7';
    const { data } = await api.ask('query ($n: String!) { lotByNumber(number: $n) { id } scan(code: $n) { kind } }', {
      n: text,
    });
    expect(data).toEqual({ lotByNumber: null, scan: { kind: 'UNKNOWN' } });
    const hint =
      'An external number must not contain invisible format characters: character 4 is U+200B (ZERO WIDTH SPACE); leave it out.';
    const [lotMessage] = (await call(api, 'closeLot', { lot: { number: text } })).errors;
    expect(lotMessage).toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining(hint) });
    const [unitMessage] = (await call(api, 'startProcess', { unit: { number: text }, process: { code: 'MOUNT' } }))
      .errors;
    expect(unitMessage).toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining(hint) });
  });

  test('a number that was stored before the rule is still found', async () => {
    const { id } = await makeLot(api);
    const old = 'OLD\u2013\u200b7';
    const db = api.database.reader();
    await db.sql`ALTER TABLE lots DISABLE TRIGGER USER`;
    await db.sql`UPDATE lots SET external_number = ${old} WHERE id = ${Buffer.from(id, 'base64url').toString('latin1').slice(4)}::uuid`;
    await db.sql`ALTER TABLE lots ENABLE TRIGGER USER`;
    const { data } = await api.ask(
      'query ($n: String!) { lotByNumber(number: $n) { id } scan(code: $n) { lot { id } } }',
      {
        n: old,
      },
    );
    expect(data).toEqual({ lotByNumber: { id }, scan: { lot: { id } } });
    const { lot: changed } = await done(api, 'updateLot', { lot: { number: old }, targetQuantity: 5 }, 'lot { id }');
    expect(changed).toEqual({ id });
  });
});

describe('a text that pages show is refused with a character that hides or turns what is shown', () => {
  test.each([
    ['a direction override', '\u202e'],
    ['a direction isolate', '\u2066'],
    ['a direction mark', '\u200e'],
    ['a zero-width space', '\u200b'],
    ['a word joiner', '\u2060'],
    ['a byte order mark', '\ufeff'],
    ['a soft hyphen', '\u00ad'],
  ])('%s in names, descriptions, notes and reasons, and in JSON', async (_what, character) => {
    const text = `a${character}b`;
    const refused = (...fields: string[]) => fields.map((field) => ['INVALID_INPUT', field, null] as const);
    const model = { code: 'X', name: text, localName: text, category: text, specifications: { a: [text] } };
    const messages = await expectRefused(
      api,
      'createProductModel',
      model,
      refused('name', 'localName', 'category', 'specifications.a.0'),
    );
    for (const message of messages)
      expect(message).toMatch(/ must not contain .+: character 2 is U\+[0-9A-F]{4} \([A-Z -]+\); leave it out\.$/);
    await expectRefused(
      api,
      'createProductModel',
      { code: 'X', name: 'X', specifications: { [text]: 1 } },
      refused('specifications'),
    );
    await expectRefused(api, 'createEquipment', { ...EQUIPMENT, description: text }, refused('description'));
    await expectRefused(api, 'completeLot', { lot: { id: lot.id }, reason: text }, [
      ['INVALID_INPUT', 'reason', 'GEN-4'],
    ]);
    const [item] = await makeItems(api, lot, 1);
    await expectRefused(
      api,
      'recordProcessData',
      { unit: { number: item?.number }, process: { code: 'MOUNT' }, result: 'PASS', notes: text },
      refused('notes'),
    );
  });

  test('a line separator in a text of one line', async () => {
    await expectRefused(api, 'createProductModel', { code: 'X', name: 'a\u2028b' }, [
      [
        'INVALID_INPUT',
        'name',
        null,
        'name must not contain line separators: character 2 is U+2028 (LINE SEPARATOR); leave it out.',
      ],
    ]);
  });

  test('but what languages and emoji need is kept', async () => {
    const name = 'می\u200cخواهم 👩\u200d🔧 10 µm – ①';
    const { productModel } = await done(api, 'createProductModel', { code: 'KEPT', name }, 'productModel { name }');
    expect(productModel).toEqual({ name });
  });

  test.each([
    ['a joiner', '\u200d'],
    ['a Hangul filler', '\u3164'],
    ['a non-joiner and a selector', '\u200c\ufe0f'],
  ])('a name of nothing but %s is blank', async (_what, name) => {
    await expectRefused(api, 'createProductModel', { code: 'X', name }, [
      ['INVALID_INPUT', 'name', null, 'name must not be blank.'],
    ]);
  });
});

describe('the symbology prefix of a scanner is not part of a number or code', () => {
  beforeAll(async () => {
    await done(api, 'createEquipment', EQUIPMENT, 'equipment { id }');
    await done(api, 'registerStation', STATION, 'station { id }');
  });

  test.each([']d2', ']C1', ']Q3', ']E0', '\t]d2', ']A0\r\n'])('%j before it', async (prefix) => {
    const { data, errors } = await api.ask(
      `query ($lot: String!, $erp: String!, $equipment: String!, $station: String!, $process: String!, $model: String!, $line: String!) {
        lotByNumber(number: $lot) { id } erp: lotByNumber(number: $erp) { id }
        equipmentByCode(code: $equipment) { code } stationByCode(code: $station) { code } processByCode(code: $process) { code }
        productModelByCode(code: $model) { code } productionLineByCode(code: $line) { code }
        a: scan(code: $lot) { kind } b: scan(code: $erp) { kind } c: scan(code: $equipment) { kind }
        d: scan(code: $station) { kind } e: scan(code: $process) { kind } f: scan(code: "]d2NOTHING ") { kind code }
        lots(filter: { externalNumber: { eq: $erp } }) { nodes { id } }
        equipment(filter: { code: { startsWith: $equipment } }) { nodes { code } }
        unitReadiness(unit: { number: $erp }, process: { code: $process }, equipment: { code: $equipment }) { isReady }
      }`,
      {
        lot: `${prefix}${lot.number}`,
        erp: `${prefix}ERP-7`,
        equipment: `${prefix}oven-1`,
        station: `${prefix}st-1`,
        process: `${prefix}mount`,
        model: `${prefix}psa`,
        line: `${prefix}kr01`,
      },
    );
    expect(errors).toEqual([]);
    expect(data).toEqual({
      lotByNumber: { id: lot.id },
      erp: { id: lot.id },
      equipmentByCode: { code: 'OVEN-1' },
      stationByCode: { code: 'ST-1' },
      processByCode: { code: 'MOUNT' },
      productModelByCode: { code: 'PSA' },
      productionLineByCode: { code: 'KR01' },
      a: { kind: 'LOT' },
      b: { kind: 'LOT' },
      c: { kind: 'EQUIPMENT' },
      d: { kind: 'STATION' },
      e: { kind: 'PROCESS' },
      f: { kind: 'UNKNOWN', code: 'NOTHING' },
      lots: { nodes: [{ id: lot.id }] },
      equipment: { nodes: [{ code: 'OVEN-1' }] },
      unitReadiness: { isReady: false },
    });
  });

  test('in what is stored, too: the same label scanned with and without it is one number', async () => {
    const [item] = (
      await done(
        api,
        'generateWipItems',
        { lot: { number: ']d2ERP-7' }, quantity: 1, externalNumbers: [']d2UNIT-1'] },
        'wipItems { externalNumber }',
      )
    )['wipItems'];
    expect(item).toEqual({ externalNumber: 'UNIT-1' });
    await expectRefused(api, 'generateWipItems', { lot: { id: lot.id }, quantity: 1, externalNumbers: [']C1UNIT-1'] }, [
      ['CONFLICT', 'externalNumbers.0', 'GEN-3'],
    ]);
    await expectRefused(api, 'createLot', { ...LOT, externalNumber: ']d2' }, [
      ['INVALID_INPUT', 'externalNumber', null, 'externalNumber must not be blank.'],
    ]);
    await done(
      api,
      'recordProcessData',
      {
        unit: { number: ']Q3UNIT-1\r\n' },
        process: { code: ']C1MOUNT' },
        equipment: { code: ']C1OVEN-1' },
        result: 'FAIL',
        defects: [{ code: ']C1BURR' }],
      },
      'processData { id }',
    );
  });
});
