/** A factory with steps of every level, for tests of work on units. */
import { graphql } from 'graphql';
import pg from 'pg';
import { expect } from 'vitest';
import { contextFor } from '../../src/app/request/context.ts';
import { schema } from '../../src/app/schema.ts';
import type { Viewer } from '../../src/platform/rules/access.ts';
import type { Answer, Api } from './api.ts';
import {
  completeItems,
  makeItems,
  makeLine,
  makeLot,
  makeModel,
  makeSerials,
  makeStep,
  uuidOf,
  type Named,
  type Step,
} from './build.ts';
import { done, type Payload } from './expect.ts';

export interface Floor {
  /** Steps of the lot. */
  readonly kit: Step;
  /** Steps of the items; the last one turns an item into a serial. */
  readonly mount: Step;
  readonly test: Step;
  readonly mark: Step;
  /** Steps of the serials. */
  readonly burnIn: Step;
  readonly final: Step;
}

/**
 * 5 KIT on lots; 10 MOUNT, 20 TEST, 30 MARK on items; 50 BURN_IN, 60 FINAL on serials; the model PSA and the line KR01.
 */
export async function makeFloor(api: Api): Promise<Floor> {
  await makeModel(api);
  await makeLine(api);
  return {
    kit: await makeStep(api, 5, 'KIT', { level: 'LOT' }),
    mount: await makeStep(api, 10, 'MOUNT'),
    test: await makeStep(api, 20, 'TEST'),
    mark: await makeStep(api, 30, 'MARK', { type: 'SERIAL_CONVERSION' }),
    burnIn: await makeStep(api, 50, 'BURN_IN', { level: 'SERIAL' }),
    final: await makeStep(api, 60, 'FINAL', { level: 'SERIAL' }),
  };
}

/** A new lot with one item. */
export async function oneItem(api: Api, lotInput: object = {}): Promise<{ readonly lot: Named; readonly item: Named }> {
  const lot = await makeLot(api, lotInput);
  const [item] = await makeItems(api, lot, 1);
  if (item === undefined) throw new Error('No item was made.');
  return { lot, item };
}

/** A new lot with one serial, CREATED. */
export async function oneSerial(
  api: Api,
  { mount, test }: Floor,
  lotInput: object = {},
): Promise<{ readonly lot: Named; readonly serial: Named }> {
  const lot = await makeLot(api, lotInput);
  const [serial] = await makeSerials(api, lot, 1, [mount, test]);
  if (serial === undefined) throw new Error('No serial was made.');
  return { lot, serial };
}

/** A new lot with one COMPLETED item. */
export async function oneCompletedItem(
  api: Api,
  { mount, test }: Floor,
  lotInput: object = {},
): Promise<{ readonly lot: Named; readonly item: Named }> {
  const made = await oneItem(api, lotInput);
  await completeItems(api, [made.item], [mount, test]);
  return made;
}

export async function start(
  api: Api,
  unit: Named,
  step: Step,
  input: object = {},
): Promise<{ readonly id: string; readonly startedAt: string }> {
  const { processData } = await done(
    api,
    'startProcess',
    { unit: { id: unit.id }, process: { id: step.id }, ...input },
    'processData { id startedAt }',
  );
  return processData;
}

/** Records a result, a PASS by default. A FAIL has the defect BENT unless others are given. */
export async function record(
  api: Api,
  unit: Named,
  step: Step,
  input: { readonly result?: string; readonly [field: string]: unknown } = {},
  selection = '',
): Promise<Payload> {
  const result = input.result ?? 'PASS';
  const defects = result === 'FAIL' ? { defects: [{ code: 'BENT' }] } : {};
  return done(
    api,
    'recordProcessData',
    { unit: { id: unit.id }, process: { id: step.id }, result, ...defects, ...input },
    `processData { id version attempt startedAt } ${selection}`,
  );
}

export async function statusOf(api: Api, unit: Named): Promise<string> {
  const answer = await api.ask(
    'query ($id: ID!) { node(id: $id) { ... on Lot { lot: status } ... on WipItem { item: status } ... on Serial { serial: status } } }',
    { id: unit.id },
  );
  const { lot, item, serial } = answer.data.node;
  return lot ?? item ?? serial;
}

/** Executes a request as a station that has no key yet: through the same schema, without HTTP. */
export async function askAsStation(
  api: Api,
  station: { readonly id: string; readonly code: string },
  document: string,
  variables: object = {},
): Promise<Answer> {
  const viewer: Viewer = { kind: 'STATION', id: uuidOf(station) ?? '', code: station.code };
  const contextValue = contextFor(api.services, viewer);
  const { data, errors } = await graphql({ schema, source: document, variableValues: { ...variables }, contextValue });
  return {
    status: 200,
    data: JSON.parse(JSON.stringify(data ?? null)),
    errors: (errors ?? []) as unknown as Answer['errors'],
    statements: contextValue.db.statements,
  };
}

/** Runs `meanwhile` while another transaction has run `sql`; commits it once the other side waits for a lock. */
export async function committedFirst<T>(
  api: Api,
  sql: string,
  values: readonly unknown[],
  meanwhile: () => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: api.databaseUrl });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query(sql, [...values]);
    const answer = meanwhile();
    await expect
      .poll(
        async () =>
          (
            await client.query(
              "SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
            )
          ).rows[0].count,
      )
      .toBeGreaterThan(0);
    await client.query('COMMIT');
    return await answer;
  } finally {
    await client.end();
  }
}

export const PAYLOAD = `processData {
  level result isOpen attempt notes verdict defectCount defectQuantity durationSeconds version
  measurements { code value text unit lowerLimit upperLimit target verdict } defects { code description severity location quantity }
}`;

/** An instant this many milliseconds from now, by this machine's clock. */
export function fromNow(milliseconds: number): string {
  return new Date(Date.now() + milliseconds).toISOString();
}
