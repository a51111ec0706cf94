/**
 * An internal error: a state that the program must never reach. It is logged in full, and the caller receives a masked
 * message. (A rejection by a rule is data, not an error; see rules/rejection.ts.)
 */
export class AppError extends Error {
  override readonly name = 'Fault';
}

/** Throws an AppError with the message when the condition is false. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AppError(message);
}

/** Returns the value. Throws an AppError when it is null or undefined; `what` names the value in the message. */
export function present<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new AppError(`${what} is missing.`);
  return value;
}

/** Marks a branch that the types exclude, such as the default of an exhaustive `switch`. Always throws an AppError. */
export function unreachable(value: never): never {
  throw new AppError(`Unhandled case: ${JSON.stringify(value)}.`);
}
