import { plantSettings } from '../../platform/request/plant-settings.ts';
import { ANY } from '../../platform/rules/access.ts';
import { asNode, builder, enumeration } from '../../platform/graphql/builder.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import { derived, lookup, optionalReference } from '../../platform/read/field.ts';
import { normalizedCode } from '../../platform/rules/natural-key.ts';
import { deletedIdField, loadById, mutation } from '../../platform/graphql/mutation.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { ProductionLine, ProductionLineRef } from '../production-line/production-line.graphql.ts';
import { productionLineById } from '../production-line/production-line.loaders.ts';
import { deleteStation, registerStation, stationHeartbeat, updateStation } from './station.commands.ts';
import { stationByCode, stationById, stationList } from './station.loaders.ts';
import { PORT, STATION_STATUSES, stationStatus } from './station.rules.ts';

export const StationStatus = enumeration('StationStatus', STATION_STATUSES, 'Whether a station is heard of.', {
  ONLINE: 'It reports, and reports well.',
  OFFLINE: 'It has not reported lately, or never.',
  DEGRADED: 'It reports, and reports trouble.',
});

export const Station = builder.prismaObject('Station', {
  fields: (t) => ({
    code: t.exposeString('code'),
    name: t.exposeString('name'),
    description: t.exposeString('description', { nullable: true }),
    host: t.exposeString('host'),
    port: t.exposeInt('port'),
    productionLine: t.field({
      type: ProductionLine,
      nullable: true,
      description: 'The line the station stands on; null when there is none.',
      ...optionalReference(productionLineById, 'productionLineId'),
    }),
    status: t.field({
      type: StationStatus,
      description: 'What the station last said of itself; OFFLINE once it is silent for more than 30 seconds (STA-4).',
      ...derived(['reportedStatus', 'lastSeenAt'], (station: Row<'Station'>, { now, services }) =>
        stationStatus(station, now, plantSettings(services).stationOfflineAfterSeconds),
      ),
    }),
    softwareVersion: t.exposeString('softwareVersion', { nullable: true }),
    health: t.expose('health', { type: 'JSONObject' }),
    lastSeenAt: t.expose('lastSeenAt', { type: 'DateTime', nullable: true }),
    isActive: t.exposeBoolean('isActive'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    version: t.exposeInt('version'),
  }),
});
asNode(Station, stationById);

export const StationRef = builder.inputType('StationRef', {
  description: 'A station, by exactly one of its keys.',
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: 'Its id.' }),
    code: t.string({ description: 'Its code, in any case.' }),
  }),
});

export const StationConnection = connectionType({
  connection: stationList,
  node: Station,
  name: 'Station',
  what: 'stations',
});
StationConnection.root('stations', { access: ANY, description: 'The stations.' });
StationConnection.on(ProductionLine, 'stations', 'productionLineId', {
  description: 'The stations that stand on this line.',
});

builder.queryField('stationByCode', (t) =>
  t.field({
    type: Station,
    nullable: true,
    description: 'The station of a code; null when there is none.',
    authScopes: { may: ANY },
    args: { code: t.arg.string({ required: true, description: 'The code, in any case.' }) },
    ...lookup(({ code }: { readonly code: string }, context) => stationByCode.load(context, normalizedCode(code))),
  }),
);

mutation(registerStation, {
  input: (t) => ({
    code: t.string({
      required: true,
      description: '1 to 100 of A-Z 0-9 _ -; stored in upper case, never changed (STA-1).',
    }),
    name: t.string({
      required: true,
      description: 'Name of a new station, 1 to 255 characters; a known one keeps its name.',
    }),
    description: t.string({ description: 'What a new station is for; a known one keeps what it has.' }),
    host: t.string({ required: true, description: 'Host name or address under which it is reached.' }),
    port: t.int({
      defaultValue: PORT.default,
      description: `Port under which it is reached, ${PORT.min} to ${PORT.max}.`,
    }),
    softwareVersion: t.string({ description: 'The version of its software; stays as it was unless given.' }),
    productionLine: t.field({
      type: ProductionLineRef,
      description: 'The line on which a new station stands; a known one stays where it is.',
    }),
  }),
  payload: (t) => ({
    station: t.field({
      type: Station,
      nullable: true,
      description: 'The station.',
      resolve: (p, _args, context, info) => loadById(stationById, p.station, context, info),
    }),
  }),
});

mutation(stationHeartbeat, {
  input: (t) => ({
    code: t.string({ required: true, description: 'The code of the station, in any case.' }),
    softwareVersion: t.string({ description: 'The version of its software; stays as it was unless given.' }),
    health: t.field({
      type: 'JSONObject',
      description: 'What it tells about its health; replaces the former as a whole, stays as it was unless given.',
    }),
  }),
  payload: (t) => ({
    station: t.field({
      type: Station,
      nullable: true,
      description: 'The station that was heard.',
      resolve: (p, _args, context, info) => loadById(stationById, p.station, context, info),
    }),
  }),
});

mutation(updateStation, {
  isVersioned: true,
  input: (t) => ({
    station: t.field({ type: StationRef, required: true, description: 'The station to change.' }),
    name: t.string({ description: 'Name, 1 to 255 characters.' }),
    description: t.string({ description: 'What the station is for; null clears it.' }),
    host: t.string({ description: 'Host name or address under which it is reached.' }),
    port: t.int({ description: `Port under which it is reached, ${PORT.min} to ${PORT.max}.` }),
    softwareVersion: t.string({ description: 'The version of its software; null clears it.' }),
    productionLine: t.field({
      type: ProductionLineRef,
      description: 'The line on which it stands; null takes it off its line.',
    }),
    isActive: t.boolean({ description: 'Whether it works; an inactive one is not heard.' }),
  }),
  payload: (t) => ({
    station: t.field({
      type: Station,
      nullable: true,
      description: 'The changed station.',
      resolve: (p, _args, context, info) => loadById(stationById, p.station, context, info),
    }),
  }),
});

mutation(deleteStation, {
  isVersioned: true,
  input: (t) => ({ station: t.field({ type: StationRef, required: true, description: 'The station to delete.' }) }),
  payload: (t) => ({ deletedId: deletedIdField(t, 'Station') }),
});
