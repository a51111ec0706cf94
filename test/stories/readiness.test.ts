/**
 * The readiness of a unit and the start of a step apply the same rules. A generator with a fixed seed makes 2,000
 * states of a factory: lots in every status and disposition, items and serials in every status, with any history, also
 * histories that no command would leave; for any step, on any equipment, by several roles. The lots are made by the
 * factory route and by two routes of their model, with optional steps, equipment types and other limits; some were moved
 * there from another one. In each state the answer "ready" is compared with the result of the start.
 */
import { v7 as uuid7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROLES, type Role } from '../../src/platform/rules/access.ts';
import { encodeGlobalId } from '../../src/platform/values/global-id.ts';
import { startApi, type Api } from '../support/api.ts';
import { makeLine, makeModel, makeStep, uuidOf, type Step } from '../support/build.ts';
import { done } from '../support/expect.ts';
import { makeReleased, type StepOfRoute } from '../support/routes.ts';

const STATES = 2_000;
const SEED = 20_261_120;

type Level = 'LOT' | 'WIP' | 'SERIAL';
interface Route {
  /** Null for the factory route. */
  readonly id: string | null;
  readonly LOT: readonly Step[];
  readonly WIP: readonly Step[];
  readonly SERIAL: readonly Step[];
}
interface Execution {
  readonly step: Step;
  readonly attempt: number;
  readonly result: 'PASS' | 'FAIL' | 'REWORK' | null;
}
interface State {
  readonly type: 'Lot' | 'WipItem' | 'Serial';
  readonly unit: string;
  readonly step: Step;
  readonly equipment: string | null;
  readonly role: Role;
}

let api: Api;
let routes: readonly Route[];
beforeAll(async () => {
  api = await startApi();
  await makeModel(api);
  await makeLine(api);
  const factory: Route = {
    id: null,
    LOT: [
      await makeStep(api, 1, 'KIT', { level: 'LOT' }),
      await makeStep(api, 2, 'CHECK', { level: 'LOT', maxAttempts: 1 }),
    ],
    WIP: [
      await makeStep(api, 10, 'MOUNT'),
      await makeStep(api, 20, 'SOLDER', { maxAttempts: 2 }),
      await makeStep(api, 25, 'OLD', { isActive: false }),
      await makeStep(api, 30, 'TEST'),
      await makeStep(api, 40, 'MARK', { type: 'SERIAL_CONVERSION' }),
    ],
    SERIAL: [
      await makeStep(api, 50, 'BURN_IN', { level: 'SERIAL' }),
      await makeStep(api, 60, 'FINAL', { level: 'SERIAL', maxAttempts: 3 }),
    ],
  };
  const others = await makeOtherSteps();
  routes = [
    factory,
    await makeRoute(factory, others, [
      [5, 'CHECK', { maxAttempts: 2 }],
      [10, 'TEST'],
      [20, 'POLISH', { isOptional: true }],
      [30, 'MOUNT', { maxAttempts: 2 }],
      [35, 'GLUE', { equipmentTypes: ['PRESS'] }],
      [40, 'STAMP'],
      [50, 'AGE', { isOptional: true, maxAttempts: 1 }],
      [60, 'FINAL', { equipmentTypes: ['OVEN', 'PRESS'] }],
    ]),
    await makeRoute(factory, others, [
      [1, 'PACK', { isOptional: true }],
      [2, 'MOUNT', { isOptional: true, equipmentTypes: ['OVEN'] }],
      [3, 'POLISH'],
      [4, 'SOLDER', { isOptional: true, maxAttempts: 1 }],
      [999, 'CLEAN'],
    ]),
  ];
  await done(api, 'createEquipment', { code: 'HOT', name: 'HOT', type: 'OVEN' }, 'equipment { id }');
  for (const [code, changes] of Object.entries({
    FREE: {},
    DUE: { nextMaintenanceOn: '2026-01-01' },
    OFF: { isActive: false },
  })) {
    await done(api, 'createEquipment', { code, name: code, type: 'PRESS', ...changes }, 'equipment { id }');
  }
  await done(api, 'createEquipment', { code: 'DOWN', name: 'DOWN', type: 'PRESS' }, 'equipment { id }');
  await done(api, 'changeEquipmentStatus', { equipment: { code: 'DOWN' }, status: 'MAINTENANCE' }, 'equipment { id }');
});
afterAll(() => api.close());

/** Steps that are not part of the factory route. */
async function makeOtherSteps(): Promise<Omit<Route, 'id'>> {
  const make = (number: number, code: string, input: object = {}): Promise<Step> =>
    makeStep(api, number, code, { isInFactoryRoute: false, ...input });
  return {
    LOT: [await make(105, 'PACK', { level: 'LOT' })],
    WIP: [
      await make(120, 'POLISH', { maxAttempts: 2 }),
      await make(130, 'GLUE'),
      await make(135, 'CLEAN'),
      await make(140, 'STAMP', { type: 'SERIAL_CONVERSION' }),
    ],
    SERIAL: [await make(150, 'AGE', { level: 'SERIAL' })],
  };
}

/** A released route; the one before it is retired. */
async function makeRoute(factory: Route, others: Omit<Route, 'id'>, steps: readonly StepOfRoute[]): Promise<Route> {
  const { id } = await makeReleased(api, steps);
  const chosen = (level: Level): readonly Step[] =>
    steps.flatMap(([, code]) => [...factory[level], ...others[level]].filter((step) => step.code === code));
  return { id: uuidOf({ id }), LOT: chosen('LOT'), WIP: chosen('WIP'), SERIAL: chosen('SERIAL') };
}

test(`a unit is ready exactly when its start succeeds, and otherwise for exactly the same reasons, in ${STATES} states over three routes (PD-16, RTE-6, RTE-8)`, {
  timeout: 300_000,
}, async () => {
  const states = await makeStates();
  const groups = ROLES.flatMap((role) =>
    chunks(
      states.filter((state) => state.role === role),
      10,
    ),
  );

  const verdicts = (await inParallel(8, groups, judged)).flat();

  const wrong = verdicts.filter(
    ({ isReady, isStarted, objections, rejections, role }) =>
      isReady !== isStarted || (role !== 'VIEWER' && objections !== rejections),
  );
  expect(wrong).toEqual([]);
  expect(verdicts).toHaveLength(STATES);
  expect(verdicts.filter(({ isReady }) => isReady)).toHaveLength(350);
  const rules = new Set(verdicts.flatMap(({ objections }) => objections.split(' ')).filter((rule) => rule !== ''));
  expect([...rules].toSorted()).toEqual([
    'EQP-4',
    'LOT-7',
    'PD-15',
    'PD-16',
    'PD-17',
    'PD-5',
    'PD-6',
    'PD-8',
    'PD-9',
    'RTE-6',
    'RTE-8',
    'WIP-8',
  ]);
});

interface Verdict {
  readonly isReady: boolean;
  readonly isStarted: boolean;
  readonly objections: string;
  readonly rejections: string;
  readonly role: Role;
  readonly what: string;
}

/** Queries the readiness of some states, then starts each, by one role. */
async function judged(states: readonly State[]): Promise<readonly Verdict[]> {
  const [role] = states.map((state) => state.role);
  const argumentsOf = ({ type, unit, step, equipment }: State): string =>
    `unit: { id: "${encodeGlobalId(type, unit)}" }, process: { number: ${step.number} }${equipment === null ? '' : `, equipment: { code: "${equipment}" }`}`;
  const readinessAnswers = await api.ask(
    `{ ${states.map((state, index) => `a${index}: unitReadiness(${argumentsOf(state)}) { isReady checks { rule isPassed } }`).join(' ')} }`,
    {},
    role,
  );
  const started = await api.ask(
    `mutation { ${states.map((state, index) => `a${index}: startProcess(input: { ${argumentsOf(state)} }) { processData { id } errors { rule } }`).join(' ')} }`,
    {},
    role,
  );
  expect([...readinessAnswers.errors, ...started.errors]).toEqual([]);
  return states.map((state, index) => {
    const [readiness, start] = [readinessAnswers.data[`a${index}`], started.data[`a${index}`]];
    return {
      isReady: readiness.isReady,
      isStarted: start.processData !== null,
      objections: rulesOf(readiness.checks.filter((check: { isPassed: boolean }) => !check.isPassed)),
      rejections: rulesOf(start.errors),
      role: state.role,
      what: argumentsOf(state),
    };
  });
}

async function makeStates(): Promise<readonly State[]> {
  const pick = picker(SEED);
  const lots: object[] = [];
  const items: object[] = [];
  const serials: object[] = [];
  const executions: object[] = [];
  const steps = [...new Set(routes.flatMap((route) => [...route.LOT, ...route.WIP, ...route.SERIAL]))];

  const lotOf = (isLive: boolean, route: Route): string => {
    const id = uuid7();
    const n = lots.length;
    const status = isLive ? 'IN_PROGRESS' : pick(['CREATED', 'IN_PROGRESS', 'COMPLETED', 'CLOSED']);
    const disposition = isLive
      ? pick(['UNDECIDED', 'RELEASED'])
      : pick(['UNDECIDED', 'UNDECIDED', 'QUARANTINED', 'RELEASED', 'REJECTED']);
    lots.push({
      id,
      number: `KR01PSA${String(1001 + Math.floor(n / 99)).padStart(4, '0')}${String(1 + (n % 99)).padStart(2, '0')}`,
      status,
      disposition,
      route_id: route.id,
    });
    return id;
  };
  /** The work that was done by the route of the lot; one in six lots was moved there from another route. */
  const work = (
    level: Level,
    route: Route,
    unit: { lot: string; item: string | null; serial: string | null },
  ): Step => {
    const [followed = route] = [pick([route, route, route, route, route, pick(routes)]), ...routes].filter(
      (each) => each[level].length > 0,
    );
    const { history, next } = historyOf(followed[level], pick);
    for (const { step, attempt, result } of history) {
      executions.push({
        id: uuid7(),
        level,
        lot_id: unit.lot,
        wip_item_id: unit.item,
        serial_id: unit.serial,
        process_id: uuidOf(step),
        attempt,
        result,
      });
    }
    return pick([true, true, true, true, true, true, false]) ? next : pick(steps);
  };
  const shared = Array.from({ length: 60 }, (_, index) => {
    const route = pick(routes);
    return { id: lotOf(index % 8 !== 0, route), route };
  });

  const states = Array.from({ length: STATES }, (_, index): State => {
    const request = {
      equipment: pick([null, null, null, null, 'FREE', 'FREE', 'FREE', 'DUE', 'OFF', 'DOWN', 'HOT', 'HOT']),
      role: pick<Role>(['ADMIN', 'ADMIN', 'ADMIN', 'ENGINEER', 'OPERATOR', 'OPERATOR', 'INSPECTOR', 'VIEWER']),
    };
    const level = pick<Level>(['LOT', 'WIP', 'WIP', 'WIP', 'SERIAL', 'SERIAL']);
    if (level === 'LOT') {
      const route = pick(routes);
      const lot = lotOf(pick([true, false]), route);
      return { type: 'Lot', unit: lot, step: work(level, route, { lot, item: null, serial: null }), ...request };
    }
    const [{ id: lot, route }, item] = [pick(shared), uuid7()];
    const status =
      level === 'SERIAL'
        ? 'CONVERTED'
        : pick(['CREATED', 'IN_PROGRESS', 'IN_PROGRESS', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'CONVERTED']);
    items.push({ id: item, lot_id: lot, sequence: index + 1, status });
    if (level === 'WIP')
      return { type: 'WipItem', unit: item, step: work(level, route, { lot, item, serial: null }), ...request };
    const serial = uuid7();
    serials.push({
      id: serial,
      lot_id: lot,
      wip_item_id: item,
      sequence: index + 1,
      status: pick(['CREATED', 'IN_PROGRESS', 'IN_PROGRESS', 'IN_PROGRESS', 'PASSED', 'FAILED']),
    });
    return { type: 'Serial', unit: serial, step: work(level, route, { lot, item, serial }), ...request };
  });
  await insert(lots, items, serials, executions);
  return states;
}

const MOSTLY_PASSED = ['PASS', 'PASS', 'PASS', 'PASS', 'PASS', 'PASS', 'PASS', 'PASS', 'PASS', 'NOTHING'] as const;
const MOSTLY_TO_DO = ['NOTHING', 'NOTHING', 'NOTHING', 'NOTHING', 'PASS', null] as const;

/**
 * Steps that were carried out one after the other up to some step, with failures, and now and then one that was left
 * out; and the step after them.
 */
function historyOf(
  steps: readonly Step[],
  pick: Pick,
): { readonly history: readonly Execution[]; readonly next: Step } {
  const place = pick(steps.map((_, index) => index));
  const history = steps.slice(0, place + 1).flatMap((step, index): readonly Execution[] => {
    const before = pick([0, 0, 0, 1, 2]);
    const attempts = Array.from(
      { length: before },
      (_, attempt): Execution => ({ step, attempt: attempt + 1, result: pick(['FAIL', 'REWORK']) }),
    );
    const last = pick<'PASS' | 'NOTHING' | null>(index < place ? MOSTLY_PASSED : MOSTLY_TO_DO);
    return last === 'NOTHING' ? attempts : [...attempts, { step, attempt: before + 1, result: last }];
  });
  const next = steps[place];
  if (next === undefined) throw new Error('A route has steps.');
  return { history, next };
}

async function insert(
  lots: readonly object[],
  items: readonly object[],
  serials: readonly object[],
  executions: readonly object[],
): Promise<void> {
  const db = api.database.reader();
  await db.sql`
    INSERT INTO lots (id, number, product_model_id, production_line_id, production_date, target_quantity, status, disposition, disposition_reason, disposition_at, started_at, completed_at, closed_at, route_id)
    SELECT l.id, l.number, (SELECT id FROM product_models), (SELECT id FROM production_lines), '2026-11-20', 100, l.status, l.disposition,
           CASE WHEN l.disposition <> 'UNDECIDED' THEN 'Because' END, CASE WHEN l.disposition <> 'UNDECIDED' THEN now() END,
           CASE WHEN l.status <> 'CREATED' THEN now() END, CASE WHEN l.status IN ('COMPLETED', 'CLOSED') THEN now() END, CASE WHEN l.status = 'CLOSED' THEN now() END, l.route_id
    FROM jsonb_to_recordset(${JSON.stringify(lots)}::jsonb) AS l(id uuid, number text, status lot_status, disposition lot_disposition, route_id uuid)`;
  await db.sql`
    INSERT INTO wip_items (id, number, lot_id, sequence, status, completed_at, converted_at)
    SELECT i.id, 'WIP-' || l.number || '-' || to_char(i.sequence, 'FM0000'), i.lot_id, i.sequence, i.status,
           CASE WHEN i.status IN ('COMPLETED', 'CONVERTED') THEN now() END, CASE WHEN i.status = 'CONVERTED' THEN now() END
    FROM jsonb_to_recordset(${JSON.stringify(items)}::jsonb) AS i(id uuid, lot_id uuid, sequence int, status wip_item_status) JOIN lots l ON l.id = i.lot_id`;
  await db.sql`
    INSERT INTO serials (id, number, lot_id, wip_item_id, sequence, status, max_reworks, completed_at, failure_reason)
    SELECT s.id, l.number || to_char(s.sequence, 'FM00000'), s.lot_id, s.wip_item_id, s.sequence, s.status, 3,
           CASE WHEN s.status IN ('PASSED', 'FAILED') THEN now() END, CASE WHEN s.status = 'FAILED' THEN 'Cracked' END
    FROM jsonb_to_recordset(${JSON.stringify(serials)}::jsonb) AS s(id uuid, lot_id uuid, wip_item_id uuid, sequence int, status serial_status) JOIN lots l ON l.id = s.lot_id`;
  await db.sql`
    INSERT INTO process_data (id, level, lot_id, wip_item_id, serial_id, process_id, attempt, operator_id, result, defects, started_at, completed_at)
    SELECT e.id, e.level, e.lot_id, e.wip_item_id, e.serial_id, e.process_id, e.attempt, ${api.userIdOf('ADMIN')}::uuid, e.result,
           CASE WHEN e.result = 'FAIL' THEN '[{"code": "BENT"}]' ELSE '[]' END::jsonb, now(), CASE WHEN e.result IS NOT NULL THEN now() END
    FROM jsonb_to_recordset(${JSON.stringify(executions)}::jsonb)
      AS e(id uuid, level process_level, lot_id uuid, wip_item_id uuid, serial_id uuid, process_id uuid, attempt int, result process_result)`;
}

type Pick = <Value>(values: readonly Value[]) => Value;

/** A pseudo-random choice that is the same in every run (mulberry32). */
function picker(seed: number): Pick {
  let state = seed;
  return (values) => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    const value = values[((bits ^ (bits >>> 14)) >>> 0) % values.length];
    if (value === undefined) throw new Error('There is nothing to pick from.');
    return value;
  };
}

function rulesOf(entries: readonly { readonly rule: string | null }[]): string {
  return entries.map(({ rule }) => rule).join(' ');
}

function chunks<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

async function inParallel<Item, Result>(
  width: number,
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const queue = [...items];
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) results.push(await work(item));
    }),
  );
  return results;
}
