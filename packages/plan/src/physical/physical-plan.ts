/**
 * The physical plan: how it is computed. One node per operator instance; a DAG (a node used twice is one operator with two
 * outputs). Plain data: it can be printed (EXPLAIN), compared and sent to a worker.
 *
 * Changelog mode of a node's output: "append" = only +I; "retract" = +I -U +U -D; "upsert" (scans below a ChangelogNormalize)
 * = +I +U -D by primary key.
 */
import type {
  AfterMatchSkip,
  ChangeCode,
  CompactingMaterializeSpec,
  DataType,
  JoinType,
  MatchChoice,
  MatchOutput,
  MetadataField,
  PushedPredicate,
  ReadField,
  RowPattern,
  SinkConstraintSpec,
  SortKey,
} from "@millrace/core";
import type { CatalogTable } from "../catalog/catalog-table.ts";
import type { AggregateCall, Expression } from "../expression/expression.ts";
import type { TableFunction } from "../function/table-function.ts";
import type { OverCall, PlanField, WindowSpec } from "../logical/logical-plan.ts";
import type { MatchValue } from "../logical/match-value.ts";
import type { PhysicalStreamOperator, PhysicalStreamSink, PhysicalStreamSource } from "./stream-node.ts";

export type ChangelogMode = "append" | "retract" | "upsert";

export type PhysicalPlan =
  | PhysicalScan
  | PhysicalValues
  | PhysicalCalc
  | PhysicalChangelogNormalize
  | PhysicalUpsertMaterialize
  | PhysicalCompactingMaterialize
  | PhysicalSinkConstraint
  | PhysicalWindowAssign
  | PhysicalWindowAggregate
  | PhysicalGroupAggregate
  | PhysicalWindowJoin
  | PhysicalIntervalJoin
  | PhysicalRegularJoin
  | PhysicalTemporalJoin
  | PhysicalLookupJoin
  | PhysicalUnion
  | PhysicalSetOperation
  | PhysicalTableFunction
  | PhysicalOver
  | PhysicalAsyncCall
  | PhysicalTopN
  | PhysicalDeduplicate
  | PhysicalWindowTopN
  | PhysicalMatchRecognize
  | PhysicalTemporalSort
  | PhysicalSort
  | PhysicalLimit
  | PhysicalToChangelog
  | PhysicalFromChangelog
  | PhysicalSink
  | PhysicalStreamSource
  | PhysicalStreamOperator
  | PhysicalStreamSink;

export interface PhysicalBase {
  /** Stable within a plan: derived from structure, e.g. `window-aggregate-3`. The operator id. */
  readonly id: string;
  readonly fields: readonly PlanField[];
  readonly changelogMode: ChangelogMode;
  /** What the operator compares with the watermark are local times of the zone of the session: it is told it as one. */
  readonly inLocalTime?: boolean;
}

/** One fused pass: filter, then projections, over the input's columns. */
export interface CalcSpec {
  readonly inputTypes: readonly DataType[];
  /** What error messages call the input columns. */
  readonly inputNames?: readonly string[];
  readonly filter: Expression | null;
  readonly projections: readonly Expression[];
  /** Evaluated on every input row, before the filter; its maximum is the watermark candidate of the batch. */
  readonly watermark: Expression | null;
}

/** Reads a table: connector output (fields, then metadata), then `calc` per split. */
export interface PhysicalScan extends PhysicalBase {
  readonly kind: "scan";
  readonly table: CatalogTable;
  readonly options: { readonly [name: string]: string };
  readonly readFields: readonly ReadField[];
  readonly metadata: readonly MetadataField[];
  readonly predicates: readonly PushedPredicate[];
  readonly calc: CalcSpec;
  /** From the option `scan.watermark.idle-timeout` or SET 'table.exec.source.idle-timeout'; 0 = never idle. */
  readonly idleTimeoutMs: number;
}

export interface PhysicalValues extends PhysicalBase {
  readonly kind: "values";
  /** Without columns; what depends on the time or the zone is computed when the job starts. */
  readonly rows: readonly (readonly Expression[])[];
}

export interface PhysicalCalc extends PhysicalBase {
  readonly kind: "calc";
  readonly input: PhysicalPlan;
  readonly calc: CalcSpec;
}

/** Adds the row before to changes of an upsert stream; keeps one row per key. */
export interface PhysicalChangelogNormalize extends PhysicalBase {
  readonly kind: "changelog-normalize";
  readonly input: PhysicalPlan;
  readonly keys: readonly number[];
  /** Each change comes out, not only the last of a batch: a temporal join wants the rows as they were. */
  readonly keepsHistory: boolean;
  readonly stateTtlMs: number;
}

/** Makes changes by the key of a target of changes whose rows are told apart by other columns; keeps all rows. */
export interface PhysicalUpsertMaterialize extends PhysicalBase {
  readonly kind: "upsert-materialize";
  readonly input: PhysicalPlan;
  readonly keys: readonly number[];
}

/** Lets through, by the key of a target, what rows of different keys may stand there: see CompactingMaterializeSpec. */
export interface PhysicalCompactingMaterialize extends PhysicalBase {
  readonly kind: "compacting-materialize";
  readonly input: PhysicalPlan;
  readonly keys: readonly number[];
  readonly upsertKey: readonly number[] | null;
  readonly onConflict: CompactingMaterializeSpec["onConflict"];
}

/** See SinkConstraintSpec. */
export interface PhysicalSinkConstraint extends PhysicalBase {
  readonly kind: "sink-constraint";
  readonly input: PhysicalPlan;
  readonly notNull: SinkConstraintSpec["notNull"];
  readonly onNull: SinkConstraintSpec["onNull"];
  readonly lengths: SinkConstraintSpec["lengths"];
  readonly onLength: SinkConstraintSpec["onLength"];
}

/** Appends window_start, window_end, window_time to each row; a row in k windows comes out k times. Rows of sessions come when those are complete. */
export interface PhysicalWindowAssign extends PhysicalBase {
  readonly kind: "window-assign";
  readonly input: PhysicalPlan;
  readonly window: WindowSpec;
  readonly timeColumn: number;
  readonly timeDomain: "event" | "processing";
}

/** Which windows the rows of a window aggregate belong to: assigned from a time column, or carried by the row already. */
export type WindowSource =
  | {
      readonly kind: "assigned";
      readonly window: WindowSpec;
      readonly timeColumn: number;
      readonly timeDomain: "event" | "processing";
    }
  | { readonly kind: "attached"; readonly startColumn: number; readonly endColumn: number };

/** Output columns of a window aggregate after keys and aggregates. */
export type WindowProperty = "window_start" | "window_end" | "window_time";

/** Aggregates per key and window, emitted once when the watermark passes the window's end. Output: keys, aggregates, then `properties`. Input: append only. */
export interface PhysicalWindowAggregate extends PhysicalBase {
  readonly kind: "window-aggregate";
  readonly input: PhysicalPlan;
  readonly keys: readonly number[];
  readonly window: WindowSource;
  readonly aggregates: readonly AggregateCall[];
  readonly properties: readonly WindowProperty[];
}

/** GROUP BY without a window: an updating result. Output: keys, aggregates. */
export interface PhysicalGroupAggregate extends PhysicalBase {
  readonly kind: "group-aggregate";
  readonly input: PhysicalPlan;
  readonly keys: readonly number[];
  readonly aggregates: readonly AggregateCall[];
  /** Processing time that what was not written is kept for; 0 = for ever. So for all nodes that have it. */
  readonly stateTtlMs: number;
}

/** Both inputs carry windows; rows of the same window and keys are joined when the watermark passes the window's end. Input: append only. */
export interface PhysicalWindowJoin extends PhysicalBase {
  readonly kind: "window-join";
  readonly joinType: JoinType;
  readonly left: PhysicalPlan;
  readonly right: PhysicalPlan;
  /** Equal pairs besides the window, as column indexes of left and right. */
  readonly leftKeys: readonly number[];
  readonly rightKeys: readonly number[];
  readonly leftWindow: { readonly startColumn: number; readonly endColumn: number };
  readonly rightWindow: { readonly startColumn: number; readonly endColumn: number };
  /** What is left of the condition, over left ++ right; null = none. */
  readonly residual: Expression | null;
}

/**
 * When rows of one side can never match a row that is still to come from the other and may be dropped from state: rows whose
 * `column` (ms) is < watermark + `offsetMs` (`<=` if inclusive). Exact: derived from what the other side still can emit.
 */
export interface JoinPruning {
  readonly column: number;
  readonly offsetMs: number;
  readonly inclusive: boolean;
}

/** Rows whose event times are close to each other; they are kept until the watermark tells that none is to come for them. Input: append only. */
export interface PhysicalIntervalJoin extends PhysicalBase {
  readonly kind: "interval-join";
  readonly joinType: "inner" | "left" | "right" | "full";
  readonly left: PhysicalPlan;
  readonly right: PhysicalPlan;
  readonly leftKeys: readonly number[];
  readonly rightKeys: readonly number[];
  readonly leftTime: number;
  readonly rightTime: number;
  /** right time - left time. */
  readonly lowerMs: number;
  readonly upperMs: number;
  /** What must hold besides the keys, the bounds in time included. */
  readonly residual: Expression | null;
}

/** A join of two streams kept in state by equal keys, with changelog inputs. */
export interface PhysicalRegularJoin extends PhysicalBase {
  readonly kind: "regular-join";
  readonly joinType: JoinType;
  readonly left: PhysicalPlan;
  readonly right: PhysicalPlan;
  readonly leftKeys: readonly number[];
  readonly rightKeys: readonly number[];
  /** Per pair of keys: whether NULL equals NULL. */
  readonly nullSafeKeys: readonly boolean[];
  readonly residual: Expression | null;
  readonly leftPruning: JoinPruning | null;
  readonly rightPruning: JoinPruning | null;
  readonly leftTtlMs: number;
  readonly rightTtlMs: number;
}

/** Each left row with the version of the right that is valid at its time, once the watermark has reached it. Left: append only. */
export interface PhysicalTemporalJoin extends PhysicalBase {
  readonly kind: "temporal-join";
  readonly joinType: "inner" | "left";
  readonly left: PhysicalPlan;
  readonly right: PhysicalPlan;
  readonly leftKeys: readonly number[];
  readonly rightKeys: readonly number[];
  readonly leftTime: number;
  readonly rightTime: number;
  readonly residual: Expression | null;
}

/**
 * Each row with the rows of a table that have its keys when it comes. The table is asked from outside and is no input; its
 * `calc` runs over what it answers. Output: the first `passed` columns of the input, the first `tableWidth` of the table.
 */
export interface PhysicalLookupJoin extends PhysicalBase {
  readonly kind: "lookup-join";
  readonly joinType: "inner" | "left";
  readonly input: PhysicalPlan;
  readonly passed: number;
  readonly table: PhysicalScan;
  readonly tableWidth: number;
  readonly leftKeys: readonly number[];
  /** Columns of `table`. */
  readonly rightKeys: readonly number[];
  /** What must hold besides the keys, over input ++ table. */
  readonly residual: Expression | null;
  /** What a LOOKUP hint says. */
  readonly hint: { readonly [option: string]: string };
}

export interface PhysicalUnion extends PhysicalBase {
  readonly kind: "union";
  readonly inputs: readonly PhysicalPlan[];
}

/** Counts each distinct row on both sides. */
export interface PhysicalSetOperation extends PhysicalBase {
  readonly kind: "set-operation";
  readonly operation: "intersect" | "except";
  readonly all: boolean;
  readonly left: PhysicalPlan;
  readonly right: PhysicalPlan;
  readonly stateTtlMs: number;
}

/** Output: the first `passed` columns of the input, the function's columns, with ordinality the number of the row. */
export interface PhysicalTableFunction extends PhysicalBase {
  readonly kind: "table-function";
  readonly input: PhysicalPlan;
  readonly function: string;
  readonly definition?: TableFunction;
  /** Columns of the input. */
  readonly args: readonly number[];
  readonly passed: number;
  readonly joinType: "inner" | "left";
  readonly withOrdinality: boolean;
  /** What must hold for a row that the function gives: over columns `inputs` of the input, then those of the function. */
  readonly condition: { readonly inputs: readonly number[]; readonly expression: Expression } | null;
}

/**
 * Window functions: each row with values of rows of its partition. Output: the input's columns, then one per call. With `time`
 * rows come out once, when time has passed them (input: append only); without, when they come, and are updated.
 */
export interface PhysicalOver extends PhysicalBase {
  readonly kind: "over";
  readonly input: PhysicalPlan;
  readonly keys: readonly number[];
  readonly orderBy: readonly SortKey[];
  readonly calls: readonly OverCall[];
  readonly time: { readonly column: number; readonly domain: "event" | "processing" } | null;
  /** Of partitions that the watermark does not free. */
  readonly stateTtlMs: number;
}

/** Each row with what asynchronous functions give for it. Output: the first `passed` columns of the input, then a column per call. */
export interface PhysicalAsyncCall extends PhysicalBase {
  readonly kind: "async-call";
  readonly input: PhysicalPlan;
  readonly passed: number;
  /** The call as written, over the input's columns, and the columns that hold its arguments. */
  readonly calls: readonly { readonly call: Expression; readonly args: readonly number[] }[];
}

/** Of each key the rows at places `start` to `end` of an order. Output: columns `outputs` of the input, then the place if `withPlace`. */
export interface PhysicalTopN extends PhysicalBase {
  readonly kind: "top-n";
  readonly input: PhysicalPlan;
  readonly keys: readonly number[];
  readonly orderBy: readonly SortKey[];
  readonly start: number;
  readonly end: number;
  readonly outputs: readonly number[];
  readonly withPlace: boolean;
  readonly stateTtlMs: number;
}

/** Row patterns by partition, in event or processing time: see MatchNode. Input: append only. */
export interface PhysicalMatchRecognize extends PhysicalBase {
  readonly kind: "match-recognize";
  readonly input: PhysicalPlan;
  readonly partitionKeys: readonly number[];
  readonly timeColumn: number;
  readonly timeDomain: "event" | "processing";
  /** The further columns of ORDER BY. */
  readonly orderBy: readonly SortKey[];
  readonly variables: readonly string[];
  readonly pattern: RowPattern;
  /** BOOLEAN columns with what conditions say of the row alone; bit i of `flagOf[variable]` = column `flagColumns[i]` must be TRUE. */
  readonly flagColumns: readonly number[];
  readonly flagOf: readonly number[];
  /** The rest of the conditions, by variable, over `conditionValues`. */
  readonly conditions: readonly (Expression | null)[];
  readonly conditionValues: readonly MatchValue[];
  readonly choice: MatchChoice;
  readonly skip: AfterMatchSkip;
  readonly withinMs: number | null;
  readonly output: MatchOutput;
  readonly measures: readonly MatchValue[];
}

/** Of each key the first or the last row in time, the sort of Top-N that needs no order. Output: columns `outputs` of the input. */
export interface PhysicalDeduplicate extends PhysicalBase {
  readonly kind: "deduplicate";
  readonly input: PhysicalPlan;
  readonly keys: readonly number[];
  readonly keep: "first" | "last";
  readonly timeColumn: number;
  readonly timeDomain: "event" | "processing";
  readonly outputs: readonly number[];
  readonly stateTtlMs: number;
}

/** As PhysicalTopN per window, emitted once when the watermark passes the window's end. Input: append only. */
export interface PhysicalWindowTopN extends PhysicalBase {
  readonly kind: "window-top-n";
  readonly input: PhysicalPlan;
  /** Without the window's bounds. */
  readonly keys: readonly number[];
  readonly window: { readonly startColumn: number; readonly endColumn: number };
  readonly orderBy: readonly SortKey[];
  readonly start: number;
  readonly end: number;
  readonly outputs: readonly number[];
  readonly withPlace: boolean;
  /** Set if it is the first or last row in time, column `orderBy[0]`, that is kept. */
  readonly keep: "first" | "last" | null;
}

/** Emits rows in the order of time as the watermark, or the clock, reaches it. Input: append only. */
export interface PhysicalTemporalSort extends PhysicalBase {
  readonly kind: "temporal-sort";
  readonly input: PhysicalPlan;
  readonly timeColumn: number;
  readonly timeDomain: "event" | "processing";
  /** The keys behind the time. */
  readonly keys: readonly SortKey[];
}

/** Sorts bounded input at its end. */
export interface PhysicalSort extends PhysicalBase {
  readonly kind: "sort";
  readonly input: PhysicalPlan;
  readonly keys: readonly SortKey[];
}

export interface PhysicalLimit extends PhysicalBase {
  readonly kind: "limit";
  readonly input: PhysicalPlan;
  readonly limit: number | null;
  readonly offset: number;
}

export interface PhysicalToChangelog extends PhysicalBase {
  readonly kind: "to-changelog";
  readonly input: PhysicalPlan;
  readonly codes: readonly (string | null)[];
}

export interface PhysicalFromChangelog extends PhysicalBase {
  readonly kind: "from-changelog";
  readonly input: PhysicalPlan;
  readonly column: number;
  readonly codes: readonly ChangeCode[];
}

/** Writes to a table, or to the caller (`table` null: the result of a SELECT). */
export interface PhysicalSink extends PhysicalBase {
  readonly kind: "sink";
  readonly input: PhysicalPlan;
  /** What becomes of -U where the table is written by key: it is left out, or ends the row. Absent: it is kept. */
  readonly updateBefore?: "drop" | "delete";
  readonly table: CatalogTable | null;
  readonly options: { readonly [name: string]: string };
  /** Its rows take the place of those that are there. */
  readonly overwrite: boolean;
}

export function physicalInputsOf(node: PhysicalPlan): readonly PhysicalPlan[] {
  switch (node.kind) {
    case "scan":
    case "values":
    case "stream-source":
      return [];
    case "window-join":
    case "interval-join":
    case "regular-join":
    case "temporal-join":
    case "set-operation":
      return [node.left, node.right];
    case "union":
    case "stream-operator":
      return node.inputs;
    default:
      return [node.input];
  }
}
