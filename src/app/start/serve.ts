/**
 * The life of the server process: it opens the database and listens; on SIGINT or SIGTERM it finishes the running
 * requests and exits.
 */
import { developmentToken } from '../auth/development-token.ts';
import { readAnchorKey } from '../audit-export/anchor-signature.ts';
import { anchorTarget } from '../audit-export/anchor-target.ts';
import { type Publication, startAnchorPublisher } from '../jobs/outgoing/anchor-publisher.ts';
import { startAuditSealer } from '../jobs/audit-sealer.ts';
import { startBackgroundWork } from '../jobs/background-work.ts';
import { startSelfWatch } from '../jobs/schedule/self-watch.ts';
import { startCleanup } from '../jobs/cleanup.ts';
import { BACKGROUND_WORK } from '../jobs/work-list.ts';
import { checkAddress } from '../http/listen.ts';
import { startServer, type RunningServer } from '../server.ts';
import type { Output, StartOptions } from './options.ts';
import { reloadOnHangUp } from './reload.ts';
import { endWhenAsked, type ProcessStart, runProcess } from './process-life.ts';
import { openRuntime, type Report, type Runtime } from './runtime.ts';
import type { Config } from '../../platform/process/config.ts';
import { DEVELOPMENT_ADMIN_PASSWORD } from '../../platform/process/config-shape.ts';
import { isFirstAdministratorsPassword } from '../../identity/user/user.commands.ts';
import { readTrustedDocuments } from '../execution/trusted-documents.ts';
import { isGuarded } from '../../platform/rules/environment.ts';
import { isLoopback } from '../../platform/values/ip-address.ts';
import { AppError } from '../../platform/values/assert.ts';

/** Starts the server and keeps it running until SIGINT or SIGTERM. `people` gets what is said to people. */
export async function serve({ port, host, demo, backup }: StartOptions, people: Output): Promise<void> {
  await runProcess('server', { LOTGRAPH_PORT: port, LOTGRAPH_HOST: host }, people, (config, options) =>
    startAndListen(config, { ...options, isDemo: demo === true, mayBackUp: backup !== false }),
  );
}

interface ServerStart extends ProcessStart {
  readonly isDemo: boolean;
  readonly mayBackUp: boolean;
}

async function startAndListen(config: Config, start: ServerStart): Promise<void> {
  const { report, signals, log } = start;
  const publication = await publicationOf(config);
  // The server reads the file again; a wrong one is noticed before anything is migrated.
  if (config.trustedDocuments !== undefined) readTrustedDocuments(config.trustedDocuments);
  await checkAddress(config);
  const runtime = await openRuntime(config, report, { log, needsFiles: true, mayBackUp: start.mayBackUp });
  reloadOnHangUp(runtime.services, start.overrides);
  const { server, token } = await openServer(runtime, start).catch(async (error: unknown) => {
    // An open connection would keep the process alive, without a server.
    await runtime.close();
    throw error;
  });
  const jobs = [
    startAuditSealer(runtime.services),
    startCleanup(runtime.services),
    startSelfWatch(runtime.services),
    ...(config.worker ? [startBackgroundWork(runtime.services, BACKGROUND_WORK)] : []),
    ...(publication === undefined ? [] : [startAnchorPublisher(runtime.services, publication)]),
  ];
  const { events, version } = runtime.services;
  events.note({ level: 'INFO', event: 'server.started', message: `A server of version ${version} listens.` });
  report(`lotgraph listens on ${server.url}`);
  // A token does not belong in a log that is collected.
  if (token !== undefined && config.logFormat === 'pretty') greet(server.url, token, report);
  endWhenAsked(signals, { log, report }, async () => {
    await server.stop();
    await Promise.all(jobs.map((job) => job.stop()));
    events.note({ level: 'INFO', event: 'server.stopped', message: 'A server has stopped as asked.' });
    await runtime.close();
  });
}

/** USR-6: A database that was made in development still has the administrator of development, whom anybody can be. */
async function refuseGuessableAdministrator({ services, isAdministratorNew }: Runtime): Promise<void> {
  const { config, database } = services;
  if (isAdministratorNew || (!isGuarded(config.environment) && isLoopback(config.host))) return;
  if (await database.transaction((tx) => isFirstAdministratorsPassword(tx, DEVELOPMENT_ADMIN_PASSWORD)))
    throw new AppError(
      'The user "admin" in this database still has the documented password (USR-6). Give them another one with "lotgraph user reset-password admin", then start again.',
    );
}

/** USR-6: The configured password makes the first administrator, and changes none that is there. */
function notePasswordWithoutEffect({ services: { config, log }, isAdministratorNew }: Runtime): void {
  if (isAdministratorNew || config.adminPassword === DEVELOPMENT_ADMIN_PASSWORD) return;
  log.info(
    { event: 'administrator.password_without_effect' },
    'LOTGRAPH_ADMIN_PASSWORD has no effect: an administrator exists already. "lotgraph user reset-password <username>" gives a user another password.',
  );
}

/** Reads the key of the anchors before anything is started, so that a wrong one is noticed at once. */
async function publicationOf({ anchorKey, anchorTargets }: Config): Promise<Publication | undefined> {
  if (anchorKey === undefined) return undefined;
  const key = await readAnchorKey(anchorKey);
  return anchorTargets.length === 0 ? undefined : { key, targets: anchorTargets.map(anchorTarget) };
}

/** Listens last: nothing that can fail comes after it. */
async function openServer(
  runtime: Runtime,
  { report, progress, signals, isDemo }: ServerStart,
): Promise<{ readonly server: RunningServer; readonly token: string | undefined }> {
  const { services } = runtime;
  await refuseGuessableAdministrator(runtime);
  notePasswordWithoutEffect(runtime);
  signals.throwIfAsked();
  if (isDemo) await (await import('./demo.ts')).ensureDemo(services, report, progress);
  signals.throwIfAsked();
  const token = await developmentToken(services);
  return { server: await startServer(services), token };
}

function greet(url: string, token: string, report: Report): void {
  report(`The dashboard: open ${new URL('/', url).href} in a browser; the station terminal is at /station.`);
  report(`GraphiQL with a tour: open ${url} in a browser.`);
  report(`Ready token of the administrator, for a day, in development only:\n  ${token}`);
}
