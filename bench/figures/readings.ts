/**
 * `npm run bench:readings -- [--executions 1000000] [--rounds 5]`: where the readings of executions are kept. The plant has
 * five readings for each execution, and three ways to read them are compared, by turns in one run:
 *
 * 1. `JSONB`: in the execution, as the product has them.
 * 2. `expression index`: the same, with an index of its own on the value of the code that is asked for.
 * 3. `narrow table`: a row for each reading, partitioned by month, with an index that covers value and limits. It is made in
 *    a schema of its own, which the server does not know.
 *
 * The questions are the summary of a code (KPI-16) and an X̄ chart (SPC-1), of a year and of 30 days. Then the cost of
 * writing is compared, with and without the rows of the narrow table in the same transaction, and the size on disk.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { Client } from 'pg';
import { median, type QualityPlant, spread, startQualityPlant } from '../quality/plant.ts';
import { makePlant } from './plant.ts';

const { values } = parseArgs({
  options: { executions: { type: 'string', default: '1000000' }, rounds: { type: 'string', default: '5' } },
});
const rounds = Number(values.rounds);
const READINGS = 5;
const WRITTEN = 5_000;

/** The value of the first reading with a code: an index can hold it. */
const FUNCTION = `
  CREATE FUNCTION bench_reading(measurements jsonb, code text) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN (jsonb_path_query_first(measurements, '$[*] ? (@.code == $code)', jsonb_build_object('code', code)) ->> 'value')::numeric`;
const EXPRESSION_INDEX = `CREATE INDEX ix_bench_reading ON process_data (process_id, completed_at, bench_reading(measurements, 'TEST_0')) WHERE result IS NOT NULL`;

/** What a figure needs of a reading without its execution: step, code, time, value, limits, and what a scope narrows. */
const NARROW: readonly string[] = [
  `CREATE SCHEMA bench`,
  `CREATE TABLE bench.measurement_readings (
     process_data_id uuid NOT NULL, position smallint NOT NULL, process_id uuid NOT NULL, code varchar(100) NOT NULL, completed_at timestamptz(3) NOT NULL,
     value numeric, text varchar(500), unit varchar(20), lower_limit numeric, upper_limit numeric, target numeric, attempt integer NOT NULL,
     lot_id uuid NOT NULL, equipment_id uuid, operator_id uuid NOT NULL, PRIMARY KEY (process_data_id, position, completed_at)
   ) PARTITION BY RANGE (completed_at)`,
  `DO $$ DECLARE month date; BEGIN
     FOR month IN SELECT generate_series(date_trunc('month', now() - interval '13 months'), now() + interval '1 month', interval '1 month') LOOP
       EXECUTE format('CREATE TABLE bench.%I PARTITION OF bench.measurement_readings FOR VALUES FROM (%L) TO (%L)', 'readings_' || to_char(month, 'YYYY_MM'), month, month + interval '1 month');
     END LOOP;
   END $$`,
];
const NARROW_INDEX = `CREATE INDEX ix_readings ON bench.measurement_readings (process_id, code, completed_at) INCLUDE (process_data_id, position, value, lower_limit, upper_limit)`;

/** The rows of the narrow table of executions that a condition on `d` selects. */
const rowsOf = (where: string): string => `
  INSERT INTO bench.measurement_readings
  SELECT d.id, r.position, d.process_id, r.reading ->> 'code', d.completed_at, (r.reading ->> 'value')::numeric, r.reading ->> 'text', r.reading ->> 'unit',
    (r.reading ->> 'lowerLimit')::numeric, (r.reading ->> 'upperLimit')::numeric, (r.reading ->> 'target')::numeric, d.attempt, d.lot_id, d.equipment_id, d.operator_id
  FROM process_data d CROSS JOIN LATERAL jsonb_array_elements(d.measurements) WITH ORDINALITY AS r(reading, position) WHERE ${where}`;

const STEP = `(SELECT id FROM processes WHERE code = 'TEST')`;

/** Each way as rows `id, position, completed_at, value, lower_limit, upper_limit` of the code TEST_0 from $1 to $2. */
const WAYS: Readonly<Record<string, string>> = {
  JSONB: `
    SELECT d.id, r.position, d.completed_at, (r.reading ->> 'value')::numeric AS value, (r.reading ->> 'lowerLimit')::numeric AS lower_limit, (r.reading ->> 'upperLimit')::numeric AS upper_limit
    FROM process_data d CROSS JOIN LATERAL jsonb_array_elements(d.measurements) WITH ORDINALITY AS r(reading, position)
    WHERE d.result IS NOT NULL AND d.process_id = ${STEP} AND d.completed_at >= $1 AND d.completed_at < $2 AND r.reading ->> 'code' = 'TEST_0'`,
  'expression index': `
    SELECT d.id, 1 AS position, d.completed_at, bench_reading(d.measurements, 'TEST_0') AS value, 0.9 AS lower_limit, 1.1 AS upper_limit
    FROM process_data d WHERE d.result IS NOT NULL AND d.process_id = ${STEP} AND d.completed_at >= $1 AND d.completed_at < $2 AND bench_reading(d.measurements, 'TEST_0') IS NOT NULL`,
  'narrow table': `
    SELECT process_data_id AS id, position, completed_at, value, lower_limit, upper_limit FROM bench.measurement_readings
    WHERE process_id = ${STEP} AND code = 'TEST_0' AND completed_at >= $1 AND completed_at < $2 AND value IS NOT NULL`,
};

const QUESTIONS: Readonly<Record<string, (readings: string) => string>> = {
  'measurementSummary (KPI-16)': (readings) => `
    SELECT count(*)::int AS proof, sum(value), sum(value * value), min(value), max(value), percentile_cont(0.5) WITHIN GROUP (ORDER BY value::float8),
      count(*) FILTER (WHERE value BETWEEN lower_limit AND upper_limit) FROM (${readings} OFFSET 0) AS item`,
  'X̄ and R chart (SPC-1)': (readings) => `
    SELECT count(*)::int AS proof FROM (
      SELECT place / 5 AS part, sum(value), sum(value * value), max(value) - min(value), min(completed_at), max(completed_at)
      FROM (SELECT item.*, row_number() OVER (ORDER BY completed_at, id, position) - 1 AS place FROM (${readings}) AS item) AS placed GROUP BY 1) AS part`,
};

interface Run {
  readonly milliseconds: number;
  readonly processor: number;
}

async function timed(plant: QualityPlant, run: () => Promise<unknown>): Promise<Run> {
  const [spent, began] = [plant.spent(), performance.now()];
  await run();
  return { milliseconds: performance.now() - began, processor: plant.spent().postgres - spent.postgres };
}

/** Times all ways by turns; the first round warms everything up. */
async function byTurns(
  plant: QualityPlant,
  ways: Readonly<Record<string, () => Promise<unknown>>>,
): Promise<Readonly<Record<string, readonly Run[]>>> {
  const runs: Record<string, Run[]> = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
  for (let round = -1; round < rounds; round += 1)
    for (const [way, run] of Object.entries(ways)) {
      const one = await timed(plant, run);
      if (round >= 0) runs[way]?.push(one);
    }
  return runs;
}

const times = (runs: readonly Run[]): readonly number[] => runs.map(({ milliseconds }) => milliseconds);

async function measureReading(
  plant: QualityPlant,
  client: Client,
  spans: Readonly<Record<string, readonly [string, string]>>,
): Promise<void> {
  const table: Record<string, object> = {};
  for (const [span, parameters] of Object.entries(spans))
    for (const [question, sqlOf] of Object.entries(QUESTIONS)) {
      const proofs = new Set<number>();
      const ask = (readings: string) => async (): Promise<void> => {
        const { rows } = await client.query<{ proof: number }>(sqlOf(readings), [...parameters]);
        proofs.add(rows[0]?.proof ?? 0);
      };
      const runs = await byTurns(
        plant,
        Object.fromEntries(Object.entries(WAYS).map(([way, readings]) => [way, ask(readings)])),
      );
      if (proofs.size !== 1) throw new Error(`${question}: the answers differ: ${[...proofs].join(', ')}.`);
      for (const [way, readings] of Object.entries(WAYS)) {
        const of = runs[way] ?? [];
        table[`${question}, ${span}: ${way}`] = {
          ms: spread(times(of), 0),
          'of JSONB': (median(times(of)) / median(times(runs['JSONB'] ?? []))).toFixed(2),
          'processor ms': median(of.map(({ processor }) => processor)).toFixed(0),
          'pages read': await pagesOf(client, sqlOf(readings), parameters),
        };
      }
    }
  console.table(table);
}

/** The pages of 8 kB that a statement looks at. */
async function pagesOf(client: Client, text: string, parameters: readonly string[]): Promise<number> {
  const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, [...parameters]);
  const { Plan: plan } = rows[0]['QUERY PLAN'][0];
  return plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
}

/** Records executions again, as copies with other units, with and without the rows of the narrow table. */
async function measureWriting(plant: QualityPlant, client: Client): Promise<void> {
  const copy = `
    INSERT INTO process_data (level, lot_id, process_id, attempt, operator_id, equipment_id, result, measurements, started_at, completed_at)
    SELECT 'LOT', gen_random_uuid(), process_id, 1, operator_id, equipment_id, 'PASS', measurements, started_at, completed_at
    FROM process_data WHERE result = 'PASS' ORDER BY completed_at DESC LIMIT ${WRITTEN}`;
  const log: Record<string, number[]> = {};
  const write = (way: string, isIndexed: boolean, more: string | undefined) => async (): Promise<void> => {
    await client.query('BEGIN');
    if (!isIndexed) await client.query('DROP INDEX ix_bench_reading');
    const { rows: before } = await client.query('SELECT pg_current_wal_insert_lsn() AS at');
    await client.query(more === undefined ? copy : `WITH d AS (${copy} RETURNING *) ${more}`);
    const { rows: after } = await client.query(
      'SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), $1)::float8 AS bytes',
      [before[0].at],
    );
    await client.query('ROLLBACK');
    (log[way] ??= []).push(after[0].bytes);
  };
  const names = ['JSONB', 'expression index', 'narrow table'] as const;
  const runs = await byTurns(plant, {
    JSONB: write('JSONB', false, undefined),
    'expression index': write('expression index', true, undefined),
    'narrow table': write('narrow table', false, rowsOf('TRUE').replace('FROM process_data d', 'FROM d')),
  });
  const base = median(times(runs['JSONB'] ?? []));
  console.table(
    Object.fromEntries(
      names.map((way) => [
        way,
        {
          [`ms for ${WRITTEN} executions`]: spread(times(runs[way] ?? []), 0),
          'of JSONB': (median(times(runs[way] ?? [])) / base).toFixed(2),
          'processor ms': median((runs[way] ?? []).map(({ processor }) => processor)).toFixed(0),
          'bytes of WAL per execution': (median(log[way] ?? []) / WRITTEN).toFixed(0),
        },
      ]),
    ),
  );
}

async function measureSize(client: Client): Promise<void> {
  const { rows } = await client.query(`
    SELECT pg_table_size('process_data') / 1e6 AS executions, pg_indexes_size('process_data') / 1e6 AS indexes, pg_relation_size('ix_bench_reading') / 1e6 AS expression,
      (SELECT sum(pg_column_size(measurements)) / 1e6 FROM process_data) AS json, pg_relation_size('ix_process_data_measurements') / 1e6 AS gin,
      sum(pg_table_size(relid)) / 1e6 AS narrow, sum(pg_indexes_size(relid)) / 1e6 AS "narrowIndexes", (SELECT count(*)::int FROM bench.measurement_readings) AS readings
    FROM pg_partition_tree('bench.measurement_readings')`);
  console.log(
    'Megabytes:',
    Object.fromEntries(Object.entries(rows[0]).map(([name, size]) => [name, Math.round(Number(size))])),
  );
}

const plant = await startQualityPlant();
try {
  const client = await plant.connect();
  const made = await makePlant(client, { executions: Number(values.executions), readings: READINGS }, console.log);
  await client.query(`SET jit = off; SET timezone = 'UTC'; SET maintenance_work_mem = '1GB'`);
  for (const statement of [FUNCTION, EXPRESSION_INDEX, ...NARROW]) await client.query(statement);
  const filled = await timed(plant, () => client.query(rowsOf('d.completed_at IS NOT NULL')));
  const indexed = await timed(plant, () => client.query(NARROW_INDEX));
  await client.query('VACUUM (ANALYZE)');
  console.log(
    `The narrow table of ${made.executions} executions took ${(filled.milliseconds / 1000).toFixed(0)} s, its index ${(indexed.milliseconds / 1000).toFixed(0)} s.`,
  );
  const month = new Date(Date.parse(made.to) - 30 * 86_400_000).toISOString();
  await measureReading(plant, client, { 'a year': [made.from, made.to], '30 days': [month, made.to] });
  await client.query('SET session_replication_role = replica');
  await measureWriting(plant, client);
  await measureSize(client);
  console.log(`${rounds} rounds, a load of ${loadavg()[0]?.toFixed(1)}.`);
} finally {
  await plant.stop();
}
