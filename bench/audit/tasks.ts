/** Creates tasks: new lots of new items, each of which passes the steps of its level one after another. */
import { readingsAt, type Step } from '../questions/readings.ts';
import type { Plant } from './plant.ts';

/** A step of a unit, as the mutations take it. */
export interface Task {
  readonly unit: { readonly number: string };
  readonly process: { readonly code: string };
}

/** The readings of each step by its code: every characteristic at its target. */
export type Readings = ReadonlyMap<string, readonly { readonly code: string; readonly value: string }[]>;

/** The tasks of a run. */
export interface Work {
  /** In an order in which they can be executed; neighbours belong to different units. */
  readonly tasks: Task[];
  readonly readings: Readings;
}

/** A model without a route of its own: its lots pass all steps of the factory route. */
const MODEL = { code: 'BENCH-2', name: 'Made by the bench', maxLotQuantity: 100 };

/** Creates so many tasks. */
export async function makeWork(plant: Plant, count: number): Promise<Work> {
  const { body } =
    await plant.ask(`{ steps: route(level: WIP) { code type qualityCriteria } lotSteps: route(level: LOT) { code }
    productionLines(first: 1, filter: { isActive: true }) { nodes { code } } }`);
  const steps: readonly TypedStep[] = body.data.steps.filter(({ type }: TypedStep) => type !== 'SERIAL_CONVERSION');
  const [line] = body.data.productionLines.nodes;
  const quantity = MODEL.maxLotQuantity;
  // An earlier run may have made it.
  await mutate(plant, 'createProductModel', MODEL, 'productModel { id }');
  const numbers: string[] = [];
  for (let month = 0; numbers.length * steps.length < count; month += 1) {
    const productionDate = new Date(Date.UTC(2020, -month, 1)).toISOString().slice(0, 10);
    const created = await mutate(
      plant,
      'createLot',
      {
        productModel: { code: MODEL.code },
        productionLine: { code: line.code },
        productionDate,
        targetQuantity: quantity,
      },
      'lot { number }',
    );
    // Earlier runs have used all lot numbers of this month.
    if (created.errors[0]?.code === 'LIMIT_EXCEEDED') continue;
    const lot = { number: created.lot.number };
    for (const { code } of body.data.lotSteps)
      await mutate(plant, 'recordProcessData', { unit: lot, process: { code }, result: 'PASS' }, '');
    const { wipItems } = await mutate(plant, 'generateWipItems', { lot, quantity }, 'wipItems { number }');
    numbers.push(...wipItems.map((item: { number: string }) => item.number));
  }
  return {
    tasks: steps.flatMap(({ code }) => numbers.map((number) => ({ unit: { number }, process: { code } }))),
    readings: new Map(steps.map((step) => [step.code, readingsAt(step)])),
  };
}

interface TypedStep extends Step {
  readonly type: string;
}

// oxlint-disable-next-line typescript/no-explicit-any -- the bench reads fields that it requested
async function mutate(plant: Plant, name: string, input: object, selection: string): Promise<any> {
  const { body } = await plant.ask(
    `mutation ($input: ${name.charAt(0).toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { ${selection} errors { code message } } }`,
    { input },
  );
  return body.data[name];
}
