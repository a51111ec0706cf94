import { afterEach, beforeEach, expect, test } from 'vitest';
import { dedupKeyOf } from '../../../src/operation/alert/alert.rules.ts';
import { raiseAlerts } from '../../../src/operation/alert/raise.commands.ts';
import { sealNow } from '../../../src/operation/audit/seal.commands.ts';
import { startApi, type Api } from '../../support/api.ts';
import { done } from '../../support/expect.ts';
import { listen, type StreamEvent } from '../../support/stream.ts';

const RAISED = `subscription ($severities: [AlertSeverity!], $after: String) {
  alertRaised(severities: $severities, after: $after) { cursor alert { id title severity status } } }`;

let api: Api;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const raise = async (title: string, severity = 'MEDIUM'): Promise<string> =>
  (await done(api, 'createAlert', { title, message: title, severity }, 'alert { id }'))['alert'].id;
const automatic = (severity: 'LOW' | 'HIGH'): Promise<number> =>
  api.database.transaction((tx) =>
    raiseAlerts(tx, [
      {
        type: 'SYSTEM_ERROR',
        severity,
        title: severity,
        message: severity,
        subject: {},
        dedupKey: dedupKeyOf('SYSTEM_ERROR', 'disk'),
      },
    ]),
  );
const alertsIn = (events: readonly StreamEvent[]): readonly string[] =>
  events.map(
    ({ data: { alertRaised } }) =>
      `${alertRaised.alert.title} ${alertRaised.alert.severity} ${alertRaised.alert.status}`,
  );
const subscribe = async (variables: object = {}, lastEventId?: string) =>
  listen(api, { token: await api.tokenOf('VIEWER') }, RAISED, {
    variables,
    ...(lastEventId === undefined ? {} : { lastEventId }),
  });

test('alerts that are raised are sent in order, each with its cursor; reading and archiving send nothing (ALT-4)', async () => {
  await raise('Earlier');
  await sealNow(api.database);
  using stream = await subscribe();
  const id = await raise('First');
  await done(api, 'markAlertsRead', { ids: [id] }, '');
  await raise('Second', 'HIGH');
  await sealNow(api.database);
  const events = await stream.until(2);
  expect(alertsIn(events)).toEqual(['First MEDIUM READ', 'Second HIGH UNREAD']);
  expect(events.map((event) => event.id)).toEqual(events.map(({ data }) => data.alertRaised.cursor));

  using rest = await subscribe({ after: events[0]?.id });
  expect(alertsIn(await rest.until(1))).toEqual(['Second HIGH UNREAD']);
  using again = await subscribe({}, events[0]?.id);
  expect(alertsIn(await again.until(1))).toEqual(['Second HIGH UNREAD']);
});

test('a rise of the severity is sent again; an alert that is raised twice alike is not (ALT-4)', async () => {
  using stream = await subscribe();
  await automatic('LOW');
  await automatic('LOW');
  const { data } = await api.ask('{ alerts { nodes { id } } }');
  await done(api, 'markAlertsRead', { ids: [data.alerts.nodes[0].id] }, '');
  await automatic('HIGH');
  await automatic('LOW');
  await raise('Last');
  await sealNow(api.database);
  expect(alertsIn(await stream.until(3))).toEqual(['HIGH HIGH READ', 'HIGH HIGH READ', 'Last MEDIUM UNREAD']);
});

test('with severities, only alerts that are raised with or rise to one of them are sent; an empty list means all (ALT-4)', async () => {
  using high = await subscribe({ severities: ['HIGH'] });
  using all = await subscribe({ severities: [] });
  await automatic('LOW');
  await raise('Low', 'LOW');
  await automatic('HIGH');
  await raise('High', 'HIGH');
  await sealNow(api.database);
  expect(alertsIn(await high.until(2))).toEqual(['HIGH HIGH UNREAD', 'High HIGH UNREAD']);
  expect(await all.until(4)).toHaveLength(4);
});

test('a cursor that this server did not make, and an unknown severity, are refused (ALT-4)', async () => {
  for (const variables of [{ after: 'nonsense' }, { severities: ['URGENT'] }]) {
    using stream = await subscribe(variables);
    await expect.poll(() => stream.isComplete || stream.isClosed || stream.events.length > 0).toBe(true);
    expect(stream.events[0]?.errors[0]?.extensions['code'] ?? stream.status).toSatisfy(
      (code: unknown) => code === 'INVALID_INPUT' || code === 400,
    );
  }
});
