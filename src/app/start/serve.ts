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
import type { StartOptions } from './options.ts';
import { openRuntime, type Report, type Runtime, validConfig } from './runtime.ts';
import { type Config, DEVELOPMENT_ADMIN_PASSWORD, unknownSettings } from '../../platform/process/config.ts';
import { LIMITS } from '../../platform/process/limits.ts';
import { createLog, type Log } from '../../platform/process/log.ts';
import { AppError } from '../../platform/values/assert.ts';

/**
 * Starts the server and keeps it running until SIGINT or SIGTERM. With the log format `json`, everything that is said on
 * standard error after the configuration was read is a line of the log; `say` gets what is said to people.
 */
export async function serve({ port, host, demo }: StartOptions, say: Report): Promise<void> {
  const overrides: Partial<Config> = {
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host }),
  };
  const config = validConfig(overrides);
  const log = createLog(config.logLevel, config.logFormat);
  logWarnings(log);
  const report = config.logFormat === 'json' ? reportTo(log) : say;
  try {
    await run(config, { isDemo: demo === true, report, log });
  } catch (error) {
    if (config.logFormat !== 'json' || !log.isLevelEnabled('fatal')) throw error;
    const isKnown = error instanceof AppError;
    log.fatal(
      { event: 'start.failed', ...(isKnown ? {} : { err: error }) },
      isKnown ? error.message : 'the server did not start',
    );
    process.exitCode = 1;
  }
}

interface RunOptions {
  readonly isDemo: boolean;
  readonly report: Report;
  readonly log: Log;
}

async function run(config: Config, { isDemo, report, log }: RunOptions): Promise<void> {
  const publication = await publicationOf(config);
  await checkAddress(config);
  const runtime = await openRuntime(config, report, log);
  notePasswordWithoutEffect(runtime);
  const { server, token } = await openServer(runtime, isDemo, report).catch(async (error: unknown) => {
    // An open connection would keep the process alive, without a server and deaf to signals.
    await runtime.close();
    throw error;
  });
  const jobs = [
    startAuditSealer(runtime.services),
    startCleanup(runtime.services),
    ...(publication === undefined ? [] : [startAnchorPublisher(runtime.services, publication)]),
  ];
  report(`lotgraph listens on ${server.url}`);
  // A token does not belong in a log that is collected.
  if (token !== undefined && config.logFormat === 'pretty') greet(server.url, token, report);
  const stop = (reason: string, exitCode = 0): void => {
    report(`${reason}: finishing what is under way.`);
    // A database that no longer answers would delay the stop for ever.
    setTimeout(() => {
      report(`Not finished after ${LIMITS.time.stopSeconds} s; leaving all the same.`);
      process.exit(1);
    }, LIMITS.time.stopSeconds * 1_000).unref();
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
  process.once('SIGINT', () => stop('SIGINT'));
  process.once('SIGTERM', () => stop('SIGTERM'));
  // An error that nobody handles leaves the process in an unknown state: it answers what it can, and another process
  // takes over.
  const stopAfter = (event: string, error: unknown): void => {
    log.fatal({ event, err: error }, 'an error was not handled; the server stops');
    stop('An error was not handled', 1);
  };
  process.once('uncaughtException', (error) => stopAfter('process.uncaught_exception', error));
  process.once('unhandledRejection', (error) => stopAfter('process.unhandled_rejection', error));
}

/** USR-6: The configured password makes the first administrator, and changes none that is there. */
function notePasswordWithoutEffect({ services: { config, log }, isAdministratorNew }: Runtime): void {
  if (isAdministratorNew || config.adminPassword === DEVELOPMENT_ADMIN_PASSWORD) return;
  log.info(
    { event: 'administrator.password_without_effect' },
    'LOTGRAPH_ADMIN_PASSWORD has no effect: an administrator exists already. "lotgraph user reset-password <username>" gives a user another password.',
  );
}

/** Writes what is said to people into the log. */
function reportTo(log: Log): Report {
  return (message) => log.info({ event: 'server.progress' }, message);
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

/** Listens last: nothing that can fail comes after it. */
async function openServer(
  { services }: Runtime,
  isDemo: boolean,
  report: Report,
): Promise<{ readonly server: RunningServer; readonly token: string | undefined }> {
  if (isDemo) await (await import('./demo.ts')).ensureDemo(services, report);
  const token = await developmentToken(services);
  return { server: await startServer(services), token };
}

function greet(url: string, token: string, report: Report): void {
  report(`GraphiQL with a tour: open ${url} in a browser.`);
  report(`Ready token of the administrator, for a day, in development only:\n  ${token}`);
}
