/** What was worked on at a machine while a period lasted, counted a second time from all executions and uses. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { randomOf } from '../../../src/app/simulation/random.ts';
import type { Api } from '../../support/api.ts';
import { completeItems, makeItems, type Named, uuidOf } from '../../support/build.ts';
import { done } from '../../support/expect.ts';
import { type Genealogy, install, startGenealogy } from '../../support/genealogy.ts';

let world: Genealogy;
let api: Api;
beforeAll(async () => {
  world = await startGenealogy();
  ({ api } = world);
});
afterAll(() => api.close());

interface Window {
  readonly executionCount: number;
  readonly executions: readonly { readonly id: string }[];
  readonly units: readonly Named[];
  readonly serials: readonly Named[];
  readonly lots: readonly Named[];
  readonly serialCount: number;
  readonly lotCount: number;
  readonly nodeCount: number;
  readonly edgeCount: number;
  readonly depth: number;
  readonly isTruncated: boolean;
  readonly nodes: readonly { readonly id: string; readonly number: string; readonly depth: number }[];
  readonly edges: readonly { readonly kind: string; readonly from: string; readonly to: string }[];
}

const SELECTION =
  'executionCount executions { id } units { id number } serials { id number } serialCount lots { id number } lotCount nodeCount edgeCount depth isTruncated nodes { id number depth } edges { kind from to }';

async function equipmentWindowOf(machine: Named, from: string, to: string, more = ''): Promise<Window> {
  const { data, errors } = await api.ask(
    `{ equipmentWindow(equipment: { id: "${machine.id}" }, period: { from: "${from}", to: "${to}" }${more}) { ${SELECTION} } }`,
  );
  expect(errors).toEqual([]);
  return data.equipmentWindow;
}

let machines = 0;
async function newMachine(): Promise<Named> {
  machines += 1;
  const input = { code: `OVEN_${machines}`, name: 'Oven', type: 'OVEN' };
  return { ...(await done(api, 'createEquipment', input, 'equipment { id code }'))['equipment'], number: input.code };
}

/** Executions of the step MOUNT on items, in SQL, each from its start to its end; without an end, open. */
async function putExecutions(
  machine: Named,
  executions: readonly { readonly item: Named; readonly start: string; readonly end: string | null }[],
): Promise<readonly string[]> {
  const rows = await api.database.reader().sql<{ id: string }>`
    INSERT INTO process_data (level, lot_id, wip_item_id, process_id, attempt, operator_id, equipment_id, result, started_at, completed_at)
    SELECT 'WIP', item.lot_id, item.id, ${uuidOf(world.steps.mount)}::uuid, row_number() OVER (PARTITION BY item.id ORDER BY place),
           ${api.userIdOf('ADMIN')}::uuid, ${uuidOf(machine)}::uuid, CASE WHEN finish IS NOT NULL THEN 'REWORK'::process_result END, start, finish
    FROM unnest(${executions.map(({ item }) => uuidOf(item))}::uuid[], ${executions.map(({ start }) => start)}::timestamptz[],
                ${executions.map(({ end }) => end)}::timestamptz[]) WITH ORDINALITY AS given(item_id, start, finish, place)
    JOIN wip_items item ON item.id = given.item_id ORDER BY place RETURNING id`;
  return rows.map(({ id }) => Buffer.from(`ProcessData:${id}`).toString('base64url'));
}

const at = (time: string): string => `2026-11-20T${time}Z`;
const idsOf = (records: readonly { readonly id: string }[]): readonly string[] =>
  records.map(({ id }) => id).toSorted();

test('an execution that overlaps the period is in the equipment window, one that only touches a bound is not (TRC-3)', async () => {
  const machine = await newMachine();
  const items = await makeItems(api, await world.newLot(), 8);
  const spans: readonly (readonly [start: string, end: string | null, isIn: boolean])[] = [
    [at('07:00:00.000'), at('08:00:00.000'), false],
    [at('07:00:00.000'), at('08:00:00.001'), true],
    [at('08:59:59.999'), at('10:00:00.000'), true],
    [at('09:00:00.000'), at('10:00:00.000'), false],
    [at('07:00:00.000'), at('10:00:00.000'), true],
    [at('08:30:00.000'), at('08:30:00.000'), true],
    [at('08:30:00.000'), null, true],
    [at('09:00:00.000'), null, false],
  ];
  const ids = await putExecutions(
    machine,
    spans.map(([start, end], index) => ({ item: items[index] as Named, start, end })),
  );
  const found = await equipmentWindowOf(machine, at('08:00:00.000'), at('09:00:00.000'));
  expect(idsOf(found.executions)).toEqual(ids.filter((_id, index) => spans[index]?.[2]).toSorted());
  expect(idsOf(found.units)).toEqual(idsOf(items.filter((_item, index) => spans[index]?.[2])));
  expect(found).toMatchObject({ executionCount: 5, nodeCount: 5, depth: 0, isTruncated: false, edgeCount: 0 });
  expect(found).toMatchObject({ serialCount: 0, serials: [], lotCount: 1 });
});

test('an open execution lasts until now, and is in no period that begins later (TRC-3)', async () => {
  const machine = await newMachine();
  const [item] = (await makeItems(api, await world.newLot(), 1)) as [Named];
  await putExecutions(machine, [{ item, start: '2026-01-01T00:00:00Z', end: null }]);
  expect((await equipmentWindowOf(machine, '2026-01-02T00:00:00Z', '2026-01-03T00:00:00Z')).executionCount).toBe(1);
  expect((await equipmentWindowOf(machine, '2025-12-01T00:00:00Z', '2026-01-01T00:00:00Z')).executionCount).toBe(0);
  expect((await equipmentWindowOf(machine, '2199-01-01T00:00:00Z', '2199-01-02T00:00:00Z')).executionCount).toBe(0);
});

test('what contains the units is answered when it is asked for, at any depth (TRC-3)', async () => {
  const machine = await newMachine();
  const [A, B] = [await world.newLot(), await world.newLot()];
  const [SA] = (await world.newSerials(A, 1)) as [Named];
  const { data } = await api.ask(`{ serialByNumber(number: "${SA.number}") { wipItem { id number } } }`);
  const item: Named = data.serialByNumber.wipItem;
  await api.database.reader()
    .sql`UPDATE process_data SET equipment_id = ${uuidOf(machine)}::uuid, started_at = ${at('08:00:00.000')}::timestamptz, completed_at = ${at('08:10:00.000')}::timestamptz WHERE wip_item_id = ${uuidOf(item)}::uuid`;
  const [B1] = (await makeItems(api, B, 1)) as [Named];
  await install(api, B1, { serial: SA });
  await completeItems(api, [B1], [world.steps.mount, world.steps.test]);
  const { serial: SB } = await done(api, 'convertWipItem', { wipItem: { id: B1.id } }, 'serial { id number }');
  const period = [at('08:00:00.000'), at('09:00:00.000')] as const;
  expect(await equipmentWindowOf(machine, ...period)).toMatchObject({
    executionCount: 3,
    nodeCount: 1,
    serialCount: 0,
    lotCount: 1,
  });
  const all = await equipmentWindowOf(machine, ...period, ', descendants: true');
  expect(all.nodes.map(({ number, depth }) => [number, depth])).toEqual([
    [item.number, 0],
    [SA.number, 1],
    [B1.number, 2],
    [SB.number, 3],
  ]);
  expect(all.edges.map(({ kind, from, to }) => [kind, from, to])).toEqual([
    ['BECAME', item.id, SA.id],
    ['BECAME', B1.id, SB.id],
    ['USED', SA.id, B1.id],
  ]);
  expect(all).toMatchObject({ executionCount: 3, edgeCount: 3, depth: 3, isTruncated: false, serialCount: 2 });
  expect(idsOf(all.lots)).toEqual(idsOf([A, B]));
  await done(api, 'quarantineLot', { lot: { id: A.id }, reason: 'Oven too hot' }, 'lot { id }');
  const { data: held, statements } = await api.ask(
    `{ equipmentWindow(equipment: { id: "${machine.id}" }, period: { from: "${period[0]}", to: "${period[1]}" }, descendants: true) { executionCount executions { result } nodes { number isHeld containsHeld } edges { kind } serialCount } }`,
  );
  expect(held.equipmentWindow.nodes).toEqual([
    { number: item.number, isHeld: true, containsHeld: true },
    { number: SA.number, isHeld: true, containsHeld: true },
    { number: B1.number, isHeld: false, containsHeld: true },
    { number: SB.number, isHeld: false, containsHeld: true },
  ]);
  expect(statements).toBe(3);
});

test('equipment windows of random periods equal a count of all executions, and a walk over all edges (TRC-3)', async () => {
  const machine = await newMachine();
  const random = randomOf('windows');
  const lots = [await world.newLot(), await world.newLot(), await world.newLot()];
  const items = (await Promise.all(lots.map((lot) => makeItems(api, lot, 20)))).flat();
  const time = (): number => Date.UTC(2026, 10, 20) + Math.floor(random.next() * 1_000) * 1_000;
  const spans = Array.from({ length: 300 }, (_none, index) => {
    const start = time();
    const item = items[index % items.length] as Named;
    const end = new Date(start + Math.floor(random.next() * 60) * 1_000).toISOString();
    return { item, start: new Date(start).toISOString(), end: index < items.length ? null : end };
  });
  const ids = await putExecutions(machine, spans);
  // Every third item uses one of an earlier lot, through a lot of its own.
  const uses: (readonly [from: string, to: string])[] = [];
  for (const [index, item] of items.slice(20).entries()) {
    const lot = lots[Math.floor(index / 20)];
    if (index % 3 > 0 || lot === undefined) continue;
    await install(api, item, { lot });
    uses.push([lot.id, item.id]);
  }
  const members = items.map((item, index) => [lots[Math.floor(index / 20)]?.id, item.id] as const);
  const reachable = (starts: readonly string[]): readonly string[] => {
    const seen = new Set(starts);
    for (const node of seen) for (const [from, to] of [...uses, ...members]) if (from === node) seen.add(to);
    return [...seen].toSorted();
  };
  for (let round = 0; round < 40; round += 1) {
    const [from, to] = [time(), time() + 1].toSorted((a, b) => a - b).map((each) => new Date(each).toISOString());
    if (from === undefined || to === undefined || from === to) continue;
    const inside = spans
      .map(({ item, start, end }, index) => ({ item, start, end, id: ids[index] ?? '' }))
      .filter(({ start, end }) => start < to && (end === null || end > from));
    const found = await equipmentWindowOf(machine, from, to, ', descendants: true');
    expect([round, idsOf(found.executions)]).toEqual([round, idsOf(inside)]);
    expect([round, idsOf(found.nodes)]).toEqual([round, reachable(inside.map(({ item }) => item.id))]);
  }
});

test('an equipment window takes as many statements for 1, 10 and 100 executions (TRC-3)', async () => {
  const counts: number[] = [];
  for (const quantity of [1, 10, 100]) {
    const machine = await newMachine();
    const items = await makeItems(api, await world.newLot(), quantity);
    await putExecutions(
      machine,
      items.map((item) => ({ item, start: at('08:00:00.000'), end: at('08:30:00.000') })),
    );
    const { data, statements } = await api.ask(
      `{ equipmentWindow(equipment: { code: "${machine.number.toLowerCase()}" }, period: { from: "${at('08:00:00.000')}", to: "${at('09:00:00.000')}" }, descendants: true) { executions { attempt } nodes { number containsHeld } edges { kind } nodeCount executionCount serialCount lotCount } }`,
    );
    expect(data.equipmentWindow).toMatchObject({ executionCount: quantity, nodeCount: quantity, lotCount: 1 });
    counts.push(statements);
  }
  expect(counts).toEqual([3, 3, 3]);
});

test('a machine that does not exist has no equipment window, one without work an empty one; a period has a form (TRC-3)', async () => {
  const idle = await newMachine();
  const period = `period: { from: "${at('08:00:00.000')}", to: "${at('09:00:00.000')}" }`;
  const { data } = await api.ask(
    `{ none: equipmentWindow(equipment: { code: "NOBODY" }, ${period}) { nodeCount } idle: equipmentWindow(equipment: { id: "${idle.id}" }, ${period}, descendants: true) { executionCount nodeCount isTruncated units { number } } }`,
  );
  expect(data).toEqual({ none: null, idle: { executionCount: 0, nodeCount: 0, isTruncated: false, units: [] } });
  for (const [from, to] of [
    [at('09:00:00.000'), at('09:00:00.000')],
    ['2024-11-20T00:00:00Z', '2026-11-20T00:00:00Z'],
  ]) {
    const { errors } = await api.ask(
      `{ equipmentWindow(equipment: { id: "${idle.id}" }, period: { from: "${from}", to: "${to}" }) { nodeCount } }`,
    );
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', path: ['period'] } }]);
  }
});

test('an equipment window with more than 20,000 executions is refused, and asks for a shorter period (TRC-3)', async () => {
  const machine = await newMachine();
  const [item] = (await makeItems(api, await world.newLot(), 1)) as [Named];
  await api.database.reader().sql`
    INSERT INTO process_data (level, lot_id, wip_item_id, process_id, attempt, operator_id, equipment_id, result, started_at, completed_at)
    SELECT 'WIP', item.lot_id, item.id, ${uuidOf(world.steps.mount)}::uuid, n, ${api.userIdOf('ADMIN')}::uuid, ${uuidOf(machine)}::uuid, 'REWORK',
           '2026-11-20 08:00Z'::timestamptz + n * interval '1 second', '2026-11-20 08:00Z'::timestamptz + n * interval '1 second'
    FROM wip_items item, generate_series(1, 20001) n WHERE item.id = ${uuidOf(item)}::uuid`;
  const { errors } = await api.ask(
    `{ equipmentWindow(equipment: { id: "${machine.id}" }, period: { from: "${at('00:00:00.000')}", to: "2026-11-21T00:00:00Z" }) { nodeCount } }`,
  );
  expect(errors).toMatchObject([
    {
      message: 'The answer has more than 20000 executions; ask for a shorter period.',
      extensions: { code: 'LIMIT_EXCEEDED', path: ['period'] },
    },
  ]);
});
