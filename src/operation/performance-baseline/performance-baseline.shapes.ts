import { z } from 'zod';
import { decimal, identifyingText, line, lines, optional, refineTo } from '../../platform/input/schemas.ts';
import { isPerformanceValue, PERFORMANCE_DIGITS, PERFORMANCE_LENGTHS } from './performance-baseline.rules.ts';

const value = refineTo(decimal(), (text) =>
  isPerformanceValue(text)
    ? { value: text }
    : {
        message: `must be greater than 0, with at most ${PERFORMANCE_DIGITS.whole} digits before and ${PERFORMANCE_DIGITS.fraction} after the point.`,
      },
);

/** The input of `setPerformanceBaseline` and `recordPerformanceMeasurement`. */
export const PerformanceFigure = z.strictObject({
  metric: identifyingText(PERFORMANCE_LENGTHS.metric),
  subject: identifyingText(PERFORMANCE_LENGTHS.subject),
  value,
  unit: line(PERFORMANCE_LENGTHS.unit),
  notes: optional(lines(PERFORMANCE_LENGTHS.notes)),
});
