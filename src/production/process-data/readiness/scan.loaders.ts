import { equipmentByCode, todayOf } from '../../../catalog/equipment/equipment.loaders.ts';
import { processByCode } from '../../../catalog/process/process.loaders.ts';
import { stationByCode } from '../../../catalog/station/station.loaders.ts';
import { type Reference } from '../../../platform/input/schemas.ts';
import { parseInput } from '../../../platform/input/parse.ts';
import type { Row } from '../../../platform/postgres/table.ts';
import type { Context } from '../../../platform/request/context.ts';
import { normalizedCode } from '../../../platform/rules/natural-key.ts';
import type { Rejection } from '../../../platform/rules/rejection.ts';
import { present } from '../../../platform/values/assert.ts';
import { scannedText } from '../../../platform/values/characters.ts';
import { lotById } from '../../lot/lot.loaders.ts';
import { type Readiness, readinessOf } from './readiness.loaders.ts';
import { readinessWarnings } from './readiness.rules.ts';
import { type ScanKind, warningsOfLot } from './scan.rules.ts';
import { startWarnings } from '../work/start.rules.ts';
import { type NamedWork, nameWork } from '../work/named-work.loaders.ts';
import { serialById } from '../../serial/serial.loaders.ts';
import { type UnitIds, unitIdsOf } from '../../unit/unit.loaders.ts';
import { unitRef } from '../../unit/unit.shapes.ts';
import { wipItemById } from '../../wip-item/wip-item.loaders.ts';

/** The result of a scan: the record of the scanned kind, and none of the other kinds. */
export interface Scan {
  readonly kind: ScanKind;
  /** The number or code in its canonical spelling. */
  readonly code: string;
  readonly lot?: Row<'Lot'>;
  readonly wipItem?: Row<'WipItem'>;
  readonly serial?: Row<'Serial'>;
  readonly equipment?: Row<'Equipment'>;
  readonly station?: Row<'Station'>;
  readonly process?: Row<'Process'>;
  readonly readiness?: Readiness | undefined;
  readonly warnings: readonly string[];
}

/** The step that is to be started on a scanned unit, and the equipment for it; undefined when none is given. */
export interface ScanQuestion {
  readonly process: Reference | undefined;
  readonly equipment: Reference | undefined;
}

interface ScannedUnit {
  readonly unit: UnitIds;
  /** The work on the unit, where a step is given. */
  readonly work?: NamedWork;
}

/**
 * Looks a text up as the number of a unit, then as a code. It is rejected only when the given step or equipment does not
 * exist.
 */
export async function scan(
  context: Context,
  text: string,
  asked: ScanQuestion,
): Promise<{ readonly value: Scan } | { readonly rejections: readonly Rejection[] }> {
  const number = parseInput(unitRef, { number: text });
  const found = 'value' in number ? await scannedUnit(context, number.value, asked) : { value: undefined };
  if ('rejections' in found) return found;
  return {
    value: found.value === undefined ? await scannedCode(context, text) : await scanOfUnit(context, found.value),
  };
}

async function scannedUnit(
  context: Context,
  number: Reference,
  { process, equipment }: ScanQuestion,
): Promise<{ readonly value: ScannedUnit | undefined } | { readonly rejections: readonly Rejection[] }> {
  if (process === undefined) {
    const unit = await unitIdsOf(context.db, number);
    return { value: unit === undefined ? undefined : { unit } };
  }
  const reading = await nameWork(context.db, { unit: number, process, equipment }, context.viewer);
  if ('value' in reading) return { value: { unit: reading.value.unit, work: reading.value } };
  // Only an unknown unit is not a fault of the question: the text may be something else.
  const faults = reading.rejections.filter(({ path }) => path[0] !== 'unit');
  return faults.length > 0 ? { rejections: faults } : { value: undefined };
}

async function scanOfUnit(context: Context, { unit, work }: ScannedUnit): Promise<Scan> {
  const [record, readiness] = await Promise.all([
    recordOf(context, unit),
    work === undefined ? undefined : readinessOf(context, work),
  ]);
  if (readiness !== undefined)
    return { ...record, readiness, warnings: readinessWarnings(readiness.facts, readiness.today) };
  return { ...record, warnings: warningsOfLot(present(await lotById.load(context, unit.lotId), 'The lot')) };
}

async function recordOf(
  context: Context,
  { kind, lotId, wipItemId, serialId }: UnitIds,
): Promise<Pick<Scan, 'kind' | 'code' | 'lot' | 'wipItem' | 'serial'>> {
  if (kind === 'LOT') {
    const lot = present(await lotById.load(context, lotId), 'The lot');
    return { kind, code: lot.number, lot };
  }
  if (kind === 'WIP_ITEM') {
    const wipItem = present(await wipItemById.load(context, wipItemId), 'The WIP item');
    return { kind, code: wipItem.number, wipItem };
  }
  const serial = present(await serialById.load(context, serialId), 'The serial');
  return { kind, code: serial.number, serial };
}

async function scannedCode(context: Context, text: string): Promise<Scan> {
  const code = normalizedCode(text);
  const [equipment, station, process] = await Promise.all([
    equipmentByCode.load(context, code),
    stationByCode.load(context, code),
    processByCode.load(context, code),
  ]);
  if (equipment !== null)
    return { kind: 'EQUIPMENT', code: equipment.code, equipment, warnings: startWarnings(equipment, todayOf(context)) };
  if (station !== null) return { kind: 'STATION', code: station.code, station, warnings: [] };
  if (process !== null) return { kind: 'PROCESS', code: process.code, process, warnings: [] };
  return { kind: 'UNKNOWN', code: scannedText(text), warnings: [] };
}
