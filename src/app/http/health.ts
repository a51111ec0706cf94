/**
 * What those who run the server ask it, without credentials: `/alive` (the process answers), `/ready` (it takes
 * requests), `/health` (MON-4). The database is asked once for all who ask at the same time, so that many questions are
 * no load.
 */
import type { ServerResponse } from 'node:http';
import type { Services } from '../../platform/request/context.ts';
import { healthOf, type Health } from '../../operation/monitoring/monitoring.loaders.ts';

export interface HealthProbes {
  /** Answers when the path is one of a probe; false when it is none. */
  answer(path: string, response: ServerResponse): boolean;
}

export function healthProbes(services: Services, isStopping: () => boolean): HealthProbes {
  let asked: Promise<Health> | undefined;
  const health = (): Promise<Health> => {
    asked ??= healthOf(services).finally(() => (asked = undefined));
    return asked;
  };
  const tell = async (path: string): Promise<readonly [number, object]> => {
    if (path === '/alive') return [200, { status: 'ALIVE' }];
    if (path === '/ready' && isStopping()) return [503, { status: 'STOPPING' }];
    const found = await health();
    const status = found.status === 'HEALTHY' ? 200 : 503;
    return path === '/ready' ? [status, { status: status === 200 ? 'READY' : 'DEGRADED' }] : [status, found];
  };
  return {
    answer(path, response) {
      if (!PATHS.has(path)) return false;
      void tell(path).then(([status, body]) =>
        response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body)),
      );
      return true;
    },
  };
}

const PATHS = new Set(['/alive', '/ready', '/health']);
