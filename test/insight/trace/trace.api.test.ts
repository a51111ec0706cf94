import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HELD_LOTS_MOST } from '../../../src/insight/trace/walk.loaders.ts';
import type { Api } from '../../support/api.ts';
import { completeItems, makeItems, type Named, uuidOf } from '../../support/build.ts';
import { withConnection } from '../../support/database.ts';
import { call, done } from '../../support/expect.ts';
import { type Genealogy, install, startGenealogy, uninstall } from '../../support/genealogy.ts';

let world: Genealogy;
let api: Api;
beforeAll(async () => {
  world = await startGenealogy();
  ({ api } = world);
});
afterAll(() => api.close());

const TRACE =
  'trace { root { id kind number depth } nodes { id kind number depth isHeld containsHeld node { number } inspections { type } } edges { kind from to use { quantity } } nodeCount edgeCount depth isTruncated }';

const MORE_HELD_LOTS = `
  SET session_replication_role = replica;
  INSERT INTO lots (number, product_model_id, production_line_id, production_date, disposition, disposition_reason, disposition_at)
  SELECT 'HELD' || to_char(n, 'FM0000000') || '01', m.id, l.id, '2026-11-20', 'REJECTED', 'Wet', now()
  FROM generate_series(0, ${HELD_LOTS_MOST}) n, (SELECT id FROM product_models LIMIT 1) m, (SELECT id FROM production_lines LIMIT 1) l`;

interface Traced {
  readonly nodes: readonly {
    readonly id: string;
    readonly number: string;
    readonly isHeld: boolean;
    readonly containsHeld: boolean;
  }[];
  readonly edges: readonly { readonly kind: string; readonly from: string; readonly to: string }[];
  readonly nodeCount: number;
  readonly edgeCount: number;
  readonly depth: number;
  readonly isTruncated: boolean;
}

async function whereUsed(component: string, more = '') {
  const { data, errors, statements } = await api.ask(
    `{ whereUsed(component: ${component}${more}) { ${TRACE} serials { number } serialCount lots { number } lotCount } }`,
  );
  expect(errors).toEqual([]);
  return { ...data.whereUsed, statements };
}

async function asBuilt(unit: Named, more = '') {
  const { data, errors, statements } = await api.ask(
    `{ asBuilt(unit: { id: "${unit.id}" }${more}) { ${TRACE} lot { number } wipItem { number } serial { number } executions { level } inspections { type } components { role } touchTimeSeconds leadTimeSeconds reworkCount } }`,
  );
  expect(errors).toEqual([]);
  return { ...data.asBuilt, statements };
}

const shape = ({ nodeCount, edgeCount, depth, isTruncated }: Traced) => ({ nodeCount, edgeCount, depth, isTruncated });
const numbers = ({ nodes }: Traced) => nodes.map(({ number }) => number).toSorted();

async function example() {
  const [R, A, B] = [await world.newLot(), await world.newLot(), await world.newLot()];
  const [SA1, SA2] = (await world.newSerials(A, 2)) as [Named, Named];
  const items = async (lot: Named) =>
    (await api.ask(`{ lotByNumber(number: "${lot.number}") { wipItems { nodes { id number } } } }`)).data.lotByNumber
      .wipItems.nodes as [Named, Named];
  const [A1, A2] = await items(A);
  // What goes into a converted item is recorded afterwards only by an import: here in SQL.
  for (const item of [A1, A2])
    await api.database.reader()
      .sql`INSERT INTO component_uses (consumer_wip_item_id, component_lot_id) VALUES (${uuidOf(item)}::uuid, ${uuidOf(R)}::uuid)`;
  const X = `ACME-${A.number}`;
  await install(api, A, { externalLotNumber: X });
  const [B1] = (await makeItems(api, B, 1)) as [Named];
  const use = await install(api, B1, { serial: SA1 });
  await completeItems(api, [B1], [world.steps.mount, world.steps.test]);
  const { serial: SB1 } = await done(api, 'convertWipItem', { wipItem: { id: B1.id } }, 'serial { id number }');
  return { R, A, B, X, A1, A2, B1, SA1, SA2, SB1: SB1 as Named, use };
}

describe('the example', () => {
  test('is found forward and backward, each node and edge once (TRC-1, TRC-2)', async () => {
    const { R, A, B, X, A1, A2, B1, SA1, SA2, SB1, use } = await example();
    const ofR = await whereUsed(`{ lot: { id: "${R.id}" } }`);
    expect(shape(ofR.trace)).toEqual({ nodeCount: 6, edgeCount: 6, depth: 4, isTruncated: false });
    expect(numbers(ofR.trace)).toEqual([A1, A2, SA1, SA2, B1, SB1].map(({ number }) => number).toSorted());
    expect([ofR.serialCount, ofR.serials.length, ofR.lotCount]).toEqual([3, 3, 2]);
    expect(ofR.lots.map(({ number }: Named) => number).toSorted()).toEqual([A.number, B.number].toSorted());
    const ofX = await whereUsed(`{ externalLotNumber: "${X.toLowerCase()}" }`);
    expect(shape(ofX.trace)).toEqual({ nodeCount: 7, edgeCount: 7, depth: 5, isTruncated: false });
    expect(ofX.trace.root).toEqual({ id: `external:${X}`, kind: 'EXTERNAL_LOT', number: X, depth: 0 });

    const built = await asBuilt(SB1);
    expect(shape(built.trace)).toEqual({ nodeCount: 7, edgeCount: 7, depth: 5, isTruncated: false });
    expect(numbers(built.trace)).toEqual([...[B1, B, SA1, A1, A, R].map(({ number }) => number), X].toSorted());
    expect(built).toMatchObject({
      lot: { number: B.number },
      wipItem: { number: B1.number },
      serial: { number: SB1.number },
      reworkCount: 0,
      touchTimeSeconds: 0,
      leadTimeSeconds: null,
    });

    const { removedAt } = (await uninstall(api, use))['componentUse'];
    const before = new Date(Date.parse(removedAt) - 1).toISOString();
    expect((await whereUsed(`{ lot: { id: "${R.id}" } }`)).trace.nodeCount).toBe(4);
    expect((await whereUsed(`{ lot: { id: "${R.id}" } }`, ', includeRemoved: true')).trace.nodeCount).toBe(6);
    const units = (await whereUsed(`{ lot: { id: "${R.id}" } }`, `, at: "${before}"`)).trace;
    expect(units.nodes.filter(({ number }: Named) => number === B1.number)).toHaveLength(1);
  });

  test('is cut at maxDepth, and says so (TRC-1, TRC-2)', async () => {
    const { R, SB1 } = await example();
    const cut = (await whereUsed(`{ lot: { id: "${R.id}" } }`, ', maxDepth: 2')).trace;
    expect(shape(cut)).toEqual({ nodeCount: 4, edgeCount: 4, depth: 2, isTruncated: true });
    expect(shape((await asBuilt(SB1, ', maxDepth: 1')).trace)).toMatchObject({
      nodeCount: 1,
      depth: 1,
      isTruncated: true,
    });
    for (const maxDepth of [0, 101]) {
      const { errors } = await api.ask(`{ asBuilt(unit: { id: "${SB1.id}" }, maxDepth: ${maxDepth}) { reworkCount } }`);
      expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', path: ['maxDepth'] } }]);
    }
  });

  test('shows what is held and what contains something held, and a hold answers what it affects (LOT-6, TRC-2)', async () => {
    const { R, A, A1, B1, SA1, SB1 } = await example();
    const { affected } = await done(
      api,
      'quarantineLot',
      { lot: { id: R.id }, reason: 'Bad material' },
      'affected { serialCount lotCount trace { nodeCount nodes { number isHeld containsHeld } } }',
    );
    expect(affected).toMatchObject({ serialCount: 3, lotCount: 2, trace: { nodeCount: 6 } });
    expect(affected.trace.nodes.every((node: Traced['nodes'][number]) => node.containsHeld && !node.isHeld)).toBe(true);
    const built: Traced = (await asBuilt(SB1)).trace;
    const containing = built.nodes.filter(({ containsHeld }) => containsHeld).map(({ number }) => number);
    expect(containing.toSorted()).toEqual([B1, SA1, A1].map(({ number }) => number).toSorted());
    expect(built.nodes.filter(({ isHeld }) => isHeld).map(({ number }) => number)).toEqual([R.number]);
    const { data } = await api.ask(
      `{ asBuilt(unit: { id: "${SB1.id}" }) { trace { ...Holding } } } fragment Holding on Trace { nodes { number ... { holds: containsHeld } } }`,
    );
    const holding = data.asBuilt.trace.nodes.filter(({ holds }: { readonly holds: boolean }) => holds);
    expect(holding.map(({ number }: Named) => number)).toEqual(containing);
    // With many held lots it is found from the other end.
    const sql = (text: string) => withConnection(api.databaseUrl, (client) => client.query(text));
    await sql(MORE_HELD_LOTS);
    const again: Traced = (await asBuilt(SB1)).trace;
    await sql(`SET session_replication_role = replica; DELETE FROM lots WHERE number LIKE 'HELD%'`);
    expect(again.nodes).toEqual(built.nodes);
    const rejected = await done(api, 'rejectLot', { lot: { id: A.id }, reason: 'Bad' }, 'affected { serialCount }');
    expect(rejected['affected'].serialCount).toBe(3);
  });
});

test('the recall of a released lot answers its own serials and what contains them; refused, it answers nothing (LOT-6, TRC-2)', async () => {
  const { A, B, A1, A2, SA1, SA2, B1, SB1 } = await example();
  await done(api, 'releaseLot', { lot: { id: A.id }, reason: 'Fine' }, 'lot { id }');
  const input = { lot: { id: A.id }, reason: 'Cracks at the customer' };
  const selection =
    'lot { disposition } affected { serials { number } serialCount lots { number } trace { root { number } nodes { number isHeld containsHeld } } }';
  const { lot, affected } = await done(api, 'quarantineLot', input, selection, 'INSPECTOR');
  expect(lot).toEqual({ disposition: 'QUARANTINED' });
  const named = (units: readonly { readonly number: string }[]) => units.map(({ number }) => number).toSorted();
  expect(named(affected.serials)).toEqual(named([SA1, SA2, SB1]));
  expect([affected.serialCount, named(affected.lots)]).toEqual([3, named([A, B])]);
  expect(affected.trace.root).toEqual({ number: A.number });
  expect(named(affected.trace.nodes)).toEqual(named([A1, A2, SA1, SA2, B1, SB1]));
  const held = affected.trace.nodes.filter(({ isHeld }: Traced['nodes'][number]) => isHeld);
  expect(named(held)).toEqual(named([A1, A2, SA1, SA2]));
  const again = await call(api, 'quarantineLot', input, selection, 'INSPECTOR');
  expect(again).toMatchObject({ affected: null, errors: [{ code: 'RULE_VIOLATED', rule: 'LOT-6' }] });
});

test('a unit that does not exist has no trace; a supplier lot that nobody used has no nodes (TRC-1, TRC-2)', async () => {
  const { data } = await api.ask(
    '{ asBuilt(unit: { number: "KR01PSA200101001" }) { reworkCount } whereUsed(component: { lot: { number: "KR01PSA200101" } }) { lotCount } none: whereUsed(component: { externalLotNumber: "NOBODY" }) { lotCount trace { nodeCount isTruncated } } }',
  );
  expect(data).toEqual({
    asBuilt: null,
    whereUsed: null,
    none: { lotCount: 0, trace: { nodeCount: 0, isTruncated: false } },
  });
});

test('a ladder of 40 layers of 2 fully connected lots, with 2^40 paths, is read in 3 statements (TRC-1, TRC-2)', async () => {
  const [model] = await api.database.reader().sql<{ model: string; line: string }>`
    SELECT m.id AS model, l.id AS line FROM product_models m, production_lines l LIMIT 1`;
  await api.database.reader().sql`
    INSERT INTO lots (number, product_model_id, production_line_id, production_date)
    SELECT 'LADR' || to_char(n, 'FM0000000') || '01', ${model?.model}::uuid, ${model?.line}::uuid, '2026-11-20' FROM generate_series(0, 79) n`;
  await api.database.reader().sql`
    INSERT INTO component_uses (component_lot_id, consumer_lot_id)
    SELECT low.id, high.id FROM lots low JOIN lots high ON low.number LIKE 'LADR%' AND high.number LIKE 'LADR%'
      AND substr(high.number, 5, 7)::int / 2 = substr(low.number, 5, 7)::int / 2 + 1`;
  const { data, statements } = await api.ask(
    '{ whereUsed(component: { lot: { number: "LADR000000001" } }) { trace { nodeCount edgeCount depth nodes { containsHeld } } } }',
  );
  expect(data.whereUsed.trace).toMatchObject({ nodeCount: 78, edgeCount: 154, depth: 39 });
  expect(statements).toBe(3);
});

test('a whole record takes 6 statements, and one more for each relation of its rows (TRC-1)', async () => {
  const { SB1 } = await example();
  const { statements } = await api.ask(
    `{ asBuilt(unit: { id: "${SB1.id}" }) { trace { nodeCount nodes { number containsHeld } edges { kind } } executions { result } inspections { type } components { role } touchTimeSeconds } }`,
  );
  expect(statements).toBe(6);
});

test('the node sets equal those of a plain walk over exported edges, for 200 random units, also of past instants (TRC-1, TRC-2)', async () => {
  for (let round = 0; round < 4; round += 1) await example();
  const db = api.database.reader();
  const edges = await db.sql<{ from: string; to: string; since: string; until: string | null }>`
    SELECT lot_id::text AS from, id::text AS to, created_at AS since, NULL::timestamptz AS until FROM wip_items
    UNION ALL SELECT wip_item_id::text, id::text, created_at, NULL FROM serials
    UNION ALL SELECT component_id::text, consumer_id::text, installed_at, removed_at FROM component_uses WHERE component_id IS NOT NULL`;
  const units = await db.sql<{ id: string; kind: string }>`
    SELECT id::text, 'Lot' AS kind FROM lots UNION ALL SELECT id::text, 'WipItem' FROM wip_items UNION ALL SELECT id::text, 'Serial' FROM serials`;
  const instants = edges.map(({ since }) => since).toSorted();
  const walk = (start: string, at: string, isForward: boolean): readonly string[] => {
    const seen = new Set([start]);
    for (const node of seen)
      for (const { from, to, since, until } of edges)
        if ((isForward ? from : to) === node && since <= at && (until === null || until > at))
          seen.add(isForward ? to : from);
    seen.delete(start);
    return [...seen].toSorted();
  };
  const own = ({ nodes }: Traced): readonly string[] =>
    nodes
      .filter(({ id }) => !id.startsWith('external:'))
      .map((node) => uuidOf(node) ?? '')
      .toSorted();
  for (let n = 0; n < 200; n += 1) {
    const unit = units[(n * 7919) % units.length] ?? { id: '', kind: '' };
    const id = Buffer.from(`${unit.kind}:${unit.id}`).toString('base64url');
    const at = instants[(n * 104_729) % instants.length] ?? '';
    const component =
      unit.kind === 'WipItem' ? undefined : `{ ${unit.kind === 'Lot' ? 'lot' : 'serial'}: { id: "${id}" } }`;
    const { data, errors } = await api.ask(
      `{ asBuilt(unit: { id: "${id}" }, at: "${at}", maxDepth: 100) { trace { nodes { id } } } ${component === undefined ? '' : `whereUsed(component: ${component}, at: "${at}", maxDepth: 100) { trace { nodes { id } } }`} }`,
    );
    expect(errors).toEqual([]);
    expect([n, own(data.asBuilt.trace)]).toEqual([n, walk(unit.id, at, false)]);
    if (component !== undefined) expect([n, own(data.whereUsed.trace)]).toEqual([n, walk(unit.id, at, true)]);
  }
});
