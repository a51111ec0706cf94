/** Routes of product models, for tests of work by them. */
import type { Api } from './api.ts';
import { makeLine, makeModel, makeStep, type Step } from './build.ts';
import { done } from './expect.ts';

/** A step of a route as an input of the graph gives it: number, code of the process, and what differs from it. */
export type StepOfRoute = readonly [number: number, code: string, changes?: object];

export function stepsOf(steps: readonly StepOfRoute[]): readonly object[] {
  return steps.map(([number, code, changes = {}]) => ({ number, process: { code }, ...changes }));
}

export interface MadeRoute {
  readonly id: string;
  readonly revision: number;
  readonly version: number;
}

/** A draft of a route of the model PSA, unless `input` says otherwise. */
export async function makeDraft(
  api: Pick<Api, 'ask'>,
  steps: readonly StepOfRoute[],
  input: object = {},
): Promise<MadeRoute> {
  const { route } = await done(
    api,
    'createRoute',
    { productModel: { code: 'PSA' }, steps: stepsOf(steps), ...input },
    'route { id revision version }',
  );
  return route;
}

/** A released route. */
export async function makeReleased(
  api: Pick<Api, 'ask'>,
  steps: readonly StepOfRoute[],
  input: object = {},
): Promise<MadeRoute> {
  const { id } = await makeDraft(api, steps, input);
  const { route } = await done(api, 'releaseRoute', { id, reason: 'Approved.' }, 'route { id revision version }');
  return route;
}

/** The processes of `makePlant`, by their codes. None of them belongs to the factory route. */
export type Processes = Readonly<Record<(typeof PROCESSES)[number][1], Step>>;

const PROCESSES = [
  [1, 'KIT', { level: 'LOT' }],
  [11, 'PRINT'],
  [12, 'PLACE', { maxAttempts: 2, plannedSeconds: 40 }],
  [13, 'POLISH'],
  [14, 'CHECK', { qualityCriteria: { characteristics: { GAP: { unit: 'mm', upperLimit: '0.5', required: true } } } }],
  [19, 'MARK', { type: 'SERIAL_CONVERSION' }],
  [21, 'BURN_IN', { level: 'SERIAL' }],
  [22, 'TUNE', { level: 'SERIAL' }],
  [23, 'FINAL', { level: 'SERIAL' }],
] as const;

/** The model PSA, the line KR01, and processes that belong to no route yet. */
export async function makePlant(api: Api): Promise<Processes> {
  await makeModel(api);
  await makeLine(api);
  const made: Record<string, Step> = {};
  for (const [number, code, input] of PROCESSES)
    made[code] = await makeStep(api, number, code, { isInFactoryRoute: false, ...input });
  return made as Processes;
}

/** A whole way: 10 PRINT, 20 POLISH (optional), 30 PLACE, 40 MARK, 50 BURN_IN (optional), 60 FINAL. */
export const WHOLE: readonly StepOfRoute[] = [
  [10, 'PRINT'],
  [20, 'POLISH', { isOptional: true }],
  [30, 'PLACE'],
  [40, 'MARK'],
  [50, 'BURN_IN', { isOptional: true }],
  [60, 'FINAL'],
];
