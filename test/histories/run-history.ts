/** One history from its seed to its verdict, on machines of its own. */
import { present } from '../../src/platform/values/assert.ts';
import { makeFactory } from '../model/floor-client.ts';
import { check, type Verdict } from './check.ts';
import { makeCrew, type Crew } from './crew.ts';
import { startMachines, type Machines } from './machines.ts';
import { play, type History, type Script } from './play.ts';
import { apiOf } from './server-api.ts';

/** A history with its verdict. */
export interface Judged extends Verdict {
  readonly history: History;
}

/** Plays the script and checks it. `judge` may do more with the machines before they are removed. */
export async function runHistory(
  script: Script,
  judge: (history: History, machines: Machines) => Promise<Verdict> = check,
): Promise<Judged> {
  const crew: Crew[] = [];
  await using machines = await startMachines(async (admin) => {
    const api = apiOf(admin);
    await makeFactory(api);
    crew.push(await makeCrew(api));
  });
  const history = await play(script, machines, present(crew[0], 'The crew'));
  return { history, ...(await judge(history, machines)) };
}
