import { z } from 'zod';
import { lotRef } from '../../production/lot/lot.shapes.ts';
import { matching, list, optional, withDefault, integer, line } from '../../platform/input/schemas.ts';

const same = (text: string): string => text;

export const TransactionId = matching(/^\d{1,18}$/, 'a whole number of at most 18 digits', same);
export const RequestId = matching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'a UUID', (text) =>
  text.toLowerCase(),
);
export const ChangedField = matching(/^[a-z][A-Za-z0-9]{0,62}$/, 'the name of a field, such as `failureReason`', same);

export const CHANGES_DEFAULT = 100;
export const CHANGES_LIMIT = 1_000;

/** What `changes` is asked. No list and an empty one mean all. */
export const ChangesArguments = z.object({
  after: optional(z.string()),
  entities: some(line(63)),
  actions: some(line(60)),
  first: withDefault(integer(1, CHANGES_LIMIT), CHANGES_DEFAULT),
});
export type AskedChanges = z.infer<typeof ChangesArguments>;

/** What `lotChanged` is asked. */
export const LotChangedArguments = z.object({ lot: lotRef, after: optional(z.string()) });

const BlockNumber = integer(1, 2_147_483_647);
export const VerifyArguments = z.object({ fromBlock: optional(BlockNumber), toBlock: optional(BlockNumber) });

function some(item: z.ZodType<string>): z.ZodType<readonly string[] | undefined> {
  return optional(list(item, 50)).transform((items) => (items?.length === 0 ? undefined : items));
}
