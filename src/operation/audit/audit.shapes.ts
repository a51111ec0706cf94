import { z } from 'zod';
import { lotRef } from '../../production/lot/lot.shapes.ts';
import { matching, list, optional, withDefault, integer, line } from '../../platform/input/schemas.ts';

const unchanged = (text: string): string => text;

/** The number of a transaction, as text. */
export const TransactionId = matching(/^\d{1,18}$/, 'a whole number of at most 18 digits', unchanged);
/** The id of a request, in any case. */
export const RequestId = matching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'a UUID', (text) =>
  text.toLowerCase(),
);
/** The name of a field of the graph. */
export const ChangedField = matching(
  /^[a-z][A-Za-z0-9]{0,62}$/,
  'the name of a field, such as `failureReason`',
  unchanged,
);

/** How many changes a page of `changes` has unless requested otherwise. */
export const CHANGES_DEFAULT = 100;
/** The most changes on a page of `changes`. */
export const CHANGES_LIMIT = 1_000;

/** The arguments of `changes`. Without a list, and with an empty one, all changes match. */
export const ChangesArguments = z.object({
  after: optional(z.string()),
  entities: nonEmptyList(line(63)),
  actions: nonEmptyList(line(60)),
  first: withDefault(integer(1, CHANGES_LIMIT), CHANGES_DEFAULT),
});
/** The parsed arguments of `changes`. */
export type ChangesRequest = z.infer<typeof ChangesArguments>;

/** The arguments of `lotChanged`. */
export const LotChangedArguments = z.object({ lot: lotRef, after: optional(z.string()) });

const BlockNumber = integer(1, 2_147_483_647);
/** The arguments of `auditVerify`. */
export const VerifyArguments = z.object({ fromBlock: optional(BlockNumber), toBlock: optional(BlockNumber) });

/** A list of at most 50 texts; undefined when it is missing or empty. */
function nonEmptyList(item: z.ZodType<string>): z.ZodType<readonly string[] | undefined> {
  return optional(list(item, 50)).transform((items) => (items?.length === 0 ? undefined : items));
}
