/** The processes of the simulated plant, from which the routes of its models are made: as stored rows, and with their content. */
import { characteristicsOf } from '../../../catalog/process/characteristic.rules.ts';
import type { ProcessLevel, Step } from '../../../catalog/process/route.rules.ts';
import type { Random } from '../random.ts';
import { instantAt, madeAt, type ProcessRow } from '../rows.ts';
import { SERIAL_STEPS } from '../steps/serial-steps.ts';
import { CONVERSION_STEP, LABEL_STEP, LOT_STEP } from '../steps/lot-and-conversion-steps.ts';
import type { CharacteristicContent, StepContent } from '../steps/step-content.ts';
import { WIP_STEPS } from '../steps/wip-steps.ts';

/** A step of a route with the content from which it was created. */
export interface SimulatedStep extends Step {
  readonly content: StepContent;
}

/** The fewest steps of a unit: one that makes the item, the conversion, and one of the serial. */
export const MIN_STEPS = 3;
/** The most steps of a unit. */
export const MAX_STEPS = WIP_STEPS.length + 1 + SERIAL_STEPS.length;

/** The distance of a limit from the target, unless a characteristic says otherwise. */
export const SIGMAS_TO_LIMIT = 3.7;

/**
 * Creates the stored processes: those of the factory route, a second conversion outside of it, and an inactive one that
 * keeps its number.
 */
export function processRows(steps: number, at: number, random: Random): readonly ProcessRow[] {
  const used = contentOf(steps).map(([level, content]) => processRow(level, content, at, random));
  const former = processRow(
    'WIP',
    { ...LOT_STEP, number: 35, code: 'TOUCH_UP', name: 'Manual touch-up', localName: '수동 보수' },
    at,
    random,
  );
  const label = { ...processRow('WIP', LABEL_STEP, at, random), isInFactoryRoute: false };
  return [...used, label, { ...former, isActive: false, qualityCriteria: {} }];
}

/** Returns the active processes as steps, with their content. */
export function simulatedSteps(rows: readonly ProcessRow[]): readonly SimulatedStep[] {
  const contents = new Map(
    [LOT_STEP, ...WIP_STEPS, CONVERSION_STEP, LABEL_STEP, ...SERIAL_STEPS].map((content) => [content.code, content]),
  );
  return rows.flatMap((row) => {
    const content = contents.get(row.code);
    if (content === undefined) return [];
    const characteristics = characteristicsOf(row.qualityCriteria);
    return [{ ...row, isOptional: false, equipmentTypes: [], characteristics, content }];
  });
}

/** Selects the steps of a unit: one conversion, and the others divided between item and serial. */
function contentOf(steps: number): readonly (readonly [ProcessLevel, StepContent])[] {
  const others = steps - 1;
  const wip = Math.min(Math.floor(others / 2), WIP_STEPS.length);
  return [
    ['LOT', LOT_STEP],
    ...firstByRank(WIP_STEPS, wip).map((content) => ['WIP', content] as const),
    ['WIP', CONVERSION_STEP],
    ...firstByRank(SERIAL_STEPS, others - wip).map((content) => ['SERIAL', content] as const),
  ];
}

function firstByRank(steps: readonly StepContent[], count: number): readonly StepContent[] {
  return steps.filter((step) => step.rank <= count);
}

function processRow(level: ProcessLevel, content: StepContent, at: number, random: Random): ProcessRow {
  const isConversion = content === CONVERSION_STEP || content === LABEL_STEP;
  return {
    id: random.id(at),
    number: content.number,
    code: content.code,
    name: content.name,
    localName: content.localName,
    description: null,
    type: isConversion ? 'SERIAL_CONVERSION' : 'MANUFACTURING',
    level,
    plannedSeconds: content.seconds,
    maxAttempts: content.maxAttempts,
    allowOutOfSpecPass: content.allowOutOfSpecPass ?? false,
    qualityCriteria: qualityCriteriaOf(content),
    defectItems: content.defects.map((defect) => defect.code),
    autoPrintLabel: isConversion,
    labelTemplate: isConversion ? 'SERIAL_LABEL' : null,
    sortOrder: content.number,
    isActive: true,
    isInFactoryRoute: true,
    ...madeAt(instantAt(at)),
  };
}

/** Returns the stored quality criteria of a process. */
export function qualityCriteriaOf(content: StepContent): object {
  if (content.characteristics.length === 0) return {};
  return {
    characteristics: Object.fromEntries(content.characteristics.map((each) => [each.code, characteristicOf(each)])),
  };
}

function characteristicOf(content: CharacteristicContent): object {
  const { unit, target, sigma, decimals, limits, required } = content;
  const reach = sigma * (content.sigmasToLimit ?? SIGMAS_TO_LIMIT);
  const text = (value: number): string => value.toFixed(decimals);
  return {
    unit,
    target: text(target),
    ...(limits === 'UPPER' ? {} : { lowerLimit: text(target - reach) }),
    ...(limits === 'LOWER' ? {} : { upperLimit: text(target + reach) }),
    required,
  };
}
