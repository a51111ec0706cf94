/** The faults of a history: what breaks, for how long, and in which order, all chosen by the seed. */
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomOf, type Random } from '../../src/app/simulation/random.ts';
import { findPostmaster } from '../../src/platform/embedded-postgres/process.ts';
import type { Proxy } from '../faults/proxy.ts';
import { fill, mayMount } from '../faults/small-disk.ts';
import { withConnection } from '../support/connection.ts';
import type { Machines, Server } from './machines.ts';

/** How often each kind of fault occurred. */
export type FaultCounts = Record<string, number>;

type Fault = (machines: Machines, chance: Random) => Promise<void>;

const onServer =
  (fault: (server: Server, chance: Random) => Promise<void>): Fault =>
  ({ servers }, chance) =>
    fault(chance.pick(servers), chance);

/** A fault of the wire to the clients or of the wire to PostgreSQL. */
const onWire =
  (wire: 'toClients' | 'toDatabase', fault: (wire: Proxy, chance: Random) => Promise<void> | void): Fault =>
  async ({ servers }, chance) =>
    fault(chance.pick(servers)[wire], chance);

async function slow(wire: Proxy, chance: Random): Promise<void> {
  wire.delay(chance.between(5, 150));
  await sleep(chance.between(200, 2_000));
  wire.delay(0);
}

async function silent(wire: Proxy, chance: Random): Promise<void> {
  wire.blackHole(true);
  await sleep(chance.between(100, 2_500));
  wire.blackHole(false);
}

async function cut(wire: Proxy, chance: Random): Promise<void> {
  wire.cutAnswers(true);
  await sleep(chance.between(20, 400));
  wire.cutAnswers(false);
}

/** A server whose restart is still running is not killed again: its fault would wait for the other one. */
const restarting = new WeakSet<Server>();

const FAULTS: Readonly<Record<string, Fault>> = {
  'server killed': onServer(async (server, chance) => {
    if (restarting.has(server)) return;
    restarting.add(server);
    await server.restart(chance.between(0, 1_000));
    restarting.delete(server);
  }),
  'server paused': onServer(async (server, chance) => {
    server.signal('SIGSTOP');
    await sleep(chance.between(50, 1_500));
    server.signal('SIGCONT');
  }),
  // A server that starts has not loaded its clock yet, and would end by the signal.
  'clock jumped': onServer(async (server) => {
    if (!restarting.has(server)) server.signal('SIGUSR2');
  }),
  'PostgreSQL killed': async ({ data }) => {
    const postmaster = await findPostmaster(data);
    if (postmaster !== undefined) killed(postmaster.pid);
  },
  'session of PostgreSQL killed': async ({ databaseUrl }, chance) => {
    const pids = await withConnection(databaseUrl, async (client) => {
      const { rows } = await client.query<{ pid: number }>(
        "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY pid",
      );
      return rows.map(({ pid }) => pid);
    }).catch(() => []);
    if (pids.length > 0) killed(chance.pick(pids));
  },
  'answers to clients cut': onWire('toClients', cut),
  'wire to clients reset': onWire('toClients', (wire) => wire.reset()),
  'wire to clients slow': onWire('toClients', slow),
  'wire to clients silent': onWire('toClients', silent),
  'answers of PostgreSQL cut': onWire('toDatabase', cut),
  'wire to PostgreSQL reset': onWire('toDatabase', (wire) => wire.reset()),
  'wire to PostgreSQL slow': onWire('toDatabase', slow),
  'wire to PostgreSQL silent': onWire('toDatabase', silent),
  'wire to PostgreSQL forgotten': onWire('toDatabase', (wire) => wire.forget()),
  ...(mayMount
    ? {
        'disk full': async ({ ballast }: Machines, chance: Random) => {
          if (ballast === undefined) return;
          await fill(ballast);
          await sleep(chance.between(100, 1_500));
          await rm(ballast, { force: true });
        },
      }
    : {}),
};

/** The number of kinds. Filling a disk needs a file system of its own, and so root. */
export const KINDS = Object.keys(FAULTS).length;

/** No fault lasts as long on any machine: something does not come back. */
const ENDLESS_MILLISECONDS = 600_000;
/** How many faults may be active together. */
const TOGETHER = 3;

/** Lets that many faults happen, each kind as often as the others, several together; ends everything that broke. */
export async function breakThings(machines: Machines, chance: Random, count: number): Promise<FaultCounts> {
  const counts: FaultCounts = {};
  // Each fault has chances of its own: which hand takes it depends on the machine.
  const plan = shuffled(
    Array.from({ length: count }, (_, index) => ({
      kind: Object.keys(FAULTS)[index % KINDS] ?? '',
      own: randomOf(chance.whole(0, 2 ** 31 - 1), index),
    })),
    chance,
  );
  const hand = async (): Promise<void> => {
    for (let fault = plan.pop(); fault !== undefined; fault = plan.pop()) {
      const { kind, own } = fault;
      await sleep(own.between(0, 700));
      await within(ENDLESS_MILLISECONDS, kind, FAULTS[kind]?.(machines, own));
      counts[kind] = (counts[kind] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, hand));
  await machines.heal();
  return counts;
}

async function within(milliseconds: number, what: string, work: Promise<void> | undefined): Promise<void> {
  const late = new AbortController();
  const end = sleep(milliseconds, undefined, { signal: late.signal }).then(() => {
    throw new Error(`The fault "${what}" did not end in ${milliseconds / 60_000} minutes.`);
  });
  // Aborted below: nobody waits for it any more.
  end.catch(() => undefined);
  await Promise.race([work, end]).finally(() => late.abort());
}

function shuffled<T>(all: readonly T[], chance: Random): T[] {
  return all
    .map((each) => ({ each, at: chance.next() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ each }) => each);
}

/** The process may have ended meanwhile. */
function killed(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
