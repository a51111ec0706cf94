/** Looks for an order of the acts of a round in which the model gives the answers of the product and ends in its state. */
import { act as modelAct, type ExecutedCommand } from '../model/floor-model.ts';
import { EMPTY, visibleState, type World } from '../model/floor-world.ts';
import { serialOrder, type Timed } from '../model/serial-order.ts';
import { ANY, type Act } from './acts.ts';
import type { Round } from './play.ts';
import type { UsedKey } from './record.ts';

/** A command with the answer that it had at one moment in its time. */
interface Event extends Timed {
  readonly act: Act;
  readonly command: ExecutedCommand;
  readonly answer: string;
}

/** Undefined when there is such an order; otherwise the round as text. */
export function unexplained(
  { plant, acts }: Round,
  keys: ReadonlyMap<string, UsedKey>,
  end: World,
): string | undefined {
  const found = JSON.stringify(visibleState(end));
  const sequences = sequencesOf(acts, keys);
  const order = serialOrder(sequences, EMPTY, {
    next(world, { act, command, answer }) {
      if (answer === 'FORBIDDEN' || answer.startsWith('FORBIDDEN ')) return isForbidden(act) ? world : undefined;
      if (!act.member.mayCall(act.mutation)) return undefined;
      const expected = modelAct(plant, world, command);
      return expected.answer === answer || (answer === ANY && expected.answer.startsWith('ok'))
        ? expected.world
        : undefined;
    },
    isEnd: (world) => JSON.stringify(visibleState(world)) === found,
    keyOf: (world) => JSON.stringify(world),
  });
  if (order !== undefined) return undefined;
  const log = sequences.flatMap((events) => ['', ...events.map((event) => `  ${sentenceOf(event)}`)]).join('\n');
  return `line ${plant.line}: no order of these acts explains their answers and the end.${log}\n  to ${found}`;
}

/**
 * The acts of each client in sequence. What took effect without an answer has a sequence of its own, because its client
 * did not wait for it.
 */
function sequencesOf(acts: readonly Act[], keys: ReadonlyMap<string, UsedKey>): readonly (readonly Event[])[] {
  const clients = new Map<string, Event[]>();
  const alone: (readonly Event[])[] = [];
  for (const act of acts) {
    const { command, member } = act;
    if (command === undefined) continue;
    const used = keys.get(act.key);
    const effect: Event = {
      act,
      command: { ...command, made: used?.made ?? [] },
      answer: ANY,
      sentAt: act.firstSentAt,
      answeredAt: Number.POSITIVE_INFINITY,
    };
    if (act.ending === 'LOST') {
      if (used !== undefined) alone.push([effect]);
      continue;
    }
    // Only the try that was answered can have been refused; any try can have taken effect.
    const sentAt = act.ending === 'DONE' ? act.firstSentAt : act.sentAt;
    const made = act.answer === ANY ? (used?.made ?? []) : act.made;
    const event: Event = { act, command: { ...command, made }, answer: act.answer, sentAt, answeredAt: act.answeredAt };
    if (act.ending === 'REFUSED' && used !== undefined) alone.push([event, effect]);
    else clients.set(member.name, [...(clients.get(member.name) ?? []), event]);
  }
  return [...clients.values(), ...alone];
}

/** Whether the permission matrix or PD-14 forbids the act. */
function isForbidden({ member, mutation }: Act): boolean {
  return !member.mayCall(mutation) || (mutation === 'withdrawProcess' && !member.mayWithdrawAll);
}

function sentenceOf({ act, command, answer, sentAt, answeredAt }: Event): string {
  const { do: what, made: _made, ...how } = command;
  const tries = act.unansweredTries === 0 ? '' : `, ${act.unansweredTries} of ${act.tries} tries without answer`;
  return `${sentAt.toFixed(0)} to ${answeredAt.toFixed(0)}: ${act.member.name} ${what} ${JSON.stringify(how)} -> ${answer} (${act.key}${tries})`;
}
