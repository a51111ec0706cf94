import { expect, test } from 'vitest';
import { serialOrder, type Machine } from './serial-order.ts';

interface Event {
  readonly does: 'take' | 'look';
  readonly answer: number;
  readonly sentAt: number;
  readonly answeredAt: number;
}

/** A counter: `take` returns the next number, `look` the last one taken. */
function counter(end: number): Machine<number, Event> {
  return {
    next: (state, { does, answer }) => {
      const after = does === 'take' ? state + 1 : state;
      return answer === after ? after : undefined;
    },
    isEnd: (state) => state === end,
    keyOf: String,
  };
}

const take = (answer: number, sentAt: number, answeredAt: number): Event => ({
  does: 'take',
  answer,
  sentAt,
  answeredAt,
});
const look = (answer: number, sentAt: number, answeredAt: number): Event => ({
  does: 'look',
  answer,
  sentAt,
  answeredAt,
});

test('answers that contradict the order of sending are explained when the commands overlap', () => {
  const [late, early] = [take(2, 0, 9), take(1, 1, 8)];

  expect(serialOrder([[late], [early]], 0, counter(2))).toEqual([early, late]);
});

test('a command that was answered before another was sent precedes it', () => {
  expect(serialOrder([[take(2, 0, 3)], [take(1, 4, 8)]], 0, counter(2))).toBeUndefined();
});

test('the commands of a client stay in their order', () => {
  expect(serialOrder([[take(2, 0, 1), take(1, 2, 3)], []], 0, counter(2))).toBeUndefined();
});

test('no order explains a number that was given twice, or one that nobody took', () => {
  expect(serialOrder([[take(1, 0, 9)], [take(1, 0, 9)]], 0, counter(2))).toBeUndefined();
  expect(serialOrder([[take(1, 0, 9)], [look(2, 0, 9)]], 0, counter(1))).toBeUndefined();
});

test('matching answers are not enough when the final state differs', () => {
  expect(serialOrder([[take(1, 0, 9)], [look(0, 0, 9)]], 0, counter(2))).toBeUndefined();
  expect(serialOrder([[take(1, 0, 9)], [look(0, 0, 9)]], 0, counter(1))).toHaveLength(2);
});

test('the search backtracks: the first command that fits is not always the first that was sent', () => {
  const [looked, took] = [look(0, 0, 9), take(1, 0, 9)];

  expect(serialOrder([[took], [looked]], 0, counter(1))).toEqual([looked, took]);
});

test('the search finds quickly that many overlapping commands have no order', () => {
  const client = (first: number) =>
    Array.from({ length: 8 }, (_, index) => take(first + index * 4, index * 10, index * 10 + 100));

  expect(serialOrder([1, 2, 3, 4].map(client), 0, counter(32))).toHaveLength(32);
  expect(serialOrder([1, 2, 3, 4].map(client), 0, counter(33))).toBeUndefined();
});
