/**
 * `/metrics` (MON-3): what Prometheus reads. A request needs the scrape token of the
 * configuration, or the rights of those who look after the server. Requests that arrive while the figures of the plant are being read share them.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { plantFigures, type PlantFigures } from '../../../operation/monitoring/plant-figures.loaders.ts';

import { EXPOSITION_TYPE, expositionOf } from '../../../platform/process/monitoring/exposition.ts';
import type { Services } from '../../../platform/request/context.ts';
import { allows, OPS } from '../../../platform/rules/access.ts';
import { isSameSecret } from '../../../platform/security/token-secrets.ts';
import type { Authenticate } from '../../auth/authenticate.ts';
import { metricsOf, type ProcessFigures } from './metric-list.ts';
import type { Credentials } from '../../request/request-state.ts';
import type { OverloadGuard } from '../overload.ts';
import { invalidCredentials, type HttpRejection } from '../request-checks.ts';

/** Answers a request for the metrics, or says why it is rejected. */
type MetricsAnswer = (
  request: IncomingMessage,
  response: ServerResponse,
  credentials: Credentials,
) => Promise<HttpRejection | undefined>;

/** Creates the answer of a server process to requests for its metrics. */
export function metricsAnswer(
  services: Services,
  authenticate: Authenticate,
  overload: Pick<OverloadGuard, 'delayMilliseconds'>,
): MetricsAnswer {
  const { config, database, log } = services;
  let running: Promise<PlantFigures | undefined> | undefined;
  const figures = (): Promise<PlantFigures | undefined> => {
    running ??= plantFigures(database.reader())
      .catch((error: unknown) => {
        log.warn({ event: 'metrics.figures_unavailable', err: error }, 'the figures of the plant could not be read');
        return undefined;
      })
      .finally(() => (running = undefined));
    return running;
  };
  const rejectionOf = async (credentials: Credentials): Promise<HttpRejection | undefined> => {
    const token = /^Bearer +(\S+)$/i.exec(credentials.authorization ?? '')?.[1];
    if (config.metricsToken !== undefined && token !== undefined && isSameSecret(token, config.metricsToken))
      return undefined;
    const viewer = await authenticate(credentials);
    if (viewer === null) return SIGN_IN;
    if ('invalid' in viewer) return invalidCredentials(viewer);
    return allows(OPS, viewer) ? undefined : FORBIDDEN;
  };
  return async ({ method }, response, credentials) => {
    if (method !== 'GET') return GET_ONLY;
    const rejection = await rejectionOf(credentials);
    if (rejection !== undefined) return rejection;
    const text = expositionOf(metricsOf(processFigures(services, overload.delayMilliseconds), await figures()));
    response.writeHead(200, { 'content-type': EXPOSITION_TYPE }).end(text);
    return undefined;
  };
}

function processFigures({ monitor, database, version }: Services, eventLoopMilliseconds: number): ProcessFigures {
  const { rss, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return {
    version,
    statements: monitor.statements.totals,
    operations: monitor.operations.list(),
    refusals: monitor.operations.refusals(),
    connections: database.connections,
    residentBytes: rss,
    heapBytes: heapUsed,
    cpuSeconds: (user + system) / 1_000_000,
    startedAtSeconds: Math.round((Date.now() - process.uptime() * 1_000) / 1_000),
    eventLoopSeconds: eventLoopMilliseconds / 1_000,
  };
}

const SIGN_IN: HttpRejection = {
  status: 401,
  code: 'UNAUTHENTICATED',
  message: 'Send the token of LOTGRAPH_METRICS_TOKEN, or sign in as an administrator or engineer.',
  headers: { 'www-authenticate': 'Bearer' },
};

const FORBIDDEN: HttpRejection = {
  status: 403,
  code: 'FORBIDDEN',
  message: 'Only administrators and engineers read the metrics.',
};

const GET_ONLY: HttpRejection = {
  status: 405,
  code: 'INVALID_INPUT',
  message: 'Only GET is answered here.',
  headers: { allow: 'GET' },
};
