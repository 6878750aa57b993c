/** Sums: of numbers in double precision, of bigints exact. */

import type { RecordAggregate } from "../record-aggregate.ts";
import { shortText } from "../user-code.ts";
import { overValue, type Reader } from "./over-value.ts";

/** A sum of bigints stands in an object. */
type Sum = number | { exact: bigint };

/**
 * The sum of what `of` reads; 0 of nothing.
 *
 * @example
 * const total = sum((order: { readonly amount: number }) => order.amount);
 * total.result(total.add(total.create(), { amount: 5 }, Number.NaN)) // 5
 */
export function sum<T, V extends number | bigint>(
  of: Reader<T, V>,
): RecordAggregate<T, Sum, V extends bigint ? bigint : number> {
  return overValue<T, number | bigint, Sum, V extends bigint ? bigint : number>(
    (record) => {
      const value = of(record);
      if (typeof value !== "number" && typeof value !== "bigint" && value !== null && value !== undefined)
        throw new TypeError(`sum: expected a number or bigint, not ${shortText(value)}`);
      return value;
    },
    {
      create: () => 0,
      add: (held, value) => plus(held, value, 1),
      result: (held) => (typeof held === "number" ? held : held.exact) as V extends bigint ? bigint : number,
      merge: (a, b) => plus(a, typeof b === "number" ? b : b.exact, 1),
      retract: (held, value) => plus(held, value, -1),
      sharesPanes: true,
    },
  );
}

function plus(held: Sum, value: number | bigint, sign: 1 | -1): Sum {
  if (typeof value === "number") {
    if (typeof held === "number") return held + sign * value;
    if (value === 0) return held;
    throw new TypeError("sum: numbers and bigints cannot be added up together");
  }
  const signed = sign > 0 ? value : -value;
  if (typeof held !== "number") {
    held.exact += signed;
    return held;
  }
  if (held !== 0) throw new TypeError("sum: numbers and bigints cannot be added up together");
  return { exact: signed };
}
