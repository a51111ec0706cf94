/** The demo data: a small running factory, simulated when the database is empty. */
import type { Services } from '../../platform/request/context.ts';
import { hashPassword } from '../../platform/security/password.ts';
import type { Output } from './options.ts';
import { DEFAULT_SEED, STEPS } from '../simulation/options.ts';
import { simulate } from '../simulation/simulate.ts';
import { obstacleIn } from '../simulation/store.ts';

const DEMO_LOTS = 20;

/** Simulates the demo plant. Does nothing if master data or lots exist, and nothing in production. */
export async function ensureDemo(
  { config, database, files }: Services,
  report: Output['report'],
  progress: Output['progress'] = () => () => undefined,
): Promise<void> {
  if (config.environment === 'production') {
    report('--demo is ignored in production: invented units must never stand among real ones.');
    return;
  }
  if ((await obstacleIn(database.reader())) !== undefined) {
    report('The database is not empty; the demo data is left out.');
    return;
  }
  const passwordHash = await hashPassword(config.adminPassword);
  const until = new Date().toISOString();
  const options = {
    lots: DEMO_LOTS,
    serialsPerLot: undefined,
    steps: STEPS.default,
    seed: DEFAULT_SEED,
    until,
    passwordHash,
  };
  const made = await simulate({ database, files }, options, progress('Demo data', DEMO_LOTS));
  report(
    `Made demo data: ${made.lots} lots, ${made.wipItems} WIP items, ${made.serials} serials, ${made.executions} executions, ${made.inspections} inspections.`,
  );
}
