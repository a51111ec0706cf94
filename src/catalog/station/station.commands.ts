import { v7 as uuid7 } from 'uuid';
import { lockProductionLine } from '../production-line/production-line.commands.ts';
import { stations } from './station.loaders.ts';
import {
  isHeard,
  isStationUnused,
  mayRegister,
  mayReport,
  reportedStatusOf,
  type StationUses,
  STATUS_AFTER_REGISTERING,
} from './station.rules.ts';
import { DeleteStation, RegisterStation, StationHeartbeat, UpdateStation } from './station.shapes.ts';
import { command } from '../../platform/command/declaration.ts';
import { enforce, isCurrent } from '../../platform/command/rejection.ts';
import { definedFields, type Lock, lockRow } from '../../platform/command/row-lock.ts';
import type { Reference } from '../../platform/input/schemas.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { ENG, ENG_AND_STATION, type Viewer } from '../../platform/rules/access.ts';
import { present } from '../../platform/values/assert.ts';

/**
 * STA-2: Creates a station, or updates host, port and software version of a known one. A station may register itself.
 */
export const registerStation = command({
  name: 'registerStation',
  action: 'station.registered',
  description:
    'Makes a station known, or tells where a known one is reached now: its host, port and software version are taken over, the rest stays (STA-2). A station may do this for itself.',
  access: ENG_AND_STATION,
  input: RegisterStation,
  async run({ tx, now, viewer }, { productionLine, ...fields }) {
    enforce(mayRegister(fields.code, stationOf(viewer)));
    const line = productionLine === undefined ? null : await lockProductionLine(tx, productionLine, 'SHARE');
    const heard = { lastSeenAt: now, reportedStatus: STATUS_AFTER_REGISTERING };
    const { host, port, softwareVersion } = fields;
    const { id } = await tx.station.upsert({
      where: { code: fields.code },
      create: { ...definedFields(fields), ...heard, productionLineId: line?.id ?? null, id: uuid7() },
      update: { ...definedFields({ host, port, softwareVersion }), ...heard },
    });
    return { station: id };
  },
});

/** STA-3: Records a sign of life of an active station. */
export const stationHeartbeat = command({
  name: 'stationHeartbeat',
  action: 'station.heard',
  description:
    'A sign of life of an active station. It is ONLINE then, or DEGRADED when `health.status` is "degraded" or "unhealthy" (STA-3).',
  access: ENG_AND_STATION,
  input: StationHeartbeat,
  async run({ tx, now, viewer }, { code, softwareVersion, health }) {
    enforce(mayReport(code, stationOf(viewer)));
    const [station] = await tx.sql<
      Pick<Row<'Station'>, 'isActive'>
    >`SELECT is_active AS "isActive" FROM stations WHERE code = ${code} FOR NO KEY UPDATE`;
    enforce(isHeard(code, station));
    const heard = { lastSeenAt: now, reportedStatus: reportedStatusOf(health) };
    const { id } = await tx.station.update({
      where: { code },
      data: { ...definedFields({ softwareVersion, health }), ...heard },
    });
    return { station: id };
  },
});

/** STA-1: Changes a station, except its code. */
export const updateStation = command({
  name: 'updateStation',
  action: 'station.updated',
  description: 'Changes a station. Its code stays.',
  access: ENG,
  input: UpdateStation,
  async run({ tx }, { station: reference, productionLine, expectedVersion, ...changes }) {
    const line =
      productionLine === undefined || productionLine === null
        ? productionLine
        : await lockProductionLine(tx, productionLine, 'SHARE');
    const station = await lockStation(tx, reference, 'NO KEY UPDATE');
    enforce(isCurrent(station, expectedVersion, { station: station.id }));
    const productionLineId = line === null ? null : line?.id;
    await tx.station.update({ where: { id: station.id }, data: definedFields({ ...changes, productionLineId }) });
    return { station: station.id };
  },
});

/** GEN-1: Deletes a station that nothing refers to. */
export const deleteStation = command({
  name: 'deleteStation',
  action: 'station.deleted',
  description: 'Deletes a station that nothing refers to; one in use is deactivated instead (GEN-1).',
  access: ENG,
  input: DeleteStation,
  async run({ tx }, { station: reference, expectedVersion }) {
    const station = await lockStation(tx, reference, 'UPDATE');
    enforce(
      isCurrent(station, expectedVersion, { station: station.id }),
      isStationUnused(station, await usesOf(tx, station.id)),
    );
    await tx.station.delete({ where: { id: station.id } });
    return { deletedId: station.id };
  },
});

/** Locks a station: for a change of it, or to keep it as it is while something refers to it. */
export async function lockStation(tx: Tx, reference: Reference, lock: Lock): Promise<Row<'Station'>> {
  return lockRow(tx, stations, { reference, lock, path: 'station', what: 'Station' });
}

/** The station that sent the request; undefined for a person. */
function stationOf(viewer: Viewer): { readonly code: string } | undefined {
  return viewer.kind === 'STATION' ? viewer : undefined;
}

async function usesOf(tx: Tx, id: string): Promise<StationUses> {
  const [uses] = await tx.sql<StationUses>`
    SELECT (SELECT count(*)::int FROM equipment WHERE station_id = ${id}::uuid) AS equipment,
           (SELECT count(*)::int FROM process_data WHERE station_id = ${id}::uuid) AS executions,
           (SELECT count(*)::int FROM process_sessions WHERE station_id = ${id}::uuid) AS sessions,
           (SELECT count(*)::int FROM test_program_deployments WHERE station_id = ${id}::uuid) AS deployments,
           (SELECT count(*)::int FROM inspections WHERE station_id = ${id}::uuid) AS inspections,
           (SELECT count(*)::int FROM component_uses WHERE ${id}::uuid IN (station_id, removal_station_id)) AS components,
           (SELECT count(*)::int FROM api_keys WHERE station_id = ${id}::uuid) AS "apiKeys"`;
  return present(uses, 'The uses of the station');
}
