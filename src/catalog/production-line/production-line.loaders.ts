import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { byId, byKey } from '../../platform/read/loader.ts';
import { normalizedCode } from '../../platform/rules/natural-key.ts';
import { table } from '../../platform/postgres/table.ts';

export const productionLines = table('ProductionLine', 'production_lines');

export const productionLineById = byId(productionLines);

export const productionLineByCode = byKey(productionLines, 'code');

const { column } = productionLines;

export const productionLineList = connection({
  table: productionLines,
  filter: {
    code: filter.keyFilter(column('code'), normalizedCode, 'The code.'),
    isActive: filter.booleanFilter(column('isActive'), 'Whether it is active.'),
    location: filter.textFilter(column('location'), 'Where it stands.'),
    createdAt: filter.instantFilter(column('createdAt'), 'When it was made (UTC).'),
  },
  orders: {
    SORT_ORDER: [{ field: 'sortOrder', column: column('sortOrder'), cast: 'int' }],
    CODE: [{ field: 'code', column: column('code'), cast: 'text' }],
    CREATED_AT: [{ field: 'createdAt', column: column('createdAt'), cast: 'timestamptz' }],
  },
  defaultOrder: [{ field: 'SORT_ORDER' }, { field: 'CODE' }],
});
