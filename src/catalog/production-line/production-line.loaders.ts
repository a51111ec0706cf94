import { codeKey, type ListedTarget } from '../../platform/read/relation-filter.ts';
import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
import { byId, byKey } from '../../platform/read/loader.ts';
import { normalizedCode } from '../../platform/rules/natural-key.ts';
import { table } from '../../platform/postgres/table.ts';

/** The table of production lines. */
export const productionLines = table('ProductionLine', 'production_lines');

/** Loads production lines by id. */
export const productionLineById = byId(productionLines);

/** Loads production lines by code. */
export const productionLineByCode = byKey(productionLines, 'code');

const { column } = productionLines;

/** The list of production lines, with its filter and orders. */
export const productionLineList = connection({
  table: productionLines,
  filter: {
    code: filter.keyFilter(column('code'), normalizedCode, 'The code.'),
    isActive: filter.booleanFilter(column('isActive'), 'Whether it is active.'),
    location: filter.textFilter(column('location'), 'Where it stands.'),
    createdAt: filter.instantFilter(column('createdAt'), 'When it was made (UTC).'),
  },
  orders: {
    SORT_ORDER: order('By the place in lists that people gave the line.', {
      field: 'sortOrder',
      column: column('sortOrder'),
      cast: 'int',
    }),
    CODE: order('By code.', { field: 'code', column: column('code'), cast: 'text' }),
    CREATED_AT: order('By when the line was made.', {
      field: 'createdAt',
      column: column('createdAt'),
      cast: 'timestamptz',
    }),
  },
  defaultOrder: [{ field: 'SORT_ORDER' }, { field: 'CODE' }],
});

/** Production line as filters take them. */
export const productionLineTarget: ListedTarget = {
  name: 'ProductionLine',
  what: 'a production line',
  keys: {
    code: codeKey({
      loader: productionLineByCode,
      normalise: normalizedCode,
      entity: 'Production line',
      description: 'Its code, in any case.',
      hint: '; `productionLines` lists those that do',
    }),
  },
  list: productionLineList,
};
