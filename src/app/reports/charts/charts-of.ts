/** The charts of a report, by the sections that they belong to. */
import type { ParetoRow } from '../../../insight/defect-figure/pareto.rules.ts';
import type { TrendPoint } from '../../../insight/defect-figure/trend.rules.ts';
import { type CellContent, cellsOf, PARETO, type Section, TREND } from '../content/content.ts';
import { paretoChart } from './pareto-chart.ts';
import type { ChartTheme } from './theme.ts';
import { trendChart } from './trend-chart.ts';

/** The chart of a section; undefined when it has none, and when it has no data. */
export function chartOf(section: Section, theme: ChartTheme): string | undefined {
  if (section.name === PARETO) return paretoChart(paretoRows(section), theme);
  return section.name === TREND ? trendChart(trendPoints(section), theme) : undefined;
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
