/** Runs a simulation from the command line: checks its options, shows its progress and prints its figures. */
import { answer, progress, report, formatTable } from '../output.ts';
import { problemsOf, type SimulateOptions } from '../../simulation/options.ts';
import { simulate } from '../../simulation/simulate.ts';
import type { SimulationSummary } from '../../simulation/summary.ts';
import { openRuntime, validConfig } from '../../start/runtime.ts';
import { hashPassword } from '../../../platform/security/password.ts';
import { assert } from '../../../platform/values/assert.ts';
import { instantOf } from '../../../platform/values/time.ts';

/** Runs a simulation with these options and prints its figures. */
export async function runSimulation({
  lots,
  serialsPerLot,
  steps,
  seed,
  until,
  audit,
  json,
}: SimulateOptions): Promise<void> {
  const size = { lots, serialsPerLot, steps, seed };
  const problems = problemsOf(size);
  assert(problems.length === 0, problems.join('\n'));
  const now = new Date().toISOString();
  const end = until === undefined ? now : instantOf(until);
  assert(end !== undefined, '--until must be an instant with offset, such as 2026-11-20T08:00:00Z.');
  assert(end <= now, `--until must not be in the future; it is ${now} now.`);
  const config = validConfig();
  assert(
    config.environment !== 'production',
    'A simulation is refused in production: invented units must never stand among real ones.',
  );

  const runtime = await openRuntime(config, report, { mayUpgrade: false, needsFiles: true });
  try {
    const passwordHash = await hashPassword(config.adminPassword);
    const summary = await simulate(
      runtime.services,
      { ...size, until: end, passwordHash, isAudited: audit },
      progress('Lots', lots),
    );
    answer(summary, textOf(summary), json === true);
  } finally {
    await runtime.close();
  }
}

function textOf({ lotsByStatus, lotsByDisposition, ...figures }: SimulationSummary): string {
  const groups = Object.entries({ ...lotsByStatus, ...lotsByDisposition }).map(
    ([group, lots]) => [`lots ${group}`, lots] as const,
  );
  return formatTable([...Object.entries(figures), ...groups].map(([figure, value]) => ({ figure, value })));
}
