import { identifier, sql, type Sql } from '../../platform/postgres/sql.ts';
import type { Period } from '../../quality/report/report.rules.ts';
import { bucketNumbers } from '../period/bucket.loaders.ts';
import { bucketsOf, type Clocks } from '../period/bucket.rules.ts';
import type { MeasurementDimension } from './dimension.rules.ts';

/** A dimension of executions `t`: what they are grouped by, and the key of a group as text. */
export interface GroupedBy {
  readonly value: Sql;
  /** The key of a group, whose value is in a column of the alias `g`. */
  readonly keyOf: (column: Sql) => Sql;
}

/** How executions `t` of lots `lot` are grouped by a dimension. */
export function dimensionSql(dimension: MeasurementDimension, period: Period, clocks: Clocks): GroupedBy {
  switch (dimension) {
    case 'PRODUCT_MODEL':
      return { value: sql`lot.product_model_id`, keyOf: codeIn('product_models', 'code') };
    case 'PRODUCTION_LINE':
      return { value: sql`lot.production_line_id`, keyOf: codeIn('production_lines', 'code') };
    case 'PROCESS':
      return { value: sql`t.process_id`, keyOf: codeIn('processes', 'code') };
    case 'LOT':
      return { value: sql`t.lot_id`, keyOf: codeIn('lots', 'number') };
    case 'EQUIPMENT':
      return { value: sql`t.equipment_id`, keyOf: codeIn('equipment', 'code') };
    case 'OPERATOR':
      return { value: sql`t.operator_id`, keyOf: codeIn('users', 'username') };
    default: {
      const { number, keys } = bucketNumbers(sql`t.completed_at`, bucketsOf(dimension, period, clocks));
      return { value: number, keyOf: (column) => sql`(${[...keys]}::text[])[${column} + 1]` };
    }
  }
}

function codeIn(table: string, key: string): GroupedBy['keyOf'] {
  return (column) =>
    sql`(SELECT named.${identifier(key)}::text FROM ${identifier(table)} named WHERE named.id = ${column})`;
}
