/**
 * The machines of a history: one PostgreSQL, two server processes on it, and the wires between clients, servers and
 * PostgreSQL. Everything can be broken while it is in use, and is started again by its owner.
 */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { startEmbeddedServer } from '../../src/platform/embedded-postgres/server.ts';
import type { Endpoint } from '../faults/client.ts';
import { installationIn, newInstallation, type Installation } from '../faults/installation.ts';
import { proxyTo, type Proxy } from '../faults/proxy.ts';
import { mayMount, mountSmallDisk } from '../faults/small-disk.ts';
import type { RunningStart } from '../support/command-line.ts';

/** A server process. It has a wire to its clients and one to PostgreSQL. */
export interface Server {
  /** The address of the wire; it stays the same when the process is started again. */
  readonly url: string;
  readonly toClients: Proxy;
  readonly toDatabase: Proxy;
  /** Sends a signal to the process, if it runs. */
  signal(signal: NodeJS.Signals): void;
  /** Kills the process and starts it again after this time, as often as needed. */
  restart(afterMilliseconds: number): Promise<void>;
  /** Stops the process in an orderly way: no request of it continues afterwards. */
  stop(): Promise<void>;
}

/** What a history runs on. */
export interface Machines extends AsyncDisposable {
  readonly servers: readonly [Server, Server];
  /** The database, without a wire that breaks. */
  readonly databaseUrl: string;
  /** The data directory of PostgreSQL. */
  readonly data: string;
  /** A file on the disk of PostgreSQL that can fill it; undefined where that disk is not a small one. */
  readonly ballast: string | undefined;
  /** Ends the faults of all wires and disks. */
  heal(): Promise<void>;
  /** Starts a further server, without a wire. */
  startPlain(): Promise<RunningStart>;
}

/** The disk of one history: its data directory, its log, and a copy of the programs on some machines. */
const DISK_MEBIBYTES = 640;

/** Short enough that a fault shows, and long enough for a busy machine. */
const TIMES = {
  LOTGRAPH_STATEMENT_TIMEOUT_SECONDS: '3',
  LOTGRAPH_DEADLINE_SECONDS: '5',
  LOTGRAPH_POOL_SIZE: '6',
};
const CLOCK = pathToFileURL(path.join(import.meta.dirname, '../faults/shifted-clock.mjs')).href;
const START_MILLISECONDS = 300_000;

/** Of a server that nothing breaks and nothing hurries. */
const UNHURRIED = {
  LOTGRAPH_STATEMENT_TIMEOUT_SECONDS: '90',
  LOTGRAPH_DEADLINE_SECONDS: '100',
  LOTGRAPH_MAX_EVENT_LOOP_DELAY_MILLISECONDS: '0',
};

/**
 * Starts everything; `prepare` uses a plain server before the others start. PostgreSQL is started again by this process
 * whenever it ends.
 */
export async function startMachines(prepare: (admin: Endpoint) => Promise<void>): Promise<Machines> {
  const disk = mayMount ? await mountSmallDisk(DISK_MEBIBYTES) : undefined;
  const installation = disk === undefined ? await newInstallation() : installationIn(disk.directory, disk.unmount);
  const postgres = await startEmbeddedServer({ directory: installation.directory, log: () => undefined });
  const ballast = disk && path.join(disk.directory, 'ballast');
  const startPlain = (): Promise<RunningStart> => installation.start({ ...UNHURRIED, DATABASE_URL: postgres.url });
  const first = await startPlain();
  await prepare(first);
  first.child.kill('SIGTERM');
  await first.ended;
  const servers = await Promise.all([newServer(installation, postgres.url), newServer(installation, postgres.url)]);
  const heal = async (): Promise<void> => {
    if (ballast !== undefined) await rm(ballast, { force: true });
    for (const { toClients, toDatabase } of servers) for (const wire of [toClients, toDatabase]) calm(wire);
  };
  return {
    servers,
    databaseUrl: postgres.url,
    data: path.join(postgres.directory, 'data'),
    ballast,
    heal,
    startPlain,
    async [Symbol.asyncDispose]() {
      await heal();
      for (const server of servers) server.signal('SIGKILL');
      for (const { toClients, toDatabase } of servers) {
        await toClients[Symbol.asyncDispose]();
        await toDatabase[Symbol.asyncDispose]();
      }
      await postgres.stop().catch(() => undefined);
      await installation[Symbol.asyncDispose]();
    },
  };
}

async function newServer(installation: Installation, databaseUrl: string): Promise<Server> {
  const address = new URL(databaseUrl);
  const toDatabase = await proxyTo(address.hostname, Number(address.port));
  address.port = String(toDatabase.port);
  const environment = { ...TIMES, DATABASE_URL: address.toString(), NODE_OPTIONS: `--import ${CLOCK}` };
  let running = await installation.start(environment);
  const toClients = await proxyTo('127.0.0.1', () => Number(new URL(running.url).port));
  return {
    url: `http://127.0.0.1:${toClients.port}/graphql`,
    toClients,
    toDatabase,
    signal: (signal) => void running.child.kill(signal),
    async restart(afterMilliseconds) {
      running.child.kill('SIGKILL');
      await running.ended;
      await sleep(afterMilliseconds);
      running = await startedAtLast(() => installation.start(environment));
    },
    async stop() {
      running.child.kill('SIGTERM');
      await running.ended;
    },
  };
}

/** A server ends at once when PostgreSQL does not answer: its operator starts it again. */
async function startedAtLast(start: () => Promise<RunningStart>): Promise<RunningStart> {
  const until = performance.now() + START_MILLISECONDS;
  for (;;) {
    const running = await start().catch((error: unknown) => {
      if (performance.now() > until) throw error;
    });
    if (running !== undefined) return running;
    await sleep(200);
  }
}

function calm(wire: Proxy): void {
  wire.delay(0);
  wire.cutAnswers(false);
  wire.blackHole(false);
}
