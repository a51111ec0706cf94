/**
 * A short random history in which each kind of fault happens once, and the checker against planted violations. `npm run
 * test:histories` runs long ones. The commands and faults are bounded by number, so a busy machine takes longer only.
 */
import { expect, test } from 'vitest';
import { withConnection } from '../support/connection.ts';
import { check, type Difference } from './check.ts';
import { KINDS } from './faults.ts';
import { runHistory } from './run-history.ts';
import type { Script } from './play.ts';

const SHORT: Script = { seed: 'suite', rounds: 2, commandsPerClient: 6, faults: KINDS };
const TIMEOUT = 1_200_000;

test('a history of two servers in which everything breaks agrees with the model, and each planted violation is found (IDK-1, AUD-1, AUD-3)', {
  timeout: TIMEOUT,
}, async () => {
  const planted: Difference[] = [];
  const { differences, outcomes, history } = await runHistory(SHORT, async (played, machines) => {
    const verdict = await check(played, machines);
    await withConnection(machines.databaseUrl, (client) => client.query(PLANTED));
    planted.push(...(await check(played, machines)).differences);
    return verdict;
  });

  expect(differences).toEqual([]);
  expect(Object.values(history.faults)).toEqual(Array.from({ length: KINDS }, () => 1));
  expect(outcomes.done).toBeGreaterThan(10);
  expect(outcomes.refused).toBeGreaterThan(0);

  expect(kindsOf(planted)).toEqual(expect.arrayContaining(['audit', 'chain', 'key', 'model', 'repetition', 'state']));
  expect(planted).toContainEqual({ kind: 'key', what: expect.stringContaining('which no client sent for it') });
  expect(planted).toContainEqual({ kind: 'state', what: expect.stringContaining('externalNumber') });
});

test('a client that forgets its key when it sends an act again is found (IDK-1)', { timeout: TIMEOUT }, async () => {
  const { differences } = await runHistory({
    seed: 'suite',
    rounds: 1,
    commandsPerClient: 1,
    faults: 0,
    isForgetful: true,
  });

  expect(kindsOf(differences)).toContain('model');
});

/**
 * What somebody who rules the database can do: a changed row, an acknowledged execution that is gone, a deleted entry
 * of the audit trail, an acknowledged act without its key, and an effect that no client asked for.
 */
const PLANTED = `
  SET session_replication_role = replica;
  UPDATE wip_items SET external_number = 'PLANTED' WHERE id = (SELECT id FROM wip_items ORDER BY number LIMIT 1);
  DELETE FROM process_data WHERE id = (SELECT id FROM process_data WHERE result IS NOT NULL ORDER BY id DESC LIMIT 1);
  DELETE FROM audit_entries WHERE id = (SELECT id FROM audit_entries WHERE entity = 'lots' AND operation = 'INSERT' ORDER BY seq LIMIT 1);
  DELETE FROM idempotency_keys WHERE id = (SELECT id FROM idempotency_keys WHERE operation = 'recordProcessDataBatch' ORDER BY id LIMIT 1);
  INSERT INTO idempotency_keys (caller, key, operation, request_hash) SELECT caller, 'planted', operation, request_hash FROM idempotency_keys LIMIT 1;`;

function kindsOf(differences: readonly Difference[]): readonly string[] {
  return [...new Set(differences.map(({ kind }) => kind))].toSorted();
}
