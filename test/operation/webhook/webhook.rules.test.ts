import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { signedHeaders } from '../../../src/operation/webhook/signature.rules.ts';
import {
  dataOf,
  knownEvents,
  wantedActions,
  wantedAlerts,
} from '../../../src/operation/webhook/webhook-event.rules.ts';
import {
  afterFailedTry,
  DELIVERY_FLOW,
  eventProblem,
  mayRedeliver,
  urlProblem,
} from '../../../src/operation/webhook/webhook.rules.ts';
import { encodeGlobalId } from '../../../src/platform/values/global-id.ts';
import { transitionRows } from '../../../src/platform/rules/state-machine.ts';

test('a URL is one of the web, without user and password (WHK-1)', () => {
  expect(urlProblem('https://erp.plant.example/hooks?site=1')).toBeUndefined();
  expect(urlProblem('http://10.1.2.3:8080/')).toBeUndefined();
  expect(urlProblem('erp.plant.example')).toContain('must be a URL');
  expect(urlProblem('ftp://erp.plant.example')).toContain('https:// or http://');
  expect(urlProblem('https://me@erp.plant.example')).toContain('user or a password');
  expect(urlProblem('https://:secret@erp.plant.example')).toContain('user or a password');
});

test('an event is a type of alerts or an action (WHK-1)', () => {
  const known = knownEvents(new Set(['lot.closed']));
  expect(['LOT_CLOSED', 'lot.closed', 'alert.raised'].map((word) => eventProblem(word, known))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(eventProblem('lot.melted', known)).toContain('but is "lot.melted"');
});

test('an action is about the table that it names, if there is one (WHK-2)', () => {
  const events = ['processData.recorded', 'LOT_CLOSED', 'plant.simulated', 'MANUAL'];
  expect(wantedAlerts(events)).toEqual(['LOT_CLOSED', 'MANUAL']);
  expect(wantedActions(events)).toEqual([
    { action: 'processData.recorded', entity: 'process_data' },
    { action: 'plant.simulated', entity: null },
  ]);
});

test('what is posted names the record, and no value of it (WHK-2)', () => {
  const entry = {
    position: '7',
    type: 'lot.closed',
    recordedAt: '2026-11-20T08:00:00.000Z',
    entity: 'lots',
    recordId: '00000000-0000-7000-8000-000000000001',
    operation: 'UPDATE',
    changedFields: ['closed_at', 'status'],
    reason: null,
    alert: null,
  };
  const record = { typename: 'Lot', id: encodeGlobalId('Lot', entry.recordId) };
  expect(dataOf(entry)).toEqual({
    ...record,
    operation: 'UPDATE',
    changedFields: ['closedAt', 'status'],
    reason: null,
  });
  const alert = { severity: 'LOW', title: 'A', message: 'B' } as const;
  expect(dataOf({ ...entry, entity: 'alerts', alert })).toEqual({
    typename: 'Alert',
    id: encodeGlobalId('Alert', entry.recordId),
    ...alert,
  });
});

test('the signature is the HMAC of timestamp and body under the secret (WHK-2)', () => {
  const headers = signedHeaders('{"a":1}', { deliveryId: 'd', timestamp: 1_700_000_000, secret: 'sixteen letters!' });
  const expected = createHmac('sha256', 'sixteen letters!').update('1700000000.{"a":1}').digest('hex');
  expect(headers).toEqual({
    'content-type': 'application/json',
    'user-agent': 'lotgraph-webhook',
    'x-lotgraph-delivery-id': 'd',
    'x-lotgraph-timestamp': '1700000000',
    'x-lotgraph-signature': `v1=${expected}`,
  });
});

describe('a delivery', () => {
  test('is tried seven times, after 5 s, 30 s, 2 min, 10 min, 1 h and 6 h, and is FAILED then (WHK-3)', () => {
    const now = '2026-11-20T08:00:00.000Z';
    expect([1, 2, 3, 4, 5, 6].map((attempts) => afterFailedTry(attempts, now).readyAt)).toEqual([
      '2026-11-20T08:00:05.000Z',
      '2026-11-20T08:00:30.000Z',
      '2026-11-20T08:02:00.000Z',
      '2026-11-20T08:10:00.000Z',
      '2026-11-20T09:00:00.000Z',
      '2026-11-20T14:00:00.000Z',
    ]);
    expect(afterFailedTry(6, now).status).toBe('PENDING');
    expect(afterFailedTry(7, now)).toEqual({ status: 'FAILED', readyAt: null });
  });

  test('is sent again by hand once it has ended (WHK-3)', () => {
    expect([mayRedeliver({ status: 'DELIVERED' }), mayRedeliver({ status: 'FAILED' })]).toEqual([undefined, undefined]);
    for (const status of ['PENDING', 'SENDING'] as const)
      expect(mayRedeliver({ status })).toMatchObject({ rule: 'WHK-3', path: ['id'] });
    expect(transitionRows(DELIVERY_FLOW)).toHaveLength(6);
  });
});
