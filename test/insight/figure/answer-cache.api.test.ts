/** The cache of answers: what is served without a statement, and what is never shared. */
import type { GraphQLResolveInfo } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contextFor } from '../../../src/app/request/context.ts';
import { cached } from '../../../src/insight/figure/cached-answer.graphql.ts';
import type { Role } from '../../../src/platform/rules/access.ts';
import { type Api, startApi } from '../../support/api.ts';
import { withConnection } from '../../support/connection.ts';
import { DAY, makeExamplePlant } from '../figures/example-plant.ts';

let on: Api;
let off: Api;
beforeAll(async () => {
  [on, off] = await Promise.all([startApi({ answerCacheSeconds: 30 }), startApi()]);
  await Promise.all([makeExamplePlant(on), makeExamplePlant(off)]);
});
afterAll(() => Promise.all([on.close(), off.close()]));

async function ask(api: Api, question: string, role: Role = 'VIEWER', variables = {}) {
  const { data, errors, statements } = await api.ask(question, variables, role);
  expect(errors).toEqual([]);
  return { data, statements };
}

const FIGURES = [
  `serialYield(period: ${DAY}) { terminalCount }`,
  `yieldReport(period: ${DAY}, by: SHIFT) { rolledThroughputYield rows { key firstPassYield } }`,
  `defectPareto(period: ${DAY}) { rows { key count } }`,
  `defectsPerMillion(period: ${DAY}, opportunitiesPerUnit: 3) { dpmo }`,
  'defectTrend(days: { from: "2026-11-01", to: "2026-11-03" }) { failRatio points { start executions } }',
  `processPerformance(period: ${DAY}) { overall { executions } }`,
  `cycleTimes(period: ${DAY}) { units { count } }`,
  'wipByProcess { rows { loadCount } }',
  `productionStatistics(period: ${DAY}) { lotsCreated serialYield { passRatio } }`,
  `qualityMetrics(period: ${DAY}) { passRatio byProcess { executions } }`,
  'qualityTrend(days: { from: "2026-11-01", to: "2026-11-03" }) { points { start completedCount } }',
  'productionSummary(date: "2026-11-02") { executionsOnDay }',
  'lotDashboard { refreshedAt rows { wipItemCount } }',
  `commonality(period: ${DAY}, by: [EQUIPMENT]) { badCount rows { key } }`,
];

test.each(FIGURES)('the same answer of %s is served without a statement (MON-5)', async (figure) => {
  const first = await ask(on, `{ ${figure} }`);
  expect(first.statements).toBeGreaterThan(0);
  expect(await ask(on, `{ ${figure} }`)).toEqual({ data: first.data, statements: 0 });
  const without = await ask(off, `{ ${figure} }`);
  expect((await ask(off, `{ ${figure} }`)).statements).toBe(without.statements);
});

test('other arguments and viewers of another role ask for themselves; the same by variables does not (MON-5)', async () => {
  const question = 'query ($period: PeriodInput) { processPerformance(period: $period) { rows { executions } } }';
  const period = { from: '2026-11-02T00:00:00.000Z', to: '2026-11-02T08:10:00.000Z' };
  const asked = async (role: Role, variables: object, text = question) =>
    (await ask(on, text, role, variables)).statements;
  expect(await asked('VIEWER', { period })).toBe(1);
  expect(await asked('VIEWER', { period: { to: period.to, from: period.from } })).toBe(0);
  expect(
    await asked(
      'VIEWER',
      {},
      `{ other: processPerformance(period: { from: "${period.from}", to: "${period.to}" }) { overall { passCount } } }`,
    ),
  ).toBe(0);
  expect(await asked('INSPECTOR', { period })).toBe(1);
  expect(await asked('VIEWER', { period: { ...period, to: '2026-11-02T08:11:00.000Z' } })).toBe(1);
});

test('what people see of themselves is never kept (KPI-13, MON-5)', async () => {
  const question = `{ operatorPerformance(period: ${DAY}) { rows { executions } } }`;
  const { statements } = await ask(on, question, 'INSPECTOR');
  expect((await ask(on, question, 'INSPECTOR')).statements).toBe(statements);
});

test('who may not ask gets no answer of others (MON-5)', async () => {
  const question = `{ serialYield(period: ${DAY}) { failedCount } }`;
  await ask(on, question);
  const { data, errors } = await on.ask(question, {}, null);
  expect([data?.serialYield ?? null, errors.length]).toEqual([null, 1]);
});

test('an answer is as old as its question, and ends after its seconds (MON-5)', async () => {
  let calls = 0;
  const resolve = cached<null, object, number>(() => (calls += 1));
  const viewer = { kind: 'USER', id: 'u', username: 'u', role: 'VIEWER' } as const;
  const context = contextFor(on.services, viewer);
  const at = (second: number) => ({ ...context, now: `2026-11-02T08:00:${String(second).padStart(2, '0')}.000Z` });
  const info = { fieldName: 'counted' } as GraphQLResolveInfo;
  const answers = [];
  for (const second of [0, 29, 30, 59]) answers.push(await resolve(null, {}, at(second), info));
  expect(answers).toEqual([1, 1, 2, 2]);
});

test('an error is not kept (MON-5)', async () => {
  let calls = 0;
  const resolve = cached<null, object, number>(async () => {
    calls += 1;
    if (calls === 1) throw new Error('The wire was cut.');
    return calls;
  });
  const context = contextFor(on.services, { kind: 'USER', id: 'u', username: 'u', role: 'VIEWER' });
  const info = { fieldName: 'failing' } as GraphQLResolveInfo;
  await expect(resolve(null, {}, context, info)).rejects.toThrow('The wire was cut.');
  expect([await resolve(null, {}, context, info), await resolve(null, {}, context, info)]).toEqual([2, 2]);
});

test('changes are seen once the answer is too old, or at once where nothing is kept (MON-5)', async () => {
  const question = '{ wipByProcess { rows { failedCount } } }';
  const before = [await ask(on, question), await ask(off, question)];
  for (const api of [on, off])
    await withConnection(api.databaseUrl, (client) =>
      client.query("UPDATE wip_items SET status = 'IN_PROGRESS' WHERE status = 'FAILED'"),
    );
  expect((await ask(on, question)).data).toEqual(before[0]?.data);
  expect((await ask(off, question)).data).not.toEqual(before[1]?.data);
});
