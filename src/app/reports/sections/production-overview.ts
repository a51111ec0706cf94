/** PRODUCTION_OVERVIEW: what was made in the period. */
import { sql } from '../../../platform/postgres/sql.ts';
import { countsOfLots } from '../../../production/lot/lot.loaders.ts';
import {
  defectRatio,
  passRatio,
  pendingQuantity,
  progressRatio,
  remainingQuantity,
} from '../../../production/lot/lot-quantity.rules.ts';
import { present } from '../../../platform/values/assert.ts';
import { loadProductionStatistics } from '../../../insight/overview/overview.loaders.ts';
import { loadCycleTimes } from '../../../insight/performance/performance.loaders.ts';
import { loadWipByProcess } from '../../../insight/performance/wip.loaders.ts';
import type { WipByProcess } from '../../../insight/performance/wip.rules.ts';
import { lotInScope } from '../../../insight/scope/scope.loaders.ts';
import { isInPeriod } from '../../../insight/period/bucket.loaders.ts';
import { KEY_FIGURES, notesSection, section, type Section } from '../content/content.ts';
import { cycleTimeSections } from './cycle-times.ts';
import { countedIn, notesOnScope, type ReportStep, stepNames } from './figures.ts';
import { noteOnRows, type ReportScope, SECTION_ROWS } from './scope.ts';

/** The sections of the report. */
export async function productionOverview(scope: ReportScope): Promise<readonly Section[]> {
  const lots = await lotsOf(scope);
  const listed = lots.slice(0, SECTION_ROWS);
  const counts = new Map(
    (
      await countsOfLots(
        scope.db,
        listed.map(({ id }) => id),
      )
    ).map((each) => [each.lotId, each]),
  );
  const counted = countedIn(scope);
  const production = await loadProductionStatistics(scope.db, counted);
  const nameOf = await stepNames(scope.db);
  const wip = await loadWipByProcess(scope.db, counted.scope);
  return [
    section(KEY_FIGURES, PRODUCTION, [production]),
    section('Serial yield', SERIAL_YIELD, [production.serialYield]),
    section(
      'Lots',
      {
        number: 'STRING',
        productModel: 'STRING',
        productionLine: 'STRING',
        productionDate: 'DATE',
        status: 'STRING',
        disposition: 'STRING',
        targetQuantity: 'INTEGER',
        actualQuantity: 'INTEGER',
        passedQuantity: 'INTEGER',
        failedQuantity: 'INTEGER',
        pendingQuantity: 'INTEGER',
        remainingQuantity: 'INTEGER',
        passRatio: 'RATIO',
        defectRatio: 'RATIO',
        progressRatio: 'RATIO',
      },
      listed.map((lot) => {
        const counted = present(counts.get(lot.id), 'The counts of a lot');
        return {
          ...lot,
          ...counted,
          pendingQuantity: pendingQuantity(counted),
          remainingQuantity: remainingQuantity(lot, counted),
          passRatio: passRatio(counted),
          defectRatio: defectRatio(counted),
          progressRatio: progressRatio(lot, counted),
        };
      }),
    ),
    ...cycleTimeSections(await loadCycleTimes(scope.db, counted), nameOf),
    workInProgress(wip, nameOf),
    ...notesSection([
      'Lots are those that were made in the period, with their quantities as of now.',
      'Work in progress is that of now, of all lots that are not finished.',
      ...(wip.withoutStepCount === 0
        ? []
        : [
            `Work in progress: ${wip.withoutStepCount} COMPLETED items wait for no step, because their route has no active conversion.`,
          ]),
      ...notesOnScope(scope),
      ...noteOnRows('Lots', listed, lots.length),
    ]),
  ];
}

interface MadeLot {
  readonly id: string;
  readonly number: string;
  readonly productModel: string;
  readonly productionLine: string;
  readonly productionDate: string;
  readonly status: string;
  readonly disposition: string;
  readonly targetQuantity: number;
}

function lotsOf({ db, period, filter }: ReportScope): Promise<readonly MadeLot[]> {
  return db.query(sql`
    SELECT lot.id, lot.number, model.code AS "productModel", line.code AS "productionLine", lot.production_date AS "productionDate", lot.status, lot.disposition,
           lot.target_quantity AS "targetQuantity"
    FROM lots lot JOIN product_models model ON model.id = lot.product_model_id JOIN production_lines line ON line.id = lot.production_line_id
    WHERE ${isInPeriod(sql`lot.created_at`, period)} AND ${lotInScope(sql`lot.id`, countedIn({ period, filter }).scope)} ORDER BY lot.created_at, lot.id`);
}

/** KPI-4: What was created, completed and closed, each by its own time. */
const PRODUCTION = {
  lotsCreated: 'INTEGER',
  lotsCompleted: 'INTEGER',
  lotsClosed: 'INTEGER',
  wipItemsCreated: 'INTEGER',
  wipItemsCompleted: 'INTEGER',
  serialsCreated: 'INTEGER',
} as const;

/** KPI-1: The serials that reached their end in the period. */
const SERIAL_YIELD = {
  terminalCount: 'INTEGER',
  passedCount: 'INTEGER',
  failedCount: 'INTEGER',
  passedFirstTimeCount: 'INTEGER',
  reworkedCount: 'INTEGER',
  passRatio: 'RATIO',
  firstTimeRatio: 'RATIO',
  reworkRatio: 'RATIO',
} as const;

/** KPI-11: Where the items are now. */
function workInProgress({ rows, bottleneckId }: WipByProcess, nameOf: (id: string) => ReportStep): Section {
  return section(
    'Work in progress',
    {
      number: 'INTEGER',
      process: 'STRING',
      inProgressCount: 'INTEGER',
      waitingCount: 'INTEGER',
      failedCount: 'INTEGER',
      heldCount: 'INTEGER',
      loadCount: 'INTEGER',
      estimatedQueueSeconds: 'INTEGER',
      isBottleneck: 'STRING',
    },
    rows.map((row) => ({
      ...row,
      ...nameOf(row.processId),
      isBottleneck: String(row.processId === bottleneckId),
    })),
  );
}
