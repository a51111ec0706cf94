/** Runs the command line as a person does: a process of its own, of the built program (`npm test` builds it first). */
import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningStart {
  readonly child: ChildProcess;
  readonly url: string;
  readonly token: string;
  /** The output so far. */
  readonly words: () => string;
  readonly ended: Promise<Ended>;
}

/** Runs `lotgraph …` until it ends, with a text on its standard input if there is one. */
export function lotgraph(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  input?: string,
): Promise<Ended> {
  const { child, ended } = spawnLotgraph(args, environment, input === undefined ? 'ignore' : 'pipe');
  child.stdin?.end(input);
  return ended;
}

/**
 * Starts the server and waits until it listens and has printed its token. With the log format `json` it prints none, and
 * the token is empty.
 */
export async function startLotgraph(
  environment: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<RunningStart> {
  const { child, ended, words } = spawnLotgraph(['start', '--port', '0', ...args], environment);
  const { NODE_ENV = 'development', LOTGRAPH_LOG_FORMAT = NODE_ENV === 'development' ? 'pretty' : 'json' } =
    environment;
  const hasToken = LOTGRAPH_LOG_FORMAT === 'pretty' && NODE_ENV === 'development';
  const isReady = new Promise<void>((resolve) => {
    const check = (): void => {
      if (!(hasToken ? /^ {2}eyJ\S+$/m : /listens on \S+/).test(words())) return;
      child.stderr?.off('data', check);
      resolve();
    };
    child.stderr?.on('data', check);
  });
  const early = await Promise.race([isReady, ended]);
  if (early !== undefined) throw new Error(`The server ended early:\n${early.stderr}`);
  const [, url] = /listens on ([^\s"]+)/.exec(words()) ?? [];
  const [, token] = hasToken ? (/^ {2}(eyJ\S+)$/m.exec(words()) ?? []) : ['', ''];
  if (url === undefined || token === undefined) throw new Error(`The server did not say where it is:\n${words()}`);
  return { child, url, token, words, ended };
}

/** Starts `lotgraph …` and does not wait. */
export function spawnLotgraph(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  stdin: 'ignore' | 'pipe' = 'ignore',
): { child: ChildProcess; ended: Promise<Ended>; words: () => string } {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [path.join(ROOT, 'dist/main.js'), ...args], {
    cwd: ROOT,
    env: { PATH, HOME, ...environment },
    stdio: [stdin, 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk) => (said.stdout += String(chunk)));
  child.stderr?.on('data', (chunk) => (said.stderr += String(chunk)));
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, ...said }));
  });
  return { child, ended, words: () => said.stderr };
}
