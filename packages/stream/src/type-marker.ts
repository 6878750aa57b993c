declare const marked: unique symbol;

/** Says what type something has, to the compiler alone. Made by `type`. */
export interface TypeMarker<T> {
  readonly [marked]?: T;
}

/** What a marker stands for. */
export type Marked<M> = M extends TypeMarker<infer T> ? T : never;

/**
 * Names a type where no value shows it: the records that a process function emits through its context.
 *
 * @example
 * const outputs = { late: type<{ readonly id: number }>() };
 * Object.keys(outputs) // ["late"]
 */
export function type<T>(): TypeMarker<T> {
  return {};
}
