import { rejection, type Answer, type RuleId } from './rejection.ts';

/** A state machine as a table: for each state, the states it may change to. Every other change is rejected. */
export interface StateMachine<State extends string> {
  /**
   * `<table>.<column>`, the key of this machine in the table `state_flows`, which holds the same transitions for the
   * database's triggers.
   */
  readonly machine: `${string}.${string}`;
  readonly rule: RuleId;
  readonly moves: Readonly<Record<State, readonly State[]>>;
}

/** True when the table lists the transition. A transition to the current state is never listed. */
export function allowsTransition<State extends string>(
  stateMachine: StateMachine<State>,
  from: State,
  to: State,
): boolean {
  return stateMachine.moves[from].includes(to);
}

/**
 * Rejects a transition that the table does not list, and says from which states it is allowed. `thing` names the
 * record.
 */
export function mayMove<State extends string>(
  stateMachine: StateMachine<State>,
  thing: string,
  from: State,
  to: State,
): Answer {
  if (allowsTransition(stateMachine, from, to)) return undefined;
  const sources = statesBefore(stateMachine, to);
  const right =
    sources.length === 0 ? `nothing becomes ${to} again` : `only from ${sources.join(' or ')} can it become ${to}`;
  return rejection(stateMachine.rule, columnOf(stateMachine), `${thing} is ${from}; ${right}.`);
}

/** The rows that the table `state_flows` must have for this machine. */
export function transitionRows(
  stateMachine: StateMachine<string>,
): readonly { machine: string; fromState: string; toState: string }[] {
  return Object.entries(stateMachine.moves).flatMap(([fromState, targets]) =>
    targets.map((toState) => ({ machine: stateMachine.machine, fromState, toState })),
  );
}

/** The states from which `to` can be reached, for messages that say what would be right. */
export function statesBefore<State extends string>(stateMachine: StateMachine<State>, to: State): readonly State[] {
  return (Object.keys(stateMachine.moves) as State[]).filter((from) => stateMachine.moves[from].includes(to));
}

function columnOf(stateMachine: { readonly machine: string }): string {
  return stateMachine.machine.slice(stateMachine.machine.indexOf('.') + 1);
}
