/** Programs that run in child processes and can be killed without warning. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

export interface Child {
  readonly pid: number;
  /** Returns the next line of output, parsed. Throws with the output when the program ends first. */
  next(): Promise<Record<string, unknown>>;
  /** Closes the input of the program and waits for its end. */
  finish(): Promise<number | null>;
  kill(): Promise<void>;
}

export function startChild(
  file: string,
  input: object,
  account: { readonly uid?: number; readonly gid?: number } = {},
): Child {
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), path.join(import.meta.dirname, file), JSON.stringify(input)],
    {
      ...account,
      cwd: path.resolve(import.meta.dirname, '../..'),
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], HOME: '/nonexistent' },
    },
  );
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const end = once(child, 'exit');
  return {
    pid: child.pid ?? 0,
    async next() {
      const line = await lines.next();
      if (line.done === true) throw new Error(`${file} ended: ${said}`);
      return JSON.parse(line.value);
    },
    async finish() {
      child.stdin.end();
      await end;
      return child.exitCode;
    },
    async kill() {
      child.kill('SIGKILL');
      await end;
    },
  };
}
