import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sealNow } from '../../../src/operation/audit/seal.commands.ts';
import { OTHER_ACTIONS } from '../../../src/operation/audit/audit.rules.ts';
import { declaredActions } from '../../../src/platform/command/declaration.ts';
import { startApi, type Api } from '../../support/api.ts';
import { makeLine } from '../../support/build.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
  await makeLine(api);
  await sealNow(api.database);
});
afterAll(() => api.close());

const CHANGES =
  'query ($entities: [String!], $actions: [String!]) { changes(entities: $entities, actions: $actions) { changes { entity action } } }';
const ENTRIES = 'query ($filter: AuditEntryFilter) { auditEntries(filter: $filter) { nodes { entity action } } }';
const LINE = [{ entity: 'production_lines', action: 'productionLine.created' }];

describe('the words of changes', () => {
  test.each(['production_lines', 'ProductionLine', 'productionline', ' ProductionLine '])(
    'find a kind of record by its table and by its type: %j',
    async (entity) => {
      const { data, errors } = await api.ask(CHANGES, { entities: [entity] });
      expect(errors).toEqual([]);
      expect(data.changes.changes).toEqual(LINE);
    },
  );

  test('are refused when they name no kind of record, with all that there are', async () => {
    const { errors } = await api.ask(CHANGES, { entities: ['Lot', 'ProductionLines'] });
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', path: ['entities', '1'] } }]);
    expect(errors[0]?.message).toMatch(
      /^entities\.1 must be a kind of record, but is "ProductionLines"\. The kinds are User \(users\), .*ProcessData \(process_data\)/,
    );
  });

  test('are refused when they name no action, with those about the same thing, or else all', async () => {
    const near = await api.ask(CHANGES, { actions: ['lot.closed', 'lot.close'] });
    expect(near.errors).toMatchObject([
      {
        message:
          'actions.1 must be an action, but is "lot.close". Actions are lot.closed, lot.completed, lot.created, lot.deleted, lot.quarantined, lot.rejected, lot.released, lot.routeChanged, lot.updated.',
        extensions: { code: 'INVALID_INPUT', path: ['actions', '1'] },
      },
    ]);
    const [all] = (await api.ask(CHANGES, { actions: ['closed'] })).errors;
    for (const action of ['api_key.created', 'lot.closed', 'sql.update', 'wipItem.converted'])
      expect(all?.message).toContain(action);
  });

  test('are answered empty when they are right and nothing of the kind has happened', async () => {
    const { data, errors } = await api.ask(CHANGES, {
      entities: ['ProcessData'],
      actions: ['lot.closed', 'sql.delete'],
    });
    expect([data.changes.changes, errors]).toEqual([[], []]);
  });

  test('include each action that the program records', () => {
    const known = new Set([...declaredActions, ...OTHER_ACTIONS]);
    const sources = readdirSync(path.resolve(import.meta.dirname, '../../../src'), {
      recursive: true,
      encoding: 'utf8',
    })
      .filter((file) => file.endsWith('.ts') && !file.startsWith('generated'))
      .map((file) => readFileSync(path.resolve(import.meta.dirname, '../../../src', file), 'utf8'));
    const recorded = sources.flatMap((text) =>
      [...text.matchAll(/(?:\baction: |actAsSystem\(\w+, |actorOf\(\w+, )'([a-zA-Z_]+\.[a-zA-Z]+)'/g)].map(
        ([, action]) => action,
      ),
    );
    expect(recorded.length).toBeGreaterThan(40);
    expect(recorded.filter((action) => action !== undefined && !known.has(action))).toEqual([]);
  });
});

describe('the exact words of the filter of audit entries', () => {
  test('find a kind of record by its table and by its type, and are refused like those of changes', async () => {
    for (const entity of [{ eq: 'ProductionLine' }, { in: ['production_lines', 'Lot'] }]) {
      const { data, errors } = await api.ask(ENTRIES, { filter: { entity } });
      expect([data.auditEntries.nodes, errors]).toEqual([LINE, []]);
    }
    const wrong = await api.ask(ENTRIES, { filter: { entity: { in: ['Lines'] }, action: { eq: 'lot.close' } } });
    expect(wrong.data).toEqual({ auditEntries: null });
    expect(wrong.errors[0]?.message).toContain('eq must be an action, but is "lot.close".');
    expect(wrong.errors[0]?.message).toContain('in.0 must be a kind of record, but is "Lines".');
  });

  test('leave patterns free: a part of a word that nothing has finds nothing', async () => {
    const found = await api.ask(ENTRIES, {
      filter: { entity: { contains: 'line' }, action: { startsWith: 'production' } },
    });
    expect(found.data.auditEntries.nodes).toEqual(LINE);
    const none = await api.ask(ENTRIES, { filter: { action: { contains: 'nothing' } } });
    expect([none.data.auditEntries.nodes, none.errors]).toEqual([[], []]);
  });
});
