/** The defects of a row: flags in columns, or a list in one column. */
import { normalizedCode } from '../../../platform/rules/natural-key.ts';
import type { ImportMap } from '../map.ts';
import type { Cell } from '../source/reader.ts';

/** A defect as a record takes it. */
export interface DefectInput {
  readonly code: string;
  readonly description?: string;
  readonly severity?: string;
}

interface FoundDefects {
  readonly defects: readonly DefectInput[];
  readonly problems: readonly { readonly column: string; readonly message: string }[];
}

/** Reads the defects of a row. */
export function readDefects(
  map: ImportMap['defects'],
  cells: ReadonlyMap<string, Cell>,
  text: (column: string) => string,
): FoundDefects {
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
  return { defects: [...flagged, ...listedDefects(map.list, cells)], problems };
}

/**
 * Makes result and defects consistent: by PD-2 a failure has at least one defect, and a pass has none. A failure
 * without a defect gets the code for unspecified defects; the defects of a pass are kept in the notes. The report shows
 * both.
 */
export function reconcileDefects(
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

function listedDefects(list: ImportMap['defects']['list'], cells: ReadonlyMap<string, Cell>): readonly DefectInput[] {
  if (list === undefined) return [];
  const cell = cells.get(list.column) ?? '';
  const codes = typeof cell === 'string' ? cell.split(list.separator) : cell;
  return codes.flatMap((code) => (code.trim() === '' ? [] : [{ code: normalizedCode(code) }]));
}
