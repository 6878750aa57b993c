/**
 * The logical plan: what a query computes. Frozen nodes, types resolved; both front ends build it, rules rewrite it.
 *
 * A plan is a DAG: a view or CTE used twice is the same node object twice, and is computed once.
 */
import type {
  AfterMatchSkip,
  ChangeCode,
  DataType,
  JoinType,
  MatchChoice,
  MatchOutput,
  OverFrame,
  PushedPredicate,
  ReadField,
  RowPattern,
  SortKey,
} from "@millrace/core";
import type { CatalogTable } from "../catalog/catalog-table.ts";
import type { AggregateCall, Expression } from "../expression/expression.ts";
import type { TableFunction } from "../function/table-function.ts";
import type { MatchValue } from "./match-value.ts";

/** What a column means for time: `rowtime` columns carry the watermark; window columns identify the window of a row. */
export type ColumnRole = "rowtime" | "proctime" | "window_start" | "window_end" | "window_time";

export interface PlanField {
  readonly name: string;
  readonly type: DataType;
  readonly role?: ColumnRole;
}

export type LogicalPlan =
  | ScanNode
  | ValuesNode
  | FilterNode
  | ProjectNode
  | AggregateNode
  | WindowNode
  | JoinNode
  | TemporalJoinNode
  | UnionNode
  | SetOperationNode
  | TableFunctionNode
  | OverNode
  | TopNNode
  | MatchNode
  | SortNode
  | LimitNode
  | ToChangelogNode
  | FromChangelogNode
  | SinkNode;

interface NodeBase {
  readonly fields: readonly PlanField[];
}

/**
 * Reads a catalog table. Output: the columns of `table.columns` in their order, until rules narrow it: then `read` says
 * which physical fields come out (see ReadRequest) and `fields` follows it.
 */
export interface ScanNode extends NodeBase {
  readonly kind: "scan";
  readonly table: CatalogTable;
  /** Set by the projection push-down rule; `fields` then is read.fields, then read.metadata. Null: all declared columns. */
  readonly read: ScanRead | null;
  /** OPTIONS hint of this use of the table. */
  readonly hints: { readonly [option: string]: string };
}

export interface ScanRead {
  readonly fields: readonly ReadField[];
  readonly metadata: readonly { readonly key: string; readonly type: DataType }[];
  readonly predicates: readonly PushedPredicate[];
}

/** Constant rows. */
export interface ValuesNode extends NodeBase {
  readonly kind: "values";
  readonly rows: readonly (readonly Expression[])[];
}

/** Rows for which `condition` is TRUE. */
export interface FilterNode extends NodeBase {
  readonly kind: "filter";
  readonly input: LogicalPlan;
  readonly condition: Expression;
}

export interface ProjectNode extends NodeBase {
  readonly kind: "project";
  readonly input: LogicalPlan;
  readonly expressions: readonly Expression[];
  /**
   * Watermark definition, only on the projection that stands on a scan and computes its computed columns: the value of this
   * expression (over the INPUT columns; ms) is the watermark that a row carries.
   */
  readonly watermark: Expression | null;
}

/**
 * GROUP BY. Output: the group keys (input columns), then one column per aggregate. Without keys and without window: one
 * row. DISTINCT is an aggregate node without aggregates. If the keys hold window_start and window_end of the input, it is a
 * window aggregate: rule `windowDetection` sets `window`.
 */
export interface AggregateNode extends NodeBase {
  readonly kind: "aggregate";
  readonly input: LogicalPlan;
  readonly keys: readonly number[];
  readonly aggregates: readonly AggregateCall[];
  /** Of the hint STATE_TTL; absent: as the session says. */
  readonly stateTtlMs?: number;
}

export type WindowSpec =
  | { readonly kind: "tumble"; readonly sizeMs: number; readonly offsetMs: number }
  | { readonly kind: "hop"; readonly sizeMs: number; readonly slideMs: number; readonly offsetMs: number }
  | { readonly kind: "cumulate"; readonly sizeMs: number; readonly stepMs: number; readonly offsetMs: number }
  | { readonly kind: "session"; readonly gapMs: number; readonly partitionKeys: readonly number[] };

/** A window table function. Output: the input's columns, then window_start, window_end, window_time. */
export interface WindowNode extends NodeBase {
  readonly kind: "window";
  readonly input: LogicalPlan;
  readonly window: WindowSpec;
  readonly timeColumn: number;
  readonly timeDomain: "event" | "processing";
}

/**
 * Output: the left's columns, then the right's; of semi and anti joins the left's only, of a mark join the left's and a
 * BOOLEAN that tells whether the row has a match. `condition` is over left ++ right.
 */
export interface JoinNode extends NodeBase {
  readonly kind: "join";
  readonly joinType: JoinType;
  readonly left: LogicalPlan;
  readonly right: LogicalPlan;
  readonly condition: Expression | null;
  /** Of the hint STATE_TTL; absent: as the session says. */
  readonly leftTtlMs?: number;
  readonly rightTtlMs?: number;
}

/**
 * `left JOIN right FOR SYSTEM_TIME AS OF time`: each left row with the version of the right that is valid at its time, in
 * processing time with what the right holds when the row comes. Output: the left's columns, then the right's.
 */
export interface TemporalJoinNode extends NodeBase {
  readonly kind: "temporal-join";
  readonly joinType: "inner" | "left";
  readonly left: LogicalPlan;
  readonly right: LogicalPlan;
  /** Over left ++ right. In event time it equates each column of the right's key. */
  readonly condition: Expression | null;
  /** In event time: the time of a left row, and from when on a row of the right is valid; which columns of the right identify what has versions. */
  readonly versioned: {
    readonly leftTime: number;
    readonly rightTime: number;
    readonly rightKey: readonly number[];
  } | null;
  /** In processing time: what a LOOKUP hint says (`lookupHintOptions`). */
  readonly lookup: { readonly [option: string]: string };
}

/** UNION ALL: all inputs have the same column types. */
export interface UnionNode extends NodeBase {
  readonly kind: "union";
  readonly inputs: readonly LogicalPlan[];
}

/** INTERSECT or EXCEPT [ALL] of two inputs with the same column types; NULL equals NULL. */
export interface SetOperationNode extends NodeBase {
  readonly kind: "set-operation";
  readonly operation: "intersect" | "except";
  readonly all: boolean;
  readonly left: LogicalPlan;
  readonly right: LogicalPlan;
}

/**
 * Each input row with each row that a table function gives for it. Output: the input's columns, then the function's, then
 * with ordinality their number, from 1 in each input row.
 */
export interface TableFunctionNode extends NodeBase {
  readonly kind: "table-function";
  readonly input: LogicalPlan;
  /** A function of the registry of table functions, or of the user. */
  readonly function: string;
  readonly definition?: TableFunction;
  /** Over the input. */
  readonly args: readonly Expression[];
  /** Left: an input row for which there is none comes out once, with NULLs. */
  readonly joinType: "inner" | "left";
  readonly withOrdinality: boolean;
  /** Over the output: what must hold for a row that the function gives to be one; null = nothing. */
  readonly condition: Expression | null;
}

/**
 * Window functions: each row with values computed over rows of its partition. Output: the input's columns, then one per
 * call. The calls have partition and order in common; each has its own frame.
 */
export interface OverNode extends NodeBase {
  readonly kind: "over";
  readonly input: LogicalPlan;
  readonly partitionKeys: readonly number[];
  readonly orderBy: readonly SortKey[];
  readonly calls: readonly OverCall[];
}

/** One window function. Arguments are input columns. */
export interface OverCall {
  /** A function of `overFunctions` or an aggregate. */
  readonly name: string;
  readonly args: readonly number[];
  /** Literals besides the arguments: the offset of LAG and LEAD, the number of NTILE and NTH_VALUE, those of an aggregate. */
  readonly parameters: readonly unknown[];
  readonly distinct: boolean;
  /** Whether NULLs are passed over by FIRST_VALUE and the like; null = as the function does. */
  readonly ignoresNulls: boolean | null;
  readonly frame: OverFrame;
  readonly type: DataType;
}

/**
 * Of each partition the rows at places `start` to `end` (from 1) of an order. Output: columns `outputs` of the input, then,
 * if `withPlace`, the place.
 */
export interface TopNNode extends NodeBase {
  readonly kind: "top-n";
  readonly input: LogicalPlan;
  readonly partitionKeys: readonly number[];
  readonly orderBy: readonly SortKey[];
  readonly start: number;
  readonly end: number;
  readonly outputs: readonly number[];
  readonly withPlace: boolean;
}

/**
 * MATCH_RECOGNIZE. Output: the partition's columns, then one per measure; a row per match or per row of it. Expressions over
 * measures are computed by a projection above, those that aggregates take by one below.
 */
export interface MatchNode extends NodeBase {
  readonly kind: "match";
  readonly input: LogicalPlan;
  readonly partitionKeys: readonly number[];
  /** Time first, ascending. */
  readonly orderBy: readonly SortKey[];
  readonly timeDomain: "event" | "processing";
  readonly variables: readonly string[];
  readonly pattern: RowPattern;
  /** What the conditions are over: column i of a condition is value i. */
  readonly conditionValues: readonly MatchValue[];
  /** By variable; null = holds for every row. */
  readonly conditions: readonly (Expression | null)[];
  readonly choice: MatchChoice;
  readonly skip: AfterMatchSkip;
  readonly withinMs: number | null;
  readonly output: MatchOutput;
  readonly measures: readonly MatchValue[];
}

export interface SortNode extends NodeBase {
  readonly kind: "sort";
  readonly input: LogicalPlan;
  readonly keys: readonly SortKey[];
}

export interface LimitNode extends NodeBase {
  readonly kind: "limit";
  readonly input: LogicalPlan;
  readonly limit: number | null;
  readonly offset: number;
}

/** TO_CHANGELOG. Output: what a change does, by row kind as `codes` say, then the columns of the input; changes without a code are left out. */
export interface ToChangelogNode extends NodeBase {
  readonly kind: "to-changelog";
  readonly input: LogicalPlan;
  /** Whether a time of the rows is asked for, which those that are updated do not have. */
  readonly onTime: boolean;
  readonly codes: readonly (string | null)[];
}

/** FROM_CHANGELOG: what each row does stands in `column`. Output: the other columns. */
export interface FromChangelogNode extends NodeBase {
  readonly kind: "from-changelog";
  readonly input: LogicalPlan;
  readonly column: number;
  readonly codes: readonly ChangeCode[];
}

/** INSERT INTO: the input's columns are already those of the table, in its order, cast to their types. */
export interface SinkNode extends NodeBase {
  readonly kind: "sink";
  readonly input: LogicalPlan;
  readonly table: CatalogTable;
  readonly hints: { readonly [option: string]: string };
  /** INSERT OVERWRITE: the rows take the place of those that are there. */
  readonly overwrite: boolean;
  /** What becomes of rows of different keys of the query that meet at the primary key of the table; null: not said. */
  readonly onConflict: "deduplicate" | "error" | "nothing" | null;
}

/** The expressions that a node itself computes. */
export function expressionsOf(node: LogicalPlan): readonly Expression[] {
  switch (node.kind) {
    case "values":
      return node.rows.flat();
    case "filter":
      return [node.condition];
    case "project":
      return node.watermark === null ? node.expressions : [...node.expressions, node.watermark];
    case "join":
    case "temporal-join":
      return node.condition === null ? [] : [node.condition];
    case "table-function":
      return node.condition === null ? node.args : [...node.args, node.condition];
    case "match":
      return node.conditions.filter((condition) => condition !== null);
    default:
      return [];
  }
}

/** The inputs of a node, in order. */
export function inputsOf(node: LogicalPlan): readonly LogicalPlan[] {
  switch (node.kind) {
    case "scan":
    case "values":
      return [];
    case "join":
    case "temporal-join":
    case "set-operation":
      return [node.left, node.right];
    case "union":
      return node.inputs;
    default:
      return [node.input];
  }
}
