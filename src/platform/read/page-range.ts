/** Which part of a list a page shows: how many rows, from which end, and beyond which cursor. */
import { LIMITS } from '../process/limits.ts';
import { rejection } from '../rules/rejection.ts';
import { rejectQuery } from './query-error.ts';

const { default: PAGE_DEFAULT, most: PAGE_LIMIT } = LIMITS.page;

/** The arguments that determine the part, as Relay defines them. */
export interface RangeArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** A cursor as a caller gives it, and the argument that contains it. */
export interface GivenCursor {
  readonly text: string;
  readonly argument: string;
}

/** The part of a list that a page shows. */
export interface PageRange {
  readonly size: number;
  readonly isBackward: boolean;
  readonly cursor: GivenCursor | undefined;
}

/** The part of the list that the arguments ask for. Throws a GraphQLError for arguments that exclude each other. */
export function rangeOf(args: RangeArguments): PageRange {
  const { first, after, last, before } = args;
  if (isPresent(first) && isPresent(last))
    return rejectQuery([
      rejection(
        'INVALID_INPUT',
        'last',
        'first and last cannot be given together; first with after, or last with before.',
      ),
    ]);
  if (isPresent(after) && isPresent(last))
    return rejectQuery([rejection('INVALID_INPUT', 'after', 'after goes with first, before with last.')]);
  if (isPresent(before) && !isPresent(last))
    return rejectQuery([rejection('INVALID_INPUT', 'before', 'before goes with last, after with first.')]);
  const isBackward = isPresent(last);
  const argument = isBackward ? 'last' : 'first';
  const size = (isBackward ? last : first) ?? PAGE_DEFAULT;
  if (size < 1)
    return rejectQuery([
      rejection('INVALID_INPUT', argument, `${argument} must be from 1 to ${PAGE_LIMIT}, but is ${size}.`),
    ]);
  if (size > PAGE_LIMIT)
    return rejectQuery([
      rejection(
        'LIMIT_EXCEEDED',
        argument,
        `${argument} may be at most ${PAGE_LIMIT}, but is ${size}; page on with a cursor.`,
      ),
    ]);
  if (isPresent(after)) return { size, isBackward, cursor: { text: after, argument: 'after' } };
  return { size, isBackward, cursor: isPresent(before) ? { text: before, argument: 'before' } : undefined };
}

function isPresent<Value>(value: Value | null | undefined): value is Value {
  return value !== null && value !== undefined;
}
