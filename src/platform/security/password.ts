import { hash, verify } from '@node-rs/argon2';

/** argon2id as OWASP recommends it: 19 MiB, 2 passes, 1 lane. The hash text contains its parameters. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const PREFIX = `$argon2id$v=19$m=${PARAMETERS.memoryCost},t=${PARAMETERS.timeCost},p=${PARAMETERS.parallelism}$`;

/** The argon2id hash of a password, with a random salt. Waits for its turn. */
export function hashPassword(password: string): Promise<string> {
  return queued(() => hash(password, PARAMETERS));
}

/**
 * True when the password matches the hash. Without a hash (an unknown user) it takes the same time and returns false,
 * so that the response time does not reveal which users exist. Waits for its turn.
 */
export async function isPassword(password: string, storedHash: string | undefined): Promise<boolean> {
  const knownHash = storedHash ?? (await dummyHash());
  const isMatch = await queued(() => verify(knownHash, password));
  return isMatch && storedHash !== undefined;
}

/** True when the hash was made with other parameters than the current ones, and should be renewed at the next login. */
export function isOutdatedHash(storedHash: string): boolean {
  return !storedHash.startsWith(PREFIX);
}

/**
 * Each hash takes 19 MiB and tens of milliseconds of a core. Few are computed at the same time, so that logins leave
 * memory and cores to everybody else; the others wait in a queue.
 */
const AT_ONCE = 2;
const QUEUE_LENGTH = 50;

const waiting: (() => void)[] = [];
let computing = 0;
let attempts = 0;

/**
 * Runs an attempt to prove a password. Returns undefined, and runs nothing, if so many are under way that another one
 * should be sent later. An attempt counts from its beginning, before its password waits for its turn.
 */
export async function runPasswordAttempt<T>(attempt: () => Promise<T>): Promise<T | undefined> {
  if (attempts >= AT_ONCE + QUEUE_LENGTH) return undefined;
  attempts += 1;
  try {
    return await attempt();
  } finally {
    attempts -= 1;
  }
}

async function queued<T>(compute: () => Promise<T>): Promise<T> {
  if (computing >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  else computing += 1;
  try {
    return await compute();
  } finally {
    const next = waiting.shift();
    if (next === undefined) computing -= 1;
    else next();
  }
}

let dummy: Promise<string> | undefined;

function dummyHash(): Promise<string> {
  dummy ??= hashPassword('nobody has this password');
  return dummy;
}
