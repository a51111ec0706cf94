/**
 * The labels of a lot and its serials: a conversion prints the label of each serial that it makes (LBL-2). Now and then a
 * printer fails and somebody prints the label again, or a label has suffered and an inspector prints a new one.
 */
import { isConversion } from '../../../catalog/process/route.rules.ts';
import { shiftAt } from '../plant/people.ts';
import type { Plant } from '../plant/plant.ts';
import type { Random } from '../random.ts';
import { type ExecutionRow, HOUR, instantAt, type LabelPrintRow, MINUTE, SECOND, type SerialRow } from '../rows.ts';
import type { LotStory } from '../story/story.ts';

/** One print fails in so many serials, and as often a label is printed again after a while. */
const SERIALS_PER_FAILURE = 40;
/** The places of both among these serials. */
const FAILURE = 3;
const DAMAGE = 17;
const FAILURES = [
  'The ribbon is used up.',
  'No answer from the printer within 5 seconds.',
  'The head is open.',
] as const;

/** What the prints of a lot depend on. */
export interface Printing {
  readonly until: number;
  readonly plant: Plant;
  readonly random: Random;
}

/** Prints the labels of a lot and of its serials, as far as the simulated time allows. */
export function labelPrintsOf(story: LotStory, { until, plant, random }: Printing): readonly LabelPrintRow[] {
  const { plan, lot, serials, executions } = story;
  const printer = `LABEL-${plan.productionLine.code}`;
  const prints: LabelPrintRow[] = [];
  const print = (at: number, fields: Pick<LabelPrintRow, 'labelType' | 'text'> & Partial<LabelPrintRow>): void => {
    if (at > until) return;
    prints.push({
      id: random.id(at),
      lotId: null,
      wipItemId: null,
      serialId: null,
      processDataId: null,
      printer,
      status: 'SUCCESS',
      errorMessage: null,
      printedById: null,
      createdAt: instantAt(at),
      ...fields,
    });
  };
  const [first] = executions;
  if (first !== undefined) {
    const at = Date.parse(first.startedAt) + random.whole(10, 60) * SECOND;
    print(at, { labelType: 'LOT_LABEL', text: lot.number, lotId: lot.id, printedById: first.operatorId });
  }
  const conversionIds = new Set(plant.processes.filter(isConversion).map(({ id }) => id));
  const conversions = new Map(
    executions
      .filter(({ processId, result }) => result === 'PASS' && conversionIds.has(processId))
      .map((execution) => [execution.wipItemId, execution]),
  );
  serials.forEach((serial, place) => {
    const conversion = conversions.get(serial.wipItemId);
    if (conversion !== undefined) printSerial(serial, conversion, place % SERIALS_PER_FAILURE);
  });
  return prints;

  function printSerial(serial: SerialRow, { id, operatorId }: ExecutionRow, turn: number): void {
    const label = { labelType: 'SERIAL_LABEL', text: serial.number, serialId: serial.id } as const;
    const at = Date.parse(serial.createdAt) + random.whole(1, 3) * SECOND;
    if (turn === FAILURE) {
      print(at, { ...label, processDataId: id, status: 'FAILED', errorMessage: random.pick(FAILURES) });
      print(at + random.whole(2, 6) * MINUTE, { ...label, processDataId: id, printedById: operatorId });
      return;
    }
    print(at, { ...label, processDataId: id });
    if (turn !== DAMAGE) return;
    const again = at + random.whole(1, 3) * HOUR;
    print(again, { ...label, printedById: plant.people.inspectors[shiftAt(again)]?.id ?? operatorId });
  }
}
