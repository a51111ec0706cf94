/**
 * The smallest valid world of a case, made through the graph's own mutations. What no mutation can make yet is written
 * in SQL.
 */
import type { Api } from './api.ts';
import { done } from './expect.ts';

export interface Named {
  readonly id: string;
  readonly number: string;
}

export interface Step {
  readonly id: string;
  readonly number: number;
  readonly code: string;
}

export async function makeModel(api: Pick<Api, 'ask'>, input: object = {}): Promise<{ id: string; code: string }> {
  const { productModel } = await done(
    api,
    'createProductModel',
    { code: 'PSA', name: 'Pressure sensor', ...input },
    'productModel { id code }',
  );
  return productModel;
}

export async function makeLine(api: Pick<Api, 'ask'>, input: object = {}): Promise<{ id: string; code: string }> {
  const { productionLine } = await done(
    api,
    'createProductionLine',
    { code: 'KR01', name: 'Line 1', ...input },
    'productionLine { id code }',
  );
  return productionLine;
}

export async function makeStep(api: Pick<Api, 'ask'>, number: number, code: string, input: object = {}): Promise<Step> {
  const { process } = await done(
    api,
    'createProcess',
    { number, code, name: code, ...input },
    'process { id number code }',
  );
  return process;
}

/** The manufacturing steps 10 MOUNT and 20 TEST, and the step 30 MARK, which gives the unit its serial. */
export async function makeRoute(api: Api): Promise<{ mount: Step; test: Step; mark: Step }> {
  const mount = await makeStep(api, 10, 'MOUNT');
  const test = await makeStep(api, 20, 'TEST');
  return { mount, test, mark: await makeStep(api, 30, 'MARK', { type: 'SERIAL_CONVERSION' }) };
}

/** A lot of the model PSA on the line KR01, which must exist. */
export async function makeLot(api: Api, input: object = {}): Promise<Named> {
  const places = { productModel: { code: 'PSA' }, productionLine: { code: 'KR01' }, productionDate: '2026-11-20' };
  const { lot } = await done(api, 'createLot', { ...places, ...input }, 'lot { id number }');
  return lot;
}

export async function makeItems(api: Api, lot: Named, quantity: number): Promise<readonly Named[]> {
  const { wipItems } = await done(api, 'generateWipItems', { lot: { id: lot.id }, quantity }, 'wipItems { id number }');
  return wipItems;
}

/** Items of a new lot for which the model PSA is too small, made a hundred at a time. */
export async function makeManyItems(api: Api, quantity: number): Promise<readonly Named[]> {
  await makeModel(api, { code: 'MANY', name: 'Made in large lots', maxLotQuantity: quantity });
  const lot = await makeLot(api, { productModel: { code: 'MANY' }, targetQuantity: quantity });
  const items: Named[] = [];
  while (items.length < quantity) items.push(...(await makeItems(api, lot, Math.min(100, quantity - items.length))));
  return items;
}

/** An execution of a step on a unit, in SQL, finished unless its result is null. */
export async function putExecution(
  api: Api,
  unit: { readonly wipItem?: Named; readonly serial?: Named },
  step: Step,
  result: 'PASS' | 'FAIL' | 'REWORK' | null,
  times: { startedAt?: string; completedAt?: string } = {},
): Promise<void> {
  const { startedAt = '2026-11-20T08:00:00.000Z', completedAt = startedAt } = times;
  await api.database.reader().sql`
    INSERT INTO process_data
      (level, lot_id, wip_item_id, serial_id, process_id, attempt, operator_id, result, defects, started_at, completed_at)
    SELECT step.level, item.lot_id, item.id, serial.id, step.id,
           1 + (SELECT count(*) FROM process_data p WHERE p.unit_id = coalesce(serial.id, item.id) AND p.process_id = step.id),
           ${api.userIdOf('ADMIN')}::uuid, ${result}::process_result,
           CASE ${result} WHEN 'FAIL' THEN '[{"code": "CRACK"}]' ELSE '[]' END::jsonb, ${startedAt}::timestamptz, ${result === null ? null : completedAt}::timestamptz
    FROM processes step, wip_items item
      LEFT JOIN serials serial ON serial.wip_item_id = item.id AND serial.id = ${uuidOf(unit.serial)}::uuid
    WHERE step.id = ${uuidOf(step)}::uuid AND (item.id = ${uuidOf(unit.wipItem)}::uuid OR serial.id IS NOT NULL)`;
}

/** COMPLETED items with a PASS on each of the steps, in SQL, because the tests start after these steps. */
export async function completeItems(api: Api, items: readonly Named[], steps: readonly Step[]): Promise<void> {
  for (const wipItem of items) for (const step of steps) await putExecution(api, { wipItem }, step, 'PASS');
  const ids = items.map(uuidOf);
  const db = api.database.reader();
  await db.sql`UPDATE wip_items SET status = 'IN_PROGRESS' WHERE id = ANY(${ids}::uuid[]) AND status = 'CREATED'`;
  await db.sql`UPDATE wip_items SET status = 'COMPLETED', completed_at = now() WHERE id = ANY(${ids}::uuid[])`;
}

/** New items of a lot that have become serials; `steps` are those of the route before conversion. */
export async function makeSerials(
  api: Api,
  lot: Named,
  quantity: number,
  steps: readonly Step[],
): Promise<readonly Named[]> {
  const items = await makeItems(api, lot, quantity);
  await completeItems(api, items, steps);
  const serials: Named[] = [];
  for (const { id } of items)
    serials.push((await done(api, 'convertWipItem', { wipItem: { id } }, 'serial { id number }'))['serial']);
  return serials;
}

/** Starts serials and passes them. */
export async function passSerials(api: Api, serials: readonly Named[]): Promise<void> {
  for (const { id } of serials) {
    await done(api, 'startSerial', { serial: { id } }, 'serial { id }');
    await done(api, 'passSerial', { serial: { id } }, 'serial { id }');
  }
}

/** A record of the graph that has no number. */
export interface Identified {
  readonly id: string;
}

/** An inspection of a sample of a lot; IN_PROGRESS unless `isStarted` is false. */
export async function makeInspection(
  api: Pick<Api, 'ask'>,
  lot: Identified,
  input: object = {},
  isStarted = true,
): Promise<Identified> {
  const { inspection } = await done(
    api,
    'createInspection',
    { lot: { id: lot.id }, type: 'VISUAL', ...input },
    'inspection { id }',
  );
  if (isStarted) await done(api, 'startInspection', { id: inspection.id }, 'inspection { id }');
  return inspection;
}

/** A finding of an inspection, which must be IN_PROGRESS. */
export async function makeDefect(
  api: Pick<Api, 'ask'>,
  inspection: Identified,
  input: object = {},
): Promise<Identified> {
  const { defects } = await done(
    api,
    'recordDefects',
    { inspection: inspection.id, defects: [{ type: 'SCRATCH', severity: 'LOW', ...input }] },
    'defects { id }',
  );
  return defects[0];
}

/** The uuid inside a global id; null for null. */
export function uuidOf(record: { readonly id: string } | undefined): string | null {
  return record === undefined ? null : (Buffer.from(record.id, 'base64url').toString('latin1').split(':')[1] ?? null);
}
