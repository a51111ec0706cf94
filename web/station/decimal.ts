/** Numbers as people type them, compared exactly: a reading of 0.3 is not above a limit of 0.3. */

/** The number without blanks and with a point; undefined when it is none, or when the server would not take it. */
export function decimalOf(typed: string): string | undefined {
  const text = typed.trim().replace(',', '.');
  return /^[+-]?(\d+(\.\d+)?|\.\d+)$/.test(text) ? text.replace(/^\+/, '').replace(/^(-?)\./, '$10.') : undefined;
}

/** Negative when the first number is the smaller one, positive when it is the greater one, 0 when both are equal. */
export function compareDecimals(one: string, other: string): number {
  const places = Math.max(placesOf(one), placesOf(other));
  const difference = scaled(one, places) - scaled(other, places);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

function placesOf(decimal: string): number {
  return decimal.split('.')[1]?.length ?? 0;
}

function scaled(decimal: string, places: number): bigint {
  const [whole = '', fraction = ''] = decimal.split('.');
  return BigInt(whole + fraction.padEnd(places, '0'));
}
