/**
 * Fixed rounds in addition to random ones: sequences that random commands of one client rarely reach, and those in
 * which four clients conflict most.
 */
import type { DrawnCommand, DrawnStart } from './floor-arbitraries.ts';

const PASS = { ahead: 0, result: 'PASS', isSound: true } as const;
const record = (item: 1 | 2, result: 'PASS' | 'FAIL' | 'REWORK' = 'PASS', isSound = true): DrawnCommand => ({
  do: 'recordProcessData',
  lot: 1,
  item,
  ahead: 0,
  result,
  isSound,
});
const start = (item: 1 | 2): DrawnCommand => ({ do: 'startProcess', lot: 1, item, ...PASS });
const convert = (item: 1 | 2): DrawnCommand => ({ do: 'convertWipItem', lot: 1, item });
const complete: DrawnCommand = { do: 'completeProcess', pick: 0, result: 'PASS', isSound: true };

export const OF_ONE_CLIENT: [DrawnStart, DrawnCommand[]][] = [
  // A lot whose serials are passed and failed by hand until no command is possible on it.
  [
    { hasTest: false, serialSteps: [], target: 2, items: ['MADE', 'SERIAL'] },
    [
      convert(1),
      ...(['startSerial', 'passSerial'] as const).map((act): DrawnCommand => ({ do: act, pick: 0 })),
      ...(['startSerial', 'failSerial', 'reworkSerial', 'failSerial', 'reworkSerial'] as const).map(
        (act): DrawnCommand => ({ do: act, pick: 1 }),
      ),
      { do: 'generateWipItems', lot: 1, count: 1 },
      { do: 'closeLot', lot: 1 },
      { do: 'createLot', count: 1 },
      { do: 'deleteLot', lot: 2 },
      { do: 'quarantineLot', lot: 2 },
    ],
  ],
  // An item that is recorded wrongly and then tried too often, and its lot, which is completed short.
  [
    { hasTest: true, serialSteps: ['FINAL'], target: 3, items: ['CREATED'] },
    [
      record(1, 'PASS', false),
      record(1, 'FAIL', false),
      record(1),
      record(1, 'REWORK'),
      record(1, 'FAIL'),
      record(1),
      { do: 'completeLot', lot: 1 },
      record(1),
      { do: 'closeLot', lot: 1 },
    ],
  ],
];

export const OF_FOUR_CLIENTS: [DrawnStart, DrawnCommand[][]][] = [
  // The last items of a lot: more than fit into it.
  [
    { hasTest: false, serialSteps: ['FINAL'], target: 3, items: ['CREATED'] },
    Array.from({ length: 4 }, (): DrawnCommand[] => [{ do: 'generateWipItems', lot: 1, count: 1 }]),
  ],
  // The last serials of a lot, which the very last one completes.
  [
    { hasTest: false, serialSteps: ['FINAL'], target: 2, items: ['NEARLY DONE', 'NEARLY DONE'] },
    [[record(1)], [record(2)], [record(1)], [{ do: 'closeLot', lot: 1 }]],
  ],
  // One item that every client starts and converts.
  [
    { hasTest: false, serialSteps: ['FINAL'], target: 2, items: ['CREATED', 'MADE'] },
    [[start(1), complete], [start(1), complete], [convert(2)], [record(2), convert(2)]],
  ],
  // A serial that is failed and reworked while a step is started on it.
  [
    { hasTest: false, serialSteps: ['FINAL'], target: 1, items: ['NEARLY DONE'] },
    [
      [start(1), complete],
      [
        { do: 'startSerial', pick: 0 },
        { do: 'failSerial', pick: 0 },
      ],
      [
        { do: 'failSerial', pick: 0 },
        { do: 'reworkSerial', pick: 0 },
      ],
      [
        { do: 'reworkSerial', pick: 0 },
        { do: 'quarantineLot', lot: 1 },
      ],
    ],
  ],
];
