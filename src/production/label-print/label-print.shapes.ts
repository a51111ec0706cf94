import { z } from 'zod';
import { LABEL_TYPES } from '../../catalog/process/process.rules.ts';
import { globalId, line, oneOf, optional, withDefault } from '../../platform/input/schemas.ts';
import { unitRef } from '../unit/unit.shapes.ts';
import { LABEL_CODES, LABEL_FORMATS, LABEL_PRINT_LENGTHS, LABEL_PRINT_STATUSES } from './label-print.rules.ts';

const print = {
  labelType: oneOf(LABEL_TYPES),
  unit: unitRef,
  printer: optional(line(LABEL_PRINT_LENGTHS.printer)),
  processData: optional(globalId('ProcessData')),
};

/** The input of `printLabel`. */
export const PrintLabel = z.strictObject(print);
/** What is to be printed, and where. */
export type PrintInput = z.output<typeof PrintLabel>;

/** The input of `recordLabelPrint`. */
export const RecordLabelPrint = z.strictObject({
  ...print,
  status: oneOf(LABEL_PRINT_STATUSES),
  errorMessage: optional(line(LABEL_PRINT_LENGTHS.errorMessage)),
});

/** The arguments of the query `label`. */
export const AskLabel = z.strictObject({
  unit: unitRef,
  labelType: oneOf(LABEL_TYPES),
  format: oneOf(LABEL_FORMATS),
  code: withDefault(oneOf(LABEL_CODES), 'DATA_MATRIX'),
});
