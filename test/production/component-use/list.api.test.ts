import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Api } from '../../support/api.ts';
import { makeItems, type Named } from '../../support/build.ts';
import { askBothWays } from '../../support/both-ways.ts';
import { type Genealogy, install, startGenealogy, uninstall } from '../../support/genealogy.ts';

let world: Genealogy;
let api: Api;
let lot: Named;
let part: Named;
let items: readonly Named[];
let serial: Named;
beforeAll(async () => {
  world = await startGenealogy();
  ({ api } = world);
  part = await world.newLot();
  lot = await world.newLot();
  items = await makeItems(api, lot, 3);
  [serial] = (await world.newSerials(await world.newLot(), 1)) as [Named];
  const [first, second, third] = items as [Named, Named, Named];
  const at = (minute: number) => ({ installedAt: `2026-11-20T08:0${minute}:00Z` });
  await install(api, first, { lot: part }, { ...at(1), role: 'SPRING' });
  await install(api, second, { serial }, { ...at(2), role: 'BUSBAR' });
  const removed = await install(api, third, { externalLotNumber: 'ACME-7' }, { ...at(3), role: 'SPRING' });
  await uninstall(api, removed, { removedAt: '2026-11-20T09:00:00Z' });
  await install(api, lot, { externalLotNumber: 'ACME-7' }, at(4));
});
afterAll(() => api.close());

const NUMBERS = 'nodes { consumer { number } component { number } externalLotNumber }';

async function found(filter: string, more = ''): Promise<readonly string[]> {
  const { data } = await askBothWays(
    api,
    `{ componentUses(first: 100, filter: { ${filter} } ${more}) { totalCount ${NUMBERS} } }`,
  );
  const nodes: readonly { consumer: Named; component: Named | null; externalLotNumber: string | null }[] =
    data.componentUses.nodes;
  expect(data.componentUses.totalCount).toBe(nodes.length);
  return nodes.map(
    ({ consumer, component, externalLotNumber }) => `${component?.number ?? externalLotNumber} in ${consumer.number}`,
  );
}

test('the list has the newest first, and all its filters (CMP-1)', async () => {
  const [first, second, third] = items.map(({ number }) => number);
  const [ofLot, ofSerial, removed, intoLot] = [
    `${part.number} in ${first}`,
    `${serial.number} in ${second}`,
    `ACME-7 in ${third}`,
    `ACME-7 in ${lot.number}`,
  ];
  expect(await found('')).toEqual([intoLot, removed, ofSerial, ofLot]);
  expect(await found(`consumer: { number: { eq: "${second}" } }`)).toEqual([ofSerial]);
  expect(await found(`component: { eq: "${part.id}" }`)).toEqual([ofLot]);
  expect(await found('component: { isNull: true }')).toEqual([intoLot, removed]);
  expect(await found('externalLotNumber: { eq: "acme-7" }')).toEqual([intoLot, removed]);
  expect(await found('externalLotNumber: { startsWith: "acme" }, isRemoved: false')).toEqual([intoLot]);
  expect(await found('role: { in: ["spring"] }')).toEqual([removed, ofLot]);
  expect(await found('isRemoved: true')).toEqual([removed]);
  expect(await found('installedAt: { lt: "2026-11-20T08:03:00Z" }')).toEqual([ofSerial, ofLot]);
  expect(await found('removedAt: { isNull: false }')).toEqual([removed]);
  expect(await found('', ', orderBy: [{ field: REMOVED_AT }]')).toEqual([removed, ofLot, ofSerial, intoLot]);
  expect(await found('', ', orderBy: [{ field: CREATED_AT }]')).toEqual([ofLot, ofSerial, removed, intoLot]);
});

test('units list what was built into them and what they were built into (CMP-1)', async () => {
  const { data } = await askBothWays(
    api,
    `{
      lotByNumber(number: "${lot.number}") { components { nodes { externalLotNumber } } usedIn { totalCount } wipItems { nodes { number components { nodes { role isRemoved } } } } }
      part: lotByNumber(number: "${part.number}") { usedIn { nodes { consumer { number } consumerWipItem { number } consumerLot { number } consumerSerial { number } } } }
      serialByNumber(number: "${serial.number}") { components { totalCount } usedIn { nodes { consumer { number } componentSerial { number } componentLot { number } } } }
    }`,
  );
  const [first, second, third] = items.map(({ number }) => number);
  expect(data).toEqual({
    lotByNumber: {
      components: { nodes: [{ externalLotNumber: 'ACME-7' }] },
      usedIn: { totalCount: 0 },
      wipItems: {
        nodes: [
          { number: first, components: { nodes: [{ role: 'SPRING', isRemoved: false }] } },
          { number: second, components: { nodes: [{ role: 'BUSBAR', isRemoved: false }] } },
          { number: third, components: { nodes: [{ role: 'SPRING', isRemoved: true }] } },
        ],
      },
    },
    part: {
      usedIn: {
        nodes: [
          { consumer: { number: first }, consumerWipItem: { number: first }, consumerLot: null, consumerSerial: null },
        ],
      },
    },
    serialByNumber: {
      components: { totalCount: 0 },
      usedIn: {
        nodes: [{ consumer: { number: second }, componentSerial: { number: serial.number }, componentLot: null }],
      },
    },
  });
});

test('the statements of a list do not depend on its rows (CMP-1)', async () => {
  await api.database.reader().sql`
    INSERT INTO component_uses (consumer_wip_item_id, component_lot_id, role, installed_by_id, installed_at)
    SELECT item.id, lot.id, 'MANY', ${api.userIdOf('ADMIN')}::uuid, now() + n * interval '1 ms'
    FROM wip_items item, lots lot, generate_series(1, 50) n WHERE lot.number = ${part.number} AND item.lot_id <> lot.id`;
  const ask = (first: number) =>
    askBothWays(
      api,
      `{ componentUses(first: ${first}) { nodes { role consumerWipItem { number } componentLot { number } installedBy { username } processData { result } } } }`,
    );
  const counts = [await ask(1), await ask(10), await ask(100)].map(({ statements }) => statements);
  expect(counts.map(({ plans }) => plans)).toEqual([2, 2, 2]);
  expect(counts[1]).toEqual(counts[2]);
  expect(counts[2]?.loaders).toBe(4);
});
