import pg from 'pg';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { contextFor } from '../../../src/app/request/context.ts';
import { run } from '../../../src/platform/command/run.ts';
import { recordProcessDataBatch } from '../../../src/production/process-data/recording/batch.commands.ts';
import { startApi, type Api } from '../../support/api.ts';
import { makeManyItems, type Named, type Step } from '../../support/build.ts';
import { done } from '../../support/expect.ts';
import { makeFloor, type Floor } from '../../support/work.ts';

let api: Api;
let floor: Floor;
beforeEach(async () => {
  api = await startApi();
  floor = await makeFloor(api);
  await done(api, 'createEquipment', { code: 'PRESS', name: 'Press', type: 'PRESS' }, 'equipment { id }');
});
afterEach(() => api.close());

/** Everything that the command sends to the database, BEGIN, COMMIT and the clock included. */
async function statementsOf(units: readonly { readonly number: string }[], step: Step): Promise<number> {
  const context = contextFor(api.services, {
    kind: 'USER',
    id: api.userIdOf('ADMIN'),
    username: 'admin',
    role: 'ADMIN',
  });
  const items = units.map(({ number }) => ({
    unit: { number },
    process: { id: step.id },
    equipment: { code: 'PRESS' },
    operator: { username: 'operator' },
    result: 'PASS',
  }));
  const sent = vi.spyOn(pg.Connection.prototype, 'execute');
  try {
    const { errors } = await run(recordProcessDataBatch, { items, policy: 'REJECT_EVERYTHING' }, context);
    expect(errors).toEqual([]);
    return sent.mock.calls.length;
  } finally {
    sent.mockRestore();
  }
}

test.each([1, 10, 100, 1_000])(
  'a batch of %i different units takes as many statements as one of one (PD-19)',
  async (quantity) => {
    const items = await makeManyItems(api, quantity);
    const serials = items.map(({ number }: Named) => ({ number: number.replace(/^WIP-(.*)-/, '$1') }));

    const counts = {
      first: await statementsOf(items, floor.mount),
      last: await statementsOf(items, floor.test),
      conversion: await statementsOf(items, floor.mark),
      ofSerials: await statementsOf(serials, floor.burnIn),
      lastOfLot: await statementsOf(serials, floor.final),
    };

    // A lot that is completed raises an alert, by one statement for all.
    expect(counts).toEqual({ first: 16, last: 16, conversion: 18, ofSerials: 17, lastOfLot: 21 });
  },
);
