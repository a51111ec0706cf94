/** Numbers as people type them. */
import { isDecimal } from '../../src/platform/values/decimal.ts';

/** The number without blanks and with a point; undefined when it is none, or when the server would not take it. */
export function decimalOf(typed: string): string | undefined {
  const text = typed
    .trim()
    .replace(',', '.')
    .replace(/^\+/, '')
    .replace(/^(-?)\./, '$10.');
  return isDecimal(text) ? text : undefined;
}
