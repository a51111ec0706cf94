import { z } from 'zod';
import {
  absent,
  clearable,
  code,
  expectedVersion,
  flag,
  globalId,
  integer,
  jsonObject,
  kept,
  line,
  lines,
  otherwise,
  reference,
} from '../../platform/input/schemas.ts';
import { productionLineRef } from '../production-line/production-line.shapes.ts';
import { PORT, STATION_CODE, STATION_LENGTHS as LENGTHS } from './station.rules.ts';

export const stationRef = reference({ id: globalId('Station'), code: code(STATION_CODE) });

const port = integer(PORT.min, PORT.max);

export const RegisterStation = z.strictObject({
  code: code(STATION_CODE),
  name: line(LENGTHS.name),
  description: absent(lines(LENGTHS.description)),
  host: line(LENGTHS.host),
  port: otherwise(port, PORT.default),
  softwareVersion: absent(line(LENGTHS.softwareVersion)),
  productionLine: absent(productionLineRef),
});

export const StationHeartbeat = z.strictObject({
  code: code(STATION_CODE),
  softwareVersion: absent(line(LENGTHS.softwareVersion)),
  health: absent(jsonObject),
});

export const UpdateStation = z.strictObject({
  station: stationRef,
  name: kept(line(LENGTHS.name)),
  description: clearable(lines(LENGTHS.description)),
  host: kept(line(LENGTHS.host)),
  port: kept(port),
  softwareVersion: clearable(line(LENGTHS.softwareVersion)),
  productionLine: clearable(productionLineRef),
  isActive: kept(flag),
  expectedVersion,
});

export const DeleteStation = z.strictObject({ station: stationRef, expectedVersion });
