/** Process sessions of the floor of `work.ts`. */
import type { Api } from './api.ts';
import { done } from './expect.ts';

export interface Session {
  readonly id: string;
  readonly slot: number;
}

/** A session of MOUNT at the station TESTER-1 unless the input says otherwise. */
export async function openSession(api: Pick<Api, 'ask'>, batchCode: string, input: object = {}): Promise<Session> {
  const { processSession } = await done(
    api,
    'openProcessSession',
    { station: { code: 'TESTER-1' }, process: { code: 'MOUNT' }, batchCode, ...input },
    'processSession { id slot }',
  );
  return processSession;
}
