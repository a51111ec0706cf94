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
import type { Config } from '../../platform/process/config.ts';

/** Starts the server and keeps it running until SIGINT or SIGTERM. */
export async function serve(options: StartOptions, output: Output): Promise<void> {
  try {
    await startAndListen(options, output);
  } catch (error) {
    throw startError(error);
  }
}

async function startAndListen({ port, host, demo }: StartOptions, { report, progress }: Output): Promise<void> {
  const overrides: Partial<Config> = {
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host }),
  };
  const signals = listenForStop(report);
  const config = validConfig(overrides);
  const publication = await publicationOf(config);
  await checkAddress(config);
  const runtime = await openRuntime(config, report);
  const { server, token } = await openServer(runtime, { report, progress, signals, isDemo: demo === true }).catch(
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
  if (token !== undefined) greet(server.url, token, report);
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
    runtime.services.log.fatal({ event, err: error }, 'an error was not handled; the server stops');
    stop('An error was not handled', 1);
  };
  process.once('uncaughtException', (error) => stopAfter('process.uncaught_exception', error));
  process.once('unhandledRejection', (error) => stopAfter('process.unhandled_rejection', error));
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
  { services }: Runtime,
  { report, progress, signals, isDemo }: ServerStart,
): Promise<{ readonly server: RunningServer; readonly token: string | undefined }> {
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
