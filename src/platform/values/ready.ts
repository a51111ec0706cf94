/** A value that is there already, or a promise of it. A reader waits for the promise only. */
export type Ready<Value> = Value | Promise<Value>;

/** The result of `then` on the value: at once when the value is there, otherwise as a promise. */
export function whenReady<Value, Result>(value: Ready<Value>, then: (value: Value) => Result): Ready<Result> {
  return value instanceof Promise ? value.then(then) : then(value);
}

/** All of the values, in their order. */
export function allReady<Value>(values: readonly Ready<Value>[]): Ready<readonly Value[]> {
  return values.some((value) => value instanceof Promise) ? Promise.all(values) : (values as readonly Value[]);
}
