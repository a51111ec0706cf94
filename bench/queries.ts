/** What is measured: the questions of the statement budget, and the write that stations make all day. */

export interface Question {
  readonly name: string;
  readonly what: string;
  readonly document: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** The questions, about this lot where one is asked about. */
export function questions(lotNumber: string): readonly Question[] {
  return [
    {
      name: 'lots',
      what: '100 lots with model, line, WIP items and serials (100 each)',
      document: `{ lots(first: 100) { nodes { number status productModel { code } productionLine { code }
        wipItems(first: 100) { nodes { number status } } serials(first: 100) { nodes { number status } } } } }`,
      variables: {},
    },
    {
      name: 'executions',
      what: '100 executions with lot, WIP item, serial, process, equipment, operator',
      document: `{ processData(first: 100) { nodes { result startedAt completedAt lot { number } wipItem { number } serial { number }
        process { code } equipment { code } operator { username } measurements { code value verdict } defects { code } } } }`,
      variables: {},
    },
    { name: 'serials', what: '100 serials with lot', document: '{ serials(first: 100) { nodes { number status lot { number } } } }', variables: {} },
    {
      name: 'items',
      what: '100 WIP items with lot, current process, serial',
      document: '{ wipItems(first: 100) { nodes { number status lot { number } currentProcess { code } serial { number } } } }',
      variables: {},
    },
    { name: 'processes', what: '100 processes', document: '{ processes(first: 100) { nodes { number code name level type isActive } } }', variables: {} },
    { name: 'models', what: '50 product models with lots', document: '{ productModels(first: 50) { nodes { code lots(first: 20) { nodes { number status } } } } }', variables: {} },
    {
      name: 'history',
      what: 'one lot → 100 serials → 8 executions each → process, equipment',
      document: `query ($number: String!) { lotByNumber(number: $number) { number serials(first: 100) { nodes { number
        processData(first: 8) { nodes { result startedAt process { code } equipment { code } } } } } } }`,
      variables: { number: lotNumber },
    },
  ];
}

export const RECORD = `mutation ($input: RecordProcessDataInput!) { recordProcessData(input: $input) { processData { id result } errors { code message } } }`;
