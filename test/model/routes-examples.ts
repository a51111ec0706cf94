/** Fixed rounds in addition to random ones: what random work by routes rarely reaches. */
import type { GivenStep } from './floor-routes.ts';
import type { DrawnAct, DrawnProduct } from './routes-arbitraries.ts';

const step = (number: number, code: string, isOptional = false): GivenStep => ({
  number,
  code,
  isOptional,
  needsOven: false,
});

/** 10 MOUNT, 20 POLISH (optional), 30 CLEAN (optional), 40 MARK, 50 BURN_IN (optional), 60 FINAL. */
const WHOLE: readonly GivenStep[] = [
  step(10, 'MOUNT'),
  step(20, 'POLISH', true),
  step(30, 'CLEAN', true),
  step(40, 'MARK'),
  step(50, 'BURN_IN', true),
  step(60, 'FINAL'),
];
const ONLY_OPTIONAL_SERIALS: readonly GivenStep[] = [step(1, 'CLEAN'), step(2, 'STAMP'), step(999, 'AGE', true)];
const WITHOUT_CONVERSION: readonly GivenStep[] = [step(1, 'PACK', true), step(2, 'MOUNT'), step(3, 'TEST', true)];

type Choice = 'NEXT' | 'OPTIONAL';
const at = (choice: Choice, pick: number) => ({ lot: 1, item: 1, step: choice, pick, isSound: true }) as const;
const record = (choice: Choice, pick = 0, result: 'PASS' | 'FAIL' | 'REWORK' = 'PASS'): DrawnAct => ({
  do: 'recordProcessData',
  ...at(choice, pick),
  result,
});
const WITHOUT_OVEN: DrawnAct = { do: 'recordProcessData', ...at('NEXT', 0), result: 'PASS', isSound: false };
const start = (choice: Choice, pick = 0): DrawnAct => ({ do: 'startProcess', ...at(choice, pick), result: 'PASS' });
const complete = (pick: number, result: 'PASS' | 'FAIL' | 'REWORK' = 'PASS'): DrawnAct => ({
  do: 'completeProcess',
  pick,
  result,
});
const withdraw: DrawnAct = { do: 'withdrawProcess', pick: 0 };
const serial = (act: 'startSerial' | 'passSerial' | 'failSerial' | 'reworkSerial'): DrawnAct => ({ do: act, pick: 0 });
const lot = (act: 'completeLot' | 'closeLot'): DrawnAct => ({ do: act, lot: 1 });
const move = (revision: number, dryRun = false): DrawnAct => ({ do: 'changeLotRoute', lot: 1, revision, dryRun });

const ofProduct = (routes: readonly (readonly GivenStep[])[], stages: readonly number[]): DrawnProduct => ({
  routes: [...routes],
  stages: [...stages],
});

export const ROUTES_OF_ONE_CLIENT: [DrawnProduct, DrawnAct[]][] = [
  // Optional steps of an item that are open when it is COMPLETED: withdrawn, passed, and failed.
  [
    ofProduct([WHOLE], [0]),
    [start('NEXT'), start('NEXT'), complete(0), start('OPTIONAL'), start('OPTIONAL', 1), withdraw, complete(0)],
  ],
  [
    ofProduct([WHOLE], [1]),
    [start('OPTIONAL'), start('OPTIONAL', 1), complete(0), complete(1, 'FAIL'), record('NEXT'), record('NEXT')],
  ],
  [
    ofProduct([WHOLE], [1]),
    [start('OPTIONAL'), start('OPTIONAL', 1), complete(0), complete(1, 'REWORK'), record('NEXT'), record('NEXT')],
  ],
  // An optional step of a serial that is open when its last step is passed.
  [
    ofProduct([WHOLE], [2]),
    [start('OPTIONAL'), record('NEXT'), complete(0, 'FAIL'), serial('reworkSerial'), record('NEXT')],
  ],
  [ofProduct([WHOLE], [2]), [start('OPTIONAL'), record('NEXT'), complete(0)]],
  [ofProduct([WHOLE], [2]), [start('OPTIONAL'), record('NEXT'), withdraw, serial('passSerial')]],
  // Serials whose steps are all optional are passed by hand only; and a lot that is done.
  [
    ofProduct([ONLY_OPTIONAL_SERIALS], [2, 2]),
    [
      record('OPTIONAL'),
      serial('passSerial'),
      { do: 'startSerial', pick: 1 },
      { do: 'failSerial', pick: 1 },
      lot('completeLot'),
      lot('closeLot'),
      move(1),
      { do: 'createRoute', route: WHOLE },
      move(2),
      { do: 'updateRoute', revision: 2, route: WITHOUT_CONVERSION },
      { do: 'deleteRoute', revision: 2 },
      { do: 'retireRoute', revision: 1 },
      { do: 'retireRoute', revision: 1 },
      { do: 'createLot' },
      { do: 'releaseRoute', revision: 1 },
      { do: 'releaseRoute', revision: 1 },
    ],
  ],
  // An optional step that comes too early, is tried too often, and keeps the item; and a step that needs an oven.
  [
    ofProduct([[{ ...step(4, 'MOUNT'), needsOven: true }, step(5, 'POLISH', true), step(6, 'MARK')]], [0]),
    [
      record('OPTIONAL'),
      WITHOUT_OVEN,
      record('NEXT'),
      record('OPTIONAL', 0, 'REWORK'),
      record('OPTIONAL', 0, 'REWORK'),
      record('OPTIONAL'),
      { do: 'convertWipItem', lot: 1, item: 1 },
    ],
  ],
  // A lot that goes back and forth between two routes.
  [
    ofProduct([WHOLE, WITHOUT_CONVERSION], [1, 2]),
    [
      move(2, true),
      move(2),
      record('OPTIONAL'),
      { do: 'convertWipItem', lot: 1, item: 1 },
      move(1),
      { do: 'convertWipItem', lot: 1, item: 1 },
      record('NEXT'),
      move(2),
    ],
  ],
];
