import { z } from 'zod';
import { integer, withDefault } from '../../platform/input/schemas.ts';
import { STATEMENT_ORDERS, STATEMENTS_ASKED } from './monitoring.rules.ts';

/** The arguments of `statementStatistics`. */
export const AskStatementStatistics = z.strictObject({
  order: withDefault(z.enum(STATEMENT_ORDERS), 'TOTAL'),
  first: withDefault(integer(1, STATEMENTS_ASKED.most, { rule: 'MON-1' }), STATEMENTS_ASKED.default),
});
