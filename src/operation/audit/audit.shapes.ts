import { z } from 'zod';
import { lotRef } from '../../production/lot/lot.shapes.ts';
import { actionsNear, entityOf, entityWords, OTHER_ACTIONS } from './audit.rules.ts';
import { matching, list, optional, refineTo, withDefault, integer, line } from '../../platform/input/schemas.ts';

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

/** The kind of record that a caller names by its table or its type; the result is the entity in the trail. */
const Entity = refineTo(line(63), (word) => {
  const entity = entityOf(word);
  return entity === undefined
    ? { message: `must be a kind of record, but is ${JSON.stringify(word)}. The kinds are ${entityWords()}.` }
    : { value: entity };
});

/** One of the actions that commands declare, or one of the others. The set may grow until it is used. */
function actionAmong(declared: ReadonlySet<string>): z.ZodType<string> {
  return refineTo(line(60), (word) => {
    const actions = [...declared, ...OTHER_ACTIONS];
    if (actions.includes(word)) return { value: word };
    const near = actionsNear(word, actions).join(', ');
    return { message: `must be an action, but is ${JSON.stringify(word)}. Actions are ${near}.` };
  });
}

/** The exact words of a filter. */
export interface ExactWords {
  readonly eq?: string | undefined;
  readonly in?: readonly string[] | undefined;
}

/** The exact entities of a filter. */
export const ExactEntities: z.ZodType<ExactWords> = exactly(Entity);

/** The exact actions of a filter, among those that commands declare. */
export function exactActions(declared: ReadonlySet<string>): z.ZodType<ExactWords> {
  return exactly(actionAmong(declared));
}

function exactly(word: z.ZodType<string>): z.ZodType<ExactWords> {
  return z.object({ eq: optional(word), in: optional(z.array(word)) });
}

/** How many changes a page of `changes` has unless requested otherwise. */
export const CHANGES_DEFAULT = 100;
/** The most changes on a page of `changes`. */
export const CHANGES_LIMIT = 1_000;

/** The arguments of `changes`. Without a list, and with an empty one, all changes match. */
export function changesArguments(declared: ReadonlySet<string>): z.ZodType<ChangesRequest> {
  return z.object({
    after: optional(z.string()),
    entities: nonEmptyList(Entity),
    actions: nonEmptyList(actionAmong(declared)),
    first: withDefault(integer(1, CHANGES_LIMIT), CHANGES_DEFAULT),
  });
}
/** The parsed arguments of `changes`. */
export interface ChangesRequest {
  readonly after: string | undefined;
  readonly entities: readonly string[] | undefined;
  readonly actions: readonly string[] | undefined;
  readonly first: number;
}

/** The arguments of `lotChanged`. */
export const LotChangedArguments = z.object({ lot: lotRef, after: optional(z.string()) });

const BlockNumber = integer(1, 2_147_483_647);
/** The arguments of `auditVerify`. */
export const VerifyArguments = z.object({ fromBlock: optional(BlockNumber), toBlock: optional(BlockNumber) });

/** A list of at most 50 texts; undefined when it is missing or empty. */
function nonEmptyList(item: z.ZodType<string>): z.ZodType<readonly string[] | undefined> {
  return optional(list(item, 50)).transform((items) => (items?.length === 0 ? undefined : items));
}
