/** A value that is there, or will be. What is there costs nothing to go on with. */
export type Later<T> = T | Promise<T>

export function andThen<T, U>(value: Later<T>, next: (value: T) => Later<U>): Later<U> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/** All of them, in their order; at once where all are there. */
export function allOf<T>(values: readonly Later<T>[]): Later<readonly T[]> {
  return values.some(value => value instanceof Promise) ? Promise.all(values) : (values as readonly T[])
}
