/**
 * What a row says about defects: flags in columns, a list in one column, and what to make of it when it does not go
 * with the result.
 */
import { normalizedCode } from '../../../platform/rules/natural-key.ts';
import type { ImportMap } from '../map.ts';
import type { Cell } from '../source/reader.ts';

export interface DefectInput {
  readonly code: string;
  readonly description?: string;
  readonly severity?: string;
}

interface Found {
  readonly defects: readonly DefectInput[];
  readonly problems: readonly { readonly column: string; readonly message: string }[];
}

export function readDefects(
  map: ImportMap['defects'],
  cells: ReadonlyMap<string, Cell>,
  text: (column: string) => string,
): Found {
  const problems: { column: string; message: string }[] = [];
  const flagged = map.flags.flatMap(({ column, code, description, severity }) => {
    const value = text(column);
    if (map.set.includes(value))
      return [
        {
          code,
          ...(description === undefined ? {} : { description }),
          ...(severity === undefined ? {} : { severity }),
        },
      ];
    if (!map.clear.includes(value))
      problems.push({
        column,
        message: `${column} is ${JSON.stringify(value)}, neither set (${map.set.join(', ')}) nor clear (${map.clear.join(', ')}).`,
      });
    return [];
  });
  return { defects: [...flagged, ...listed(map.list, cells)], problems };
}

/**
 * PD-2 wants a defect of every failure and none of a pass. A failure that names none gets the code for that; what is
 * named on a pass is kept in the notes. Both are told in the report.
 */
export function noticed(
  map: ImportMap['defects'],
  result: 'PASS' | 'FAIL',
  defects: readonly DefectInput[],
): { readonly defects: readonly DefectInput[]; readonly notes: readonly string[] } {
  if (result === 'FAIL' && defects.length === 0)
    return {
      defects: [{ code: map.unspecified }],
      notes: [`Failed without a defect being named: ${map.unspecified}.`],
    };
  if (result === 'FAIL' || defects.length === 0) return { defects, notes: [] };
  return { defects: [], notes: [`Passed, though marked with ${defects.map(({ code }) => code).join(', ')}.`] };
}

function listed(list: ImportMap['defects']['list'], cells: ReadonlyMap<string, Cell>): readonly DefectInput[] {
  if (list === undefined) return [];
  const cell = cells.get(list.column) ?? '';
  const codes = typeof cell === 'string' ? cell.split(list.separator) : cell;
  return codes.flatMap((code) => (code.trim() === '' ? [] : [{ code: normalizedCode(code) }]));
}
