import { stationTarget } from '../../catalog/station/station.loaders.ts';
import { userTarget } from '../../identity/user/user.loaders.ts';
import { table } from '../../platform/postgres/table.ts';
import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
import { byId } from '../../platform/read/loader.ts';
import { listFilter, referenceFilter, relationFilter, type ListedTarget } from '../../platform/read/relation-filter.ts';
import { normalizedCode } from '../../platform/rules/natural-key.ts';
import { lots, lotTarget, madeAsFilters } from '../../production/lot/lot.loaders.ts';
import { serialTarget } from '../../production/serial/serial.loaders.ts';
import { wipItemTarget } from '../../production/wip-item/wip-item.loaders.ts';
import { INSPECTION_STATUSES, INSPECTION_TYPES, INSPECTION_VERDICTS } from './inspection.rules.ts';

/** The table of inspections. */
export const inspections = table('Inspection', 'inspections');

/** Loads inspections by id. */
export const inspectionById = byId(inspections);

const { column } = inspections;

/** The list of inspections, with its filter and orders. */
export const inspectionList = connection({
  table: inspections,
  filter: {
    lot: relationFilter(lotTarget, column('lotId'), 'The lot that the sample is from.'),
    ...madeAsFilters(column('lotId')),
    wipItem: relationFilter(wipItemTarget, column('wipItemId'), 'The WIP item that is the sample.'),
    serial: relationFilter(serialTarget, column('serialId'), 'The serial that is the sample.'),
    sampleCode: filter.keyFilter(
      column('sampleCode'),
      normalizedCode,
      'The name of the sample in its lot, in any case.',
    ),
    type: filter.enumFilter(INSPECTION_TYPES, column('type'), 'How the sample is inspected.'),
    status: filter.enumFilter(INSPECTION_STATUSES, column('status'), 'How far the inspection has come.'),
    verdict: filter.enumFilter(INSPECTION_VERDICTS, column('verdict'), 'What it says about the sample.'),
    round: filter.integerFilter(column('round'), 'Which inspection of the same sample and type it is, from 1.'),
    station: relationFilter(stationTarget, column('stationId'), 'The station where it is carried out.'),
    inspector: referenceFilter(userTarget, column('inspectorId'), 'The person who started it.'),
    priority: filter.integerFilter(column('priority'), 'Its place in the queue; 10 is the most urgent.'),
    qualityScore: filter.decimalFilter(column('qualityScore'), 'The quality of the sample, from 0 to 1.'),
    createdAt: filter.instantFilter(column('createdAt'), 'When it was made (UTC).'),
    startedAt: filter.instantFilter(column('startedAt'), 'When it was started (UTC).'),
    completedAt: filter.instantFilter(column('completedAt'), 'When it was completed (UTC).'),
    metadata: filter.jsonFilter(column('metadata'), 'The free keys of the inspection.'),
  },
  orders: {
    PRIORITY: order('By priority; 10 is the most urgent, so the queue has the direction DESC.', {
      field: 'priority',
      column: column('priority'),
      cast: 'int',
    }),
    CREATED_AT: order('By when the inspection was made.', {
      field: 'createdAt',
      column: column('createdAt'),
      cast: 'timestamptz',
    }),
    COMPLETED_AT: order('By when the inspection was completed; one that is not COMPLETED comes last.', {
      field: 'completedAt',
      column: column('completedAt'),
      cast: 'timestamptz',
      isNullable: true,
    }),
    QUALITY_SCORE: order('By the quality of the sample; an inspection that is not COMPLETED comes last.', {
      field: 'qualityScore',
      column: column('qualityScore'),
      cast: 'numeric',
      isNullable: true,
    }),
  },
  defaultOrder: [{ field: 'PRIORITY', direction: 'DESC' }, { field: 'CREATED_AT' }],
});

/** Inspections as filters take them. */
export const inspectionTarget: ListedTarget = {
  name: 'Inspection',
  what: 'an inspection',
  keys: {},
  list: inspectionList,
};

/** The inspections of a lot, as the filter of lots takes them. */
export const inspectionsOfLot = listFilter(
  inspectionTarget,
  { table: inspections, column: column('lotId'), equals: lots.column('id') },
  'The inspections of its samples.',
);
