/**
 * PD-19: a batch has the same answers and effects as its records one by one. A generator with a fixed seed makes
 * batches, which are sent to two equal factories: to one as batches, to the other record by record.
 *
 * 1. A batch is refused with the messages of all its refused records, each with its place; the other records are then
 *    sent as a batch.
 * 2. After each batch, all rows of the two factories are equal, except for ids and times of the clock.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApi, type Api } from '../../support/api.ts';
import { makeLot, makeModel, type Named } from '../../support/build.ts';
import { call, done, type Payload } from '../../support/expect.ts';
import { makeFloor } from '../../support/work.ts';

const ROUNDS = 24;
const SEED = 20_261_120;
const BATCHES = 6;

let batched: Api;
let single: Api;
beforeAll(async () => {
  [batched, single] = [await startApi(), await startApi()];
  for (const api of [batched, single]) {
    await makeFloor(api);
    await makeModel(api, { code: 'ONE', name: 'Never reworked', maxReworks: 0 });
    for (const code of ['PRESS', 'OVEN'])
      await done(api, 'createEquipment', { code, name: code, type: 'PRESS' }, 'equipment { id }');
  }
});
afterAll(() => Promise.all([batched.close(), single.close()]));

const ITEMS = 2;
const CHAIN = ['MOUNT', 'TEST', 'MARK', 'BURN_IN', 'FINAL'] as const;

/** A generated record: mostly the next step of the item, mostly passed, rarely invalid. */
const drawn = fc.record({
  item: fc.nat(ITEMS - 1),
  step: fc.oneof(
    { weight: 30, arbitrary: fc.constant('NEXT') },
    { weight: 2, arbitrary: fc.constantFrom('AGAIN', ...CHAIN) },
    { weight: 1, arbitrary: fc.constant('KIT') },
  ),
  result: fc.oneof(
    { weight: 12, arbitrary: fc.constant('PASS') },
    { weight: 2, arbitrary: fc.constantFrom('FAIL', 'REWORK') },
  ),
  by: fc.constantFrom('ID', 'NUMBER', 'EXTERNAL'),
  fault: fc.oneof(
    { weight: 40, arbitrary: fc.constant('NONE') },
    { weight: 1, arbitrary: fc.constantFrom('DEFECTS', 'UNIT', 'STEP', 'OPERATOR', 'EQUIPMENT', 'LEVEL') },
  ),
  at: fc.constantFrom(undefined, 'PRESS', 'OVEN'),
  operator: fc.constantFrom(undefined, 'operator', 'inspector'),
});
type Drawn = typeof drawn extends fc.Arbitrary<infer Value> ? Value : never;

interface Unit {
  readonly lot: Named;
  readonly item: Named;
  readonly external: string;
}
type World = readonly Unit[];

test(`${ROUNDS} factories have the same rows after batches as after their records one by one (PD-19)`, {
  timeout: 300_000,
}, async () => {
  let round = 0;
  const seen = { refused: new Set<string>(), whole: 0, recorded: 0, severalRefused: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(drawn, { minLength: 1, maxLength: 14 }), { minLength: BATCHES, maxLength: BATCHES }),
      fc.constantFrom('PSA', 'ONE'),
      async (batches, model) => {
        round += 1;
        const [a, b] = [await worldIn(batched, model, round), await worldIn(single, model, round)];
        const progress = a.map(() => 0);
        for (const batch of batches) {
          const steps = stepsOf(batch, progress);
          const [inA, inB] = [inputsFor(a, batch, steps), inputsFor(b, batch, steps)];

          const whole = await batchOf(inA);
          const answers = await oneByOne(inB);
          const errors = answers.flatMap((answer) => answer.errors);
          const made = answers.flatMap(({ processData }) => processData ?? []);
          const isMade = (_each: unknown, index: number): boolean => answers[index]?.processData !== null;

          expect(errorsOf(whole)).toEqual(
            answers.flatMap((answer, index) =>
              answer.errors.map((each) => ({ ...each, path: ['items', String(index), ...each.path] })),
            ),
          );
          const kept = errors.length === 0 ? whole : await batchOf(inA.filter(isMade));
          expect(kept === undefined ? [] : kept['results'].map((result: Payload) => result['processData'])).toEqual(
            made,
          );
          expect(await rowsOf(batched)).toEqual(await rowsOf(single));
          for (const index of batch.keys()) if (isMade(null, index)) follow(progress, batch[index], steps[index]);
          for (const { code, rule } of errors) seen.refused.add(rule ?? code);
          seen.recorded += made.length;
          if (errors.length === 0) seen.whole += 1;
          if (answers.filter((answer) => answer.errors.length > 0).length > 1) seen.severalRefused += 1;
        }
      },
    ),
    { numRuns: ROUNDS, seed: SEED, endOnFailure: true },
  );
  const [lots] = await batched.database.reader().sql<{
    completed: number;
  }>`SELECT count(*)::int AS completed FROM lots WHERE status = 'COMPLETED'`;
  const refused = ['NOT_FOUND', 'PD-16', 'PD-17', 'PD-2', 'PD-6', 'PD-8', 'WIP-7', 'WIP-8'];
  expect({ ...seen, ...lots, refused: [...seen.refused].toSorted() }).toEqual({
    refused,
    whole: 22,
    recorded: 271,
    completed: 21,
    severalRefused: 99,
  });
});

async function worldIn(api: Api, model: string, round: number): Promise<World> {
  const lot = await makeLot(api, {
    productModel: { code: model },
    productionDate: `20${String(10 + round)}-01-01`,
    targetQuantity: ITEMS,
  });
  const externals = Array.from({ length: ITEMS }, (_, index) => `ERP ${round} ${index}`);
  const { wipItems } = await done(
    api,
    'generateWipItems',
    { lot: { id: lot.id }, quantity: ITEMS, externalNumbers: externals },
    'wipItems { id number }',
  );
  return wipItems.map((item: Named, index: number) => ({ lot, item, external: externals[index] ?? '' }));
}

/** The step of each record, if all records before it succeed. */
function stepsOf(batch: readonly Drawn[], before: readonly number[]): readonly string[] {
  const progress = [...before];
  return batch.map((record) => {
    const next = CHAIN[progress[record.item] ?? 0] ?? 'FINAL';
    const step =
      record.step === 'NEXT'
        ? next
        : record.step === 'AGAIN'
          ? (CHAIN[Math.max(0, (progress[record.item] ?? 0) - 1)] ?? 'FINAL')
          : record.step;
    follow(progress, record, step);
    return step;
  });
}

function follow(progress: number[], record: Drawn | undefined, step: string | undefined): void {
  if (record === undefined || record.result !== 'PASS') return;
  const at = progress[record.item] ?? 0;
  if (CHAIN[at] === step) progress[record.item] = at + 1;
}

function inputsFor(world: World, batch: readonly Drawn[], steps: readonly string[]): readonly object[] {
  return batch.map((record, index) => {
    const unit = world[record.item];
    if (unit === undefined) return {};
    const code = steps[index] ?? 'FINAL';
    const level = code === 'KIT' ? 'LOT' : code === 'BURN_IN' || code === 'FINAL' ? 'SERIAL' : 'WIP';
    const { fault, result } = record;
    const time = `2026-11-20T08:${String(index).padStart(2, '0')}:00.000Z`;
    return {
      unit:
        fault === 'UNIT'
          ? { number: 'nothing' }
          : fault === 'LEVEL'
            ? { id: unit.lot.id }
            : unitRef(unit, level, record.by),
      process: { code: fault === 'STEP' ? 'NOWHERE' : code },
      result,
      defects: (result === 'FAIL') === (fault === 'DEFECTS') ? [] : [{ code: 'BENT', quantity: 2 }],
      measurements: [{ code: 'WIDTH', value: '1.50', unit: 'mm' }],
      ...(fault === 'EQUIPMENT'
        ? { equipment: { code: 'GONE' } }
        : record.at === undefined
          ? {}
          : { equipment: { code: record.at } }),
      ...(fault === 'OPERATOR'
        ? { operator: { username: 'nobody' } }
        : record.operator === undefined
          ? {}
          : { operator: { username: record.operator } }),
      startedAt: time,
      completedAt: time,
      notes: index % 2 === 0 ? null : `Record ${index}`,
    };
  });
}

/** A serial that is not inserted yet has no id, only a number. */
function unitRef({ lot, item, external }: Unit, level: 'LOT' | 'WIP' | 'SERIAL', by: Drawn['by']): object {
  if (level === 'LOT') return by === 'NUMBER' ? { number: lot.number } : { id: lot.id };
  if (by === 'EXTERNAL') return { number: external };
  if (level === 'SERIAL') return { number: item.number.replace(/^WIP-(.*)-/, '$1') };
  return by === 'ID' ? { id: item.id } : { number: item.number };
}

const EXECUTION =
  'processData { attempt result startedAt process { code } lot { number } wipItem { number } serial { number } operator { username } equipment { code } }';

/** Undefined for no records, because a batch is never empty. */
async function batchOf(items: readonly object[]): Promise<Payload | undefined> {
  return items.length === 0
    ? undefined
    : call(batched, 'recordProcessDataBatch', { items }, `results { ${EXECUTION} }`);
}

function errorsOf(payload: Payload | undefined): Payload['errors'] {
  return payload?.errors ?? [];
}

/** Records one by one, each whatever became of those before. */
async function oneByOne(
  items: readonly object[],
): Promise<readonly { readonly processData: unknown; readonly errors: Payload['errors'] }[]> {
  const answers: { readonly processData: unknown; readonly errors: Payload['errors'] }[] = [];
  for (const item of items) {
    const { processData, errors } = await call(single, 'recordProcessData', item, EXECUTION);
    answers.push({ processData: processData ?? null, errors });
  }
  return answers;
}

/**
 * All rows of the floor in the order of their creation; of times that come from the clock, only whether they are set.
 */
async function rowsOf(api: Api): Promise<readonly (readonly object[])[]> {
  const db = api.database.reader();
  return Promise.all([
    db.sql`SELECT number, status, disposition, started_at IS NULL AS "isNotStarted", completed_at IS NULL AS "isOpen", completion_reason, version FROM lots ORDER BY id`,
    db.sql`SELECT number, status, external_number, completed_at IS NULL AS "isOpen", converted_at IS NULL AS "isItem", current_process_id IS NULL AS "isIdle", version FROM wip_items ORDER BY id`,
    db.sql`SELECT s.number, s.status, s.external_number, w.number AS item, s.sequence, rework_count, max_reworks, failure_reason, s.completed_at IS NULL AS "isOpen", s.version
           FROM serials s JOIN wip_items w ON w.id = s.wip_item_id ORDER BY s.id`,
    db.sql`SELECT d.level, l.number AS lot, w.number AS item, s.number AS serial, p.code, attempt, o.username, e.code AS equipment, d.station_id, result, measurements, defects, notes,
                  d.started_at, d.completed_at, duration_seconds, corrected_at, d.version
           FROM process_data d JOIN lots l ON l.id = d.lot_id JOIN processes p ON p.id = d.process_id JOIN users o ON o.id = d.operator_id
           LEFT JOIN wip_items w ON w.id = d.wip_item_id LEFT JOIN serials s ON s.id = d.serial_id LEFT JOIN equipment e ON e.id = d.equipment_id ORDER BY d.id`,
  ]);
}
