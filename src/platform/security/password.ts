import { hash, verify } from '@node-rs/argon2';

/** argon2id as OWASP recommends it: 19 MiB, 2 passes, 1 lane. The hash text contains its parameters. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const PREFIX = `$argon2id$v=19$m=${PARAMETERS.memoryCost},t=${PARAMETERS.timeCost},p=${PARAMETERS.parallelism}$`;

/** The argon2id hash of a password, with a random salt. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, PARAMETERS);
}

/**
 * True when the password matches the hash. Without a hash (an unknown user) it takes the same time and returns false,
 * so that the response time does not reveal which users exist.
 */
export async function isPassword(password: string, storedHash: string | undefined): Promise<boolean> {
  const isMatch = await verify(storedHash ?? (await dummyHash()), password);
  return isMatch && storedHash !== undefined;
}

/** True when the hash was made with other parameters than the current ones, and should be renewed at the next login. */
export function isOutdatedHash(storedHash: string): boolean {
  return !storedHash.startsWith(PREFIX);
}

let dummy: Promise<string> | undefined;

function dummyHash(): Promise<string> {
  dummy ??= hashPassword('nobody has this password');
  return dummy;
}
