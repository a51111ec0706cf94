/**
 * The tour: the operations with which GraphiQL opens. They name a lot, an item and a step that exist, so that each
 * operation runs as it is; on an empty database they name placeholders. A test runs all of them on the demo data.
 */
import type { Reader } from '../../platform/postgres/client.ts';
import { type TourSample, tourText } from './tour-text.ts';
import { encodeGlobalId } from '../../platform/values/global-id.ts';
import { IS_REVIEW_OPEN } from '../../quality/defect/defect.loaders.ts';

const PLACEHOLDER: TourSample = {
  lot: 'KR01PSA261101',
  item: 'WIP-KR01PSA261101-001',
  step: 'ASSEMBLY',
  fromRoute: encodeGlobalId('Route', '01900000-0000-7000-8000-000000000001'),
  toRoute: encodeGlobalId('Route', '01900000-0000-7000-8000-000000000002'),
  finding: encodeGlobalId('Defect', '01900000-0000-7000-8000-000000000001'),
  supplierLot: 'ACME-0815',
  labelledSerial: 'KR01PSA261101001',
  measuredStep: 'CALIBRATE',
  measuredCode: 'GAIN_ERROR',
  machine: 'KR01-PLACE-1',
  lotFilter: encodeGlobalId('SavedFilter', '01900000-0000-7000-8000-000000000001'),
  alertFilter: encodeGlobalId('SavedFilter', '01900000-0000-7000-8000-000000000002'),
};

/** Writes the operations of the tour. */
export async function tour(db: Reader): Promise<string> {
  const [unit] = await db.sql<Pick<TourSample, 'lot' | 'item'> & { readonly step: string | null }>`
    SELECT l.number AS lot, w.number AS item,
      (SELECT step.code FROM (
         SELECT p.id, p.code, p.number FROM processes p WHERE l.route_id IS NULL AND p.is_active AND p.is_in_factory_route AND p.level = 'WIP'
         UNION ALL
         SELECT p.id, p.code, s.number FROM route_steps s JOIN processes p ON p.id = s.process_id
         WHERE s.route_id = l.route_id AND s.level = 'WIP' AND NOT s.is_optional) AS step
       WHERE NOT EXISTS (SELECT 1 FROM process_data d WHERE d.unit_id = w.id AND d.process_id = step.id AND d.result = 'PASS') ORDER BY step.number LIMIT 1) AS step
    FROM (SELECT * FROM lots WHERE status IN ('CREATED', 'IN_PROGRESS') ORDER BY created_at DESC, id LIMIT 50) l JOIN wip_items w ON w.lot_id = l.id
    WHERE w.status <> 'CONVERTED'
    ORDER BY l.disposition IN ('UNDECIDED', 'RELEASED') DESC, (w.current_process_id IS NULL AND w.status IN ('CREATED', 'IN_PROGRESS')) DESC,
      EXISTS (SELECT FROM inspections i WHERE i.lot_id = l.id AND i.status IN ('PENDING', 'IN_PROGRESS')), w.status = 'IN_PROGRESS' DESC, w.id LIMIT 1`;
  const [change] = await db.sql<{ readonly from: string; readonly to: string }>`
    SELECT earlier.id AS from, later.id AS to FROM routes later
    JOIN routes earlier ON earlier.product_model_id = later.product_model_id AND earlier.revision = later.revision - 1
    ORDER BY later.status = 'RELEASED' DESC, later.created_at DESC, later.id LIMIT 1`;
  const [finding] = await db.sql<{ readonly id: string }>`
    SELECT id FROM defects WHERE ${IS_REVIEW_OPEN} ORDER BY created_at DESC, id LIMIT 1`;
  const [built] = await db.sql<{ readonly number: string }>`
    SELECT external_lot_number AS number FROM component_uses WHERE external_lot_number IS NOT NULL ORDER BY installed_at, id LIMIT 1`;
  const [label] = await db.sql<{ readonly serial: string }>`
    SELECT text AS serial FROM label_prints WHERE label_type = 'SERIAL_LABEL' ORDER BY status = 'FAILED' DESC, created_at DESC, id LIMIT 1`;
  const [measured] = await db.sql<Pick<TourSample, 'measuredStep' | 'measuredCode'>>`
    SELECT p.code AS "measuredStep", c.key AS "measuredCode" FROM processes p CROSS JOIN LATERAL jsonb_each(p.quality_criteria -> 'characteristics') AS c
    WHERE c.value ->> 'lowerLimit' IS NOT NULL AND c.value ->> 'upperLimit' IS NOT NULL
      AND EXISTS (SELECT FROM process_data d WHERE d.process_id = p.id AND d.completed_at > now() - interval '30 days')
    ORDER BY p.number, c.key LIMIT 1`;
  const [equipment] = await db.sql<Pick<TourSample, 'machine'>>`
    SELECT e.code AS machine FROM equipment e
    WHERE EXISTS (SELECT FROM process_data d WHERE d.equipment_id = e.id AND d.started_at > now() - interval '30 days') ORDER BY e.code LIMIT 1`;
  const filters = await db.sql<{ readonly id: string; readonly target: string }>`
    SELECT DISTINCT ON (target) target, id FROM saved_filters WHERE is_shared AND target IN ('LOTS', 'ALERTS') ORDER BY target, created_at, id`;
  const filterOf = (target: string): string | undefined => {
    const id = filters.find((each) => each.target === target)?.id;
    return id && encodeGlobalId('SavedFilter', id);
  };
  const [lotFilter, alertFilter] = [filterOf('LOTS'), filterOf('ALERTS')];
  return tourText({
    ...PLACEHOLDER,
    ...(unit && { ...unit, step: unit.step ?? PLACEHOLDER.step }),
    ...(change && { fromRoute: encodeGlobalId('Route', change.from), toRoute: encodeGlobalId('Route', change.to) }),
    ...(finding && { finding: encodeGlobalId('Defect', finding.id) }),
    ...(built && { supplierLot: built.number }),
    ...(label && { labelledSerial: label.serial }),
    ...measured,
    ...equipment,
    ...(lotFilter && { lotFilter }),
    ...(alertFilter && { alertFilter }),
  });
}
