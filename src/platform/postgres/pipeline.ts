/**
 * Sends the statements of a transaction as one pipelined batch: one packet there, one back.
 *
 * `pg` sends a Sync after each statement, and PostgreSQL flushes its answers at each Sync, so Node would be woken up
 * for each statement. Here all statements share one Sync; each result is delivered as soon as it is complete. As in any
 * transaction, the first statement that fails is the last one that is run, and those after it fail with it.
 */
import pg from 'pg';
import { getTypeParser } from './type-parsers.ts';
import { AppError, present } from '../values/assert.ts';

/** A statement as `pg` takes it. */
export type PipelinedStatement = pg.QueryConfig | pg.QueryArrayConfig;

/** A statement, and the callback that receives its result or its error. */
export interface PendingStatement {
  readonly statement: PipelinedStatement;
  readonly settle: (error: Error | null, result?: pg.QueryResult) => void;
}

/** Sends the statements in one batch. `pg` queues the batch after what the connection is doing now. */
export function sendPipelined(client: pg.ClientBase, statements: readonly PendingStatement[]): void {
  client.query(new PipelinedBatch(statements.map(queryOf)));
}

function queryOf({ statement, settle }: PendingStatement): Query {
  return new Query({ types: { getTypeParser }, ...statement, queryMode: 'extended' }, settle);
}

/** The members of `pg`'s query that its types omit. */
interface Query extends pg.Query {
  name: string | undefined;
  text: string;
  /** `pg` wraps this callback to stop the timer of its query timeout. */
  callback: ((error: Error | null) => void) | undefined;
  prepare(connection: Connection): void;
  handleRowDescription(message: unknown): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: Connection): void;
  handleReadyForQuery(connection: Connection): void;
  handleError(error: Error, connection: Connection): void;
}

interface Connection extends Omit<pg.Connection, 'sync'> {
  /** The statements whose Parse was sent and is not answered yet, by name. */
  readonly submittedNamedStatements: Record<string, string>;
  sync(): void;
}

const Query = pg.Query as unknown as new (
  config: PipelinedStatement & { readonly queryMode?: 'extended' },
  settle?: PendingStatement['settle'],
) => Query;

/** One query for `pg`: it takes the identity of the statement that is answered next. */
class PipelinedBatch extends Query {
  readonly #queries: readonly Query[];
  #answered = 0;

  constructor(queries: readonly Query[]) {
    super({ text: '' });
    this.#queries = queries;
    this.#selectNext();
  }

  override submit = (connection: pg.Connection): void => {
    const fullConnection = connection as unknown as Connection;
    let isBroken = false;
    // When a value cannot be serialised, `pg` closes the statement: COMMIT must not run without it.
    const withoutSync = Object.create(fullConnection, {
      sync: { value: DO_NOTHING },
      close: { value: () => (isBroken = true) },
    }) as Connection;
    fullConnection.stream.cork();
    for (const query of this.#queries) if (!isBroken) query.prepare(withoutSync);
    fullConnection.sync();
    fullConnection.stream.uncork();
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
    this.#selectNext();
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
      // PostgreSQL has not parsed it, so its text must be sent again.
      if (query.name !== undefined) delete connection.submittedNamedStatements[query.name];
      query.handleError(error, connection);
    }
    this.callback?.(error);
  }

  get #current(): Query {
    return present(this.#queries[this.#answered], 'The statement that is answered');
  }

  /** `pg` records by name and text which statements a connection has parsed. */
  #selectNext(): void {
    const { name, text } = this.#queries[this.#answered] ?? { name: undefined, text: '' };
    this.name = name;
    this.text = text;
  }
}

const DO_NOTHING = (): void => undefined;
