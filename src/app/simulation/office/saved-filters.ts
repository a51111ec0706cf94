/** The filters that people of the plant have saved: some for all, some for themselves. */
import type { People } from '../plant/people.ts';
import { randomOf } from '../random.ts';
import { instantAt, madeAt, type SavedFilterRow } from '../rows.ts';
import { present } from '../../../platform/values/assert.ts';

const FILTERS = [
  {
    owner: 'managers',
    name: 'Held lots',
    description: 'Everything that waits for a decision of quality, the newest first.',
    target: 'LOTS',
    filter: { isHeld: true },
    orderBy: [{ field: 'CREATED_AT', direction: 'DESC' }],
    isShared: true,
  },
  {
    owner: 'engineers',
    name: 'Open and urgent',
    description: 'What somebody has to look into: read or not, but not dealt with.',
    target: 'ALERTS',
    filter: { status: { in: ['UNREAD', 'READ'] }, severity: { in: ['MEDIUM', 'HIGH'] } },
    orderBy: [
      { field: 'SEVERITY', direction: 'DESC' },
      { field: 'CREATED_AT', direction: 'DESC' },
    ],
    isShared: true,
  },
  {
    owner: 'engineers',
    name: 'Rework',
    description: null,
    target: 'ALERTS',
    filter: { type: { eq: 'REWORK_REQUEST' } },
    orderBy: [],
    isShared: false,
  },
  {
    owner: 'inspectors',
    name: 'To be released',
    description: null,
    target: 'LOTS',
    filter: { status: { eq: 'COMPLETED' }, disposition: { eq: 'UNDECIDED' } },
    orderBy: [],
    isShared: false,
  },
] as const;

/** Saves the filters of the people at a time. */
export function savedFiltersOf(seed: string, people: People, at: number): readonly SavedFilterRow[] {
  const random = randomOf(seed, 'saved filters');
  return FILTERS.map(({ owner, ...filter }) => ({
    id: random.id(at),
    ownerId: present(people[owner][0], `One of the ${owner}`).id,
    ...filter,
    ...madeAt(instantAt(at)),
  }));
}
