import { describe, expect, test } from 'vitest';
import { simulatedPlant, UNTIL } from './simulated-plant.ts';

const plant = simulatedPlant({ lots: 40, serialsPerLot: 20, steps: 6 });
const { rows } = plant;

describe('the component uses of a simulated factory', () => {
  test('are one reel for each item that was placed, and sensors of the plant in gateways (CMP-1)', async () => {
    const wrong = await rows`
      SELECT d.id FROM process_data d JOIN processes p ON p.id = d.process_id AND p.code = 'PLACE'
      WHERE d.result = 'PASS' AND 1 <> (SELECT count(*) FROM component_uses u WHERE u.process_data_id = d.id AND u.external_lot_number IS NOT NULL)`;
    expect(wrong).toEqual([]);
    const kinds = await rows<{ consumer: string; component: string; count: number }>`
      SELECT outer_model.code AS consumer, inner_model.code AS component, count(*)::int AS count FROM component_uses u
        JOIN wip_items i ON i.id = u.consumer_wip_item_id JOIN lots outer_lot ON outer_lot.id = i.lot_id
        JOIN product_models outer_model ON outer_model.id = outer_lot.product_model_id
        JOIN serials s ON s.id = u.component_serial_id JOIN lots inner_lot ON inner_lot.id = s.lot_id
        JOIN product_models inner_model ON inner_model.id = inner_lot.product_model_id GROUP BY 1, 2`;
    expect(kinds).toEqual([{ consumer: 'GWY-300', component: 'PSA-100', count: expect.any(Number) }]);
    expect(kinds[0]?.count).toBeGreaterThan(10);
  });

  test('follow the rules: good sensors, in one place at a time, of lots that are not held, into items (CMP-2, CMP-3, CMP-6, WIP-8)', async () => {
    const wrong = await rows`
      SELECT u.id FROM component_uses u JOIN wip_items i ON i.id = u.consumer_wip_item_id JOIN lots l ON l.id = i.lot_id
        LEFT JOIN serials s ON s.id = u.component_serial_id LEFT JOIN lots own ON own.id = s.lot_id
      WHERE u.installed_at >= i.converted_at OR greatest(u.installed_at, u.removed_at) > ${UNTIL}::timestamptz
         OR s.id IS NOT NULL AND (s.status <> 'PASSED' OR s.completed_at >= u.installed_at)
         OR own.disposition IN ('QUARANTINED', 'REJECTED') AND own.disposition_at <= u.installed_at
         OR l.disposition IN ('QUARANTINED', 'REJECTED') AND l.disposition_at <= u.installed_at`;
    expect(wrong).toEqual([]);
    const twice = await rows`
      SELECT a.id FROM component_uses a JOIN component_uses b ON a.component_serial_id = b.component_serial_id AND a.id < b.id`;
    expect(twice).toEqual([]);
  });

  test('include removals, each signed and with its reason (CMP-4)', async () => {
    const removals = await rows<{ reason: string; isSigned: boolean; isReplaced: boolean }>`
      SELECT DISTINCT u.removal_reason AS reason, u.removed_by_id IS NOT NULL AND u.version = 2 AS "isSigned",
             EXISTS (SELECT FROM component_uses o WHERE o.consumer_id = u.consumer_id AND o.role = u.role AND o.removed_at IS NULL) AS "isReplaced"
      FROM component_uses u WHERE u.removed_at IS NOT NULL`;
    expect(removals).toEqual([{ reason: 'The sensor drifts at power-up.', isSigned: true, isReplaced: true }]);
  });

  test('are found from the supplier lot to the gateways that contain them (TRC-2)', async () => {
    const [reel] = await rows<{ number: string; count: number }>`
      SELECT external_lot_number AS number, count(*)::int AS count FROM component_uses WHERE external_lot_number IS NOT NULL GROUP BY 1 ORDER BY 2 DESC LIMIT 1`;
    const { data } = await plant.api.ask(
      `{ whereUsed(component: { externalLotNumber: "${reel?.number}" }) { lotCount trace { depth nodes { kind depth } isTruncated } } }`,
    );
    const direct = data.whereUsed.trace.nodes.filter(({ depth }: { readonly depth: number }) => depth === 1);
    expect([direct.length, data.whereUsed.trace.isTruncated]).toEqual([reel?.count, false]);
  });
});
