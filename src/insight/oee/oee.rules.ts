import { EQUIPMENT_STATUSES, type EquipmentStatus } from '../../catalog/equipment/equipment.rules.ts';
import { ratioOf, sumOf } from '../figure/ratio.rules.ts';

/** How long a piece of equipment had a status in a period. */
export interface StatusSeconds {
  readonly status: EquipmentStatus;
  readonly seconds: number;
}

/** The executions on a piece of equipment in a period. */
export interface EquipmentWork {
  /** The length of the union of their intervals. */
  readonly actualProductionSeconds: number;
  readonly producedCount: number;
  readonly goodCount: number;
  /** The planned seconds of those that were completed. */
  readonly plannedSum: number;
  /** Those of them whose step has no planned seconds. */
  readonly unplannedCount: number;
}

/** Why a factor is null. */
export const OEE_REASONS = ['NO_PLANNED_TIME', 'NO_PRODUCTION', 'NO_PLANNED_DURATION'] as const;
/** One of OEE_REASONS. */
export type OeeReason = (typeof OEE_REASONS)[number];

/** The effectiveness of a piece of equipment, with what it is made of. Times are in seconds. */
export interface Oee {
  /** The code of the equipment. */
  readonly equipment: string;
  readonly loadingSeconds: number;
  readonly plannedBusySeconds: number;
  readonly actualProductionSeconds: number;
  readonly producedCount: number;
  readonly goodCount: number;
  readonly downSeconds: number;
  readonly maintenanceSeconds: number;
  readonly secondsByStatus: readonly StatusSeconds[];
  readonly availability: number | null;
  readonly effectiveness: number | null;
  readonly qualityRatio: number | null;
  readonly oee: number | null;
  readonly reason: OeeReason | null;
  readonly isPlanTooSlow: boolean;
  readonly utilisationRatio: number | null;
}

/**
 * OEE-1: Availability, effectiveness, quality ratio and their product, by the names of ISO 22400-2, of equipment by its code. `plannedSeconds` is
 * the planned busy time where the caller gives it; else all time that is neither MAINTENANCE nor RETIRED.
 */
export function oeeOf(
  { equipment, loadingSeconds }: Pick<Oee, 'equipment' | 'loadingSeconds'>,
  statuses: readonly StatusSeconds[],
  work: EquipmentWork,
  plannedSeconds: number | undefined,
): Oee {
  const { actualProductionSeconds, producedCount, goodCount, plannedSum, unplannedCount } = work;
  const secondsIn = (status: EquipmentStatus): number =>
    sumOf(
      statuses.filter((each) => each.status === status),
      ({ seconds }) => seconds,
    );
  const plannedBusySeconds = plannedSeconds ?? loadingSeconds - secondsIn('MAINTENANCE') - secondsIn('RETIRED');
  const hasProduction = actualProductionSeconds > 0 && producedCount > 0;
  const availability = ratioOf(actualProductionSeconds, plannedBusySeconds);
  const effectiveness = hasProduction && unplannedCount === 0 ? plannedSum / actualProductionSeconds : null;
  const qualityRatio = ratioOf(goodCount, producedCount);
  return {
    equipment,
    loadingSeconds,
    plannedBusySeconds,
    actualProductionSeconds,
    producedCount,
    goodCount,
    downSeconds: secondsIn('OUT_OF_SERVICE'),
    maintenanceSeconds: secondsIn('MAINTENANCE'),
    secondsByStatus: EQUIPMENT_STATUSES.map((status) => ({ status, seconds: secondsIn(status) })),
    availability,
    effectiveness,
    qualityRatio,
    oee:
      availability === null || effectiveness === null || qualityRatio === null
        ? null
        : availability * effectiveness * qualityRatio,
    reason: reasonOf(plannedBusySeconds, hasProduction, unplannedCount),
    isPlanTooSlow: effectiveness !== null && effectiveness > 1,
    utilisationRatio: ratioOf(actualProductionSeconds, loadingSeconds),
  };
}

function reasonOf(plannedBusySeconds: number, hasProduction: boolean, unplannedCount: number): OeeReason | null {
  if (plannedBusySeconds === 0) return 'NO_PLANNED_TIME';
  if (!hasProduction) return 'NO_PRODUCTION';
  return unplannedCount > 0 ? 'NO_PLANNED_DURATION' : null;
}
