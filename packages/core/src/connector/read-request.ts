import type { DataType } from "../batch/data-type.ts";

/** A value the decoder is to produce as a column: a top-level field (`["price"]`) or one inside ROWs (`["bid", "price"]`). */
export interface ReadField {
  readonly path: readonly string[];
  readonly type: DataType;
}

/** A column that the connector, not the format, provides: Kafka's `offset`, a file's `path`. */
export interface MetadataField {
  readonly key: string;
  readonly type: DataType;
}

/** A condition on one field. Values are as `valueAt` gives them. NULL never satisfies one. */
export interface PushedPredicate {
  readonly field: ReadField;
  readonly operator: "=" | "<>" | "<" | "<=" | ">" | ">=" | "in";
  readonly values: readonly unknown[];
}

/**
 * What a plan needs from a source: its output batches have exactly one column for each of `fields`, then one for each of
 * `metadata`. `predicates` (all must hold) are advice: rows that fail may be left out, the plan filters again. Rows that
 * the watermark needs are never excluded by them.
 */
export interface ReadRequest {
  readonly fields: readonly ReadField[];
  readonly metadata: readonly MetadataField[];
  readonly predicates: readonly PushedPredicate[];
}
