/** PERFORMANCE_ANALYSIS: what steps, people and equipment did. */
import { loadOee } from '../../../insight/oee/oee.loaders.ts';
import type { Oee } from '../../../insight/oee/oee.rules.ts';
import {
  loadCycleTimes,
  loadOperatorPerformance,
  loadProcessPerformance,
} from '../../../insight/performance/performance.loaders.ts';
import { sql } from '../../../platform/postgres/sql.ts';
import { present } from '../../../platform/values/assert.ts';
import { KEY_FIGURES, MOST_PICTURES, notesSection, section, type Section } from '../content/content.ts';
import { cycleTimeSections } from './cycle-times.ts';
import { countedIn, notesOnScope, stepNames } from './figures.ts';
import type { ReportScope } from './scope.ts';

const WORK = {
  executions: 'INTEGER',
  passCount: 'INTEGER',
  failCount: 'INTEGER',
  reworkCount: 'INTEGER',
} as const;

/** The sections of the report. */
export async function performanceAnalysis(scope: ReportScope): Promise<readonly Section[]> {
  const { db, showsPeople } = scope;
  const counted = countedIn(scope);
  const nameOf = await stepNames(db);
  const { rows, overall } = await loadProcessPerformance(db, counted);
  return [
    section(KEY_FIGURES, { ...WORK, openCount: 'INTEGER', passRatio: 'RATIO', meanDurationSeconds: 'RATIO' }, [
      overall,
    ]),
    section(
      'By process',
      {
        number: 'INTEGER',
        process: 'STRING',
        ...WORK,
        openCount: 'INTEGER',
        passRatio: 'RATIO',
        meanDurationSeconds: 'RATIO',
        plannedSeconds: 'INTEGER',
        durationRatio: 'RATIO',
      },
      rows.map((row) => ({ ...row, ...nameOf(row.processId) })),
    ),
    ...(showsPeople ? [await byOperator(scope)] : []),
    await byEquipment(scope),
    ...cycleTimeSections(await loadCycleTimes(db, counted), nameOf),
    ...notesSection([
      `Open executions are those of now. The effectiveness of equipment is that of all its work; only equipment in the filter narrows it. The pictures are of the ${MOST_PICTURES} pieces that produced most.`,
      ...(showsPeople
        ? []
        : [
            'The performance of people is left out: it is only for ADMIN, MANAGER and AUDITOR, and others may read this report.',
          ]),
      ...notesOnScope(scope),
    ]),
  ];
}

/** KPI-13: What each person did. */
async function byOperator(scope: ReportScope): Promise<Section> {
  const people = await loadOperatorPerformance(scope.db, countedIn(scope));
  return section(
    'By operator',
    { operator: 'STRING', ...WORK, passRatio: 'RATIO', meanDurationSeconds: 'RATIO', touchSeconds: 'INTEGER' },
    people.map(({ username, durationSum, ...row }) => ({ ...row, operator: username, touchSeconds: durationSum })),
  );
}

/** OEE-1: The effectiveness of each piece of equipment that is not RETIRED, by two statements each. */
async function byEquipment({ db, period, filter }: ReportScope): Promise<Section> {
  const equipment = await db.query<{ readonly id: string }>(sql`
    SELECT e.id FROM equipment e
    WHERE ${filter.equipment === undefined ? sql`e.status <> 'RETIRED'` : sql`e.id = ANY(${filter.equipment}::uuid[])`} ORDER BY e.code COLLATE "C"`);
  const rows: Oee[] = [];
  for (const { id } of equipment) {
    const oee = await loadOee(db, { equipment: { key: 'id', value: id }, period, plannedBusySeconds: undefined });
    rows.push(present(oee, 'The effectiveness of equipment'));
  }
  return section(
    'Equipment',
    {
      equipment: 'STRING',
      plannedBusySeconds: 'RATIO',
      actualProductionSeconds: 'RATIO',
      downSeconds: 'RATIO',
      maintenanceSeconds: 'RATIO',
      producedCount: 'INTEGER',
      goodCount: 'INTEGER',
      availability: 'RATIO',
      effectiveness: 'RATIO',
      qualityRatio: 'RATIO',
      oee: 'RATIO',
      utilisationRatio: 'RATIO',
      reason: 'STRING',
    },
    rows,
    rows
      .filter(({ producedCount }) => producedCount > 0)
      .toSorted((a, b) => b.producedCount - a.producedCount)
      .slice(0, MOST_PICTURES)
      .map((figure) => ({ kind: 'OEE', figure })),
  );
}
