import { v7 as uuid7 } from 'uuid';
import { lockStation } from '../../catalog/station/station.commands.ts';
import { command } from '../../platform/command/declaration.ts';
import { enforce, isCurrent } from '../../platform/command/rejection.ts';
import { definedFields, type Lock, lockRow } from '../../platform/command/row-lock.ts';
import type { Reference } from '../../platform/input/schemas.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import { empty, sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import {
  type ActingStation,
  actingStation,
  personOf,
  QUALITY_AND_STATION,
  type Viewer,
} from '../../platform/rules/access.ts';
import { present } from '../../platform/values/assert.ts';
import { later, type Instant } from '../../platform/values/time.ts';
import { lockLot } from '../../production/lot/lot.commands.ts';
import { findUnit } from '../../production/lot/unit-number.commands.ts';
import { numberedSerials } from '../../production/serial/serial.loaders.ts';
import { numberedWipItems } from '../../production/wip-item/wip-item.loaders.ts';
import { inspections } from './inspection.loaders.ts';
import {
  actsAtOwnStation,
  type InspectionVerdict,
  inspectionMayMove,
  isRoundFree,
  mayBePlanned,
  mayFollow,
  namesOneUnit,
  type Sample,
  takesInspections,
  unitIsOfLot,
} from './inspection.rules.ts';
import { ChangeInspection, CreateInspection, StartNextInspection, UpdateInspection } from './inspection.shapes.ts';

/** INS-1, INS-2: Puts the inspection of a sample into the queue. */
export const createInspection = command({
  name: 'createInspection',
  action: 'inspection.created',
  description:
    'Puts the inspection of a sample of a lot into the queue (INS-1). A sample is inspected once per type and round; `reinspectionOf` begins the next round (INS-2).',
  access: QUALITY_AND_STATION,
  input: CreateInspection,
  async run({ tx, viewer }, { lot: lotReference, wipItem, serial, reinspectionOf, station, ...given }) {
    const place = (await namedStation(tx, viewer, station)) ?? actingStation(viewer);
    // The lot must not be rejected meanwhile. An item or serial never changes its lot, so it needs no lock.
    const lot = await lockLot(tx, lotReference, 'SHARE');
    const item = wipItem === undefined ? undefined : await findUnit(tx, numberedWipItems, wipItem, 'wipItem');
    const unit = serial === undefined ? undefined : await findUnit(tx, numberedSerials, serial, 'serial');
    const earlier =
      reinspectionOf === undefined ? undefined : await lockInspection(tx, reinspectionOf, 'SHARE', 'reinspectionOf');
    const isUnitNamed = item !== undefined || unit !== undefined;
    const sample: Sample = {
      lotId: lot.id,
      wipItemId: isUnitNamed ? (item?.id ?? null) : (earlier?.wipItemId ?? null),
      serialId: isUnitNamed ? (unit?.id ?? null) : (earlier?.serialId ?? null),
      sampleCode: given.sampleCode ?? earlier?.sampleCode ?? (unit ?? item ?? lot).number,
      type: given.type ?? present(earlier, 'The earlier inspection').type,
    };
    const round = (earlier?.round ?? 0) + 1;
    enforce(
      takesInspections(lot),
      namesOneUnit({ wipItem, serial }),
      unitIsOfLot(item, lot, 'wipItem'),
      unitIsOfLot(unit, lot, 'serial'),
      earlier === undefined ? undefined : mayFollow(earlier, sample),
      isRoundFree(await inspectionOfRound(tx, sample, round)),
    );
    const { priority, metadata } = given;
    const { id } = await tx.inspection.create({
      data: {
        ...sample,
        id: uuid7(),
        round,
        priority,
        metadata,
        stationId: place?.id ?? null,
        createdById: personOf(viewer),
      },
    });
    return { inspection: id };
  },
});

/** INS-1, INS-3: Changes what is planned of an inspection that has not ended. */
export const updateInspection = command({
  name: 'updateInspection',
  action: 'inspection.updated',
  description: 'Changes priority, station or metadata of a PENDING or IN_PROGRESS inspection (INS-1, INS-3).',
  access: QUALITY_AND_STATION,
  input: UpdateInspection,
  async run({ tx, viewer }, { id, station, expectedVersion, ...changes }) {
    const place = station === null ? null : await namedStation(tx, viewer, station);
    const inspection = await lockInspection(tx, id, 'NO KEY UPDATE');
    enforce(isCurrent(inspection, expectedVersion, { inspection: id }), mayBePlanned(inspection));
    const stationId = place === null ? null : place?.id;
    await tx.inspection.update({ where: { id }, data: definedFields({ ...changes, stationId }) });
    return { inspection: id };
  },
});

/** INS-3: Starts a PENDING inspection. */
export const startInspection = command({
  name: 'startInspection',
  action: 'inspection.started',
  description: 'Starts a PENDING inspection; of several who try, the first one carries it out (INS-3).',
  access: QUALITY_AND_STATION,
  input: ChangeInspection,
  async run({ tx, now, viewer }, { id, expectedVersion }) {
    const inspection = await lockInspection(tx, id, 'NO KEY UPDATE');
    enforce(isCurrent(inspection, expectedVersion, { inspection: id }), inspectionMayMove(inspection, 'IN_PROGRESS'));
    await start(tx, inspection, { viewer, now, place: actingStation(viewer) });
    return { inspection: id };
  },
});

/** INS-7: Starts the first PENDING inspection of the queue that nobody else is starting. */
export const startNextInspection = command({
  name: 'startNextInspection',
  action: 'inspection.started',
  description:
    'Starts the most urgent, then oldest PENDING inspection of these types: one of the station, or of no station (INS-7). Null when there is none.',
  access: QUALITY_AND_STATION,
  input: StartNextInspection,
  async run({ tx, now, viewer }, { types, station }): Promise<{ readonly inspection: string | null }> {
    const place = (await namedStation(tx, viewer, station)) ?? actingStation(viewer);
    const ofTypes = types.length === 0 ? empty : sql`AND t.type = ANY(${types}::inspection_type[])`;
    const ofStation = place === undefined ? empty : sql`AND (t.station_id = ${place.id}::uuid OR t.station_id IS NULL)`;
    const [next] = await tx.query<Row<'Inspection'>>(sql`
      SELECT ${inspections.columns} FROM inspections t WHERE t.status = 'PENDING' ${ofTypes} ${ofStation}
      ORDER BY t.priority DESC, t.created_at, t.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED`);
    if (next === undefined) return { inspection: null };
    await start(tx, next, { viewer, now, place });
    return { inspection: next.id };
  },
});

/**
 * Locks an inspection. `SHARE` keeps its state while others may add to it at the same time; `NO KEY UPDATE` is for
 * changing it. In the order of locks it follows its lot and its units.
 */
export async function lockInspection(tx: Tx, id: string, lock: Lock, path = 'id'): Promise<Row<'Inspection'>> {
  return lockRow(tx, inspections, { reference: { key: 'id', value: id }, lock, path, what: 'Inspection' });
}

/** INS-4: What a completed inspection says about its sample. */
export interface StoredJudgement {
  readonly verdict: InspectionVerdict;
  readonly qualityScore: string;
  readonly confidence: string;
}

/** INS-3, INS-4: Completes a locked inspection with its judgement, not before it started. */
export async function completeAs(
  tx: Tx,
  inspection: Row<'Inspection'>,
  judgement: StoredJudgement,
  now: Instant,
): Promise<void> {
  const completedAt = later(now, inspection.startedAt ?? now);
  await tx.inspection.update({
    where: { id: inspection.id },
    data: { ...judgement, status: 'COMPLETED', completedAt },
  });
}

/** INS-6: Gives a locked, COMPLETED inspection another judgement. */
export async function judgeAgainAs(tx: Tx, id: string, judgement: StoredJudgement): Promise<void> {
  await tx.inspection.update({ where: { id }, data: { ...judgement } });
}

/** INS-3: Ends a locked inspection without a judgement. */
export async function endInspection(
  tx: Tx,
  id: string,
  status: 'FAILED' | 'CANCELLED',
  failureReason: string,
): Promise<void> {
  await tx.inspection.update({ where: { id }, data: { status, failureReason } });
}

interface Start {
  readonly viewer: Viewer;
  readonly now: Instant;
  readonly place: ActingStation | undefined;
}

/** INS-3: Starts a locked inspection. One that no station was named for takes the station where it is started. */
async function start(tx: Tx, inspection: Row<'Inspection'>, { viewer, now, place }: Start): Promise<void> {
  await tx.inspection.update({
    where: { id: inspection.id },
    data: {
      status: 'IN_PROGRESS',
      startedAt: now,
      inspectorId: personOf(viewer),
      stationId: inspection.stationId ?? place?.id ?? null,
    },
  });
}

/** The station that an input names, locked; a station with its key may name only itself. */
async function namedStation(
  tx: Tx,
  viewer: Viewer,
  reference: Reference | undefined,
): Promise<Row<'Station'> | undefined> {
  if (reference === undefined) return undefined;
  enforce(actsAtOwnStation(viewer.kind === 'STATION' ? viewer : undefined, reference));
  return lockStation(tx, reference, 'SHARE');
}

/** INS-2: The inspection that occupies the round of a sample; undefined when the round is free. */
async function inspectionOfRound(
  tx: Tx,
  { lotId, sampleCode, type }: Sample,
  round: number,
): Promise<Row<'Inspection'> | undefined> {
  const [taken] = await tx.query<Row<'Inspection'>>(sql`
    SELECT ${inspections.columns} FROM inspections t
    WHERE t.lot_id = ${lotId}::uuid AND t.sample_code = ${sampleCode} AND t.type = ${type}::inspection_type
      AND t.round = ${round} AND t.status IN ('PENDING', 'IN_PROGRESS', 'COMPLETED')`);
  return taken;
}
