/**
 * A state that the program itself must never reach. It is a fault, not a refusal: logged in full, masked for the
 * caller.
 */
export class Fault extends Error {
  override readonly name = 'Fault';
}

export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Fault(message);
}

/** The value, where its absence would be a fault of ours. */
export function present<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new Fault(`${what} is missing.`);
  return value;
}

export function unreachable(value: never): never {
  throw new Fault(`Unhandled case: ${JSON.stringify(value)}.`);
}
