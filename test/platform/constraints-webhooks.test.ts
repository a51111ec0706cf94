import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DELIVERY_FLOW } from '../../src/operation/webhook/webhook.rules.ts';
import { transitionRows } from '../../src/platform/rules/state-machine.ts';
import { type Breach, insert, jsonBreach, openSqlWorld, type SqlWorld, sqlStateOf } from '../support/sql-world.ts';

type Values = Readonly<Record<string, string>>;

const HOOK = "'00000000-0000-7000-8000-00000000aaaa'";
const webhook = (values: Values = {}): string =>
  insert('webhooks', {
    id: HOOK,
    name: "'ERP'",
    url: "'https://erp.example/'",
    sealed_secret: "'x'",
    events: "'{lot.closed}'",
    read_position: '0',
    ...values,
  });
const delivery = (values: Values = {}): string =>
  insert('webhook_deliveries', {
    webhook_id: HOOK,
    position: '1',
    type: "'lot.closed'",
    occurred_at: 'now()',
    ...values,
  });
const withHook = (...statements: readonly string[]): string => [webhook(), ...statements].join('; ');
const SENDING = { status: "'SENDING'", locked_by: "'one'", locked_until: 'now()' };
const moved = (from: Values, to: string): string => withHook(delivery(from), `UPDATE webhook_deliveries SET ${to}`);

const LEASE = 'ck_webhook_deliveries_whk_3_lease_fits_status';
const TIME = 'ck_webhook_deliveries_whk_3_delivered_has_time';
const FLOW = 'ck_webhook_deliveries_whk_3_status_flow';

const BREACHES: readonly Breach[] = [
  { constraint: 'uq_webhooks_whk_1_name', when: 'a name twice', sql: withHook(webhook({ id: ':nothing' })) },
  ...['ftp://x', 'https://', 'https://me@x'].map((url) => ({
    constraint: 'ck_webhooks_whk_1_url_form',
    when: url,
    sql: webhook({ url: `'${url}'` }),
  })),
  ...["'{}'", 'NULL', "array_fill('lot.closed'::text, '{51}')"].map((events) => ({
    constraint: 'ck_webhooks_whk_1_events_count',
    when: events,
    sql: webhook({ events }),
  })),
  { constraint: 'ck_webhooks_read_position_not_negative', when: '-1', sql: webhook({ read_position: '-1' }) },
  { constraint: 'fk_webhooks_created_by_id', when: 'an unknown user', sql: webhook({ created_by_id: ':nothing' }) },
  {
    constraint: 'uq_webhook_deliveries_whk_2_webhook_id_position',
    when: 'an event twice',
    sql: withHook(delivery(), delivery()),
  },
  {
    constraint: 'puq_webhook_deliveries_whk_2_one_at_a_time',
    when: 'two that are sent',
    sql: withHook(delivery(SENDING), delivery({ ...SENDING, position: '2' })),
  },
  { ...jsonBreach('webhook_deliveries', 'data', 'object', 'id'), sql: withHook(delivery({ data: "'[]'" })) },
  { constraint: LEASE, when: 'one that is sent by nobody', sql: withHook(delivery({ status: "'SENDING'" })) },
  {
    constraint: LEASE,
    when: 'a worker of one that waits',
    sql: withHook(delivery({ ...SENDING, status: "'PENDING'" })),
  },
  { constraint: TIME, when: 'DELIVERED without time', sql: withHook(delivery({ status: "'DELIVERED'" })) },
  {
    constraint: TIME,
    when: 'FAILED with time',
    sql: withHook(delivery({ status: "'FAILED'", delivered_at: 'now()' })),
  },
  {
    constraint: 'ck_webhook_deliveries_attempts_not_negative',
    when: '-1',
    sql: withHook(delivery({ attempts: '-1' })),
  },
  { constraint: FLOW, when: 'PENDING to DELIVERED', sql: moved({}, "status = 'DELIVERED', delivered_at = now()") },
  { constraint: FLOW, when: 'PENDING to FAILED', sql: moved({}, "status = 'FAILED'") },
  {
    constraint: FLOW,
    when: 'FAILED to SENDING',
    sql: moved({ status: "'FAILED'" }, "status = 'SENDING', locked_by = 'a', locked_until = now()"),
  },
  { constraint: 'fk_webhook_deliveries_webhook_id', when: 'an unknown webhook', sql: delivery() },
];

describe('the constraints of webhooks', () => {
  let world: SqlWorld;
  beforeAll(async () => {
    world = await openSqlWorld();
  });
  afterAll(() => world.close());

  it.each(BREACHES)('$constraint refuses $when', async ({ constraint, sql }) => {
    expect(await world.violationOf(sql)).toEqual({ sqlState: sqlStateOf(constraint), constraint });
  });

  it('let a status move exactly as the rules do (WHK-3)', async () => {
    const rows = await world.rowsOf(
      'SELECT machine, from_state AS "fromState", to_state AS "toState" FROM state_flows WHERE machine = \'webhook_deliveries.status\'',
    );
    const sorted = (all: readonly object[]): readonly string[] => all.map((each) => JSON.stringify(each)).toSorted();
    expect(sorted(rows)).toEqual(sorted(transitionRows(DELIVERY_FLOW)));
  });

  it('each have a statement that they refuse', async () => {
    expect([...new Set(BREACHES.map(({ constraint }) => constraint))].toSorted()).toEqual(
      await world.constraintsOf(['webhooks', 'webhook_deliveries']),
    );
  });
});
