import { code, line, refineTo } from '../../../platform/input/schemas.ts';
import { READING_CODE } from './measurement.rules.ts';
import { DEFECT_CODE } from './result.rules.ts';
import { SEARCH_LENGTH } from './search.rules.ts';

/** The codes by which a list of executions is searched. */
export const defectCode = code(DEFECT_CODE);
export const readingCode = code(READING_CODE);

/** SEA-1: the text to search for. */
export const searchText = refineTo(line(SEARCH_LENGTH.max, { rule: 'SEA-1' }), (text) =>
  [...text].length >= SEARCH_LENGTH.min
    ? { value: text }
    : { message: `must have at least ${SEARCH_LENGTH.min} characters.`, rule: 'SEA-1' },
);
