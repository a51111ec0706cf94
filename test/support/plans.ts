/**
 * The plan of PostgreSQL for the statements of an operation: the tables that it would read from end to end, and the
 * estimated cost.
 */
import type { Client } from 'pg';
import type { Tx } from '../../src/platform/postgres/client.ts';
import { sql as compose } from '../../src/platform/postgres/sql.ts';
import type { Api } from './api.ts';

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

export interface Plan {
  /** In PostgreSQL's own unit: reading one page in order costs 1. */
  readonly cost: number;
  /** Tables whose every row is read, although only some are wanted. */
  readonly scanned: readonly string[];
}

/** The statements that the server sends for an answer, except those inside the transactions of commands. */
export async function statementsOf(api: Api, work: () => Promise<void>): Promise<readonly Statement[]> {
  const sent: Statement[] = [];
  const { reader } = api.database;
  api.database.reader = () => {
    const real = reader.call(api.database);
    const noted = (composed: Statement): void => void sent.push({ text: composed.text, values: composed.values });
    const query: typeof real.query = (composed) => (noted(composed), real.query(composed));
    return {
      database: real.database,
      query,
      prepared: query,
      rows: (composed, isSteady) => (noted(composed), real.rows(composed, isSteady)),
      sql: (strings, ...values) => query(compose(strings, ...values)),
      get statements() {
        return real.statements;
      },
    };
  };
  try {
    await work();
  } finally {
    api.database.reader = reader;
  }
  return sent;
}

/** The statements of work that the server does by itself, inside of its transactions, too. */
export async function allStatementsOf(api: Api, work: () => Promise<unknown>): Promise<readonly Statement[]> {
  const inTransactions: Statement[] = [];
  const { transaction } = api.database;
  api.database.transaction = (within) =>
    transaction.call(api.database, (tx) => {
      const sql: Tx['sql'] = (strings, ...values) => {
        const composed = compose(strings, ...values);
        inTransactions.push({ text: composed.text, values: composed.values });
        return tx.sql(strings, ...values);
      };
      const noting =
        (send: Tx['query']): Tx['query'] =>
        (composed) => (inTransactions.push({ text: composed.text, values: composed.values }), send(composed));
      const noted: Partial<Tx> = { sql, query: noting(tx.query), prepared: noting(tx.prepared) };
      return within(new Proxy(tx, { get: (real, key) => Reflect.get(noted, key) ?? Reflect.get(real, key) }));
    }) as never;
  try {
    const outside = await statementsOf(api, async () => void (await work()));
    return [...outside, ...inTransactions];
  } finally {
    api.database.transaction = transaction;
  }
}

/** The plan for these values, as the server's sessions would get it. */
export async function planOf(client: Client, { text, values }: Statement): Promise<Plan> {
  const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: Node }[] }>(
    `EXPLAIN (FORMAT JSON) ${text}`,
    [...values],
  );
  const top = rows[0]?.['QUERY PLAN'][0]?.Plan;
  if (top === undefined) throw new Error(`There is no plan for ${text}`);
  return { cost: top['Total Cost'], scanned: scannedIn(top) };
}

/** Tables with at least this many rows, by PostgreSQL's statistics. */
export async function tablesFrom(client: Client, rows: number): Promise<readonly string[]> {
  const found = await client.query<{ name: string }>(
    "SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltuples >= $1 ORDER BY 1",
    [rows],
  );
  return found.rows.map(({ name }) => name);
}

interface Node {
  readonly 'Node Type': string;
  readonly 'Total Cost': number;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly Node[];
}

function scannedIn(node: Node): readonly string[] {
  const below = (node.Plans ?? []).flatMap(scannedIn);
  return node['Node Type'] === 'Seq Scan' && node['Relation Name'] !== undefined
    ? [...below, node['Relation Name']]
    : below;
}
