/** What people call a record: the username, number, code, name or revision that the trail shows next to its id. */
import type { Context } from '../../platform/request/context.ts';
import { arrayParameter, join, sql, type Sql } from '../../platform/postgres/sql.ts';
import { loadOne } from '../../platform/read/loader.ts';

/** The records that have a label, and the label itself, by type. The records have the alias `t`. */
const LABELS: ReadonlyMap<string, readonly [records: Sql, label: Sql]> = new Map([
  ['User', [sql`users t`, sql`t.username`]],
  ['ProductModel', [sql`product_models t`, sql`t.code`]],
  ['ProductionLine', [sql`production_lines t`, sql`t.code`]],
  ['Process', [sql`processes t`, sql`t.code`]],
  ['Station', [sql`stations t`, sql`t.code`]],
  ['ApiKey', [sql`api_keys t`, sql`t.name`]],
  ['Service', [sql`api_keys t`, sql`t.name`]],
  ['Equipment', [sql`equipment t`, sql`t.code`]],
  [
    'Route',
    [
      sql`routes t JOIN product_models model ON model.id = t.product_model_id`,
      sql`model.code || ' rev ' || t.revision`,
    ],
  ],
  [
    'RouteStep',
    [sql`route_steps t JOIN processes process ON process.id = t.process_id`, sql`t.number || ' ' || process.code`],
  ],
  ['TestProgram', [sql`test_programs t`, sql`t.name`]],
  [
    'TestProgramVersion',
    [
      sql`test_program_versions t JOIN test_programs program ON program.id = t.test_program_id`,
      sql`program.name || ' ' || t.version`,
    ],
  ],
  [
    'TestProgramDeployment',
    [
      sql`test_program_deployments t JOIN test_program_versions v ON v.id = t.test_program_version_id JOIN test_programs program ON program.id = t.test_program_id`,
      sql`program.name || ' ' || v.version`,
    ],
  ],
  ['Lot', [sql`lots t`, sql`t.number`]],
  ['WipItem', [sql`wip_items t`, sql`t.number`]],
  ['Serial', [sql`serials t`, sql`t.number`]],
  ['ProcessSession', [sql`process_sessions t`, sql`t.batch_code`]],
  ['LabelPrint', [sql`label_prints t`, sql`t.label_type || ' ' || t.text`]],
  [
    'ComponentUse',
    [
      sql`component_uses t
        LEFT JOIN lots part_lot ON part_lot.id = t.component_lot_id LEFT JOIN serials part ON part.id = t.component_serial_id
        LEFT JOIN lots lot ON lot.id = t.consumer_lot_id LEFT JOIN wip_items item ON item.id = t.consumer_wip_item_id
        LEFT JOIN serials serial ON serial.id = t.consumer_serial_id`,
      sql`coalesce(t.external_lot_number, part_lot.number, part.number) || ' in ' || coalesce(lot.number, item.number, serial.number)`,
    ],
  ],
  ['Inspection', [sql`inspections t`, sql`t.type || ' ' || t.sample_code || ' round ' || t.round`]],
  ['Artifact', [sql`artifacts t`, sql`t.file_name`]],
  [
    'Defect',
    [
      sql`defects t JOIN inspections inspection ON inspection.id = t.inspection_id`,
      sql`t.severity || ' ' || t.type || ' of ' || inspection.sample_code`,
    ],
  ],
  [
    'InferenceJob',
    [
      sql`inference_jobs t JOIN inspections inspection ON inspection.id = t.inspection_id`,
      sql`t.model_name || ' ' || t.model_version || ' for ' || inspection.sample_code`,
    ],
  ],
  ['Report', [sql`reports t`, sql`t.title`]],
  ['ReportSchedule', [sql`report_schedules t`, sql`t.name`]],
  [
    'BackgroundJob',
    [sql`background_jobs t`, sql`t.kind || ' of ' || to_char(t.queued_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')`],
  ],
  ['Webhook', [sql`webhooks t`, sql`t.name`]],
  ['ConfigEntry', [sql`config_entries t`, sql`t.key`]],
  ['PerformanceBaseline', [sql`performance_baselines t`, sql`t.metric || ' of ' || t.subject`]],
  ['Alert', [sql`alerts t`, sql`t.title`]],
  ['SavedFilter', [sql`saved_filters t`, sql`t.name`]],
]);

/** Loads the labels of records of all types by one statement. The keys are type and id. */
const labels = loadOne<string, { readonly key: string; readonly label: string }>({
  batch: (keys, db) => {
    const asked = keys.map((key) => key.split(' '));
    const parts = [...LABELS].flatMap(([type, [records, label]]) => {
      const ids = asked.flatMap(([each, id]) => (each === type && id !== undefined ? [id] : []));
      if (ids.length === 0) return [];
      return [
        sql`SELECT ${`${type} `}::text || t.id AS key, (${label})::text AS label FROM ${records} WHERE t.id = ANY(${arrayParameter('uuid', ids)})`,
      ];
    });
    return db.query(join(parts, ' UNION ALL '));
  },
  keyOf: ({ key }) => key,
});

/** The label of a record as it is now; null when it was deleted, when its type has none, and without an id. */
export async function labelOf(context: Context, type: string | undefined, id: unknown): Promise<string | null> {
  if (type === undefined || !LABELS.has(type) || typeof id !== 'string') return null;
  return (await labels.load(context, `${type} ${id}`))?.label ?? null;
}
