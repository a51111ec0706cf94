/** PRODUCTION_OVERVIEW: what was made in the period. */
import { identifier, sql, type Sql } from '../../../platform/postgres/sql.ts';
import { countsOfLots } from '../../../production/lot/lot.loaders.ts';
import {
  defectRatio,
  passRatio,
  pendingQuantity,
  progressRatio,
  remainingQuantity,
} from '../../../production/lot/lot-quantity.rules.ts';
import { present } from '../../../platform/values/assert.ts';
import { ratioOf } from '../../../insight/figure/ratio.rules.ts';
import { KEY_FIGURES, notesSection, section, type Section } from '../content/content.ts';
import { inPeriod, lotMatches, noteOnRows, type ReportScope, SECTION_ROWS } from './scope.ts';

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
  return [
    await production(scope),
    await serialYield(scope),
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
    ...notesSection([
      'Lots are those that were made in the period, with their quantities as of now.',
      'Cycle times and work in progress by process are not part of this version.',
      ...notesOnLots(scope),
      ...noteOnRows('Lots', listed, lots.length),
    ]),
  ];
}

/** The filter keys that narrow no lot. */
function notesOnLots({ filter }: ReportScope): readonly string[] {
  const ignored = (['processes', 'equipment', 'operators', 'inspectionTypes'] as const).filter(
    (key) => filter[key] !== undefined,
  );
  return ignored.length === 0
    ? []
    : [`The figures are of whole lots and units; ${ignored.join(', ')} of the filter do not narrow them.`];
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
    WHERE ${inPeriod(period, sql`lot.created_at`)} AND ${lotMatches(filter, 'lot')} ORDER BY lot.created_at, lot.id`);
}

/** KPI-4: What was created, completed and closed, each by its own time. */
async function production({ db, period, filter }: ReportScope): Promise<Section> {
  const within = (column: string): Sql => inPeriod(period, identifier(column));
  const [figures] = await db.query<Readonly<Record<keyof typeof PRODUCTION, number>>>(sql`
    SELECT (SELECT count(*)::int FROM lots lot WHERE ${within('lot.created_at')} AND ${lotMatches(filter, 'lot')}) AS "lotsCreated",
           (SELECT count(*)::int FROM lots lot WHERE ${within('lot.completed_at')} AND ${lotMatches(filter, 'lot')}) AS "lotsCompleted",
           (SELECT count(*)::int FROM lots lot WHERE ${within('lot.closed_at')} AND ${lotMatches(filter, 'lot')}) AS "lotsClosed",
           (SELECT count(*)::int FROM wip_items unit JOIN lots lot ON lot.id = unit.lot_id WHERE ${within('unit.created_at')} AND ${lotMatches(filter, 'lot')}) AS "wipItemsCreated",
           (SELECT count(*)::int FROM wip_items unit JOIN lots lot ON lot.id = unit.lot_id WHERE ${within('unit.completed_at')} AND ${lotMatches(filter, 'lot')}) AS "wipItemsCompleted",
           (SELECT count(*)::int FROM serials unit JOIN lots lot ON lot.id = unit.lot_id WHERE ${within('unit.created_at')} AND ${lotMatches(filter, 'lot')}) AS "serialsCreated"`);
  return section(KEY_FIGURES, PRODUCTION, [present(figures, 'The figures of production')]);
}

const PRODUCTION = {
  lotsCreated: 'INTEGER',
  lotsCompleted: 'INTEGER',
  lotsClosed: 'INTEGER',
  wipItemsCreated: 'INTEGER',
  wipItemsCompleted: 'INTEGER',
  serialsCreated: 'INTEGER',
} as const;

/** KPI-1: The serials that reached their end in the period: PASSED, or FAILED with no rework left. */
async function serialYield({ db, period, filter }: ReportScope): Promise<Section> {
  interface Counts {
    readonly terminalCount: number;
    readonly passedCount: number;
    readonly passedFirstTimeCount: number;
    readonly reworkedCount: number;
  }
  const [counted] = await db.query<Counts>(sql`
    SELECT count(*)::int AS "terminalCount", count(*) FILTER (WHERE s.status = 'PASSED')::int AS "passedCount",
           count(*) FILTER (WHERE s.status = 'PASSED' AND s.rework_count = 0)::int AS "passedFirstTimeCount", count(*) FILTER (WHERE s.rework_count > 0)::int AS "reworkedCount"
    FROM serials s JOIN lots lot ON lot.id = s.lot_id
    WHERE (s.status = 'PASSED' OR s.status = 'FAILED' AND s.rework_count = s.max_reworks) AND ${inPeriod(period, sql`s.completed_at`)} AND ${lotMatches(filter, 'lot')}`);
  const { terminalCount, passedCount, passedFirstTimeCount, reworkedCount } = present(counted, 'The yield of serials');
  return section(
    'Serial yield',
    {
      terminalCount: 'INTEGER',
      passedCount: 'INTEGER',
      failedCount: 'INTEGER',
      passedFirstTimeCount: 'INTEGER',
      reworkedCount: 'INTEGER',
      passRatio: 'RATIO',
      firstTimeRatio: 'RATIO',
      reworkRatio: 'RATIO',
    },
    [
      {
        terminalCount,
        passedCount,
        failedCount: terminalCount - passedCount,
        passedFirstTimeCount,
        reworkedCount,
        passRatio: ratioOf(passedCount, terminalCount),
        firstTimeRatio: ratioOf(passedFirstTimeCount, terminalCount),
        reworkRatio: ratioOf(reworkedCount, terminalCount),
      },
    ],
  );
}
