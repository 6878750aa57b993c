import type { Field } from "../batch/data-type.ts";
import type { AggregateSpec } from "./aggregate-spec.ts";
import type { WindowProperty } from "./window-output.ts";

/** Aggregates per key and window of rows that carry their window. Output: keys, aggregates, properties. */
export interface AttachedAggregation {
  readonly inputFields: readonly Field[];
  /** Besides the window. */
  readonly keys: readonly number[];
  readonly startColumn: number;
  readonly endColumn: number;
  readonly aggregates: readonly AggregateSpec[];
  readonly properties: readonly WindowProperty[];
}
