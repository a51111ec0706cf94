import { parseInput } from '../input/parse.ts';
import { rejectQuery } from './query-error.ts';

/** The arguments of a query in their canonical form. Rejects the query when something is wrong with them. */
export function parseArguments<Value>(shape: Parameters<typeof parseInput<Value>>[0], args: unknown): Value {
  const parsed = parseInput(shape, args);
  return 'rejections' in parsed ? rejectQuery(parsed.rejections) : parsed.value;
}
