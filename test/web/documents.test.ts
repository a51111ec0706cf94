/** The operations of the pages: each is answered on a simulated plant, and by a server that executes nothing else. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { readTrustedDocuments } from '../../src/app/execution/trusted-documents.ts';
import { schema } from '../../src/app/schema.ts';
import { startApi } from '../support/api.ts';
import { makeStation } from '../support/station.ts';
import { simulatedPlant } from '../app/simulated-plant.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const plant = simulatedPlant({ lots: 15, steps: 6 });
const trusted = readTrustedDocuments(path.join(ROOT, 'dist/documents.json'));
const named = new Map(
  [...trusted.values()].map((text) => [/(?:query|mutation|subscription) (\w+)/.exec(text)?.[1] ?? '', text]),
);
const period = { from: '2026-03-01T00:00:00.000Z', to: '2026-03-19T00:00:00.000Z' };

/** Variables of every query; the mutations and subscriptions are run by the tests of the pages. */
async function variablesOf(name: string): Promise<object> {
  const { data } = await plant.api.ask(
    '{ serials(first: 1) { nodes { id number lot { id number productModel { code } } } } processData(first: 1, filter: { measurementCode: "OFFSET" }) { nodes { process { code } } } inspections(first: 1) { nodes { id } } equipment(first: 1) { nodes { code } } }',
  );
  const [serial] = data.serials.nodes;
  const process = { code: data.processData.nodes[0]?.process.code ?? 'PLACE' };
  const all: Readonly<Record<string, object>> = {
    UnitPage: { unit: { number: serial.number } },
    UnitHistory: { id: serial.id },
    EquipmentWindow: { equipment: { code: data.equipment.nodes[0].code }, period },
    InspectionPage: { id: data.inspections.nodes[0].id },
    WhereUsed: { component: { lot: { id: serial.lot.id } } },
    QualityPage: { period, days: { from: '2026-03-01', to: '2026-03-18' }, theme: 'DARK' },
    ControlPage: {
      chart: { process, code: 'OFFSET', chart: 'I_MR', period },
      capability: { process, code: 'OFFSET', period },
      theme: 'LIGHT',
    },
    AuditSearch: { filter: { entity: { eq: 'lots' } } },
    SystemEvents: { levels: ['INFO', 'CRITICAL'] },
    StationScan: { code: serial.number, process, equipment: null },
    RouteRevisions: { model: serial.lot.productModel.code },
    RouteOfLot: { number: serial.lot.number },
    StationRoute: { lot: serial.lot.id },
  };
  return all[name] ?? {};
}

test('all stand in the folder documents, and in the file of trusted documents', () => {
  const texts = readdirSync(path.join(ROOT, 'documents')).map((file) =>
    readFileSync(path.join(ROOT, 'documents', file), 'utf8'),
  );
  const names = texts.flatMap((text) =>
    [...text.matchAll(/^(?:query|mutation|subscription) (\w+)/gm)].map(([, name = '']) => name),
  );
  expect([...named.keys()].toSorted()).toEqual(names.toSorted());
  expect([...trusted.values()].flatMap((text) => validate(schema, parse(text)))).toEqual([]);
});

test('every query is answered without an error', async () => {
  const queries = [...named].filter(([, text]) => /query \w+/.test(text));
  for (const [name, text] of queries) {
    const { data, errors } = await plant.api.ask(text, await variablesOf(name));
    expect([name, errors]).toEqual([name, []]);
    expect(Object.keys(data).length).toBeGreaterThan(0);
  }
});

test('a server that trusts these documents answers them, and no other one', async () => {
  await using api = await startApi({ trustedDocuments: path.join(ROOT, 'dist/documents.json') });
  expect((await api.ask(named.get('Me') ?? '')).data.viewer.role).toBe('ADMIN');
  expect((await api.ask('{ viewer { role } }')).status).toBe(403);
});

test('the setup of a station is answered to its key', async () => {
  const { apiKey } = await makeStation(plant.api, 'ST-WEB');
  const { data, errors } = await plant.api.askWith({ apiKey }, named.get('StationSetup') ?? '');
  expect(errors).toEqual([]);
  expect(data.viewer.station.code).toBe('ST-WEB');
  expect(data.operators.nodes.length).toBeGreaterThan(0);
});
