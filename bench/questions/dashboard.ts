/** The dashboard of a production hall: ten root fields in one request. */
import type { Question } from './question.ts';

const byAge = (filter: string): string =>
  `(first: 10, filter: ${filter}, orderBy: [{ field: CREATED_AT, direction: DESC }])`;
const byAgePeer = (condition: string): string =>
  `(first: 10, condition: ${condition}, orderBy: [CREATED_AT_DESC, ROW_ID_DESC])`;
const NUMBERS = '{ totalCount nodes { number } }';

interface SqlList {
  readonly table: string;
  readonly columns: string;
  readonly where: string;
  readonly order: string;
  readonly limit: number;
}

const listOf = ({ table, columns, where, order, limit }: SqlList): string =>
  `(SELECT coalesce(json_agg(t), '[]') FROM (SELECT ${columns} FROM ${table} WHERE ${where} ORDER BY ${order} LIMIT ${limit}) t)`;
const countedOf = (table: string, columns: string, where: string): string =>
  `json_build_object('totalCount', (SELECT count(*) FROM ${table} WHERE ${where}), 'nodes', ${listOf({ table, columns, where, order: 'created_at DESC, id DESC', limit: 10 })})`;

/** Q6. */
export const DASHBOARD: Question = {
  name: 'Q6',
  what: 'a dashboard of ten root fields',
  lotgraph: () => ({
    query: `{
      running: lots${byAge('{ status: { eq: IN_PROGRESS } }')} { totalCount nodes { number productModel { code } } }
      planned: lots${byAge('{ status: { eq: CREATED } }')} ${NUMBERS}
      held: lots${byAge('{ disposition: { eq: QUARANTINED } }')} ${NUMBERS}
      failedItems: wipItems${byAge('{ status: { eq: FAILED } }')} ${NUMBERS}
      activeSerials: serials${byAge('{ status: { eq: IN_PROGRESS } }')} ${NUMBERS}
      latest: processData(first: 20) { nodes { result startedAt process { code } equipment { code } } }
      inUse: equipment(first: 50, filter: { status: { eq: IN_USE } }, orderBy: [{ field: CODE, direction: ASC }]) { nodes { code } }
      inMaintenance: equipment(first: 50, filter: { status: { eq: MAINTENANCE } }, orderBy: [{ field: CODE, direction: ASC }]) { nodes { code } }
      lines: productionLines(first: 50, orderBy: [{ field: CODE, direction: ASC }]) { nodes { code name } }
      models: productModels(first: 50, orderBy: [{ field: CODE, direction: ASC }]) { nodes { code status } }
    }`,
  }),
  PostGraphile: () => ({
    query: `{
      running: allLots${byAgePeer('{ status: IN_PROGRESS }')} { totalCount nodes { number productModel: productModelByProductModelId { code } } }
      planned: allLots${byAgePeer('{ status: CREATED }')} ${NUMBERS}
      held: allLots${byAgePeer('{ disposition: QUARANTINED }')} ${NUMBERS}
      failedItems: allWipItems${byAgePeer('{ status: FAILED }')} ${NUMBERS}
      activeSerials: allSerials${byAgePeer('{ status: IN_PROGRESS }')} ${NUMBERS}
      latest: allProcessData(first: 20, orderBy: [STARTED_AT_DESC, ROW_ID_DESC]) { nodes { result startedAt process: processByProcessIdAndLevel { code } equipment: equipmentByEquipmentId { code } } }
      inUse: allEquipment(first: 50, condition: { status: IN_USE }, orderBy: [CODE_ASC]) { nodes { code } }
      inMaintenance: allEquipment(first: 50, condition: { status: MAINTENANCE }, orderBy: [CODE_ASC]) { nodes { code } }
      lines: allProductionLines(first: 50, orderBy: [CODE_ASC]) { nodes { code name } }
      models: allProductModels(first: 50, orderBy: [CODE_ASC]) { nodes { code status } }
    }`,
  }),
  json_agg: {
    text: `SELECT json_build_object(
      'running', ${countedOf('lots l', `number, (SELECT json_build_object('code', m.code) FROM product_models m WHERE m.id = l.product_model_id) AS "productModel"`, "status = 'IN_PROGRESS'")},
      'planned', ${countedOf('lots', 'number', "status = 'CREATED'")},
      'held', ${countedOf('lots', 'number', "disposition = 'QUARANTINED'")},
      'failedItems', ${countedOf('wip_items', 'number', "status = 'FAILED'")},
      'activeSerials', ${countedOf('serials', 'number', "status = 'IN_PROGRESS'")},
      'latest', ${listOf({ table: 'process_data p', columns: `result, started_at AS "startedAt", (SELECT json_build_object('code', c.code) FROM processes c WHERE c.id = p.process_id) AS process, (SELECT json_build_object('code', e.code) FROM equipment e WHERE e.id = p.equipment_id) AS equipment`, where: 'true', order: 'started_at DESC, id DESC', limit: 20 })},
      'inUse', ${listOf({ table: 'equipment', columns: 'code', where: "status = 'IN_USE'", order: 'code', limit: 50 })},
      'inMaintenance', ${listOf({ table: 'equipment', columns: 'code', where: "status = 'MAINTENANCE'", order: 'code', limit: 50 })},
      'lines', ${listOf({ table: 'production_lines', columns: 'code, name', where: 'true', order: 'code', limit: 50 })},
      'models', ${listOf({ table: 'product_models', columns: 'code, status', where: 'true', order: 'code', limit: 50 })})`,
  },
};
