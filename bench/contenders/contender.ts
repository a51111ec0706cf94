/** A contender: a server process that is measured, with a probe in it. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** All contenders. `before` is another build of lotgraph, given by --before. */
export const CONTENDERS = ['lotgraph', 'before', 'PostGraphile', 'json_agg', 'rows'] as const;
/** The name of a contender. */
export type ContenderName = (typeof CONTENDERS)[number];

/** A running contender. */
export interface Contender {
  readonly name: ContenderName;
  /** A description for the report. */
  readonly what: string;
  readonly url: string;
  readonly probe: () => Promise<Probe>;
  /** The memory in use after a garbage collection. */
  readonly memory: () => Promise<Memory>;
  /** The headers of a request, with credentials that are valid for some minutes. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
  readonly stop: () => Promise<void>;
}

/** What a process has used so far, in milliseconds, statements and megabytes. */
export interface Probe {
  readonly processor: number;
  /** Elapsed time, like that of collecting: both grow in the same way if the machine has no time for the process. */
  readonly busy: number;
  readonly collecting: number;
  readonly statements: number;
  readonly megabytes: number;
}

/** In megabytes. */
export interface Memory {
  readonly heap: number;
  readonly rss: number;
}

/** The connections to PostgreSQL that each contender has. */
export const POOL_SIZE = 20;
/** The headers of a request without credentials. */
export const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/json' } as const;

const PROBE = pathToFileURL(path.resolve(import.meta.dirname, '../probe.mjs')).href;

/** Returns the version of a Node.js binary. */
export function versionOf(node: string): string {
  return `Node ${spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()}`;
}

/** Starts a program that contains the probe. */
export function spawnMeasured(
  node: string,
  program: readonly string[],
  environment: Readonly<Record<string, string>>,
  stderr: 'pipe' | 'inherit' = 'inherit',
): ChildProcess {
  return spawn(node, ['--import', PROBE, ...program], {
    env: { ...process.env, NODE_ENV: 'production', ...environment },
    stdio: ['ignore', 'ignore', stderr, 'ipc'],
  });
}

/** Reads the probe of a process. */
export async function probeOf(child: ChildProcess): Promise<Probe> {
  const answer = messageOf<{ probe: Probe }>(child, 'probe');
  child.send('probe');
  return (await answer).probe;
}

/** Reads the memory in use of a process. */
export async function memoryOf(child: ChildProcess): Promise<Memory> {
  const answer = messageOf<{ memory: Memory }>(child, 'memory');
  child.send('memory');
  return (await answer).memory;
}

/** Waits for the URL at which the program listens. */
export async function urlOf(child: ChildProcess): Promise<string> {
  return (await messageOf<{ url: string }>(child, 'url')).url;
}

/** Stops a process and waits for its end. */
export async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

function messageOf<Message>(child: ChildProcess, field: string): Promise<Message> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void =>
      reject(new Error(`${child.spawnargs.join(' ')} ended (${code}) before it answered.`));
    const onMessage = (message: unknown): void => {
      if (typeof message !== 'object' || message === null || !(field in message)) return;
      child.off('message', onMessage);
      child.off('exit', onExit);
      resolve(message as Message);
    };
    child.on('message', onMessage);
    child.once('exit', onExit);
  });
}
