/**
 * Statements of a transaction that travel together: one packet there, one back.
 *
 * `pg` sends a Sync behind each statement, and PostgreSQL answers whenever it meets one: node would be woken up for
 * each. Here they share one; each is answered as soon as it is complete. It is as in any transaction: the first
 * statement that fails is the last that is run, and those behind it fail with it.
 */
import pg from 'pg';
import { getTypeParser } from './type-parsers.ts';
import { AppError, present } from '../values/assert.ts';

export type PipelinedStatement = pg.QueryConfig | pg.QueryArrayConfig;

/** A statement, and who is told what became of it. */
export interface PendingStatement {
  readonly statement: PipelinedStatement;
  readonly settle: (error: Error | null, result?: pg.QueryResult) => void;
}

export function sendPipelined(client: pg.ClientBase, asked: readonly PendingStatement[]): void {
  client.query(new PipelinedBatch(asked.map(queryOf)));
}

function queryOf({ statement, settle }: PendingStatement): Query {
  return new Query({ types: { getTypeParser }, ...statement, queryMode: 'extended' }, settle);
}

/** What `pg` asks of a query, which its types leave out. */
interface Query extends pg.Query {
  name: string | undefined;
  text: string;
  /** `pg` puts its own here, by which it knows that the answer came in time. */
  callback: ((error: Error | null) => void) | undefined;
  prepare(connection: Connection): void;
  handleRowDescription(message: unknown): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: Connection): void;
  handleReadyForQuery(connection: Connection): void;
  handleError(error: Error, connection: Connection): void;
}

interface Connection extends Omit<pg.Connection, 'sync'> {
  /** Whose Parse was sent and not answered yet. */
  readonly submittedNamedStatements: Record<string, string>;
  sync(): void;
}

const Query = pg.Query as unknown as new (
  config: PipelinedStatement & { readonly queryMode?: 'extended' },
  settle?: PendingStatement['settle'],
) => Query;

/** To `pg` it is one query, by turns that which is answered next. */
class PipelinedBatch extends Query {
  readonly #queries: readonly Query[];
  #answered = 0;

  constructor(queries: readonly Query[]) {
    super({ text: '' });
    this.#queries = queries;
    this.#turnToNext();
  }

  override submit = (connection: pg.Connection): void => {
    const whole = connection as unknown as Connection;
    let isBroken = false;
    // Where a value cannot be written, `pg` closes the statement: COMMIT must not be run without it.
    const withoutSync = Object.create(whole, {
      sync: { value: NOTHING },
      close: { value: () => (isBroken = true) },
    }) as Connection;
    whole.stream.cork();
    for (const query of this.#queries) if (!isBroken) query.prepare(withoutSync);
    whole.sync();
    whole.stream.uncork();
  };

  override handleRowDescription(message: unknown): void {
    this.#current.handleRowDescription(message);
  }

  override handleDataRow(message: unknown): void {
    this.#current.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, connection: Connection): void {
    const query = this.#current;
    this.#answered += 1;
    this.#turnToNext();
    query.handleCommandComplete(message, connection);
    query.handleReadyForQuery(connection);
  }

  override handleReadyForQuery(connection: Connection): void {
    if (this.#answered < this.#queries.length)
      this.handleError(new AppError('PostgreSQL answered fewer statements than it was asked.'), connection);
    else this.callback?.(null);
  }

  override handleError(error: Error, connection: Connection): void {
    const failed = this.#queries.slice(this.#answered);
    this.#answered = this.#queries.length;
    for (const query of failed) {
      // What PostgreSQL has not parsed it must be sent again.
      if (query.name !== undefined) delete connection.submittedNamedStatements[query.name];
      query.handleError(error, connection);
    }
    this.callback?.(error);
  }

  get #current(): Query {
    return present(this.#queries[this.#answered], 'The statement that is answered');
  }

  /** `pg` notes by name and text what a connection has parsed. */
  #turnToNext(): void {
    const { name, text } = this.#queries[this.#answered] ?? { name: undefined, text: '' };
    this.name = name;
    this.text = text;
  }
}

const NOTHING = (): void => undefined;
