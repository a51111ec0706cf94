/** The deep reads: many parents, and relations of relations. */
import type { Question, World } from './question.ts';

const NEWEST_CLOSED = "FROM lots WHERE status = 'CLOSED' ORDER BY created_at DESC, id DESC LIMIT 100";

/** Q1. */
export const LOTS: Question = {
  name: 'Q1',
  what: '100 lots → model, 100 serials each',
  lotgraph: () => ({
    query: `{ lots(first: 100, filter: { status: { eq: CLOSED } }) { nodes { number status productModel { code name } serials(first: 100) { nodes { number status } } } } }`,
  }),
  PostGraphile: () => ({
    query: `{ lots: allLots(first: 100, condition: { status: CLOSED }, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]) { nodes { number status productModel: productModelByProductModelId { code name }
      serials: serialsByLotId(first: 100, orderBy: [SEQUENCE_ASC]) { nodes { number status } } } } }`,
  }),
  json_agg: {
    text: `SELECT json_build_object('lots', json_agg(json_build_object('number', l.number, 'status', l.status,
        'productModel', (SELECT json_build_object('code', m.code, 'name', m.name) FROM product_models m WHERE m.id = l.product_model_id),
        'serials', (SELECT coalesce(json_agg(json_build_object('number', s.number, 'status', s.status) ORDER BY s.sequence), '[]')
          FROM (SELECT number, status, sequence FROM serials WHERE lot_id = l.id ORDER BY sequence LIMIT 100) s)) ORDER BY l.created_at DESC, l.id DESC))
      FROM (SELECT id, number, status, product_model_id, created_at ${NEWEST_CLOSED}) l`,
  },
  rows: {
    text: [
      `SELECT id, number, status, product_model_id ${NEWEST_CLOSED}`,
      `SELECT l.id, s.number, s.status FROM (SELECT id ${NEWEST_CLOSED}) l CROSS JOIN LATERAL (SELECT number, status FROM serials WHERE lot_id = l.id ORDER BY sequence LIMIT 100) s`,
    ],
  },
};

const NEWEST_EXECUTIONS = 'FROM process_data ORDER BY started_at DESC, id DESC LIMIT 100';

/** Q2. */
export const EXECUTIONS: Question = {
  name: 'Q2',
  what: '100 executions → lot, serial, process, equipment, operator, readings, defects',
  lotgraph: () => ({
    query: `{ executions: processData(first: 100) { nodes { result attempt startedAt completedAt lot { number } serial { number status } process { code name } equipment { code } operator { username }
      measurements { code value unit } defects { code severity quantity } } } }`,
  }),
  PostGraphile: () => ({
    query: `{ executions: allProcessData(first: 100, orderBy: [STARTED_AT_DESC, ROW_ID_DESC]) { nodes { result attempt startedAt completedAt lot: lotByLotId { number }
      serial: serialBySerialIdAndWipItemIdAndLotId { number status } process: processByProcessIdAndLevel { code name } equipment: equipmentByEquipmentId { code }
      operator: userByOperatorId { username } measurements defects } } }`,
  }),
  json_agg: {
    text: `SELECT json_build_object('executions', json_agg(json_build_object('result', p.result, 'attempt', p.attempt, 'startedAt', p.started_at, 'completedAt', p.completed_at,
        'lot', json_build_object('number', l.number), 'serial', CASE WHEN s.id IS NOT NULL THEN json_build_object('number', s.number, 'status', s.status) END,
        'process', json_build_object('code', c.code, 'name', c.name), 'equipment', CASE WHEN e.id IS NOT NULL THEN json_build_object('code', e.code) END,
        'operator', json_build_object('username', o.username), 'measurements', p.measurements, 'defects', p.defects) ORDER BY p.started_at DESC, p.id DESC))
      FROM (SELECT * ${NEWEST_EXECUTIONS}) p JOIN lots l ON l.id = p.lot_id LEFT JOIN serials s ON s.id = p.serial_id JOIN processes c ON c.id = p.process_id
        LEFT JOIN equipment e ON e.id = p.equipment_id JOIN users o ON o.id = p.operator_id`,
  },
  rows: {
    text: [
      `SELECT p.result, p.attempt, p.started_at, p.completed_at, l.number, s.number, s.status, c.code, c.name, e.code, o.username, p.measurements, p.defects
      FROM (SELECT * ${NEWEST_EXECUTIONS}) p JOIN lots l ON l.id = p.lot_id LEFT JOIN serials s ON s.id = p.serial_id JOIN processes c ON c.id = p.process_id
        LEFT JOIN equipment e ON e.id = p.equipment_id JOIN users o ON o.id = p.operator_id ORDER BY p.started_at DESC, p.id DESC`,
    ],
  },
};

/** The number of the newest closed lot, whose serials have enough executions (growth.ts). */
const deepLot = async ({ query }: World): Promise<string> =>
  (
    await query<{ number: string }>(
      "SELECT number FROM lots WHERE status = 'CLOSED' ORDER BY created_at DESC, id DESC LIMIT 1",
    )
  )[0]?.number ?? '';

const SERIALS_OF_LOT =
  'SELECT s.id, s.number, s.sequence FROM serials s JOIN lots l ON l.id = s.lot_id WHERE l.number = $1 ORDER BY s.sequence LIMIT 100';
const EXECUTIONS_OF_SERIAL =
  'SELECT * FROM process_data WHERE serial_id = s.id ORDER BY started_at DESC, id DESC LIMIT 8';

/** Q3. */
export const HISTORY: Question = {
  name: 'Q3',
  what: 'one lot → 100 serials → 8 executions each → process, equipment',
  lotgraph: async (world) => {
    const number = await deepLot(world);
    return {
      query: `query ($number: String!) { lot: lotByNumber(number: $number) { number serials(first: 100) { nodes { number executions: processData(first: 8) { nodes { result attempt startedAt process { code } equipment { code } } } } } } }`,
      variables: () => ({ number }),
    };
  },
  PostGraphile: async (world) => {
    const number = await deepLot(world);
    return {
      query: `query ($number: String!) { lot: lotByNumber(number: $number) { number serials: serialsByLotId(first: 100, orderBy: [SEQUENCE_ASC]) { nodes { number
        executions: processDataBySerialIdAndWipItemIdAndLotId(first: 8, orderBy: [STARTED_AT_DESC, ROW_ID_DESC]) { nodes { result attempt startedAt process: processByProcessIdAndLevel { code } equipment: equipmentByEquipmentId { code } } } } } } }`,
      variables: () => ({ number }),
    };
  },
  json_agg: {
    text: `SELECT json_build_object('lot', json_build_object('number', $1::text, 'serials', json_agg(json_build_object('number', s.number, 'executions',
        (SELECT coalesce(json_agg(json_build_object('result', p.result, 'attempt', p.attempt, 'startedAt', p.started_at, 'process', json_build_object('code', c.code),
          'equipment', CASE WHEN e.id IS NOT NULL THEN json_build_object('code', e.code) END) ORDER BY p.started_at DESC, p.id DESC), '[]')
        FROM (${EXECUTIONS_OF_SERIAL}) p JOIN processes c ON c.id = p.process_id LEFT JOIN equipment e ON e.id = p.equipment_id)) ORDER BY s.sequence)))
      FROM (${SERIALS_OF_LOT}) s`,
    values: async (world) => [await deepLot(world)],
  },
  rows: {
    text: [
      SERIALS_OF_LOT,
      `SELECT s.id, p.result, p.attempt, p.started_at, c.code, e.code FROM (${SERIALS_OF_LOT}) s CROSS JOIN LATERAL (${EXECUTIONS_OF_SERIAL}) p
      JOIN processes c ON c.id = p.process_id LEFT JOIN equipment e ON e.id = p.equipment_id`,
    ],
    values: async (world) => [await deepLot(world)],
  },
};
