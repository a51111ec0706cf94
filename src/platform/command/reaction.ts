/**
 * Reactions: what a younger area does about something that an older one did, in the same transaction. The older area does
 * not know the younger one.
 *
 * 1. An area declares what can happen in it (`occurrence`), and its commands note each time it does (`note`). A note is
 *    kept in memory; it costs no statement.
 * 2. `src/app/request/reactions.ts` says who reacts to what (`reactTo`).
 * 3. When a command has done its work, the command pipeline calls the reactions to what was noted in the transaction, each
 *    once, with all notes of its kind (run.ts; group-commit.ts for each member by itself, so that the audit trail names the
 *    right actor). What a reaction writes is committed or rolled back with the command.
 * 4. Locks: a reaction comes after everything that the command has locked. It may lock only rows that no command locks
 *    before others: those of its own table.
 */
import type { Tx } from '../postgres/client.ts';

/** Something that can happen, with the facts of it. */
export interface Occurrence<Facts> {
  /** Names it: `lot.ended`. */
  readonly name: string;
  /** Notes that it has happened in this transaction. */
  note(tx: Tx, facts: Facts): void;
  /** The facts of each time it has happened in this transaction, in order. */
  notedIn(tx: Tx): readonly Facts[];
}

/** Reacts to what has happened: at least one fact. */
export type Reaction<Facts> = (tx: Tx, facts: readonly Facts[]) => Promise<void>;

/** Declares something that can happen. */
export function occurrence<Facts>(name: string): Occurrence<Facts> {
  const notes = new WeakMap<Tx, Facts[]>();
  return {
    name,
    note(tx, facts) {
      const earlier = notes.get(tx);
      if (earlier === undefined) notes.set(tx, [facts]);
      else earlier.push(facts);
    },
    notedIn: (tx) => notes.get(tx) ?? [],
  };
}

const reactions: ((tx: Tx) => Promise<void>)[] = [];

/** Declares the reaction to an occurrence. Reactions are called in the order of their declarations. */
export function reactTo<Facts>(to: Occurrence<Facts>, reaction: Reaction<Facts>): void {
  reactions.push(async (tx) => {
    const facts = to.notedIn(tx);
    if (facts.length > 0) await reaction(tx, facts);
  });
}

/** Calls the reactions to what was noted in the transaction. Without notes it sends nothing. */
export async function react(tx: Tx): Promise<void> {
  for (const reaction of reactions) await reaction(tx);
}
