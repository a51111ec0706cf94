/**
 * The life of the server process: it opens the database and listens; on SIGINT or SIGTERM it finishes the running
 * requests and exits.
 */
import { developmentToken } from '../auth/development-token.ts';
import { readAnchorKey } from '../audit-export/anchor-signature.ts';
import { anchorTarget } from '../audit-export/anchor-target.ts';
import { type Publication, startAnchorPublisher } from '../jobs/anchor-publisher.ts';
import { startAuditSealer } from '../jobs/audit-sealer.ts';
import { startCleanup } from '../jobs/cleanup.ts';
import { checkAddress } from '../http/listen.ts';
import { startServer, type RunningServer } from '../server.ts';
import type { Output, StartOptions } from './options.ts';
import { startError } from './start-error.ts';
import { openRuntime, type Report, type Runtime, validConfig } from './runtime.ts';
import { exitLater, listenForStop, type StopSignals } from './stop-signals.ts';
import { type Config, DEVELOPMENT_ADMIN_PASSWORD, unknownSettings } from '../../platform/process/config.ts';
import { createLog, type Log } from '../../platform/process/log.ts';
import { isFirstAdministratorsPassword } from '../../identity/user/user.commands.ts';
import { readTrustedDocuments } from '../execution/trusted-documents.ts';
import { isLoopback } from '../../platform/values/ip-address.ts';
import { AppError } from '../../platform/values/assert.ts';

/**
 * Starts the server and keeps it running until SIGINT or SIGTERM. With the log format `json`, everything that is said on
 * standard error after the configuration was read is a line of the log; `people` gets what is said to people.
 */
export async function serve({ port, host, demo }: StartOptions, people: Output): Promise<void> {
  const config = configOf({ LOTGRAPH_PORT: port, LOTGRAPH_HOST: host }, people);
  const log = createLog(config.logLevel, config.logFormat);
  logWarnings(log);
  const output = config.logFormat === 'json' ? outputTo(log) : people;
  const signals = listenForStop(output.report);
  try {
    await startAndListen(config, { ...output, isDemo: demo === true, log, signals });
  } catch (thrown) {
    const error = startError(thrown);
    if (config.logFormat !== 'json' || !log.isLevelEnabled('fatal')) throw error;
    const isKnown = error instanceof AppError;
    log.fatal(
      { event: 'start.failed', ...(isKnown ? {} : { err: error }) },
      isKnown ? error.message : 'the server did not start',
    );
    process.exitCode = 1;
  }
}

/** The configuration. If it is not usable, a misspelt name may be the cause, so unknown settings are named, too. */
function configOf(overrides: Readonly<Record<string, string | undefined>>, { report }: Output): Config {
  try {
    return validConfig(overrides);
  } catch (error) {
    unknownSettings().forEach(report);
    throw error;
  }
}

interface RunOptions extends ServerStart {
  readonly log: Log;
}

async function startAndListen(config: Config, { isDemo, report, progress, signals, log }: RunOptions): Promise<void> {
  const publication = await publicationOf(config);
  // The server reads the file again; a wrong one is noticed before anything is migrated.
  if (config.trustedDocuments !== undefined) readTrustedDocuments(config.trustedDocuments);
  await checkAddress(config);
  const runtime = await openRuntime(config, report, { log });
  const { server, token } = await openServer(runtime, { report, progress, signals, isDemo }).catch(
    async (error: unknown) => {
      // An open connection would keep the process alive, without a server.
      await runtime.close();
      throw error;
    },
  );
  const jobs = [
    startAuditSealer(runtime.services),
    startCleanup(runtime.services),
    ...(publication === undefined ? [] : [startAnchorPublisher(runtime.services, publication)]),
  ];
  report(`lotgraph listens on ${server.url}`);
  // A token does not belong in a log that is collected.
  if (token !== undefined && config.logFormat === 'pretty') greet(server.url, token, report);
  let isStopping = false;
  const stop = (reason: string, exitCode = 0): void => {
    if (isStopping) return;
    isStopping = true;
    report(`${reason}: finishing what is under way.`);
    exitLater(report);
    void server
      .stop()
      .then(() => Promise.all(jobs.map((job) => job.stop())))
      .then(() => runtime.close())
      .then(
        () => process.exit(exitCode),
        (error: unknown) => {
          report(String(error));
          process.exit(1);
        },
      );
  };
  signals.whenAsked(stop);
  // An error that nobody handles leaves the process in an unknown state: it answers what it can, and another process
  // takes over.
  const stopAfter = (event: string, error: unknown): void => {
    log.fatal({ event, err: error }, 'an error was not handled; the server stops');
    stop('An error was not handled', 1);
  };
  process.once('uncaughtException', (error) => stopAfter('process.uncaught_exception', error));
  process.once('unhandledRejection', (error) => stopAfter('process.unhandled_rejection', error));
}

/** USR-6: A database that was made in development still has the administrator of development, whom anybody can be. */
async function refuseGuessableAdministrator({ services, isAdministratorNew }: Runtime): Promise<void> {
  const { config, database } = services;
  if (isAdministratorNew || (config.environment !== 'production' && isLoopback(config.host))) return;
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

/** Writes what is said to people into the log; of a progress bar only each quarter. */
function outputTo(log: Log): Output {
  const report: Report = (message) => log.info({ event: 'server.progress' }, message);
  return {
    report,
    progress(label, total) {
      let said = 0;
      return (done) => {
        const quarter = Math.floor((4 * done) / total);
        if (quarter <= said) return;
        said = quarter;
        report(`${label}: ${done} of ${total}`);
      };
    },
  };
}

/** Writes what Node.js warns of, and variables that are settings of nothing, into the log. */
function logWarnings(log: Log): void {
  for (const warning of unknownSettings()) log.warn({ event: 'config.unknown_setting' }, warning);
  process.removeAllListeners('warning');
  process.on('warning', (warning) => log.warn({ event: 'process.warning', err: warning }, 'Node.js warns'));
}

/** Reads the key of the anchors before anything is started, so that a wrong one is noticed at once. */
async function publicationOf({ anchorKey, anchorTargets }: Config): Promise<Publication | undefined> {
  if (anchorKey === undefined) return undefined;
  const key = await readAnchorKey(anchorKey);
  return anchorTargets.length === 0 ? undefined : { key, targets: anchorTargets.map(anchorTarget) };
}

interface ServerStart extends Output {
  readonly signals: StopSignals;
  readonly isDemo: boolean;
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
  report(`GraphiQL with a tour: open ${url} in a browser.`);
  report(`Ready token of the administrator, for a day, in development only:\n  ${token}`);
}
