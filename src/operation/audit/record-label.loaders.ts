/** What people call a record: the username, number, code or name that the trail shows next to its id. */
import type { Context } from '../../platform/request/context.ts';
import { arrayParameter, identifier, join, sql } from '../../platform/postgres/sql.ts';
import { loadOne } from '../../platform/read/loader.ts';

/** The tables whose records have a label, and the column of it, by type. */
const LABELS: ReadonlyMap<string, readonly [table: string, column: string]> = new Map([
  ['User', ['users', 'username']],
  ['ProductModel', ['product_models', 'code']],
  ['ProductionLine', ['production_lines', 'code']],
  ['Process', ['processes', 'code']],
  ['Station', ['stations', 'code']],
  ['ApiKey', ['api_keys', 'name']],
  ['Service', ['api_keys', 'name']],
  ['Equipment', ['equipment', 'code']],
  ['Lot', ['lots', 'number']],
  ['WipItem', ['wip_items', 'number']],
  ['Serial', ['serials', 'number']],
]);

/** Loads the labels of records of all types by one statement. The keys are type and id. */
const labels = loadOne<string, { readonly key: string; readonly label: string }>({
  batch: (keys, db) => {
    const asked = keys.map((key) => key.split(' '));
    const parts = [...LABELS].flatMap(([type, [table, column]]) => {
      const ids = asked.flatMap(([each, id]) => (each === type && id !== undefined ? [id] : []));
      if (ids.length === 0) return [];
      const [from, shown] = [identifier(table), identifier(`t.${column}`)];
      return [
        sql`SELECT ${`${type} `}::text || t.id AS key, ${shown}::text AS label FROM ${from} t WHERE t.id = ANY(${arrayParameter('uuid', ids)})`,
      ];
    });
    return db.query(join(parts, ' UNION ALL '));
  },
  keyOf: ({ key }) => key,
});

/** The label of a record as it is now; null when it was deleted, when its type has none, and without an id. */
export async function labelOf(context: Context, type: string | undefined, id: unknown): Promise<string | null> {
  if (type === undefined || !LABELS.has(type) || typeof id !== 'string') return null;
  return (await labels.load(context, `${type} ${id}`))?.label ?? null;
}
