import { table } from '../../platform/postgres/table.ts';
import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
import { byId, loadOne } from '../../platform/read/loader.ts';
import { arrayParameter, sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { DELIVERY_STATUSES } from './webhook.rules.ts';

/** The table of webhooks. */
export const webhooks = table('Webhook', 'webhooks');
/** The table of deliveries. */
export const webhookDeliveries = table('WebhookDelivery', 'webhook_deliveries');

/** Loads webhooks by id. */
export const webhookById = byId(webhooks);
/** Loads deliveries by id. */
export const webhookDeliveryById = byId(webhookDeliveries);

/** The newest delivery of a webhook. */
export const lastDeliveryByWebhook = loadOne<string, Row<'WebhookDelivery'>>({
  batch: (ids, db) =>
    db.prepared(sql`
      SELECT newest.* FROM unnest(${arrayParameter('uuid', ids)}) AS webhook(id) CROSS JOIN LATERAL (
        SELECT ${webhookDeliveries.columns} FROM webhook_deliveries t WHERE t.webhook_id = webhook.id ORDER BY t.position DESC LIMIT 1
      ) AS newest`),
  keyOf: (row) => row.webhookId,
});

const { column } = webhooks;

/** The list of webhooks, with its filter and orders. */
export const webhookList = connection({
  table: webhooks,
  filter: {
    name: filter.textFilter(column('name'), 'What people call it.'),
    isActive: filter.booleanFilter(column('isActive'), 'Whether events are posted.'),
  },
  orders: {
    NAME: order('By name.', { field: 'name', column: column('name'), cast: 'text' }),
    CREATED_AT: order('By when it was made.', {
      field: 'createdAt',
      column: column('createdAt'),
      cast: 'timestamptz',
    }),
  },
  defaultOrder: [{ field: 'NAME' }],
});

const delivery = webhookDeliveries.column;

/** The list of deliveries, with its filter and orders. */
export const webhookDeliveryList = connection({
  table: webhookDeliveries,
  filter: {
    status: filter.enumFilter(DELIVERY_STATUSES, delivery('status'), 'How far the delivery has come.'),
    type: filter.textFilter(delivery('type'), 'The type of the alert, or the action.'),
    createdAt: filter.instantFilter(delivery('createdAt'), 'When the delivery was made (UTC).'),
  },
  orders: {
    POSITION: order('By the order of the events, in which they are sent.', {
      field: 'position',
      column: delivery('position'),
      cast: 'bigint',
    }),
  },
  defaultOrder: [{ field: 'POSITION', direction: 'DESC' }],
});
