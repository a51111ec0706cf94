import { z } from 'zod';
import {
  expectedVersion,
  flag,
  globalId,
  line,
  list,
  matching,
  optionalUpdate,
  refineTo,
  withDefault,
} from '../../platform/input/schemas.ts';
import { eventProblem, urlProblem, WEBHOOK_EVENTS, WEBHOOK_LENGTHS, WEBHOOK_SECRET } from './webhook.rules.ts';

const ofWebhook = { rule: 'WHK-1' } as const;

const name = line(WEBHOOK_LENGTHS.name, ofWebhook);
const url = refineTo(line(WEBHOOK_LENGTHS.url, ofWebhook), (text) => {
  const problem = urlProblem(text);
  return problem === undefined ? { value: new URL(text).href } : { message: `${problem}.`, ...ofWebhook };
});
const secret = matching(WEBHOOK_SECRET.pattern, WEBHOOK_SECRET.form, (text) => text, ofWebhook);

/** Events that are among the known ones, each once. */
function eventsAmong(known: ReadonlySet<string>): z.ZodType<string[]> {
  const event = refineTo(line(60, ofWebhook), (word) => {
    const problem = eventProblem(word, known);
    return problem === undefined ? { value: word } : { message: `${problem}.`, ...ofWebhook };
  });
  return refineTo(list(event, WEBHOOK_EVENTS, ofWebhook), (events) =>
    events.length === 0
      ? { message: 'is empty; name at least one event.', ...ofWebhook }
      : { value: [...new Set(events)] },
  );
}

/** The input of `createWebhook`. The known events may grow until it is used. */
export function createWebhookShape(known: ReadonlySet<string>) {
  return z.strictObject({ name, url, secret, events: eventsAmong(known), isActive: withDefault(flag, true) });
}

/** The input of `updateWebhook`. */
export function updateWebhookShape(known: ReadonlySet<string>) {
  return z.strictObject({
    id: globalId('Webhook'),
    name: optionalUpdate(name),
    url: optionalUpdate(url),
    secret: optionalUpdate(secret),
    events: optionalUpdate(eventsAmong(known)),
    isActive: optionalUpdate(flag),
    expectedVersion,
  });
}

/** The input of `deleteWebhook`. */
export const DeleteWebhook = z.strictObject({ id: globalId('Webhook'), expectedVersion });

/** The input of `redeliverWebhook`. */
export const RedeliverWebhook = z.strictObject({ id: globalId('WebhookDelivery') });
