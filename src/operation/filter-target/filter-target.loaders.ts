import { equipmentList } from '../../catalog/equipment/equipment.loaders.ts';
import { filterSql } from '../../platform/read/filter.ts';
import type { Filter } from '../../platform/read/filter-condition.ts';
import type { Context } from '../../platform/request/context.ts';
import type { Rejection } from '../../platform/rules/rejection.ts';
import { lotList } from '../../production/lot/lot.loaders.ts';
import { processDataList } from '../../production/process-data/execution/process-data.loaders.ts';
import { serialList } from '../../production/serial/serial.loaders.ts';
import { wipItemList } from '../../production/wip-item/wip-item.loaders.ts';
import { defectList } from '../../quality/defect/defect.loaders.ts';
import { inspectionList } from '../../quality/inspection/inspection.loaders.ts';
import { alertList } from '../alert/alert.loaders.ts';
import type { TargetName } from './filter-target.rules.ts';

/** A list as the graph knows it. */
export interface TargetList {
  /** The root field of the list. */
  readonly field: string;
  /** The type of its records. */
  readonly type: string;
  readonly filter: Filter;
  /** The order in which all records are read, by an index. */
  readonly order: string;
}

/** The list of each target. */
export const TARGET_LISTS: Readonly<Record<TargetName, TargetList>> = {
  LOTS: { field: 'lots', type: 'Lot', filter: lotList.filter, order: 'CREATED_AT' },
  WIP_ITEMS: { field: 'wipItems', type: 'WipItem', filter: wipItemList.filter, order: 'CREATED_AT' },
  SERIALS: { field: 'serials', type: 'Serial', filter: serialList.filter, order: 'CREATED_AT' },
  PROCESS_DATA: { field: 'processData', type: 'ProcessData', filter: processDataList.filter, order: 'STARTED_AT' },
  EQUIPMENT: { field: 'equipment', type: 'Equipment', filter: equipmentList.filter, order: 'CODE' },
  ALERTS: { field: 'alerts', type: 'Alert', filter: alertList.filter, order: 'CREATED_AT' },
  INSPECTIONS: { field: 'inspections', type: 'Inspection', filter: inspectionList.filter, order: 'CREATED_AT' },
  DEFECTS: { field: 'defects', type: 'Defect', filter: defectList.filter, order: 'CREATED_AT' },
};

/** Why a filter does not fit its target; empty when it does. The paths begin with `filter`. */
export async function filterProblems(
  context: Context,
  target: TargetName,
  filter: unknown,
): Promise<readonly Rejection[]> {
  const translated = await filterSql(TARGET_LISTS[target].filter, filter, context);
  return 'rejections' in translated ? translated.rejections : [];
}
