/** The lists that filters are kept for, and that are exported. */
export const FILTER_TARGETS = [
  'LOTS',
  'WIP_ITEMS',
  'SERIALS',
  'PROCESS_DATA',
  'EQUIPMENT',
  'ALERTS',
  'INSPECTIONS',
  'DEFECTS',
] as const;
/** One of FILTER_TARGETS. */
export type TargetName = (typeof FILTER_TARGETS)[number];
