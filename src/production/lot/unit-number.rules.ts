/**
 * The numbers of lots, WIP items and serials.
 *
 * 1. A lot is 13 characters: line 4, model 3, year and month of the production date 4, and a sequence of two: 01..99, and
 *    after them A0..A9, B0 and so on to Z9, without I and O, which look like 1 and 0.
 * 2. A serial is its lot and its sequence, at least three digits wide.
 * 3. A WIP item is `WIP-`, its lot, `-` and the same sequence; these two hyphens are part of the number.
 * 4. Lots and serials are read in any case, with hyphens and spaces anywhere; WIP items in any case, with spaces
 *    around. The symbology prefix of a barcode is not part of a number.
 */
import { rejection, type Rejection, type RuleId } from '../../platform/rules/rejection.ts';
import { assert } from '../../platform/values/assert.ts';
import { capitalized, problemInIdentifier, scannedText } from '../../platform/values/characters.ts';
import type { DateText } from '../../platform/values/time.ts';

/** The kinds of units. */
export const UNIT_KINDS = ['LOT', 'WIP_ITEM', 'SERIAL'] as const;
/** The kind of a unit. */
export type UnitKind = (typeof UNIT_KINDS)[number];

/** A number with the kind of unit it belongs to. */
export interface UnitNumber {
  readonly kind: UnitKind;
  readonly number: string;
}

/** The sequence of a lot stays two characters wide: with three, the serials of lot 100 could be those of lot 10. */
const LAST_IN_DIGITS = 99;
const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ';
/** LOT-2: The most lots of a line, a model and a month. */
export const MAX_LOT_SEQUENCE = LAST_IN_DIGITS + LETTERS.length * 10;
/** WIP-1, SER-1: The least number of digits of the sequence of an item or a serial. */
export const MIN_SEQUENCE_WIDTH = 3;

/** The kind and the number that a text stands for; undefined when it does not have the form of any number. */
export function unitNumberOf(text: string): UnitNumber | undefined {
  for (const kind of KINDS_IN_PARSING_ORDER) {
    const number = numberOf(kind, text);
    if (number !== undefined) return { kind, number };
  }
  return undefined;
}

/** The number of one kind that a text stands for: `kr01-psa-2611-01` is the lot `KR01PSA261101`. */
export function numberOf(kind: UnitKind, text: string): string | undefined {
  const bare = withoutSeparators(kind, text);
  return FORMS[kind].test(bare) ? bare.toUpperCase() : undefined;
}

/**
 * LOT-1, WIP-1, SER-1: Rejects a reference that does not name a unit of the kind. Any text may be an external number,
 * so an unknown text is just not found; but the number of another kind was mistaken for one of this kind, and the
 * rejection says which it is.
 */
export function unknownUnit(kind: UnitKind, text: string, path: string): Rejection {
  const { rule, noun, example } = NUMBER_TEXTS[kind];
  const what = capitalized(noun);
  const taken = unitNumberOf(text);
  if (taken?.kind === kind) return rejection('NOT_FOUND', path, `${what} ${taken.number} does not exist.`);
  if (taken !== undefined) {
    const message = `${taken.number} is the number of a ${NUMBER_TEXTS[taken.kind].noun}, not of a ${noun}; one looks like ${example}.`;
    return rejection(rule, `${path}.number`, message, 'INVALID_INPUT');
  }
  const reason = `no ${noun} has this external number, and a ${noun} number looks like ${example}`;
  return rejection('NOT_FOUND', path, `${what} ${quoted(text)} does not exist: ${reason}.${lookAlikeHint(text)}`);
}

/**
 * For a text that names nothing: the character that no external number can have, because the text may look exactly like
 * a number that exists. Empty when all characters are in order.
 */
export function lookAlikeHint(text: string): string {
  const problem = problemInIdentifier(text);
  return problem === undefined ? '' : ` An external number ${problem}`;
}

/**
 * A part of a number as it is stored, to search in the numbers of the kind: `kr01-psa` is `KR01PSA` in those of lots.
 */
export function numberPartOf(kind: UnitKind, text: string): string {
  return withoutSeparators(kind, text).toUpperCase();
}

/** LOT-1: The part that all lots of a line, a model and a month share; it is the name of their counter. */
export function lotNumberPrefix(lineSegment: string, modelSegment: string, productionDate: DateText): string {
  return `${lineSegment}${modelSegment}${productionDate.slice(2, 4)}${productionDate.slice(5, 7)}`;
}

/** LOT-1: The number of a lot. */
export function lotNumber(prefix: string, sequence: number): string {
  const beyond = sequence - LAST_IN_DIGITS - 1;
  const text =
    beyond < 0 ? String(sequence).padStart(2, '0') : `${LETTERS.charAt(Math.floor(beyond / 10))}${beyond % 10}`;
  return assertForm('LOT', `${prefix}${text}`);
}

/** WIP-1, SER-1: The digits of the sequences in a lot: as many as its target needs, and at least three. */
export function sequenceWidth(targetQuantity: number): number {
  return Math.max(MIN_SEQUENCE_WIDTH, String(targetQuantity).length);
}

/** WIP-1: The number of a WIP item. */
export function wipItemNumber(lot: string, sequence: number, width: number): string {
  return assertForm('WIP_ITEM', `WIP-${lot}-${String(sequence).padStart(width, '0')}`);
}

/** SER-1: The number of a serial. */
export function serialNumber(lot: string, sequence: number, width: number): string {
  return assertForm('SERIAL', `${lot}${String(sequence).padStart(width, '0')}`);
}

/** A lot number as people read it: `KR01-PSA-2611-01`. */
export function displayLotNumber(lot: string): string {
  return [lot.slice(0, 4), lot.slice(4, 7), lot.slice(7, 11), lot.slice(11)].join('-');
}

/** A serial number as people read it: `KR01-PSA-2611-01-001`. */
export function displaySerialNumber(serial: string): string {
  return `${displayLotNumber(serial.slice(0, 13))}-${serial.slice(13)}`;
}

/** WIP items come first: without its hyphens the number of an item would look like that of a serial. */
const KINDS_IN_PARSING_ORDER: readonly UnitKind[] = ['WIP_ITEM', 'LOT', 'SERIAL'];

/**
 * The patterns ignore case, because converting to upper case first would change foreign letters (`ſ`) into ASCII
 * letters.
 */
const FORMS: Readonly<Record<UnitKind, RegExp>> = {
  LOT: /^[A-Z0-9]{11}[0-9A-HJ-NP-Z][0-9]$/i,
  WIP_ITEM: /^WIP-[A-Z0-9]{13}-[0-9]{3,7}$/i,
  SERIAL: /^[A-Z0-9]{11}[0-9A-HJ-NP-Z][0-9]{4,8}$/i,
};

interface NumberText {
  readonly rule: RuleId;
  readonly noun: string;
  readonly example: string;
}

const NUMBER_TEXTS: Readonly<Record<UnitKind, NumberText>> = {
  LOT: { rule: 'LOT-1', noun: 'lot', example: 'KR01PSA261101' },
  WIP_ITEM: { rule: 'WIP-1', noun: 'WIP item', example: 'WIP-KR01PSA261101-001' },
  SERIAL: { rule: 'SER-1', noun: 'serial', example: 'KR01PSA261101001' },
};

/** Hyphens and spaces are ignored in the numbers of lots and serials; the hyphens of an item are part of its number. */
function withoutSeparators(kind: UnitKind, text: string): string {
  const scanned = scannedText(text);
  return kind === 'WIP_ITEM' ? scanned : scanned.replaceAll(/[- ]/g, '');
}

/** The number, which must have the form of its kind. */
function assertForm(kind: UnitKind, number: string): string {
  assert(FORMS[kind].test(number), `${number} is no number of a ${kind}.`);
  return number;
}

function quoted(text: string): string {
  return JSON.stringify(text.length > QUOTED_LENGTH ? `${text.slice(0, QUOTED_LENGTH)}…` : text);
}

const QUOTED_LENGTH = 40;
