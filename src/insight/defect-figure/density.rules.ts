import { ratioOf } from '../figure/ratio.rules.ts';

/** What was counted for the density of defects. */
export interface CountedDefects {
  readonly defectCount: number;
  readonly unitCount: number;
}

/** How many defects a unit has, and how many a million opportunities have. */
export interface DefectDensity extends CountedDefects {
  readonly defectsPerUnit: number | null;
  readonly dpmo: number | null;
}

/** KPI-6: The density of defects; null without units. */
export function defectDensityOf(
  { defectCount, unitCount }: CountedDefects,
  opportunitiesPerUnit: number,
): DefectDensity {
  return {
    defectCount,
    unitCount,
    defectsPerUnit: ratioOf(defectCount, unitCount),
    dpmo: ratioOf(defectCount * 1_000_000, unitCount * opportunitiesPerUnit),
  };
}
