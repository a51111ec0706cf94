import { User } from '../../identity/user/user.graphql.ts';
import { userById } from '../../identity/user/user.loaders.ts';
import { asNode, builder, enumeration } from '../../platform/graphql/builder.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import { deletedIdField, loadById, mutation } from '../../platform/graphql/mutation.ts';
import { derived, loaded, optionalReference, reference } from '../../platform/read/field.ts';
import { ADMINS } from '../../platform/rules/access.ts';
import { AuditEntryConnection, recordHistory } from '../audit/audit-entry.graphql.ts';
import { createWebhook, deleteWebhook, redeliverWebhook, updateWebhook } from './webhook.commands.ts';
import {
  lastDeliveryByWebhook,
  webhookById,
  webhookDeliveryById,
  webhookDeliveryList,
  webhookList,
} from './webhook.loaders.ts';
import { DELIVERY_STATUSES, WEBHOOK_EVENTS, WEBHOOK_LENGTHS, WEBHOOK_SECRET } from './webhook.rules.ts';

const WebhookDeliveryStatus = enumeration(
  'WebhookDeliveryStatus',
  DELIVERY_STATUSES,
  'How far the delivery of an event has come (WHK-3).',
  {
    PENDING: 'Waits for its turn, or for its next try.',
    SENDING: 'Being sent by a worker.',
    DELIVERED: 'The endpoint has answered with 200 to 299.',
    FAILED: 'All tries have failed; `redeliverWebhook` tries again.',
  },
);

export const Webhook = builder.prismaObject('Webhook', {
  fields: (t) => ({
    name: t.exposeString('name'),
    url: t.exposeString('url'),
    events: t.exposeStringList('events'),
    isActive: t.exposeBoolean('isActive'),
    redeliveredAt: t.expose('redeliveredAt', { type: 'DateTime', nullable: true }),
    createdBy: t.field({
      type: User,
      nullable: true,
      description: 'The person who made it; null when a service did.',
      ...optionalReference(userById, 'createdById'),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    version: t.exposeInt('version'),
  }),
});
asNode(Webhook, webhookById, ADMINS);
AuditEntryConnection.on(Webhook, 'history', 'recordId', recordHistory('webhooks'));

export const WebhookDelivery = builder.prismaObject('WebhookDelivery', {
  fields: (t) => ({
    webhook: t.field({
      type: Webhook,
      description: 'The webhook.',
      ...reference(webhookById, 'webhookId', 'The webhook of a delivery'),
    }),
    type: t.exposeString('type'),
    occurredAt: t.expose('occurredAt', { type: 'DateTime' }),
    data: t.expose('data', { type: 'JSONObject' }),
    status: t.expose('status', { type: WebhookDeliveryStatus }),
    attempts: t.exposeInt('attempts'),
    nextTryAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it is tried next (UTC), at the earliest; null unless it is PENDING.',
      ...derived(['status', 'runAfter'], ({ status, runAfter }) => (status === 'PENDING' ? runAfter : null)),
    }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true }),
    deliveredAt: t.expose('deliveredAt', { type: 'DateTime', nullable: true }),
    responseStatus: t.exposeInt('responseStatus', { nullable: true }),
    errorMessage: t.exposeString('errorMessage', { nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});
asNode(WebhookDelivery, webhookDeliveryById, ADMINS);

const WebhookConnection = connectionType({
  connection: webhookList,
  node: Webhook,
  name: 'Webhook',
  what: 'webhooks',
});
WebhookConnection.root('webhooks', {
  access: ADMINS,
  description: 'The addresses outside to which events are posted (WHK-1).',
});

const WebhookDeliveryConnection = connectionType({
  connection: webhookDeliveryList,
  node: WebhookDelivery,
  name: 'WebhookDelivery',
  what: 'deliveries',
});
WebhookDeliveryConnection.on(Webhook, 'deliveries', 'webhookId', {
  description: 'Its deliveries, the newest event first.',
});

builder.objectField(Webhook, 'lastDelivery', (t) =>
  t.field({
    type: WebhookDelivery,
    nullable: true,
    description: 'The delivery of the newest event; null when there was none.',
    ...loaded(lastDeliveryByWebhook, 'id', [], (delivery) => delivery),
  }),
);

const URL_TEXT = `Where events are posted: http:// or https://, at most ${WEBHOOK_LENGTHS.url} characters, without user and password (WHK-1). Addresses inside the plant need LOTGRAPH_WEBHOOK_PRIVATE (WHK-4).`;
const SECRET = `The secret of the signatures: ${WEBHOOK_SECRET.form} (WHK-1). It is never shown.`;
const EVENTS = `What is posted: types of alerts, such as DEFECT_DETECTED, and actions, such as lot.closed; 1 to ${WEBHOOK_EVENTS} (WHK-1).`;
const NAME = `What people call it: 1 to ${WEBHOOK_LENGTHS.name} characters, unique (WHK-1).`;
const ACTIVE = 'Whether events are posted. What happens while they are not is not posted later.';

mutation(createWebhook, {
  input: (t) => ({
    name: t.string({ required: true, description: NAME }),
    url: t.string({ required: true, description: URL_TEXT }),
    secret: t.string({ required: true, description: SECRET }),
    events: t.stringList({ required: true, description: EVENTS }),
    isActive: t.boolean({ defaultValue: true, description: ACTIVE }),
  }),
  payload: (t) => ({
    webhook: t.field({
      type: Webhook,
      nullable: true,
      description: 'The new webhook.',
      resolve: (p, _args, context, info) => loadById(webhookById, p.webhook, context, info),
    }),
  }),
});

mutation(updateWebhook, {
  isVersioned: true,
  input: (t) => ({
    id: t.id({ required: true, description: 'The id of the webhook to change.' }),
    name: t.string({ description: NAME }),
    url: t.string({ description: URL_TEXT }),
    secret: t.string({ description: SECRET }),
    events: t.stringList({ description: EVENTS }),
    isActive: t.boolean({ description: ACTIVE }),
  }),
  payload: (t) => ({
    webhook: t.field({
      type: Webhook,
      nullable: true,
      description: 'The changed webhook.',
      resolve: (p, _args, context, info) => loadById(webhookById, p.webhook, context, info),
    }),
  }),
});

mutation(deleteWebhook, {
  isVersioned: true,
  input: (t) => ({ id: t.id({ required: true, description: 'The id of the webhook to delete.' }) }),
  payload: (t) => ({ deletedId: deletedIdField(t, 'Webhook') }),
});

mutation(redeliverWebhook, {
  input: (t) => ({ id: t.id({ required: true, description: 'The id of the delivery to send again.' }) }),
  payload: (t) => ({
    webhookDelivery: t.field({
      type: WebhookDelivery,
      nullable: true,
      description: 'The delivery, PENDING.',
      resolve: (p, _args, context, info) => loadById(webhookDeliveryById, p.webhookDelivery, context, info),
    }),
  }),
});
