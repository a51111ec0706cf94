import type { LabelType } from '../../catalog/process/process.rules.ts';
import { type Answer, rejection } from '../../platform/rules/rejection.ts';
import type { Instant } from '../../platform/values/time.ts';
import { displayLotNumber, displaySerialNumber, type UnitKind } from '../lot/unit-number.rules.ts';

/** LBL-1: How a print can end. */
export const LABEL_PRINT_STATUSES = ['SUCCESS', 'FAILED'] as const;
/** LBL-1: How a print ended. */
export type LabelPrintStatus = (typeof LABEL_PRINT_STATUSES)[number];

/** The lengths of the texts of a print. */
export const LABEL_PRINT_LENGTHS = { printer: 100, errorMessage: 1_000 } as const;

/** The forms in which a label is drawn. */
export const LABEL_FORMATS = ['SVG', 'PNG', 'ZPL'] as const;
/** One of LABEL_FORMATS. */
export type LabelFormat = (typeof LABEL_FORMATS)[number];

/** The codes that a label can have. */
export const LABEL_CODES = ['DATA_MATRIX', 'QR_CODE'] as const;
/** One of LABEL_CODES. */
export type LabelCode = (typeof LABEL_CODES)[number];

/** LBL-1: The kind of unit whose label this is. */
export const UNIT_OF_LABEL: Readonly<Record<LabelType, UnitKind>> = {
  LOT_LABEL: 'LOT',
  WIP_LABEL: 'WIP_ITEM',
  SERIAL_LABEL: 'SERIAL',
};

const NOUNS: Readonly<Record<UnitKind, string>> = { LOT: 'lot', WIP_ITEM: 'WIP item', SERIAL: 'serial' };

/** LBL-1: A label is of a unit of its type. */
export function unitFitsLabel(
  labelType: LabelType,
  unit: { readonly kind: UnitKind; readonly number: string },
): Answer {
  const kind = UNIT_OF_LABEL[labelType];
  if (unit.kind === kind) return undefined;
  return rejection(
    'LBL-1',
    'unit',
    `${labelType} is the label of a ${NOUNS[kind]}, but ${unit.number} is a ${NOUNS[unit.kind]}.`,
    'INVALID_INPUT',
  );
}

/** LBL-1: A print that FAILED says why, and no other does. */
export function messageFitsStatus(print: {
  readonly status: LabelPrintStatus;
  readonly errorMessage: string | undefined;
}): Answer {
  if ((print.status === 'FAILED') === (print.errorMessage !== undefined)) return undefined;
  const message =
    print.status === 'FAILED'
      ? 'A print that FAILED needs an errorMessage that says why.'
      : 'A print with SUCCESS has no errorMessage.';
  return rejection('LBL-1', 'errorMessage', message, 'INVALID_INPUT');
}

/** The lot and the parts of an execution or a unit by which the two are compared. */
interface Whereabouts {
  readonly lotId: string;
  readonly wipItemId: string | null;
}

/**
 * LBL-1: The execution that led to a print is finished, and was run on the unit, on its lot, or on the WIP item that the
 * serial was. An execution of an item of the lot fits the label of the lot.
 */
export function executionFitsPrint(
  unit: Whereabouts & { readonly number: string },
  execution: Whereabouts & { readonly completedAt: Instant | null },
): Answer {
  if (execution.completedAt === null)
    return rejection('LBL-1', 'processData', 'The execution is still open; a print names a finished one.');
  const isOfLot = execution.lotId === unit.lotId;
  const isOfItem = execution.wipItemId === null || unit.wipItemId === null || execution.wipItemId === unit.wipItemId;
  if (isOfLot && isOfItem) return undefined;
  return rejection('LBL-1', 'processData', `The execution is not one of ${unit.number}.`);
}

/** The name of the printer that is asked for, among the configured ones: the first unless one is named. */
export function printerIsKnown(printers: readonly { readonly name: string }[], name: string | undefined): Answer {
  if (name === undefined || printers.some((printer) => printer.name === name)) return undefined;
  const known = printers.map((printer) => printer.name).join(', ');
  const right = known === '' ? 'no printer is configured' : `configured are ${known}`;
  return rejection('INVALID_INPUT', 'printer', `There is no printer ${JSON.stringify(name)}; ${right}.`);
}

/** The message of a print from its begin until its end is noted. It stays where the server was stopped in between. */
export const PRINT_NOT_ENDED = 'The print was begun, and its end was not noted: the label may have been printed.';

/** The number as people read it. */
export function readableNumber(kind: UnitKind, number: string): string {
  if (kind === 'WIP_ITEM') return number;
  return kind === 'LOT' ? displayLotNumber(number) : displaySerialNumber(number);
}

/** What a label says: the number in its code, and the same number as people read it. */
export interface LabelText {
  readonly text: string;
  readonly readable: string;
}

/**
 * The label as a program of ZPL II, for a label of 50 × 25 mm at 203 dots per inch: the code on the left, the number as
 * people read it below. Text is UTF-8 (`^CI28`), and no character of it can be a command (see `zplField`).
 */
export function zplOf({ text, readable }: LabelText, code: LabelCode): string {
  const symbol =
    code === 'DATA_MATRIX' ? `^BXN,6,200^FH^FD${zplField(text)}^FS` : `^BQN,2,4^FH^FDMA,${zplField(text)}^FS`;
  return [
    '^XA^CI28^PW400^LL200',
    `^FO140,20${symbol}`,
    `^FO0,150^FB400,1,0,C^A0N,28,26^FH^FD${zplField(readable)}^FS`,
    '^XZ',
    '',
  ].join('\n');
}

/**
 * Text as the data of a field with `^FH`: every byte that is not a letter, a digit, a hyphen, a point or a space is
 * written as `_` and two hexadecimal digits. So neither `^`, `~` and `\` nor the sign of the escape itself reach the
 * printer as a command.
 */
export function zplField(text: string): string {
  return [...Buffer.from(text, 'utf8')]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /^[A-Za-z0-9 .-]$/.test(character) ? character : `_${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}
