/**
 * A plant in which units are built into each other: 400,000 uses from 2,000 raw lots through 20,000 sub-lots and 100,000
 * sub-assemblies to 100,000 serials, and a ladder of 40 layers of 2 lots, each built into both lots of the next one.
 *
 * 1. A sub-lot is made of 5 raw lots, a sub-assembly of 2 sub-lots, a serial of 1 sub-assembly.
 * 2. A lot of resin went into 15 of the raw lots. It is in about 15,000 units.
 * 3. Ten of these raw lots are held.
 */
import type { Client } from 'pg';

/** The number of the lot of resin. */
export const RESIN = 'RSIN000000001';
/** The number of the lowest lot of the ladder. */
export const LADDER = 'LADR000000001';
/** What the plant has to have in the end. */
const USES = 400_000 + 15 + 39 * 4;

const LOT = (prefix: string, n: string): string => `'${prefix}' || to_char(${n}, 'FM0000000') || '01'`;

const LOTS = (prefix: string, last: number): string => `
  INSERT INTO lots (number, product_model_id, production_line_id, production_date)
  SELECT ${LOT(prefix, 'n')}, m.id, l.id, '2026-11-20' FROM product_models m, production_lines l, generate_series(0, ${last}) n`;

const PLACED = (prefix: string): string =>
  `(SELECT id, substr(number::text, 5, 7)::int AS place FROM lots WHERE number LIKE '${prefix}%')`;

const SERIALS = `(SELECT s.id, substr(s.number, 5, 7)::int * 100 + s.sequence - 1 AS place FROM serials s)`;

const STATEMENTS: readonly string[] = [
  LOTS('RSIN', 0),
  LOTS('RAWM', 1_999),
  LOTS('SUBL', 19_999),
  LOTS('UNIT', 1_999),
  LOTS('LADR', 79),
  `INSERT INTO wip_items (lot_id, number, sequence, status, completed_at, converted_at)
   SELECT id, 'WIP-' || number || '-' || to_char(unit, 'FM000'), unit, 'CONVERTED', now(), now()
   FROM lots, generate_series(1, 100) unit WHERE number LIKE 'UNIT%'`,
  `INSERT INTO serials (lot_id, wip_item_id, number, sequence, status, completed_at, max_reworks)
   SELECT lot_id, id, substr(number, 5, 13) || to_char(sequence, 'FM000'), sequence, 'PASSED', now(), 3 FROM wip_items`,
  `INSERT INTO component_uses (component_lot_id, consumer_lot_id)
   SELECT resin.id, raw.id FROM ${PLACED('RSIN')} resin, ${PLACED('RAWM')} raw WHERE raw.place < 15`,
  `INSERT INTO component_uses (component_lot_id, consumer_lot_id)
   SELECT raw.id, sub.id FROM ${PLACED('SUBL')} sub CROSS JOIN generate_series(0, 4) k
   JOIN ${PLACED('RAWM')} raw ON raw.place = (sub.place + k * 397) % 2000`,
  // The first 100,000 serials are the sub-assemblies, the others contain them.
  `INSERT INTO component_uses (component_lot_id, consumer_serial_id)
   SELECT sub.id, assembly.id FROM ${SERIALS} assembly CROSS JOIN generate_series(0, 1) k
   JOIN ${PLACED('SUBL')} sub ON sub.place = (assembly.place * (1 + 6 * k) + k * 3) % 20000 WHERE assembly.place < 100000`,
  `INSERT INTO component_uses (component_serial_id, consumer_serial_id)
   SELECT assembly.id, whole.id FROM ${SERIALS} assembly JOIN ${SERIALS} whole ON whole.place = assembly.place + 100000`,
  `INSERT INTO component_uses (component_lot_id, consumer_lot_id)
   SELECT low.id, high.id FROM ${PLACED('LADR')} low JOIN ${PLACED('LADR')} high ON high.place / 2 = low.place / 2 + 1`,
  `UPDATE lots SET disposition = 'QUARANTINED', disposition_reason = 'Suspect', disposition_at = now() WHERE number IN (SELECT number FROM lots WHERE number LIKE 'RAWM%' ORDER BY number LIMIT 10)`,
  'VACUUM (ANALYZE)',
];

/** Fills the database. Triggers and foreign keys are off meanwhile. */
export async function makeGraph(client: Client): Promise<void> {
  await client.query('SET session_replication_role = replica');
  for (const statement of STATEMENTS) await client.query(statement);
  const { rows } = await client.query<{ uses: number }>('SELECT count(*)::int AS uses FROM component_uses');
  if (rows[0]?.uses !== USES) throw new Error(`The plant has ${rows[0]?.uses} uses, not ${USES}.`);
}
