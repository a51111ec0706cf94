import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeItems, makeLot, makeStep, type Named, type Step, uuidOf } from '../../support/build.ts';
import { makeStation } from '../../support/station.ts';
import { minute, putReadings, type ReadingPlant, startReadingPlant } from '../../support/readings.ts';

let plant: ReadingPlant;
let bad: readonly Named[];
let component: Named;
let check: Step;

/** Sixty items of two lots; a component lot went into ten of them, of which eight failed, as did two of the others. */
beforeAll(async () => {
  plant = await startReadingPlant(30);
  const { api } = plant;
  check = await makeStep(api, 20, 'CHECK');
  component = await makeLot(api);
  const second = await makeLot(api);
  const items = [...plant.items, ...(await makeItems(api, second, 30))];
  const exposed = items.filter((_item, at) => at % 6 === 0);
  const others = items.filter((_item, at) => at % 6 !== 0);
  bad = [...exposed.slice(0, 8), ...others.slice(0, 2)];
  await putReadings(
    plant,
    items.map((item, at) => ({
      at: minute(at),
      item,
      step: check,
      readings: [{ code: 'GAP', value: bad.includes(item) ? '2' : '1', upperLimit: '1.5' }],
      ...(bad.includes(item)
        ? { result: 'FAIL' as const, defects: [{ code: 'LEAK', severity: 'LOW', quantity: 1 }] }
        : { result: 'PASS' as const }),
    })),
  );
  const use = (consumers: readonly Named[], lot: string | null, external: string | null) => api.database.reader().sql`
    INSERT INTO component_uses (consumer_wip_item_id, component_lot_id, external_lot_number)
    SELECT id, ${lot}::uuid, ${external}::text FROM unnest(${consumers.map(uuidOf)}::uuid[]) AS id`;
  await use(exposed, uuidOf(component), null);
  await use(items, null, 'GLUE-1');
});
afterAll(() => plant.api.close());

const ROW = 'factor key exposedBad exposedCount unexposedBad unexposedCount exposedRatio unexposedRatio lift pValue';
const PERIOD = 'period: { from: "2026-11-01T00:00:00Z", to: "2026-12-01T00:00:00Z" }';

async function commonality(more = '') {
  const answer = await plant.api.ask(
    `{ commonality(${PERIOD}${more}) { badCount goodCount testedCount rows { ${ROW} } } }`,
  );
  return { ...answer.data.commonality, error: answer.errors[0], statements: answer.statements };
}

test('the planted bad component lot comes first, by one statement (CCA-1)', async () => {
  const { badCount, goodCount, rows, statements } = await commonality();
  expect([badCount, goodCount, statements]).toEqual([10, 50, 1]);
  expect(rows[0]).toMatchObject({
    factor: 'COMPONENT_LOT',
    key: component.number,
    exposedBad: 8,
    exposedCount: 10,
    unexposedBad: 2,
    unexposedCount: 50,
    exposedRatio: 0.8,
    unexposedRatio: 0.04,
  });
  expect(rows[0].lift).toBeCloseTo(4.8, 12);
  expect(rows[0].pValue).toBeLessThan(1e-5);
  // What went into every unit says nothing.
  expect(rows.map(({ key }: { key: string }) => key)).not.toContain('GLUE-1');
});

test('bad and good units are named, or recognised by a defect or a reading (CCA-1)', async () => {
  const ids = (items: readonly Named[]) => items.map(({ id }) => `"${id}"`).join(', ');
  const named = await commonality(`, units: [${ids(bad)}], by: [COMPONENT_LOT]`);
  for (const failure of ['defectCode: "leak"', 'outOfSpecCode: "gap"']) {
    const found = await commonality(`, failure: { ${failure} }, by: [COMPONENT_LOT]`);
    expect(found).toEqual(named);
  }
  expect(await commonality(', failure: { defectCode: "DENT" }')).toMatchObject({
    badCount: 0,
    goodCount: 60,
    rows: [],
  });
  const good = plant.items.filter((item) => !bad.includes(item)).slice(0, 5);
  expect(await commonality(`, against: [${ids(good)}]`)).toMatchObject({ badCount: 10, goodCount: 5 });
});

test('every factor is counted, and rows are limited (CCA-1)', async () => {
  const all = await commonality(', maxPValue: 1, first: 100');
  expect(all.testedCount).toBeGreaterThan(5);
  const factors = new Set(all.rows.map(({ factor }: { factor: string }) => factor));
  expect(factors.has('LOT')).toBe(true);
  expect((await commonality(', maxPValue: 1, first: 1')).rows).toHaveLength(1);
  const times = await commonality(
    ', by: [HOUR, SHIFT, DAY, PROCESS, EQUIPMENT, OPERATOR, STATION, EXTERNAL_LOT], maxPValue: 1',
  );
  expect(times.error).toBeUndefined();
});

test('refuses what does not fit (CCA-1)', async () => {
  expect((await commonality(', units: [], failure: {}')).error?.extensions.rule).toBe('CCA-1');
  expect((await commonality(', by: []')).error?.extensions.rule).toBe('CCA-1');
  expect((await commonality(', maxPValue: 0')).error?.extensions.code).toBe('INVALID_INPUT');
});

/** The bad units were made in the doubled hour of the night when the clocks went back, at a station of their own. */
test('a planted station, hour, shift and day come first, by the clocks of the zone (CCA-1)', async () => {
  const { api } = plant;
  for (const code of ['ST-BAD', 'ST-GOOD']) await makeStation(api, code);
  await api.database.reader().sql`
    UPDATE process_data d SET station_id = s.id, started_at = moved.at, completed_at = moved.at
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS place, wip_item_id = ANY(${bad.map(uuidOf)}::uuid[]) AS is_bad FROM process_data) AS found
      CROSS JOIN LATERAL (SELECT CASE WHEN NOT is_bad THEN timestamptz '2026-10-25T13:30Z' WHEN place % 2 = 0 THEN '2026-10-25T00:30Z' ELSE '2026-10-25T01:30Z' END AS at) AS moved
      JOIN stations s ON s.code = CASE WHEN is_bad THEN 'ST-BAD' ELSE 'ST-GOOD' END
    WHERE d.id = found.id`;
  const first = async (factor: string, more: string) => {
    const answer = await api.ask(
      `{ commonality(period: { from: "2026-10-20T00:00:00Z", to: "2026-10-30T00:00:00Z" }, by: [${factor}]${more}) { badCount goodCount rows { ${ROW} } } }`,
    );
    expect(answer.errors).toEqual([]);
    const { badCount, goodCount, rows } = answer.data.commonality;
    const [row] = rows;
    return [badCount, goodCount, rows.length, row?.key, row?.exposedBad, row?.exposedCount];
  };
  const berlin = ', timeZone: "Europe/Berlin"';
  expect(await first('STATION', '')).toEqual([10, 50, 1, 'ST-BAD', 10, 10]);
  expect(await first('HOUR', berlin)).toEqual([10, 50, 1, '2026-10-25T02', 10, 10]);
  expect((await first('HOUR', ', timeZone: "UTC", maxPValue: 1'))[2]).toBe(2);
  expect(await first('SHIFT', berlin)).toEqual([10, 50, 1, '2026-10-24 NIGHT', 10, 10]);
  expect(await first('DAY', ', timeZone: "America/New_York"')).toEqual([10, 50, 1, '2026-10-24', 10, 10]);
  // In Berlin all units were made on one day, which says nothing.
  expect(await first('DAY', berlin)).toEqual([10, 50, 0, undefined, undefined, undefined]);
});
