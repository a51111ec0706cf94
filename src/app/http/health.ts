/**
 * The health probes, which need no credentials: `/alive` (the process answers, and how late
 * its event loop is), `/ready` (it takes requests) and
 * `/health` (MON-4). Probes that arrive while the database is being checked share that check, so that frequent probing
 * does not load the database.
 */
import type { ServerResponse } from 'node:http';
import type { Services } from '../../platform/request/context.ts';
import type { OverloadGuard } from './overload.ts';
import { healthOf, type Health } from '../../operation/monitoring/monitoring.loaders.ts';

/** The health probes of a server process. */
export interface HealthProbes {
  /** Answers if the path is that of a probe, and returns whether it is. */
  answer(path: string, response: ServerResponse): boolean;
}

/** Creates the health probes of a server process. */
export function healthProbes(
  services: Services,
  isStopping: () => boolean,
  overload: Pick<OverloadGuard, 'delayMilliseconds'>,
): HealthProbes {
  let runningCheck: Promise<Health> | undefined;
  const health = (): Promise<Health> => {
    runningCheck ??= healthOf(services).finally(() => (runningCheck = undefined));
    return runningCheck;
  };
  const answerOf = async (path: string): Promise<readonly [status: number, body: object]> => {
    if (path === '/alive') return [200, { status: 'ALIVE', eventLoopDelayMilliseconds: overload.delayMilliseconds }];
    if (path === '/ready' && isStopping()) return [503, { status: 'STOPPING' }];
    const found = await health();
    const status = found.status === 'HEALTHY' ? 200 : 503;
    return path === '/ready' ? [status, { status: status === 200 ? 'READY' : 'DEGRADED' }] : [status, found];
  };
  return {
    answer(path, response) {
      if (!PATHS.has(path)) return false;
      void answerOf(path).then(([status, body]) =>
        response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body)),
      );
      return true;
    },
  };
}

const PATHS = new Set(['/alive', '/ready', '/health']);
