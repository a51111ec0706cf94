import { openRuntime, type RuntimeOptions, validConfig } from '../start/runtime.ts';
import type { Services } from '../../platform/request/context.ts';
import { report } from './output.ts';

/** Runs the work of a command with the configuration, the database and the log, and closes them afterwards. */
export async function withServices(
  work: (services: Services) => Promise<void>,
  options: Pick<RuntimeOptions, 'needsFiles'> = {},
): Promise<void> {
  const runtime = await openRuntime(validConfig(), report, { mayUpgrade: false, ...options });
  try {
    await work(runtime.services);
  } finally {
    await runtime.close();
  }
}
