/** A plant in which samples are inspected, for the tests of the area. */
import { type Api, startApi } from '../support/api.ts';
import {
  type Identified,
  makeDefect,
  makeInspection,
  makeLine,
  makeLot,
  makeModel,
  makeRoute,
  type Named,
  type Step,
} from '../support/build.ts';
import { done, type Payload } from '../support/expect.ts';

export interface QualityWorld {
  readonly api: Api;
  readonly steps: { readonly mount: Step; readonly test: Step; readonly mark: Step };
  /** A lot of a month of its own, so that a test file may make more than 99. */
  newLot(): Promise<Named>;
}

export async function startQuality(overrides: Parameters<typeof startApi>[0] = {}): Promise<QualityWorld> {
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
  };
}

/** An inspection with one finding of each severity, completed. Answers both. */
export async function completeWith(
  api: Api,
  lot: Identified,
  severities: readonly string[],
  input: object = {},
): Promise<{ readonly inspection: Identified; readonly defects: readonly Identified[] }> {
  const inspection = await makeInspection(api, lot, input);
  const defects: Identified[] = [];
  for (const severity of severities) defects.push(await makeDefect(api, inspection, { severity }));
  await done(api, 'completeInspection', { id: inspection.id }, 'inspection { id }');
  return { inspection, defects };
}

/** What is decided about a lot. */
export async function dispositionOf(api: Api, lot: Named): Promise<Payload> {
  const { data } = await api.ask(
    `{ lotByNumber(number: "${lot.number}") { disposition dispositionReason dispositionBy { username } version } }`,
  );
  return data.lotByNumber;
}
