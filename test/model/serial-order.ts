/**
 * Looks for a serial order that explains what concurrent clients were answered.
 *
 * 1. A client sends its next command when the last one was answered, so an order takes each client's commands in their
 *    order.
 * 2. A command that was answered before another one was sent comes before it, whoever sent them.
 * 3. The order explains the answers when the machine, given the commands one by one, answers each as it was answered,
 *    and ends in the state that was found.
 *
 * The search goes forward one command at a time, back when no command fits, and never twice to the same place: so many
 * commands of each client done, and the machine in the same state.
 */

export interface Timed {
  readonly sentAt: number;
  readonly answeredAt: number;
}

export interface Machine<State, Event> {
  /** The state after the event, or undefined when the machine answers something else than was answered. */
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
