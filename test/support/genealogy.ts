/** A plant in which units are built into each other, for tests of genealogy. */
import { type Api, startApi } from './api.ts';
import { makeLine, makeLot, makeModel, makeRoute, makeSerials, type Named, type Step } from './build.ts';
import { call, done, type Payload } from './expect.ts';

export interface Genealogy {
  readonly api: Api;
  readonly steps: { readonly mount: Step; readonly test: Step; readonly mark: Step };
  /** A lot of a month of its own, so that a test file may make more than 99. */
  newLot(): Promise<Named>;
  /** PASSED serials of a lot, with the items that they were. */
  newSerials(lot: Named, quantity: number): Promise<readonly Named[]>;
}

export async function startGenealogy(overrides: Parameters<typeof startApi>[0] = {}): Promise<Genealogy> {
  const api = await startApi(overrides);
  const steps = await makeRoute(api);
  await makeModel(api);
  await makeLine(api);
  let month = 0;
  return {
    api,
    steps,
    newLot() {
      month += 1;
      const year = 2026 + Math.floor(month / 12);
      return makeLot(api, { productionDate: `${year}-${String((month % 12) + 1).padStart(2, '0')}-20` });
    },
    async newSerials(lot, quantity) {
      const serials = await makeSerials(api, lot, quantity, [steps.mount, steps.test]);
      const numbers = serials.map(({ number }) => number);
      const db = api.database.reader();
      await db.sql`UPDATE serials SET status = 'IN_PROGRESS' WHERE number = ANY(${numbers})`;
      await db.sql`UPDATE serials SET status = 'PASSED', completed_at = now() WHERE number = ANY(${numbers})`;
      return serials;
    },
  };
}

/** What is built in: a lot or a serial by its id, or a supplier lot by its number. */
export type Part = { readonly lot: Named } | { readonly serial: Named } | { readonly externalLotNumber: string };

/** The part as an input names it. */
export function partRef(part: Part): object {
  if ('lot' in part) return { lot: { id: part.lot.id } };
  return 'serial' in part ? { serial: { id: part.serial.id } } : part;
}

/** The input that builds a part into a unit. */
export function installation(consumer: Named, part: Part, input: object = {}): object {
  return { consumer: { id: consumer.id }, component: partRef(part), ...input };
}

/** Builds a part into a unit, and answers the id of the use. */
export async function install(
  api: Pick<Api, 'ask'>,
  consumer: Named,
  part: Part,
  input: object = {},
): Promise<{ readonly id: string; readonly installedAt: string; readonly version: number }> {
  const { componentUse } = await done(
    api,
    'installComponent',
    installation(consumer, part, input),
    'componentUse { id installedAt version }',
  );
  return componentUse;
}

/** Tries to build a part into a unit. */
export function tryInstall(api: Pick<Api, 'ask'>, consumer: Named, part: Part): Promise<Payload> {
  return call(api, 'installComponent', installation(consumer, part), 'componentUse { id }');
}

/** Removes what was built in. */
export async function uninstall(
  api: Pick<Api, 'ask'>,
  use: { readonly id: string },
  input: object = {},
): Promise<Payload> {
  return done(api, 'removeComponent', { id: use.id, reason: 'Worn', ...input }, 'componentUse { id removedAt }');
}
