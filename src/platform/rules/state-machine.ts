import { rejection, type Answer, type RuleId } from './rejection.ts';

/** A state machine as a table: from each state, the states it may move to. Everything not listed is refused. */
export interface StateMachine<State extends string> {
  /** `<table>.<column>`, as in the table `state_flows`, whose rows are the same table seen by the database. */
  readonly machine: `${string}.${string}`;
  readonly rule: RuleId;
  readonly moves: Readonly<Record<State, readonly State[]>>;
}

/** True when the table lists the move. A move to the state the record already has is never listed. */
export function allowsTransition<State extends string>(flow: StateMachine<State>, from: State, to: State): boolean {
  return flow.moves[from].includes(to);
}

/**
 * Refuses a move that the table does not list, and says from which states it would be right. `thing` names the record.
 */
export function mayMove<State extends string>(
  flow: StateMachine<State>,
  thing: string,
  from: State,
  to: State,
): Answer {
  if (allowsTransition(flow, from, to)) return undefined;
  const sources = statesBefore(flow, to);
  const right =
    sources.length === 0 ? `nothing becomes ${to} again` : `only from ${sources.join(' or ')} can it become ${to}`;
  return rejection(flow.rule, columnOf(flow), `${thing} is ${from}; ${right}.`);
}

/** The rows of `state_flows` that this flow must equal. */
export function transitionRows(
  flow: StateMachine<string>,
): readonly { machine: string; fromState: string; toState: string }[] {
  return Object.entries(flow.moves).flatMap(([fromState, targets]) =>
    targets.map((toState) => ({ machine: flow.machine, fromState, toState })),
  );
}

/** The states from which `to` can be reached, for a message that says what would be right. */
export function statesBefore<State extends string>(flow: StateMachine<State>, to: State): readonly State[] {
  return (Object.keys(flow.moves) as State[]).filter((from) => flow.moves[from].includes(to));
}

function columnOf(flow: { readonly machine: string }): string {
  return flow.machine.slice(flow.machine.indexOf('.') + 1);
}
