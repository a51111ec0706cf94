import { z } from 'zod';
import {
  optional,
  nullableUpdate,
  code,
  expectedVersion,
  flag,
  globalId,
  identifyingText,
  integer,
  optionalUpdate,
  line,
  lines,
  withDefault,
  recordReference,
} from '../../platform/input/schemas.ts';
import { jsonObject } from '../../platform/input/json-schemas.ts';
import { productionLineRef } from '../production-line/production-line.shapes.ts';
import { PORT, STATION_CODE, STATION_LENGTHS as LENGTHS } from './station.rules.ts';

/** A reference to a station, by id or code. */
export const stationRef = recordReference({ id: globalId('Station'), code: code(STATION_CODE) });

const port = integer(PORT.min, PORT.max);

/** The input of `registerStation`. */
export const RegisterStation = z.strictObject({
  code: code(STATION_CODE),
  name: line(LENGTHS.name),
  description: optional(lines(LENGTHS.description)),
  host: identifyingText(LENGTHS.host),
  port: withDefault(port, PORT.default),
  softwareVersion: optional(line(LENGTHS.softwareVersion)),
  productionLine: optional(productionLineRef),
});

/** The input of `stationHeartbeat`. */
export const StationHeartbeat = z.strictObject({
  code: code(STATION_CODE),
  softwareVersion: optional(line(LENGTHS.softwareVersion)),
  health: optional(jsonObject),
});

/** The input of `updateStation`. */
export const UpdateStation = z.strictObject({
  station: stationRef,
  name: optionalUpdate(line(LENGTHS.name)),
  description: nullableUpdate(lines(LENGTHS.description)),
  host: optionalUpdate(identifyingText(LENGTHS.host)),
  port: optionalUpdate(port),
  softwareVersion: nullableUpdate(line(LENGTHS.softwareVersion)),
  productionLine: nullableUpdate(productionLineRef),
  isActive: optionalUpdate(flag),
  expectedVersion,
});

/** The input of `deleteStation`. */
export const DeleteStation = z.strictObject({ station: stationRef, expectedVersion });
