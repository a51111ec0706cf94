/**
 * A new password for the command line. It is never an argument, which everybody on the machine could read in the list of
 * processes.
 */
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { passwordFits } from '../../identity/user/user.rules.ts';
import { AppError } from '../../platform/values/assert.ts';
import { report } from './output.ts';

/** Asks for a password twice at a terminal, without showing it; otherwise takes the first line of standard input. */
export async function readPassword(username: string): Promise<string> {
  if (process.stdin.isTTY) return askTwice(username);
  const [password = ''] = (await firstChunkOf(process.stdin)).split(/\r?\n/);
  if (password !== '') return password;
  throw new AppError('Standard input holds no password: write it there on one line, or let --generate choose one.');
}

/** A password that nobody knows yet, and that fits the rule USR-2. */
export function generatedPassword(username: string): string {
  for (;;) {
    const password = randomBytes(RANDOM_BYTES).toString('base64url');
    // One that begins with a hyphen looks like an option wherever it is pasted.
    if (!password.startsWith('-') && passwordFits(password, username) === undefined) return password;
  }
}

const RANDOM_BYTES = 15;

/** No password is longer; the rest is not read. */
const MOST_CHARACTERS = 10_000;

async function firstChunkOf(input: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of input) {
    text += String(chunk);
    if (text.includes('\n') || text.length > MOST_CHARACTERS) break;
  }
  return text;
}

async function askTwice(username: string): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  const given = new AbortController();
  // Without an answer the process would end before anything is said: after Ctrl-C, and at the end of the input.
  for (const event of ['SIGINT', 'close'] as const) lines.once(event, () => given.abort());
  const ask = async (question: string): Promise<string> => {
    process.stderr.write(question);
    try {
      return await lines.question('', { signal: given.signal });
    } catch {
      throw new AppError('No password was given; nothing was changed.');
    } finally {
      report('');
    }
  };
  try {
    const password = await ask(`New password of ${username}: `);
    if (password === (await ask('Again: '))) return password;
    throw new AppError('The two passwords differ; nothing was changed.');
  } finally {
    lines.close();
  }
}
