/** KPI-10: The sections of cycle times, which two types of reports have. */
import type { CycleTimes } from '../../../insight/performance/performance.rules.ts';
import { section, type Section } from '../content/content.ts';
import type { ReportStep } from './figures.ts';

/** How long the executions of each step took, and the items from start to end. Times are in seconds. */
export function cycleTimeSections(times: CycleTimes, nameOf: (id: string) => ReportStep): readonly Section[] {
  const { byProcess, units } = times;
  return [
    section(
      'Cycle times',
      {
        number: 'INTEGER',
        process: 'STRING',
        count: 'INTEGER',
        meanSeconds: 'RATIO',
        medianSeconds: 'RATIO',
        p95Seconds: 'INTEGER',
        plannedSeconds: 'INTEGER',
      },
      byProcess.map((row) => ({ ...row, ...nameOf(row.processId) })),
      byProcess.length === 0 ? [] : [{ kind: 'CYCLE_TIMES', figure: times }],
    ),
    section(
      'Lead and touch times',
      {
        count: 'INTEGER',
        meanLeadSeconds: 'RATIO',
        medianLeadSeconds: 'RATIO',
        meanTouchSeconds: 'RATIO',
        flowRatio: 'RATIO',
      },
      [units],
    ),
  ];
}
