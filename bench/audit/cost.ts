/**
 * `npm run bench:audit -- [--lots 400] [--rounds 10] [--connections 8] [--only recordProcessData]`: the cost that the
 * audit trail adds to a write.
 *
 * 1. Server, database and audit sealer are the same all the time. "Without" means that the owner of the tables has
 *    switched the audit triggers off.
 * 2. Each kind of write is measured in short slices with a fixed number of writes, alternating with and without audit;
 *    the order changes from round to round. Each pair of neighbouring slices gives one ratio, so that other load of the
 *    machine and the growing database affect both in the same way.
 * 3. The cost is the processor time of Node.js and of all PostgreSQL processes, until the entries of the slice are
 *    sealed, divided by the number of writes. Every unit passes each step once, as on a real shop floor.
 */
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { startEmbeddedServer } from '../../src/platform/embedded-postgres/server.ts';
import { startPlant, type Plant } from './plant.ts';
import { makeWork, type Readings, type Task } from './tasks.ts';

const { values } = parseArgs({
  options: {
    lots: { type: 'string', default: '400' },
    serials: { type: 'string', default: '50' },
    rounds: { type: 'string', default: '10' },
    connections: { type: 'string', default: '8' },
    only: { type: 'string', default: '' },
  },
});
const [rounds, connections] = [Number(values.rounds), Number(values.connections)];

/** A kind of write. One act uses a number of tasks and makes a number of writes. */
interface Write {
  readonly name: string;
  readonly actsOfSlice: number;
  readonly tasksOfAct: number;
  readonly writesOfAct: number;
  act(plant: Plant, tasks: readonly Task[], readings: Readings): Promise<void>;
}

const RECORD = `mutation ($input: RecordProcessDataInput!) { recordProcessData(input: $input) { processData { id result } errors { code message } } }`;
const START = `mutation ($input: StartProcessInput!) { startProcess(input: $input) { processData { id } errors { code message } } }`;
const COMPLETE = `mutation ($input: CompleteProcessInput!) { completeProcess(input: $input) { processData { id result } errors { code message } } }`;
const RECORD_BATCH = `mutation ($input: RecordProcessDataBatchInput!) { recordProcessDataBatch(input: $input) { succeededCount errors { code message } } }`;

const BATCH = 100;
const ROWS = 2_000;
const TWO_SEALER_PERIODS_MILLISECONDS = 2_100;
/** Greater than the attempts of earlier runs. */
let lastAttempt = Math.floor(Date.now() / 1_000);
let rowsToInsert: string | undefined;

const WRITES: readonly Write[] = [
  {
    name: 'recordProcessData',
    actsOfSlice: 400,
    tasksOfAct: 1,
    writesOfAct: 1,
    act: (plant, [task], readings) => mutate(plant, RECORD, { ...task, ...passed(task, readings) }),
  },
  {
    name: 'startProcess, completeProcess',
    actsOfSlice: 200,
    tasksOfAct: 1,
    writesOfAct: 2,
    async act(plant, [task], readings) {
      await mutate(plant, START, { ...task });
      await mutate(plant, COMPLETE, { ...task, ...passed(task, readings) });
    },
  },
  {
    name: `recordProcessDataBatch of ${BATCH}`,
    actsOfSlice: 8,
    tasksOfAct: BATCH,
    writesOfAct: BATCH,
    act: (plant, tasks, readings) =>
      mutate(plant, RECORD_BATCH, { items: tasks.map((task) => ({ ...task, ...passed(task, readings) })) }),
  },
  {
    name: `SQL alone, ${ROWS} rows a statement`,
    actsOfSlice: 4,
    tasksOfAct: 0,
    writesOfAct: ROWS,
    act: () => insertRows(),
  },
];

interface Slice {
  readonly cpu: number;
  readonly postgres: number;
  readonly p50: number;
}

interface Pair {
  readonly without: Slice;
  readonly with: Slice;
}

const plant = await startPlant({ lots: Number(values.lots), serials: Number(values.serials) });
const embedded = await startEmbeddedServer({ directory: plant.directory, log: () => undefined });
const owner = new Client({ connectionString: embedded.url });
try {
  await owner.connect();
  await compare();
} finally {
  await switchAudit('ENABLE');
  await owner.end();
  await plant.stop();
  await embedded.stop();
}

async function compare(): Promise<void> {
  await untilSealed();
  const writes = WRITES.filter(({ name }) => name.startsWith(values.only));
  // One additional round warms everything up and is not counted.
  const { tasks, readings } = await makeWork(
    plant,
    writes.reduce((sum, write) => sum + (rounds + 1) * 2 * write.actsOfSlice * write.tasksOfAct, 0),
  );
  const pairs = new Map(writes.map(({ name }): [string, Pair[]] => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const write of writes) {
      const slices = new Map<Audit, Slice>();
      for (const audit of round % 2 === 0 ? (['DISABLE', 'ENABLE'] as const) : (['ENABLE', 'DISABLE'] as const)) {
        await switchAudit(audit);
        slices.set(
          audit,
          await measure(
            write,
            readings,
            Array.from({ length: write.actsOfSlice }, () => tasks.splice(0, write.tasksOfAct)),
          ),
        );
      }
      const [without, audited] = [slices.get('DISABLE'), slices.get('ENABLE')];
      if (round > 0 && without !== undefined && audited !== undefined)
        pairs.get(write.name)?.push({ without, with: audited });
      console.log(
        `round ${round} of ${rounds}, ${write.name}: ${without?.cpu.toFixed(3)} ms without, ${audited?.cpu.toFixed(3)} ms with`,
      );
    }
  }
  await untilSealed();
  console.table(Object.fromEntries(writes.map((write) => [write.name, figures(pairs.get(write.name) ?? [])])));
  console.log(
    `${values.lots} lots of ${values.serials} serials, ${connections} connections, ${rounds} rounds, Node ${process.version}, ${await versionOfServer()}.`,
  );
  console.log(
    'Milliseconds of processor time (node and PostgreSQL, sealing included) of one write: median. Ratios: median of the rounds (lowest to highest).',
  );
}

type Audit = 'ENABLE' | 'DISABLE';

async function switchAudit(how: Audit): Promise<void> {
  const { rows } = await owner.query<{ statement: string }>(
    `SELECT format('ALTER TABLE %s ${how} TRIGGER %I', tgrelid::regclass, tgname) AS statement FROM pg_trigger WHERE tgfoid = 'write_audit'::regproc ORDER BY tgrelid`,
  );
  await owner.query(rows.map(({ statement }) => statement).join('; '));
}

/** Measures the cost of a write. Acts run in parallel, except sets of rows, which run one after another. */
async function measure(
  { act, writesOfAct }: Write,
  readings: Readings,
  acts: readonly (readonly Task[])[],
): Promise<Slice> {
  const before = plant.spent();
  const times: number[] = [];
  const left = [...acts];
  const worker = async (): Promise<void> => {
    for (let tasks = left.shift(); tasks !== undefined; tasks = left.shift()) {
      const start = performance.now();
      await act(plant, tasks, readings);
      times.push((performance.now() - start) / writesOfAct);
    }
  };
  await Promise.all(Array.from({ length: writesOfAct < BATCH ? connections : 1 }, worker));
  await sleep(TWO_SEALER_PERIODS_MILLISECONDS);
  const after = plant.spent();
  const writes = acts.length * writesOfAct;
  const [node, postgres] = [(after.node - before.node) / writes, (after.postgres - before.postgres) / writes];
  return { cpu: node + postgres, postgres, p50: median(times) };
}

function figures(pairs: readonly Pair[]): Readonly<Record<string, string>> {
  const text = (of: (pair: Pair) => number, digits: number): string => median(pairs.map(of)).toFixed(digits);
  const ratio = (of: (slice: Slice) => number): string => {
    const ratios = pairs.map((pair) => of(pair.with) / of(pair.without)).toSorted((a, b) => a - b);
    return `${median(ratios).toFixed(2)} (${ratios[0]?.toFixed(2)} to ${ratios.at(-1)?.toFixed(2)})`;
  };
  return {
    'ms without': text((pair) => pair.without.cpu, 3),
    'ms with': text((pair) => pair.with.cpu, 3),
    'of it postgres': `${text((pair) => pair.without.postgres, 3)} / ${text((pair) => pair.with.postgres, 3)}`,
    'cost ratio': ratio((slice) => slice.cpu),
    'p50 ms': `${text((pair) => pair.without.p50, 2)} / ${text((pair) => pair.with.p50, 2)}`,
    'p50 ratio': ratio((slice) => slice.p50),
  };
}

function passed(task: Task | undefined, readings: Readings) {
  return { result: 'PASS', measurements: readings.get(task?.process.code ?? '') ?? [] };
}

async function mutate({ ask }: Plant, document: string, input: object): Promise<void> {
  const { body } = await ask(document, { input });
  const [payload] = Object.values<{ errors: readonly unknown[] }>(body.data ?? {});
  if (payload?.errors.length !== 0) throw new Error(JSON.stringify(body));
}

/** Inserts a set of results with the statement of the simulation: the first passes of the plant, as later attempts. */
async function insertRows(): Promise<void> {
  rowsToInsert ??= (
    await owner.query<{ json: string }>(
      `SELECT json_agg(t)::text AS json FROM (SELECT * FROM process_data WHERE attempt = 1 AND result = 'PASS' ORDER BY id LIMIT ${ROWS}) AS t`,
    )
  ).rows[0]?.json;
  lastAttempt += 1;
  const columns =
    'level, lot_id, wip_item_id, serial_id, process_id, operator_id, equipment_id, measurements, defects, notes, started_at, completed_at';
  await owner.query(
    `INSERT INTO process_data (attempt, result, ${columns}) SELECT $2::int, 'REWORK', ${columns} FROM json_populate_recordset(NULL::process_data, $1::json)`,
    [rowsToInsert, lastAttempt],
  );
}

async function untilSealed(): Promise<void> {
  for (;;) {
    const { rows } = await owner.query<{ open: boolean }>(
      'SELECT EXISTS (SELECT FROM audit_entries e WHERE NOT EXISTS (SELECT FROM audit_positions p WHERE p.audit_entry_id = e.id)) AS open',
    );
    if (rows[0]?.open === false) return;
    await sleep(1_000);
  }
}

async function versionOfServer(): Promise<string> {
  const { rows } = await owner.query<{ version: string }>(
    `SELECT 'PostgreSQL ' || current_setting('server_version') AS version`,
  );
  return rows[0]?.version ?? '';
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}
