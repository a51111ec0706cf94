/** A server that is measured: a process of its own, with a probe in it. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

export const CONTENDERS = ['lotgraph', 'PostGraphile', 'json_agg', 'rows'] as const;
export type ContenderName = (typeof CONTENDERS)[number];

export interface Contender {
  readonly name: ContenderName;
  /** What runs there, for the report. */
  readonly what: string;
  readonly url: string;
  readonly probe: () => Promise<Probe>;
  /** Without its garbage. */
  readonly memory: () => Promise<Memory>;
  /** The headers of a request, with credentials that are good for some minutes. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
  readonly stop: () => Promise<void>;
}

/** What a process used so far, in milliseconds, statements and megabytes. */
export interface Probe {
  readonly processor: number;
  /** By the clock, like the time of collecting: both grow alike when the machine has no time for the process. */
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

export const POOL_SIZE = 20;
export const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/json' } as const;

const PROBE = pathToFileURL(path.resolve(import.meta.dirname, '../probe.mjs')).href;

export function versionOf(node: string): string {
  return `Node ${spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()}`;
}

/** Starts a program with the probe in it. */
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

export async function probeOf(child: ChildProcess): Promise<Probe> {
  const answer = messageOf<{ probe: Probe }>(child, 'probe');
  child.send('probe');
  return (await answer).probe;
}

export async function memoryOf(child: ChildProcess): Promise<Memory> {
  const answer = messageOf<{ memory: Memory }>(child, 'memory');
  child.send('memory');
  return (await answer).memory;
}

/** Where the program says it listens. */
export async function urlOf(child: ChildProcess): Promise<string> {
  return (await messageOf<{ url: string }>(child, 'url')).url;
}

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
