import { describe, expect, test } from 'vitest';
import { LABEL_TYPES } from '../../../src/catalog/process/process.rules.ts';
import { rejection } from '../../../src/platform/rules/rejection.ts';
import {
  executionFitsPrint,
  LABEL_CODES,
  LABEL_FORMATS,
  LABEL_PRINT_LENGTHS,
  LABEL_PRINT_STATUSES,
  messageFitsStatus,
  PRINT_NOT_ENDED,
  printerIsKnown,
  readableNumber,
  UNIT_OF_LABEL,
  unitFitsLabel,
  zplField,
  zplOf,
} from '../../../src/production/label-print/label-print.rules.ts';

const SERIAL = { kind: 'SERIAL', number: 'KR01PSA261101001' } as const;
const AT = '2026-11-20T08:00:00.000Z';

describe('a print', () => {
  test('has one of two ends, and texts of limited length (LBL-1)', () => {
    expect(LABEL_PRINT_STATUSES).toEqual(['SUCCESS', 'FAILED']);
    expect(LABEL_PRINT_LENGTHS).toEqual({ printer: 100, errorMessage: 1_000 });
    expect(PRINT_NOT_ENDED.length).toBeLessThanOrEqual(LABEL_PRINT_LENGTHS.errorMessage);
  });

  test('is of a unit of the type of its label (LBL-1)', () => {
    expect(LABEL_TYPES.map((type) => [type, UNIT_OF_LABEL[type]])).toEqual([
      ['LOT_LABEL', 'LOT'],
      ['WIP_LABEL', 'WIP_ITEM'],
      ['SERIAL_LABEL', 'SERIAL'],
    ]);
    expect(unitFitsLabel('SERIAL_LABEL', SERIAL)).toBeUndefined();
    expect(unitFitsLabel('WIP_LABEL', SERIAL)).toEqual(
      rejection(
        'LBL-1',
        'unit',
        'WIP_LABEL is the label of a WIP item, but KR01PSA261101001 is a serial.',
        'INVALID_INPUT',
      ),
    );
  });

  test('that FAILED says why, and no other does (LBL-1)', () => {
    expect(messageFitsStatus({ status: 'FAILED', errorMessage: 'No paper' })).toBeUndefined();
    expect(messageFitsStatus({ status: 'SUCCESS', errorMessage: undefined })).toBeUndefined();
    expect(messageFitsStatus({ status: 'FAILED', errorMessage: undefined })).toEqual(
      rejection('LBL-1', 'errorMessage', 'A print that FAILED needs an errorMessage that says why.', 'INVALID_INPUT'),
    );
    expect(messageFitsStatus({ status: 'SUCCESS', errorMessage: 'No paper' })).toEqual(
      rejection('LBL-1', 'errorMessage', 'A print with SUCCESS has no errorMessage.', 'INVALID_INPUT'),
    );
  });

  test('names a finished execution of the unit, of its lot or of its item (LBL-1)', () => {
    const unit = { number: SERIAL.number, lotId: 'lot', wipItemId: 'item' };
    const lot = { number: 'KR01PSA261101', lotId: 'lot', wipItemId: null };
    for (const wipItemId of ['item', null])
      expect(executionFitsPrint(unit, { lotId: 'lot', wipItemId, completedAt: AT })).toBeUndefined();
    expect(executionFitsPrint(lot, { lotId: 'lot', wipItemId: 'other', completedAt: AT })).toBeUndefined();
    for (const [of, whereabouts] of [
      [unit, { lotId: 'lot', wipItemId: 'other' }],
      [unit, { lotId: 'other', wipItemId: null }],
      [lot, { lotId: 'other', wipItemId: null }],
    ] as const)
      expect(executionFitsPrint(of, { ...whereabouts, completedAt: AT })).toEqual(
        rejection('LBL-1', 'processData', `The execution is not one of ${of.number}.`),
      );
    expect(executionFitsPrint(unit, { lotId: 'lot', wipItemId: 'item', completedAt: null })).toEqual(
      rejection('LBL-1', 'processData', 'The execution is still open; a print names a finished one.'),
    );
  });

  test('goes to a configured printer (LBL-1)', () => {
    const printers = [{ name: 'LINE-1' }, { name: 'PACKING' }];
    expect(printerIsKnown(printers, undefined)).toBeUndefined();
    expect(printerIsKnown(printers, 'PACKING')).toBeUndefined();
    expect(printerIsKnown(printers, 'packing')).toEqual(
      rejection('INVALID_INPUT', 'printer', 'There is no printer "packing"; configured are LINE-1, PACKING.'),
    );
    expect(printerIsKnown([], 'PACKING')).toEqual(
      rejection('INVALID_INPUT', 'printer', 'There is no printer "PACKING"; no printer is configured.'),
    );
  });
});

describe('a label', () => {
  test('shows the number as people read it', () => {
    expect(LABEL_FORMATS).toEqual(['SVG', 'PNG', 'ZPL']);
    expect(readableNumber('LOT', 'KR01PSA261101')).toBe('KR01-PSA-2611-01');
    expect(readableNumber('WIP_ITEM', 'WIP-KR01PSA261101-001')).toBe('WIP-KR01PSA261101-001');
    expect(readableNumber('SERIAL', 'KR01PSA261101001')).toBe('KR01-PSA-2611-01-001');
  });

  test('is a program of ZPL with one code and one line', () => {
    const label = { text: 'KR01PSA261101001', readable: 'KR01-PSA-2611-01-001' };
    expect(LABEL_CODES.map((code) => zplOf(label, code))).toEqual([
      '^XA^CI28^PW400^LL200\n^FO140,20^BXN,6,200^FH^FDKR01PSA261101001^FS\n^FO0,150^FB400,1,0,C^A0N,28,26^FH^FDKR01-PSA-2611-01-001^FS\n^XZ\n',
      '^XA^CI28^PW400^LL200\n^FO140,20^BQN,2,4^FH^FDMA,KR01PSA261101001^FS\n^FO0,150^FB400,1,0,C^A0N,28,26^FH^FDKR01-PSA-2611-01-001^FS\n^XZ\n',
    ]);
  });

  test('has no text that a printer takes for a command', () => {
    expect(zplField('A^XA~JR\\&_5E 9.1-b')).toBe('A_5EXA_7EJR_5C_26_5F5E 9.1-b');
    expect(zplField('Größe\n')).toBe('Gr_C3_B6_C3_9Fe_0A');
    for (let code = 0; code < 256; code += 1)
      expect(zplField(String.fromCharCode(code)).replace(/_(?:[0-9A-F]{2})/g, '')).toMatch(/^[A-Za-z0-9 .-]?$/);
  });
});
