import { enumeration } from '../../platform/graphql/builder.ts';
import { FILTER_TARGETS } from './filter-target.rules.ts';

export const FilterTarget = enumeration('FilterTarget', FILTER_TARGETS, 'The list that a filter is for.', {
  LOTS: '`lots`.',
  WIP_ITEMS: '`wipItems`.',
  SERIALS: '`serials`.',
  PROCESS_DATA: '`processData`.',
  EQUIPMENT: '`equipment`.',
  ALERTS: '`alerts`.',
  INSPECTIONS: '`inspections`.',
  DEFECTS: '`defects`.',
});
