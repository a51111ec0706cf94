import { command, declaredActions } from '../../platform/command/declaration.ts';
import { enforce, isCurrent } from '../../platform/command/rejection.ts';
import { definedFields, lockRow, rowByReference } from '../../platform/command/row-lock.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { ADMINS, personOf } from '../../platform/rules/access.ts';
import { isKeyFree } from '../../platform/rules/natural-key.ts';
import type { Answer } from '../../platform/rules/rejection.ts';
import { sealText } from '../../platform/security/sealed-text.ts';
import { lastPosition } from '../audit/changes.loaders.ts';
import { addWebhook } from './new-webhook.commands.ts';
import { knownEvents } from './webhook-event.rules.ts';
import { webhookDeliveries, webhooks } from './webhook.loaders.ts';
import { mayRedeliver } from './webhook.rules.ts';
import { createWebhookShape, DeleteWebhook, RedeliverWebhook, updateWebhookShape } from './webhook.shapes.ts';

/** The commands of all areas on the left are declared when this file is imported. */
const EVENTS = knownEvents(declaredActions);

/** WHK-1: Makes a webhook. It posts what happens from now on. */
export const createWebhook = command({
  name: 'createWebhook',
  action: 'webhook.created',
  description:
    'Makes a webhook: what happens from now on is posted to its URL, signed with its secret, in the order of the audit trail (WHK-1, WHK-2). The secret is never shown again.',
  access: ADMINS,
  input: createWebhookShape(EVENTS),
  async run({ tx, viewer, context }, { secret, ...fields }) {
    enforce(await nameIsFree(tx, fields.name));
    const sealedSecret = sealText(context.services.config, secret);
    return { webhook: await addWebhook(tx, { ...fields, sealedSecret, createdById: personOf(viewer) }) };
  },
});

/** WHK-1: Changes a webhook. */
export const updateWebhook = command({
  name: 'updateWebhook',
  action: 'webhook.updated',
  description:
    'Changes a webhook. What happens while it is not active is not posted later; deliveries that were waiting go on when it is active again (WHK-1, WHK-2).',
  access: ADMINS,
  input: updateWebhookShape(EVENTS),
  async run({ tx, context }, { id, secret, expectedVersion, ...changes }) {
    const webhook = await lockWebhook(tx, id);
    enforce(
      isCurrent(webhook, expectedVersion, { webhook: id }),
      changes.name === undefined || changes.name === webhook.name ? undefined : await nameIsFree(tx, changes.name),
    );
    const sealedSecret = secret === undefined ? undefined : sealText(context.services.config, secret);
    const isWakened = changes.isActive === true && !webhook.isActive;
    const readPosition = isWakened ? await lastPosition(tx) : undefined;
    await tx.webhook.update({ where: { id }, data: definedFields({ ...changes, sealedSecret, readPosition }) });
    return { webhook: id };
  },
});

/** WHK-1: Deletes a webhook with its deliveries. */
export const deleteWebhook = command({
  name: 'deleteWebhook',
  action: 'webhook.deleted',
  description: 'Deletes a webhook with its deliveries; those that wait are not sent any more (WHK-1).',
  access: ADMINS,
  input: DeleteWebhook,
  async run({ tx }, { id, expectedVersion }) {
    const webhook = await lockWebhook(tx, id);
    enforce(isCurrent(webhook, expectedVersion, { webhook: id }));
    await tx.webhookDelivery.deleteMany({ where: { webhookId: id } });
    await tx.webhook.delete({ where: { id } });
    return { deletedId: id };
  },
});

/** WHK-3: Sends a delivery again. */
export const redeliverWebhook = command({
  name: 'redeliverWebhook',
  action: 'webhook.redelivered',
  description:
    'Sends a delivery that is DELIVERED or FAILED again, with the same id and new tries (WHK-3). It goes before the later ones of its webhook that wait.',
  access: ADMINS,
  input: RedeliverWebhook,
  async run({ tx, now }, { id }) {
    const named = await rowByReference(tx, webhookDeliveries, { key: 'id', value: id });
    // The webhook is locked before its deliveries.
    if (named !== undefined) await lockWebhook(tx, named.webhookId);
    const delivery = await lockRow(tx, webhookDeliveries, {
      reference: { key: 'id', value: id },
      lock: 'NO KEY UPDATE',
      path: 'id',
      what: 'Delivery',
    });
    enforce(mayRedeliver(delivery));
    await tx.webhookDelivery.update({
      where: { id },
      data: {
        status: 'PENDING',
        attempts: 0,
        runAfter: now,
        deliveredAt: null,
        errorMessage: null,
        responseStatus: null,
      },
    });
    await tx.webhook.update({ where: { id: delivery.webhookId }, data: { redeliveredAt: now } });
    return { webhookDelivery: id };
  },
});

function lockWebhook(tx: Tx, id: string): Promise<Row<'Webhook'>> {
  return lockRow(tx, webhooks, { reference: { key: 'id', value: id }, lock: 'UPDATE', path: 'id', what: 'Webhook' });
}

async function nameIsFree(tx: Tx, name: string): Promise<Answer> {
  const existing = await rowByReference(tx, webhooks, { key: 'name', value: name });
  return isKeyFree('A webhook with the name', { path: 'name', value: name, existing, rule: 'WHK-1' });
}
