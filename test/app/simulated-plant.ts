import { afterAll, beforeAll } from 'vitest';
import type { SimulationOptions } from '../../src/app/simulation/options.ts';
import { simulate } from '../../src/app/simulation/simulate.ts';
import { present } from '../../src/platform/values/assert.ts';
import { type Api, startApi } from '../support/api.ts';

/** When the simulated time ends. */
export const UNTIL = '2026-03-18T09:30:00.000Z';

/** A server on a simulated plant, for the tests of a file. */
export interface SimulatedPlant {
  readonly api: Api;
  rows<Row extends object>(strings: TemplateStringsArray, ...values: readonly unknown[]): Promise<readonly Row[]>;
}

/** Simulates a plant before the tests of the file, and stops its server after them. */
export function simulatedPlant(size: Partial<SimulationOptions> = {}): SimulatedPlant {
  let started: Api | undefined;
  beforeAll(async () => {
    started = await startApi();
    await simulate(started.services, { ...USUAL, ...size });
  });
  afterAll(() => started?.close());
  return {
    get api() {
      return present(started, 'The server');
    },
    rows: (strings, ...values) =>
      present(started, 'The server')
        .database.reader()
        .sql(strings, ...values),
  };
}

const USUAL: SimulationOptions = {
  lots: 30,
  serialsPerLot: undefined,
  steps: 8,
  seed: 'test',
  until: UNTIL,
  passwordHash: 'no password',
};
