/**
 * Looks for a serial order that explains the answers of concurrent clients.
 *
 * 1. A client sends its next command after the answer to the last one, so an order keeps the commands of each client in
 *    sequence.
 * 2. A command that was answered before another one was sent precedes it, whichever client sent them.
 * 3. An order explains the answers when the state machine, given the commands one by one, gives each the same answer
 *    and ends in the final state.
 *
 * The search goes forward one command at a time, and back when no command fits. It never visits a node twice, where a
 * node is the number of finished commands of each client and the state of the machine.
 */

export interface Timed {
  readonly sentAt: number;
  readonly answeredAt: number;
}

export interface Machine<State, Event> {
  /** The state after the event, or undefined when the machine gives another answer. */
  next(state: State, event: Event): State | undefined;
  isEnd(state: State): boolean;
  keyOf(state: State): string;
}

/** An order that explains everything, or undefined. */
export function serialOrder<State, Event extends Timed>(
  clients: readonly (readonly Event[])[],
  start: State,
  machine: Machine<State, Event>,
): readonly Event[] | undefined {
  const seen = new Set<string>();
  const orderFrom = (done: readonly number[], state: State): readonly Event[] | undefined => {
    const key = `${done.join(' ')} ${machine.keyOf(state)}`;
    if (seen.has(key)) return undefined;
    seen.add(key);
    const heads = clients.map((events, client) => events[done[client] ?? 0]);
    if (heads.every((event) => event === undefined)) return machine.isEnd(state) ? [] : undefined;
    const firstAnswer = Math.min(...heads.map((event) => event?.answeredAt ?? Number.POSITIVE_INFINITY));
    for (const [client, event] of heads.entries()) {
      if (event === undefined || event.sentAt > firstAnswer) continue;
      const after = machine.next(state, event);
      if (after === undefined) continue;
      const rest = orderFrom(done.with(client, (done[client] ?? 0) + 1), after);
      if (rest !== undefined) return [event, ...rest];
    }
    return undefined;
  };
  return orderFrom(
    clients.map(() => 0),
    start,
  );
}
