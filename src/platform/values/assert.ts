/**
 * A state that the program itself must never reach. It is a fault, not a refusal: logged in full, masked for the
 * caller.
 */
export class AppError extends Error {
  override readonly name = 'Fault';
}

export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AppError(message);
}

/** The value, where its absence would be a fault of ours. */
export function present<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new AppError(`${what} is missing.`);
  return value;
}

export function unreachable(value: never): never {
  throw new AppError(`Unhandled case: ${JSON.stringify(value)}.`);
}
