/**
 * The model on its own: a life cycle of each kind, as a list of answers. The product is compared with the answers that
 * are correct here.
 */
import { expect, test } from 'vitest';
import { act, type Command } from './floor-model.ts';
import type { Recording } from './floor-work.ts';
import { EMPTY, visibleState, type Plant, type Result, type World } from './floor-world.ts';

const PLANT: Plant = {
  prefix: 'KR01PSA2611',
  maxLotQuantity: 3,
  maxReworks: 1,
  steps: [
    { code: 'KIT', number: 5, level: 'LOT', converts: false, maxAttempts: null },
    { code: 'MOUNT', number: 10, level: 'ITEM', converts: false, maxAttempts: 2 },
    { code: 'MARK', number: 30, level: 'ITEM', converts: true, maxAttempts: null },
    { code: 'FINAL', number: 60, level: 'SERIAL', converts: false, maxAttempts: null },
    { code: 'OLD', number: 70, level: 'SERIAL', converts: false, maxAttempts: null },
  ],
  route: ['KIT', 'MOUNT', 'MARK', 'FINAL'],
};
const [LOT, ITEM, SERIAL] = ['KR01PSA261101', 'WIP-KR01PSA261101-001', 'KR01PSA261101001'];

/** Carries out commands one after the other; executions are named `1`, `2`, … in the order of their creation. */
function played(...commands: readonly Command[]): { readonly answers: readonly string[]; readonly world: World } {
  const answers: string[] = [];
  let world: World = EMPTY;
  let made = 0;
  for (const command of commands) {
    const ids = [1, 2, 3].map((each) => String(made + each));
    const next = act(PLANT, world, { ...command, made: ids });
    if (next.answer.startsWith('ok') && /^(?:start|record)Process/.test(command.do))
      made += command.do === 'recordProcessDataBatch' ? command.records.length : 1;
    answers.push(next.answer);
    world = next.world;
  }
  return { answers, world };
}

const recording = (
  unit: string,
  step: string,
  result: Result = 'PASS',
  defects = result === 'FAIL' ? 1 : 0,
): Recording => ({ unit, step, result, defects });
const record = (unit: string, step: string, result?: Result, defects?: number): Command => ({
  do: 'recordProcessData',
  ...recording(unit, step, result, defects),
});
const start = (unit: string, step: string): Command => ({ do: 'startProcess', unit, step });
const complete = (unit: string, step: string, result?: Result): Command => ({
  do: 'completeProcess',
  ...recording(unit, step, result),
});
const correct = (run: string, result: Result, defects = result === 'FAIL' ? 1 : 0): Command => ({
  do: 'correctProcessData',
  run,
  result,
  defects,
});
const BEGUN: readonly Command[] = [
  { do: 'createLot', target: 1 },
  { do: 'generateWipItems', unit: LOT, quantity: 1 },
];
const CONVERTED: readonly Command[] = [...BEGUN, record(ITEM, 'MOUNT'), record(ITEM, 'MARK')];

function lastAnswers(count: number, ...commands: readonly Command[]): readonly string[] {
  return played(...commands).answers.slice(-count);
}

test('a unit passes its route, and the last one completes its lot', () => {
  const { answers, world } = played(
    ...BEGUN,
    start(ITEM, 'MOUNT'),
    complete(ITEM, 'MOUNT'),
    record(ITEM, 'MARK'),
    start(SERIAL, 'FINAL'),
    complete(SERIAL, 'FINAL'),
    { do: 'closeLot', unit: LOT },
  );

  expect(answers).toEqual([`ok ${LOT}`, `ok ${ITEM}`, 'ok 1', 'ok 1', `ok 1 ${SERIAL}`, 'ok 1', 'ok 1', 'ok']);
  expect(visibleState(world)).toEqual([
    {
      number: LOT,
      route: null,
      target: 1,
      status: 'CLOSED',
      disposition: 'UNDECIDED',
      runs: [],
      items: [
        {
          number: ITEM,
          status: 'CONVERTED',
          current: null,
          runs: ['MARK 1 PASS 0 2', 'MOUNT 1 PASS 0 1'],
          serial: { number: SERIAL, status: 'PASSED', reworks: 0, reason: null, runs: ['FINAL 1 PASS 0 3'] },
        },
      ],
    },
  ]);
});

test('an item that is converted by hand has a PASS on the conversion step, and is refused like a record of it', () => {
  const byHand: Command = { do: 'convertWipItem', unit: ITEM };
  const { answers, world } = played(...BEGUN, byHand, record(ITEM, 'MOUNT'), record(ITEM, 'MARK', 'FAIL'), byHand);

  expect(answers.slice(2)).toEqual(['RULE_VIOLATED WIP-7 wipItem', 'ok 1', 'ok 1', `ok 2 ${SERIAL}`]);
  expect(visibleState(world)).toMatchObject([{ items: [{ status: 'CONVERTED', serial: { number: SERIAL } }] }]);
});

test('a start is refused for the first reason that applies, and leaves the world unchanged', () => {
  const { world } = played(...BEGUN);

  expect(act(PLANT, world, { ...start(ITEM, 'MARK'), made: ['x'] })).toEqual({
    answer: 'RULE_VIOLATED PD-8 process',
    world,
  });
  expect(lastAnswers(1, ...BEGUN, start(ITEM, 'KIT'))).toEqual(['RULE_VIOLATED PD-17 process']);
  expect(lastAnswers(1, ...CONVERTED, start(SERIAL, 'OLD'))).toEqual(['RULE_VIOLATED PD-17 process']);
  expect(lastAnswers(1, ...CONVERTED, start(ITEM, 'MOUNT'))).toEqual(['RULE_VIOLATED WIP-8 unit']);
  expect(lastAnswers(2, ...BEGUN, start(ITEM, 'MOUNT'), start(ITEM, 'MOUNT'))).toEqual([
    'ok 1',
    'RULE_VIOLATED PD-5 unit',
  ]);
  expect(lastAnswers(2, ...BEGUN, record(ITEM, 'MOUNT'), start(ITEM, 'MOUNT'))).toEqual([
    'ok 1',
    'RULE_VIOLATED PD-6 unit',
  ]);
  expect(
    lastAnswers(1, ...BEGUN, record(ITEM, 'MOUNT', 'FAIL'), record(ITEM, 'MOUNT', 'REWORK'), record(ITEM, 'MOUNT')),
  ).toEqual(['RULE_VIOLATED PD-9 process']);
  expect(lastAnswers(1, ...CONVERTED, record(SERIAL, 'FINAL', 'FAIL'), start(SERIAL, 'FINAL'))).toEqual([
    'RULE_VIOLATED PD-16 unit',
  ]);
  expect(lastAnswers(2, ...BEGUN, { do: 'quarantineLot', unit: LOT }, start(ITEM, 'MOUNT'))).toEqual([
    'ok',
    'RULE_VIOLATED LOT-7 lot',
  ]);
  expect(lastAnswers(2, ...BEGUN, start('WIP-KR01PSA261101-002', 'MOUNT'), complete(ITEM, 'MOUNT'))).toEqual([
    'NOT_FOUND unit',
    'NOT_FOUND unit',
  ]);
});

test('a failure has defects, a pass has none, and a held lot accepts no pass', () => {
  expect(lastAnswers(2, ...BEGUN, record(ITEM, 'MOUNT', 'FAIL', 0), record(ITEM, 'MOUNT', 'PASS', 1))).toEqual([
    'RULE_VIOLATED PD-2 defects',
    'RULE_VIOLATED PD-2 defects',
  ]);
  expect(
    lastAnswers(
      2,
      ...BEGUN,
      start(ITEM, 'MOUNT'),
      { do: 'quarantineLot', unit: LOT },
      complete(ITEM, 'MOUNT'),
      complete(ITEM, 'MOUNT', 'FAIL'),
    ),
  ).toEqual(['RULE_VIOLATED LOT-7 lot', 'ok 1']);
});

test('a batch is carried out as a whole or not at all', () => {
  const whole = played(...BEGUN, {
    do: 'recordProcessDataBatch',
    records: [recording(ITEM, 'MOUNT'), recording(ITEM, 'MARK'), recording(SERIAL, 'FINAL')],
  });
  const none = played(...BEGUN, {
    do: 'recordProcessDataBatch',
    records: [recording(ITEM, 'MOUNT'), recording(SERIAL, 'FINAL')],
  });

  expect(whole.answers.at(-1)).toBe('ok 1 1 1');
  expect(none.answers.at(-1)).toBe('NOT_FOUND items.1.unit');
  expect(none.world).toEqual(played(...BEGUN).world);
});

test('a serial is failed, reworked once, and then finished', () => {
  const lives: Command[] = (
    ['startSerial', 'passSerial', 'failSerial', 'reworkSerial', 'failSerial', 'reworkSerial'] as const
  ).map((each) => ({ do: each, unit: SERIAL }));
  const { answers, world } = played(...CONVERTED, ...lives, { do: 'completeLot', unit: LOT });

  expect(answers.slice(-7)).toEqual([
    'ok',
    'RULE_VIOLATED SER-7 serial',
    'ok',
    'ok',
    'ok',
    'RULE_VIOLATED SER-2 serial',
    'RULE_VIOLATED LOT-9 lot',
  ]);
  expect(world.lots[0]?.status).toBe('COMPLETED');
});

test('a lot is completed short, closed and deleted only when that is allowed', () => {
  expect(
    lastAnswers(
      3,
      { do: 'createLot', target: 4 },
      { do: 'createLot', target: 3 },
      { do: 'deleteLot', unit: LOT },
      { do: 'closeLot', unit: LOT },
    ),
  ).toEqual([`ok ${LOT}`, 'ok', 'NOT_FOUND lot']);
  expect(
    lastAnswers(2, { do: 'createLot', target: 1 }, { do: 'deleteLot', unit: LOT }, { do: 'createLot', target: 1 }),
  ).toEqual(['ok', 'ok KR01PSA261102']);
  expect(lastAnswers(2, ...BEGUN, { do: 'deleteLot', unit: LOT }, { do: 'completeLot', unit: LOT })).toEqual([
    'RULE_VIOLATED LOT-11 lot',
    'RULE_VIOLATED LOT-9 lot',
  ]);
  const short: readonly Command[] = [...BEGUN, record(ITEM, 'MOUNT', 'FAIL'), { do: 'completeLot', unit: LOT }];
  expect(lastAnswers(2, ...short, { do: 'quarantineLot', unit: LOT }, { do: 'closeLot', unit: LOT })).toEqual([
    'ok',
    'RULE_VIOLATED LOT-10 lot',
  ]);
  expect(
    lastAnswers(
      3,
      ...short,
      { do: 'generateWipItems', unit: LOT, quantity: 1 },
      { do: 'updateLot', unit: LOT, target: 2 },
    ),
  ).toEqual(['ok', 'RULE_VIOLATED LOT-4 lot', 'RULE_VIOLATED LOT-3 targetQuantity']);
});

test('a target lowered to the finished quantity completes the lot', () => {
  const two: readonly Command[] = [{ do: 'createLot', target: 2 }, ...CONVERTED.slice(1), record(SERIAL, 'FINAL')];

  expect(played(...two).world.lots[0]?.status).toBe('IN_PROGRESS');
  expect(played(...two, { do: 'updateLot', unit: LOT, target: 1 }).world.lots[0]?.status).toBe('COMPLETED');
  expect(
    lastAnswers(
      2,
      ...two,
      { do: 'generateWipItems', unit: LOT, quantity: 2 },
      { do: 'updateLot', unit: LOT, target: 4 },
    ),
  ).toEqual(['RULE_VIOLATED WIP-3 quantity', 'RULE_VIOLATED LOT-3 targetQuantity']);
});

test('a disposition changes by its table', () => {
  const decided = (...how: readonly ('quarantineLot' | 'releaseLot' | 'rejectLot')[]) =>
    lastAnswers(how.length, { do: 'createLot', target: 1 }, ...how.map((each): Command => ({ do: each, unit: LOT })));

  expect(decided('quarantineLot', 'releaseLot', 'rejectLot', 'quarantineLot', 'rejectLot', 'releaseLot')).toEqual([
    'ok',
    'ok',
    'RULE_VIOLATED LOT-6 disposition',
    'ok',
    'ok',
    'RULE_VIOLATED LOT-6 disposition',
  ]);
});

test('a correction sets the unit again, unless later work depends on the corrected result', () => {
  const failed = played(...BEGUN, record(ITEM, 'MOUNT'), correct('1', 'FAIL'));
  expect(failed.world.lots[0]?.items[0]?.status).toBe('FAILED');
  expect(lastAnswers(3, ...CONVERTED, correct('1', 'FAIL'), correct('2', 'REWORK'), correct('2', 'PASS'))).toEqual([
    'RULE_VIOLATED PD-13 result',
    'RULE_VIOLATED PD-13 result',
    'ok',
  ]);
  expect(
    lastAnswers(
      3,
      ...BEGUN,
      start(ITEM, 'MOUNT'),
      correct('1', 'PASS'),
      { do: 'withdrawProcess', run: '1' },
      correct('1', 'PASS'),
    ),
  ).toEqual(['RULE_VIOLATED PD-13 id', 'ok', 'NOT_FOUND id']);
  expect(
    lastAnswers(2, ...BEGUN, record(ITEM, 'MOUNT', 'REWORK'), record(ITEM, 'MOUNT'), correct('1', 'FAIL'), {
      do: 'withdrawProcess',
      run: '1',
    }),
  ).toEqual(['RULE_VIOLATED PD-13 result', 'RULE_VIOLATED PD-14 id']);
  const passed = played(
    { do: 'createLot', target: 2 },
    ...CONVERTED.slice(1),
    record(SERIAL, 'FINAL', 'FAIL'),
    correct('3', 'PASS'),
  );
  expect(passed.world.lots[0]?.items[0]?.serial).toMatchObject({ status: 'PASSED', reason: null });
});
