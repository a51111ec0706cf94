import { expect, test } from 'vitest';
import { occurrence, react, reactTo } from '../../src/platform/command/reaction.ts';
import type { Tx } from '../../src/platform/postgres/client.ts';

test('a reaction gets all notes of its transaction at once, and none of another one', async () => {
  const said: string[] = [];
  const [first, second] = [occurrence<string>('first'), occurrence<number>('second')];
  reactTo(first, async (_tx, facts) => void said.push(facts.join(' ')));
  reactTo(second, async (_tx, facts) => void said.push(String(facts.length)));
  const [one, other] = [{} as Tx, {} as Tx];
  first.note(one, 'a');
  second.note(one, 1);
  first.note(one, 'b');
  first.note(other, 'c');

  await react(one);
  expect(said).toEqual(['a b', '1']);
  await react(other);
  expect(said).toEqual(['a b', '1', 'c']);
  await react({} as Tx);
  expect(said).toHaveLength(3);
  expect([first.name, first.notedIn(one), second.notedIn(other)]).toEqual(['first', ['a', 'b'], []]);
});
