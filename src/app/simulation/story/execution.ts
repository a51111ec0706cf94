/** Simulates one execution of a step: its readings, its defects, and the result that follows. */
import { shiftAt, SHIFTS } from '../plant/people.ts';
import type { SimulatedStep } from '../plant/processes.ts';
import { driftAt, type Workplace } from '../plant/workplace.ts';
import type { Random } from '../random.ts';
import {
  type Reading,
  readingsAllow,
  verdictOfReading,
  withLimitsOfStep,
} from '../../../production/process-data/result/measurement.rules.ts';
import type { ProcessDefect, ProcessResult } from '../../../production/process-data/result/result.rules.ts';

/** The outcome of an execution. */
export interface StepOutcome {
  readonly result: ProcessResult;
  readonly measurements: readonly Reading[];
  readonly defects: readonly ProcessDefect[];
  readonly notes: string | null;
}

/** The circumstances that influence the outcome. */
export interface Circumstances {
  readonly workplace: Workplace;
  readonly at: number;
  /** A unit with a hidden flaw, which shows in every inspection. */
  readonly isWeak: boolean;
  readonly isRetry: boolean;
  /** The last allowed attempt, after which there is no rework. */
  readonly isLast: boolean;
}

const WEAK_FAIL_RATIO = 0.55;
const RETRY_FAIL_RATIO = 0.09;
const NIGHT_FACTOR = 1.3;
const NIGHT = SHIFTS.indexOf('night');

/**
 * Simulates the outcome. A step fails by its readings or by one of its other defects; a PASS satisfies the rules
 * (PD-10).
 */
export function outcomeOf(step: SimulatedStep, circumstances: Circumstances, random: Random): StepOutcome {
  const measurements = readingsOf(step, circumstances, random);
  const isRejected = readingsAllow('PASS', step, measurements).length > 0;
  const outside = measurements.find((reading) => isRejected && verdictOfReading(reading) === 'OUT_OF_SPEC');
  if (outside !== undefined) return { result: 'FAIL', measurements, defects: [defectOfReading(outside)], notes: null };
  if (!random.chance(failRatioOf(step, circumstances))) {
    return { result: 'PASS', measurements, defects: [], notes: random.chance(0.004) ? random.pick(REMARKS) : null };
  }

  const isRework = !circumstances.isWeak && !circumstances.isLast && random.chance(step.content.reworkShare);
  const defects = defectsOf(step, random);
  const notes = random.chance(0.6)
    ? `${isRework ? 'Put right at once' : 'Set aside'}: ${defects.map((defect) => defect.description?.toLowerCase()).join(', ')}.`
    : null;
  return { result: isRework ? 'REWORK' : 'FAIL', measurements, defects, notes };
}

const REMARKS = [
  'New reel of R7.',
  'Fixture cleaned before.',
  'Second look asked for by the shift lead.',
  'Trainee, supervised.',
] as const;

function failRatioOf(step: SimulatedStep, { isWeak, isRetry, at }: Circumstances): number {
  if (isWeak && step.content.isInspection === true) return WEAK_FAIL_RATIO;
  const ratio = isRetry ? RETRY_FAIL_RATIO : step.content.failRatio;
  return shiftAt(at) === NIGHT ? ratio * NIGHT_FACTOR : ratio;
}

function readingsOf(step: SimulatedStep, { workplace, at }: Circumstances, random: Random): readonly Reading[] {
  const { characteristics } = step.content;
  if (characteristics.length === 0) return [];
  const drift = driftAt(workplace, at);
  const read = characteristics.map(({ code, unit, target, sigma, decimals }): Reading => {
    const value = target + (random.normal() + drift) * sigma;
    return {
      code,
      value: decimalOf(value, decimals),
      text: null,
      unit,
      lowerLimit: null,
      upperLimit: null,
      target: null,
    };
  });
  return withLimitsOfStep(step, read);
}

/** Formats a decimal, without the sign of a rounded zero. */
function decimalOf(value: number, decimals: number): string {
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? (0).toFixed(decimals) : text;
}

function defectOfReading(reading: Reading): ProcessDefect {
  const description = `${reading.code} ${reading.value} ${reading.unit ?? ''} is out of specification`;
  return { code: `${reading.code}_OUT`, description, severity: 'MEDIUM', location: null, quantity: 1 };
}

/** Chooses mostly one kind of defect, by its frequency, and sometimes a second one. */
function defectsOf(step: SimulatedStep, random: Random): readonly ProcessDefect[] {
  const first = random.weighted(step.content.defects);
  const second = random.chance(0.08) ? random.weighted(step.content.defects) : first;
  return [...new Set([first, second])].map(({ code, description, severity, locations }) => ({
    code,
    description,
    severity,
    location: locations === undefined ? null : random.pick(locations),
    quantity: random.chance(0.12) ? random.whole(2, 5) : 1,
  }));
}
