import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Api } from '../../support/api.ts';
import { makeItems, putExecution, uuidOf } from '../../support/build.ts';
import { call, done, expectRefused } from '../../support/expect.ts';
import { type Genealogy, install, installation, startGenealogy, uninstall } from '../../support/genealogy.ts';
import { makeStation, sendAs } from '../../support/station.ts';
import { fromNow } from '../../support/work.ts';

let world: Genealogy;
let api: Api;
beforeAll(async () => {
  world = await startGenealogy();
  ({ api } = world);
});
afterAll(() => api.close());

const FIELDS = `componentUse {
  id consumer { __typename number } component { __typename number } externalLotNumber role quantity unit position
  processData { id } installedAt installedBy { username } station { code }
  isRemoved removedAt removedBy { username } removalStation { code } removalReason version
}`;

async function oneItem() {
  const lot = await world.newLot();
  const [item] = await makeItems(api, lot, 1);
  if (item === undefined) throw new Error('No item was made.');
  return { lot, item };
}

async function oneSerial() {
  const lot = await world.newLot();
  const [serial] = await world.newSerials(lot, 1);
  if (serial === undefined) throw new Error('No serial was made.');
  return { lot, serial };
}

describe('installComponent', () => {
  test('builds a lot into an item, with its role, quantity and position (CMP-1, CMP-2)', async () => {
    const [{ item }, part] = [await oneItem(), await world.newLot()];
    const { componentUse } = await done(
      api,
      'installComponent',
      {
        consumer: { number: item.number },
        component: { lot: { number: part.number.toLowerCase() } },
        role: ' spring ',
        quantity: '2.50',
        unit: 'g',
        position: 'U7 left',
      },
      FIELDS,
      'OPERATOR',
    );
    expect(componentUse).toEqual({
      id: componentUse.id,
      consumer: { __typename: 'WipItem', number: item.number },
      component: { __typename: 'Lot', number: part.number },
      externalLotNumber: null,
      role: 'SPRING',
      quantity: '2.5',
      unit: 'g',
      position: 'U7 left',
      processData: null,
      installedAt: componentUse.installedAt,
      installedBy: { username: 'operator' },
      station: null,
      isRemoved: false,
      removedAt: null,
      removedBy: null,
      removalStation: null,
      removalReason: null,
      version: 1,
    });
  });

  test('builds supplier lots and serials into lots and serials (CMP-1)', async () => {
    const [lot, { serial }, { serial: part }] = [await world.newLot(), await oneSerial(), await oneSerial()];
    const ofSupplier = await done(
      api,
      'installComponent',
      installation(lot, { externalLotNumber: ' acme-7 ' }),
      FIELDS,
    );
    expect(ofSupplier['componentUse']).toMatchObject({
      consumer: { __typename: 'Lot', number: lot.number },
      component: null,
      externalLotNumber: 'ACME-7',
      quantity: '1',
      unit: '1',
    });
    const ofSerial = await done(api, 'installComponent', installation(serial, { serial: part }), FIELDS);
    expect(ofSerial['componentUse']).toMatchObject({
      consumer: { __typename: 'Serial', number: serial.number },
      component: { __typename: 'Serial', number: part.number },
    });
  });

  test('a station acts by its key: nobody is the person, the station stands in the use (CMP-1, CMP-4)', async () => {
    const { item } = await oneItem();
    const { apiKey } = await makeStation(api, 'ASSEMBLY-1');
    const input = installation(item, { externalLotNumber: 'ACME-8' });
    const { componentUse } = await sendAs(api, apiKey, 'installComponent', input, FIELDS);
    expect(componentUse).toMatchObject({ installedBy: null, station: { code: 'ASSEMBLY-1' } });
    const removed = await sendAs(api, apiKey, 'removeComponent', { id: componentUse.id, reason: 'Bent' }, FIELDS);
    expect(removed.componentUse).toMatchObject({
      isRemoved: true,
      removedBy: null,
      removalStation: { code: 'ASSEMBLY-1' },
      removalReason: 'Bent',
      version: 2,
    });
  });

  test('takes exactly one component, and texts of their lengths (CMP-1)', async () => {
    const { lot, item } = await oneItem();
    const valid = installation(item, { externalLotNumber: 'A' });
    for (const number of ['', ' ', 'A'.repeat(101)])
      await expectRefused(api, 'installComponent', installation(item, { externalLotNumber: number }), [
        ['INVALID_INPUT', 'component.externalLotNumber', 'CMP-1'],
      ]);
    await done(api, 'installComponent', installation(item, { externalLotNumber: 'a'.repeat(100) }), FIELDS);
    const two = await api.ask(
      `mutation ($c: ComponentRef!) { installComponent(input: { consumer: { id: "${item.id}" }, component: $c }) { errors { code } } }`,
      { c: { lot: { id: lot.id }, externalLotNumber: 'A' } },
    );
    expect(two.errors).toHaveLength(1);
    for (const [field, length] of [
      ['role', 50],
      ['unit', 20],
      ['position', 100],
    ] as const) {
      await expectRefused(api, 'installComponent', { ...valid, [field]: 'A'.repeat(length + 1) }, [
        ['INVALID_INPUT', field, null],
      ]);
      await done(api, 'installComponent', { ...valid, [field]: 'A'.repeat(length) }, FIELDS);
    }
  });

  test('takes a quantity above zero that its column can hold, and 1 of a serial (CMP-2)', async () => {
    const [{ item }, { serial }] = [await oneItem(), await oneSerial()];
    const input = installation(item, { externalLotNumber: 'A' });
    for (const quantity of ['0', '-1', '0.0000001', '1234567890123'])
      await expectRefused(api, 'installComponent', { ...input, quantity }, [['INVALID_INPUT', 'quantity', 'CMP-2']]);
    for (const quantity of ['0.000001', '123456789012.123456'])
      expect((await done(api, 'installComponent', { ...input, quantity }, FIELDS))['componentUse'].quantity).toBe(
        quantity,
      );
    await expectRefused(api, 'installComponent', installation(item, { serial }, { quantity: '2' }), [
      ['INVALID_INPUT', 'quantity', 'CMP-2'],
    ]);
    await install(api, item, { serial }, { quantity: '1.0' });
  });

  test('names units and executions that exist', async () => {
    const { lot, item } = await oneItem();
    const nothing = { id: Buffer.from('Lot:00000000-0000-7000-8000-000000000000').toString('base64url'), number: '' };
    const noExecution = Buffer.from('ProcessData:00000000-0000-7000-8000-000000000000').toString('base64url');
    const input = installation(item, { externalLotNumber: 'A' });
    await expectRefused(api, 'installComponent', { ...input, consumer: { id: nothing.id } }, [
      ['NOT_FOUND', 'consumer', null],
    ]);
    await expectRefused(api, 'installComponent', { ...input, component: { lot: { number: 'KR01PSA200101' } } }, [
      ['NOT_FOUND', 'component.lot', null],
    ]);
    await expectRefused(api, 'installComponent', { ...input, component: { serial: { number: 'KR01PSA200101001' } } }, [
      ['NOT_FOUND', 'component.serial', null],
    ]);
    await expectRefused(api, 'installComponent', { ...input, component: { serial: { number: lot.number } } }, [
      ['INVALID_INPUT', 'component.serial.number', 'SER-1'],
    ]);
    await expectRefused(api, 'installComponent', { ...input, processData: noExecution }, [
      ['NOT_FOUND', 'processData', null],
    ]);
  });

  test('names an execution of the consumer, of its item or of its lot; such an execution is not withdrawn (CMP-1, PD-14)', async () => {
    const { lot, item } = await oneItem();
    const other = await oneItem();
    const started = async (wipItem: typeof item) =>
      (await done(api, 'startProcess', { unit: { id: wipItem.id }, process: { code: 'MOUNT' } }, 'processData { id }'))[
        'processData'
      ];
    const [own, strange] = [await started(item), await started(other.item)];
    const input = installation(item, { externalLotNumber: 'A' }, { processData: own.id });
    expect((await done(api, 'installComponent', input, FIELDS))['componentUse'].processData).toEqual({ id: own.id });
    await expectRefused(api, 'installComponent', { ...input, processData: strange.id }, [
      ['RULE_VIOLATED', 'processData', 'CMP-1'],
    ]);
    await expectRefused(api, 'installComponent', { ...input, consumer: { id: lot.id } }, [
      ['RULE_VIOLATED', 'processData', 'CMP-1'],
    ]);
    await expectRefused(api, 'withdrawProcess', { id: own.id, reason: 'Wrong' }, [
      [
        'RULE_VIOLATED',
        'id',
        'PD-14',
        'The execution has built in 1 component, and their record names it; complete it with FAIL or REWORK instead.',
      ],
    ]);
    await done(api, 'withdrawProcess', { id: strange.id, reason: 'Wrong' }, 'withdrawnId');

    const { serial } = await oneSerial();
    const { data } = await api.ask(
      `{ serialByNumber(number: "${serial.number}") { wipItem { processData(first: 1) { nodes { id components { totalCount } } } } } }`,
    );
    const [before] = data.serialByNumber.wipItem.processData.nodes;
    await install(api, serial, { externalLotNumber: 'B' }, { processData: before.id });
  });

  test('a serial is built in when it PASSED, in one place at a time (CMP-3)', async () => {
    const [{ item }, { item: other }, { serial }] = [await oneItem(), await oneItem(), await oneSerial()];
    await api.database.reader().sql`ALTER TABLE serials DISABLE TRIGGER tg_serials_status_flow`;
    const put = (status: string, completed: string | null, reason: string | null) =>
      api.database.reader()
        .sql`UPDATE serials SET status = ${status}::serial_status, completed_at = ${completed}::timestamptz, failure_reason = ${reason} WHERE id = ${uuidOf(serial)}::uuid`;
    for (const [status, completed, reason] of [
      ['CREATED', null, null],
      ['IN_PROGRESS', null, null],
      ['FAILED', '2026-11-20T08:00:00Z', 'Bent'],
    ] as const) {
      await put(status, completed, reason);
      await expectRefused(api, 'installComponent', installation(item, { serial }), [
        [
          'RULE_VIOLATED',
          'component.serial',
          'CMP-3',
          `Serial ${serial.number} is ${status}; only a PASSED serial is built in.`,
        ],
      ]);
    }
    await put('PASSED', '2026-11-20T08:00:00Z', null);
    await api.database.reader().sql`ALTER TABLE serials ENABLE TRIGGER tg_serials_status_flow`;
    const use = await install(api, item, { serial });
    const message = `Serial ${serial.number} is built into ${item.number}; remove it there first.`;
    for (const consumer of [item, other])
      await expectRefused(api, 'installComponent', installation(consumer, { serial }), [
        ['RULE_VIOLATED', 'component.serial', 'CMP-3', message],
      ]);
    const removed = (await uninstall(api, use))['componentUse'];
    const before = new Date(Date.parse(removed.removedAt) - 1).toISOString();
    await expectRefused(api, 'installComponent', installation(other, { serial }, { installedAt: before }), [
      ['RULE_VIOLATED', 'installedAt', 'CMP-3'],
    ]);
    await install(api, other, { serial }, { installedAt: removed.removedAt });
  });

  test('happens at most 60 s in the future (PD-7)', async () => {
    const { item } = await oneItem();
    const input = installation(item, { externalLotNumber: 'A' });
    await expectRefused(api, 'installComponent', { ...input, installedAt: fromNow(120_000) }, [
      ['RULE_VIOLATED', 'installedAt', 'PD-7'],
    ]);
    const use = await install(api, item, { externalLotNumber: 'A' }, { installedAt: fromNow(20_000) });
    // A removal without a time is not before the installation, although that is in the future.
    expect((await uninstall(api, use))['componentUse'].removedAt).toBe(use.installedAt);
  });

  test('a CONVERTED item takes no components; a lot and a serial in any state do (WIP-8)', async () => {
    const { lot, serial } = await oneSerial();
    const { data } = await api.ask(`{ serialByNumber(number: "${serial.number}") { wipItem { id number } } }`);
    await expectRefused(
      api,
      'installComponent',
      installation(data.serialByNumber.wipItem, { externalLotNumber: 'A' }),
      [['RULE_VIOLATED', 'consumer', 'WIP-8']],
    );
    await install(api, serial, { externalLotNumber: 'A' });
    await api.database.reader()
      .sql`UPDATE lots SET status = 'COMPLETED', completed_at = now() WHERE number = ${lot.number}`;
    await done(api, 'closeLot', { lot: { id: lot.id } }, 'lot { id }');
    await install(api, lot, { externalLotNumber: 'A' });
    await install(api, serial, { externalLotNumber: 'B' });
  });

  test('nothing of a held lot is built in, and nothing is built into it; a removal is allowed (CMP-6)', async () => {
    const [{ lot, item }, part, { lot: serialLot, serial }] = [
      await oneItem(),
      await world.newLot(),
      await oneSerial(),
    ];
    const use = await install(api, item, { lot: part });
    for (const held of [part, serialLot])
      await done(api, 'quarantineLot', { lot: { id: held.id }, reason: 'Suspect' }, 'lot { id }');
    const refused = [['RULE_VIOLATED', 'component', 'CMP-6']] as const;
    await expectRefused(api, 'installComponent', installation(item, { lot: part }), refused);
    await expectRefused(api, 'installComponent', installation(item, { serial }), refused);
    await done(api, 'releaseLot', { lot: { id: part.id }, reason: 'Fine' }, 'lot { id }');
    await install(api, item, { lot: part });
    await done(api, 'rejectLot', { lot: { id: lot.id }, reason: 'Bad' }, 'lot { id }');
    for (const consumer of [lot, item])
      await expectRefused(api, 'installComponent', installation(consumer, { lot: part }), [
        ['RULE_VIOLATED', 'consumer', 'CMP-6'],
      ]);
    await uninstall(api, use);
  });

  test('the same request with the same key has one effect (IDK-1)', async () => {
    const { item } = await oneItem();
    const input = installation(item, { externalLotNumber: 'ONCE' }, { idempotencyKey: `install ${item.number}` });
    const answers = [
      await done(api, 'installComponent', input, 'componentUse { id }'),
      await done(api, 'installComponent', input, 'componentUse { id }'),
    ];
    expect(answers[0]).toEqual(answers[1]);
    const again = await call(api, 'installComponent', { ...input, quantity: '2' }, 'componentUse { id }');
    expect(again.errors).toMatchObject([{ code: 'IDEMPOTENCY_MISMATCH' }]);
    const removal = { id: answers[0]?.['componentUse'].id, reason: 'Worn', idempotencyKey: `remove ${item.number}` };
    await done(api, 'removeComponent', removal, 'componentUse { id }');
    await done(api, 'removeComponent', removal, 'componentUse { id }');
  });
});

describe('removeComponent', () => {
  test('closes the use with person, time and reason, once (CMP-4)', async () => {
    const { item } = await oneItem();
    const use = await install(api, item, { externalLotNumber: 'A' });
    const early = new Date(Date.parse(use.installedAt) - 1).toISOString();
    await expectRefused(api, 'removeComponent', { id: use.id, reason: 'x', removedAt: early }, [
      ['RULE_VIOLATED', 'removedAt', 'CMP-4'],
    ]);
    await expectRefused(api, 'removeComponent', { id: use.id, reason: ' ' }, [['INVALID_INPUT', 'reason', 'GEN-4']]);
    await expectRefused(api, 'removeComponent', { id: use.id, reason: 'x', removedAt: fromNow(120_000) }, [
      ['RULE_VIOLATED', 'removedAt', 'PD-7'],
    ]);
    await expectRefused(api, 'removeComponent', { id: use.id, reason: 'x', expectedVersion: 2 }, [
      ['STALE_VERSION', 'expectedVersion', 'GEN-2'],
    ]);
    const { componentUse } = await done(
      api,
      'removeComponent',
      { id: use.id, reason: 'Worn', removedAt: use.installedAt, expectedVersion: 1 },
      FIELDS,
      'INSPECTOR',
    );
    expect(componentUse).toMatchObject({
      isRemoved: true,
      removedAt: use.installedAt,
      removedBy: { username: 'inspector' },
      removalStation: null,
      removalReason: 'Worn',
      version: 2,
    });
    await expectRefused(api, 'removeComponent', { id: use.id, reason: 'Again' }, [['RULE_VIOLATED', 'id', 'CMP-4']]);
    const unknown = Buffer.from('ComponentUse:00000000-0000-7000-8000-000000000000').toString('base64url');
    await expectRefused(api, 'removeComponent', { id: unknown, reason: 'x' }, [['NOT_FOUND', 'id', null]]);
  });

  test('leaves an entry in the audit trail, and its history shows it (AUD-1)', async () => {
    const { item } = await oneItem();
    const use = await install(api, item, { externalLotNumber: 'ACME-9' });
    await uninstall(api, use);
    const { data } = await api.ask(
      `query ($id: ID!) { node(id: $id) { ... on ComponentUse { history(first: 5) { nodes { action reason recordLabel } } } } }`,
      { id: use.id },
    );
    expect(data.node.history.nodes).toEqual([
      { action: 'componentUse.removed', reason: 'Worn', recordLabel: `ACME-9 in ${item.number}` },
      { action: 'componentUse.installed', reason: null, recordLabel: `ACME-9 in ${item.number}` },
    ]);
  });
});

test('a lot or a station with uses of components is not deleted (LOT-11, GEN-1)', async () => {
  const [lot, part] = [await world.newLot(), await world.newLot()];
  await install(api, lot, { lot: part });
  for (const { id } of [lot, part])
    await expectRefused(api, 'deleteLot', { lot: { id } }, [['RULE_VIOLATED', 'lot', 'LOT-11']]);
  const { code, apiKey, keyId } = await makeStation(api, 'ASSEMBLY-2');
  await sendAs(api, apiKey, 'installComponent', installation(lot, { externalLotNumber: 'A' }));
  await done(api, 'revokeApiKey', { id: keyId, reason: 'Done' }, 'apiKey { id }');
  const [message] = await expectRefused(api, 'deleteStation', { station: { code } }, [
    ['RULE_VIOLATED', 'station', 'GEN-1'],
  ]);
  expect(message).toContain('components: 1');
});

test('executions of the lot count for every unit of it (CMP-1)', async () => {
  const { item } = await oneItem();
  await putExecution(api, { wipItem: item }, world.steps.mount, 'FAIL');
  const { data } = await api.ask(
    `{ wipItemByNumber(number: "${item.number}") { processData(first: 1) { nodes { id } } } }`,
  );
  const [failed] = data.wipItemByNumber.processData.nodes;
  await install(api, item, { externalLotNumber: 'A' }, { processData: failed.id });
});
