/**
 * The outbox of a station: what was done and has not reached the server yet, in IndexedDB.
 *
 * 1. Everything is put here before it is sent, with its idempotency key and its instant. So a closed tab loses nothing, and
 *    what was sent twice is recorded once.
 * 2. The order in which things were done is the order in which they are sent.
 * 3. What the server refuses stays here, with its reasons, until somebody decides.
 */
import type { CompleteProcessInput, StartProcessInput } from '../generated/graphql.ts';

/** What a station can do, with the input of its mutation. */
export type Recording =
  | { readonly mutation: 'startProcess'; readonly input: StartProcessInput }
  | { readonly mutation: 'completeProcess'; readonly input: CompleteProcessInput };

/** A recording that waits, or that was refused. */
export type Entry = Recording & {
  /** Its place in the order of the recordings, from 1. */
  readonly order: number;
  /** Unit and step, in the words of the operator. A refused entry holds up the later ones of the same subject. */
  readonly subject: string;
  /** When it was done, in ISO 8601 (UTC). */
  readonly doneAt: string;
  /** Why the server refused it, in its words; null while it waits. */
  readonly refusal: readonly string[] | null;
};

/** An entry before it has its place. */
export type NewEntry = Recording & Pick<Entry, 'subject' | 'doneAt'>;

/** The outbox and the memory of a station. */
export interface Outbox {
  /** Keeps a recording. When it resolves, the recording is on the disk. */
  add(entry: NewEntry): Promise<void>;
  /** All entries in the order of the recordings. */
  entries(): Promise<readonly Entry[]>;
  /** The first entry that may be sent; undefined when there is none. */
  next(): Promise<Entry | undefined>;
  /** Removes an entry: the server has it, or somebody decided to drop it. */
  remove(order: number): Promise<void>;
  /** Notes that the server refused an entry. With null it is to be sent again. */
  setRefusal(order: number, refusal: readonly string[] | null): Promise<void>;
  /** What was remembered under a name; undefined when there is nothing. */
  recall<Value>(name: string): Promise<Value | undefined>;
  /** Remembers a value under a name; undefined forgets it. */
  remember(name: string, value: unknown): Promise<void>;
}

/** Opens the outbox of this browser. All tabs share it. */
export async function openOutbox(): Promise<Outbox> {
  const opening = indexedDB.open('lotgraph-station', 1);
  opening.addEventListener('upgradeneeded', () => {
    opening.result.createObjectStore('entries', { keyPath: 'order', autoIncrement: true });
    opening.result.createObjectStore('memory');
  });
  const database = await resultOf(opening);
  const read = <Value>(store: Store, request: (store: IDBObjectStore) => IDBRequest<Value>): Promise<Value> =>
    resultOf(request(database.transaction(store).objectStore(store)));
  const write = (store: Store, change: (store: IDBObjectStore) => void): Promise<void> => {
    const transaction = database.transaction(store, 'readwrite', { durability: 'strict' });
    change(transaction.objectStore(store));
    return new Promise((resolve, reject) => {
      transaction.addEventListener('complete', () => resolve());
      transaction.addEventListener('abort', () => reject(transaction.error));
    });
  };
  const entries = (): Promise<Entry[]> => read('entries', (store) => store.getAll());
  return {
    add: (entry) => write('entries', (store) => store.add({ ...entry, refusal: null })),
    entries,
    next: () => firstSendable(database.transaction('entries').objectStore('entries').openCursor()),
    remove: (order) => write('entries', (store) => store.delete(order)),
    setRefusal: (order, refusal) =>
      write('entries', (store) => {
        const found: IDBRequest<Entry | undefined> = store.get(order);
        found.addEventListener('success', () => {
          if (found.result !== undefined) store.put({ ...found.result, refusal });
        });
      }),
    recall: (name) => read('memory', (store) => store.get(name)),
    remember: (name, value) =>
      write('memory', (store) => (value === undefined ? store.delete(name) : store.put(value, name))),
  };
}

type Store = 'entries' | 'memory';

/**
 * The first entry that waits, and not behind a refused one of the same subject. It reads no further: there may be thousands
 * after a long time without a network, and each is asked for.
 */
function firstSendable(cursors: IDBRequest<IDBCursorWithValue | null>): Promise<Entry | undefined> {
  const heldUp = new Set<string>();
  return new Promise((resolve, reject) => {
    cursors.addEventListener('error', () => reject(cursors.error));
    cursors.addEventListener('success', () => {
      const cursor = cursors.result;
      const entry: Entry | undefined = cursor?.value;
      if (entry?.refusal) heldUp.add(entry.subject);
      if (cursor === null || entry === undefined || !heldUp.has(entry.subject)) resolve(entry);
      else cursor.continue();
    });
  });
}

function resultOf<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('IndexedDB gave no reason.')));
  });
}
