/** The charts of a report, by the sections that they belong to. */
import type { ParetoRow } from '../../../insight/defect-figure/pareto.rules.ts';
import type { TrendPoint } from '../../../insight/defect-figure/trend.rules.ts';
import { type CellContent, cellsOf, PARETO, type Section, TREND } from '../content/content.ts';
import { paretoPicture } from '../../../insight/defect-figure/pareto-picture.rules.ts';
import { trendPicture } from '../../../insight/defect-figure/trend-picture.rules.ts';
import type { PictureTheme } from '../../../insight/picture/theme.rules.ts';

/** The chart of a section; undefined when it has none, and when it has no data. */
export function chartOf(section: Section, theme: PictureTheme): string | undefined {
  const look = { width: 720, height: 360, theme };
  if (section.name === PARETO) {
    const rows = paretoRows(section);
    const [first] = rows;
    if (first === undefined) return undefined;
    const totalCount = Math.round(first.count / first.ratio);
    const otherCount = rows.reduce((rest, { count }) => rest - count, totalCount);
    return paretoPicture({ rows, totalCount, otherCount }, look);
  }
  if (section.name !== TREND) return undefined;
  const points = trendPoints(section);
  return points.some(({ executions }) => executions > 0) ? trendPicture(points, look) : undefined;
}

function paretoRows(section: Section): readonly ParetoRow[] {
  const cell = cellReader(section);
  return section.rows.map((_row, index) => ({
    key: String(cell('key', index)),
    count: Number(cell('count', index)),
    ratio: Number(cell('ratio', index)),
    cumulativeRatio: Number(cell('cumulativeRatio', index)),
    isVitalFew: cell('isVitalFew', index) === 'true',
  }));
}

function trendPoints(section: Section): readonly TrendPoint[] {
  const cell = cellReader(section);
  return section.rows.map((_row, index) => {
    const failRatio = cell('failRatio', index);
    return {
      start: String(cell('start', index)),
      executions: Number(cell('executions', index)),
      failCount: Number(cell('failCount', index)),
      failRatio: failRatio === null ? null : Number(failRatio),
      defectQuantity: Number(cell('defectQuantity', index)),
    };
  });
}

function cellReader(section: Section): (name: string, index: number) => CellContent {
  const columns = new Map(section.columns.map(({ name }) => [name, cellsOf(section, name)]));
  return (name, index) => columns.get(name)?.[index] ?? null;
}
