/** The demo data: a small running factory, simulated when the database is empty. */
import { randomBytes } from 'node:crypto';
import type { SimulationSummary } from '../simulation/summary.ts';
import type { Database } from '../../platform/postgres/client.ts';
import { actAsSystem } from '../../platform/request/actor.ts';
import { present } from '../../platform/values/assert.ts';
import { addReport } from '../../quality/report/report.commands.ts';
import type { Services } from '../../platform/request/context.ts';
import { hashPassword } from '../../platform/security/password.ts';
import { sealText } from '../../platform/security/sealed-text.ts';
import { addExport } from '../../operation/background-job/export.commands.ts';
import { putConfigEntry } from '../../operation/config-entry/config-entry.commands.ts';
import { addPerformanceFigure } from '../../operation/performance-baseline/performance-baseline.commands.ts';
import { STORED_ENVIRONMENTS } from '../../platform/rules/environment.ts';
import { addWebhook } from '../../operation/webhook/new-webhook.commands.ts';
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
  await requestFiles(database, made);
  await makeWebhook({ config, database });
  await setUp({ config, database });
  report(
    `Made demo data: ${made.lots} lots, ${made.wipItems} WIP items, ${made.serials} serials, ${made.executions} executions, ${made.inspections} inspections.`,
  );
}

/** Requests two reports on the simulated time, and an export, as a manager would. A worker makes them. */
async function requestFiles(database: Database, { from, until }: SimulationSummary): Promise<void> {
  await database.transaction(async (tx) => {
    await actAsSystem(tx, 'report.requested');
    const [manager] = await tx.sql<{
      id: string;
    }>`SELECT id FROM users WHERE role = 'MANAGER' ORDER BY username LIMIT 1`;
    const requestedById = present(manager, 'A manager').id;
    const common = {
      periodFrom: from,
      periodTo: until,
      timeZone: 'UTC',
      requestedById,
    };
    await addReport(tx, { ...common, type: 'DEFECT_ANALYSIS', title: 'Defects of all lines', format: 'PDF' });
    await addReport(tx, { ...common, type: 'INSPECTION_SUMMARY', title: 'Inspections of all lines', format: 'HTML' });
    await actAsSystem(tx, 'backgroundJob.submitted');
    await addExport(tx, { target: 'LOTS', filter: null, format: 'CSV' }, requestedById);
  });
}

/**
 * Makes a webhook as an example. It is not active, so that nothing leaves the machine, and its address is one that is
 * reserved for examples (RFC 2606). Nobody knows its secret.
 */
async function makeWebhook({ config, database }: Pick<Services, 'config' | 'database'>): Promise<void> {
  await database.transaction(async (tx) => {
    await actAsSystem(tx, 'webhook.created');
    await addWebhook(tx, {
      name: 'Planning system',
      url: 'https://erp.plant.example/hooks/lotgraph',
      sealedSecret: sealText(config, randomBytes(32).toString('base64url')),
      events: ['LOT_COMPLETED', 'DEFECT_DETECTED', 'lot.quarantined'],
      isActive: false,
      createdById: null,
    });
  });
}

/** Sets settings as an administrator would, one of them secret, and records what an operation costs. */
async function setUp({ config, database }: Pick<Services, 'config' | 'database'>): Promise<void> {
  const environment = STORED_ENVIRONMENTS[config.environment];
  const figure = { metric: 'duration', subject: 'LotBoard', unit: 'ms' };
  await database.transaction(async (tx) => {
    await actAsSystem(tx, 'configEntry.set');
    for (const entry of SETTINGS)
      await putConfigEntry(tx, { ...entry, environment, isSensitive: entry.type === 'ENCRYPTED' }, config);
    await actAsSystem(tx, 'performanceBaseline.set');
    const { now } = present((await tx.sql<{ now: string }>`SELECT now()::timestamptz(3) AS now`)[0], 'The time');
    await addPerformanceFigure(tx, { ...figure, value: '40', notes: 'Median of 100 runs' }, 'BASELINE', now);
    await addPerformanceFigure(tx, { ...figure, value: '42.5', notes: undefined }, 'MEASUREMENT', now);
  });
}

const SETTINGS = [
  {
    key: 'station.offline_after_seconds',
    type: 'INTEGER',
    value: '60',
    description: 'The rigs of hall 2 report every 45 seconds.',
  },
  { key: 'andon.refresh_seconds', type: 'INTEGER', value: '10', description: 'Read by the andon boards.' },
  {
    key: 'erp.token',
    type: 'ENCRYPTED',
    value: 'a token of the planning system',
    description: 'With which the planning system is asked for orders.',
  },
] as const;
