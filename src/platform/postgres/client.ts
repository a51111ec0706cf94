import type { Prisma } from '../../generated/prisma/client.ts';
import type { Notifications } from './notifications.ts';
import type { Sql } from './sql.ts';
export interface Reader {
  /** Rows of one statement. Column aliases are the property names. */
  sql<Row extends object>(strings: TemplateStringsArray, ...values: readonly unknown[]): Promise<readonly Row[]>;
  /**
   * Rows of a statement composed elsewhere. A steady one, with one best plan for all values, is prepared when it has
   * come often.
   */
  query<Row extends object>(query: Sql, isSteady?: boolean): Promise<readonly Row[]>;
  /**
   * The same for a statement that is run all day: a connection parses it once, and soon plans it no more. Only for
   * statements of which there are few texts, and whose best plan is the same for all values.
   */
  prepared<Row extends object>(query: Sql): Promise<readonly Row[]>;
  /** The same with the values of each row in an array, in the order of its columns. */
  rows(query: Sql, isSteady?: boolean): Promise<readonly (readonly unknown[])[]>;
  /** Statements run so far. */
  readonly statements: number;
}

export interface Tx extends Reader, Omit<Prisma.TransactionClient, `$${string}`> {
  /** Asks for a change, and for nothing back. COMMIT waits for it; where it fails, so does the transaction. */
  send(change: Sql): void;
  /**
   * What was asked for so far goes at once, not with what else is asked for in this moment: PostgreSQL begins with what
   * takes it long.
   */
  flush(): void;
}

export interface Database {
  reader(): Reader;
  /** Runs the work in one READ COMMITTED transaction: committed when it returns, rolled back when it throws. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Word of what was made in whatever process, by the channel it is told on. */
  notifications(channel: string): Notifications;
  close(): Promise<void>;
}
