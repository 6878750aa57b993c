/**
 * What each physical node keeps, what bounds that, and how large an entry is about: for warnings and EXPLAIN. A new kind of node
 * says it here.
 */
import { type Field, storedRowBytes, tableEntryBytes } from "@millrace/core";
import type { AggregateCall } from "../expression/expression.ts";
import { longestMatch } from "./match-state.ts";
import type {
  PhysicalDeduplicate,
  PhysicalGroupAggregate,
  PhysicalMatchRecognize,
  PhysicalOver,
  PhysicalPlan,
  PhysicalRegularJoin,
  PhysicalTopN,
} from "./physical-plan.ts";
import { isBoundInTime } from "./plan-over.ts";

/**
 * `constant`: it does not grow. `time`: what the watermark or the end of a window has passed is freed. `keys`: an entry per key that
 * ever came. `rows`: every row that came and was not taken back.
 */
export type StateBound = "constant" | "time" | "keys" | "rows";

/** One of the things that a node keeps. */
export interface StatePart {
  /** As in a sentence: "a result per group". */
  readonly what: string;
  readonly bound: StateBound;
  /** Of an entry, about; 0 = unknown. */
  readonly entryBytes: number;
  /** It grows while one of these goes on. */
  readonly inputs: readonly PhysicalPlan[];
  /** Processing time that an entry is kept for; 0 = for ever. */
  readonly ttlMs: number;
  /** What bounds it, if it grows with keys or rows; null: it is meant to. */
  readonly remedy: string | null;
}

const TTL = "SET 'table.exec.state.ttl' = '1 d'";

/** None: the node keeps nothing from one row to the next. */
export function stateOf(node: PhysicalPlan): readonly StatePart[] {
  switch (node.kind) {
    case "scan":
    case "values":
    case "calc":
    case "union":
    case "table-function":
    case "async-call":
    case "lookup-join":
    case "sink-constraint":
    case "to-changelog":
    case "from-changelog":
    case "sink":
    // What code keeps is its program's affair.
    case "stream-source":
    case "stream-operator":
    case "stream-sink":
      return [];
    case "limit":
      return [part("a count of rows", "constant", 8, [node.input])];
    case "changelog-normalize": {
      const values = node.fields.filter((_, column) => !node.keys.includes(column));
      const bytes = tableEntryBytes(fieldsAt(node.fields, node.keys), values);
      // As large as the table that its source is.
      return [part("a row per key", "keys", bytes, [node.input], node.stateTtlMs)];
    }
    case "upsert-materialize": {
      const remedy = "give the sink the primary key that the query's rows have";
      return [part("all rows", "rows", storedRowBytes(node.fields, false), [node.input], 0, remedy)];
    }
    case "compacting-materialize": {
      const values = node.fields.filter((_, column) => !node.keys.includes(column));
      const bytes = tableEntryBytes(fieldsAt(node.fields, node.keys), values);
      // As large as the table that is written.
      return [part("a row per key", "keys", bytes, [node.input])];
    }
    case "window-assign":
      return node.window.kind === "session"
        ? [part("the rows of open sessions", "time", storedRowBytes(node.input.fields, false), [node.input])]
        : [];
    case "window-aggregate": {
      const bytes = tableEntryBytes(fieldsAt(node.input.fields, node.keys), accumulators(node.aggregates, node.input));
      return [part("a result per group of open windows", "time", bytes, [node.input])];
    }
    case "group-aggregate":
      return groupAggregate(node);
    case "window-join":
    case "interval-join":
    case "temporal-join": {
      const what = { "window-join": "open windows", "interval-join": "the interval", "temporal-join": "open times" };
      const rows = (input: PhysicalPlan, side: string) =>
        part(`the ${side} rows of ${what[node.kind]}`, "time", storedRowBytes(input.fields, false), [input]);
      const left = rows(node.left, "left");
      if (node.kind !== "temporal-join") return [left, rows(node.right, "right")];
      // As large as the versioned table; older versions go by time.
      const versions = storedRowBytes(node.right.fields, false);
      return [left, part("the last version of each key", "keys", versions, [node.right])];
    }
    case "regular-join":
      return regularJoin(node);
    case "set-operation": {
      const bytes = tableEntryBytes(node.fields, [number("left"), number("right")]);
      const inputs = [node.left, node.right];
      return [part("a count per distinct row", "keys", bytes, inputs, node.stateTtlMs, TTL)];
    }
    case "top-n":
      return topN(node);
    case "deduplicate":
      return deduplicate(node);
    case "window-top-n":
      return [part("the first rows of open windows", "time", storedRowBytes(node.input.fields, false), [node.input])];
    case "temporal-sort":
      return [part("the rows of open times", "time", storedRowBytes(node.input.fields, false), [node.input])];
    case "over":
      return over(node);
    case "match-recognize":
      return matchRecognize(node);
    case "sort":
      // Of bounded input only.
      return [part("all rows", "rows", storedRowBytes(node.input.fields, false), [node.input])];
  }
}

function part(
  what: string,
  bound: StateBound,
  entryBytes: number,
  inputs: readonly PhysicalPlan[],
  ttlMs = 0,
  remedy: string | null = null,
): StatePart {
  return { what, bound, entryBytes, inputs, ttlMs, remedy };
}

function matchRecognize(node: PhysicalMatchRecognize): readonly StatePart[] {
  const { input, partitionKeys, pattern, withinMs } = node;
  const bytes = storedRowBytes(input.fields, false);
  const most = longestMatch(pattern);
  const remedy = "say WITHIN INTERVAL '1' HOUR";
  const perKey: StateBound = partitionKeys.length === 0 ? "constant" : "keys";
  const rows =
    withinMs !== null
      ? part("the rows of matches that have begun", "time", bytes, [input])
      : most === null
        ? part("the rows of matches that have begun", "rows", bytes, [input], 0, remedy)
        : part("the rows of a match that has begun, per partition", perKey, bytes * most, [input], 0, remedy);
  if (!node.measures.some((value) => value.kind === "match-number")) return [rows];
  const numbers = tableEntryBytes(fieldsAt(input.fields, partitionKeys), []);
  return [rows, part("the number of matches, per partition", perKey, numbers, [input], 0, "do without MATCH_NUMBER()")];
}

function groupAggregate({ input, keys, aggregates, stateTtlMs }: PhysicalGroupAggregate): readonly StatePart[] {
  const keyFields = fieldsAt(input.fields, keys);
  const isDistinct = keys.length > 0 && aggregates.length === 0;
  const remedy = `${isDistinct ? "take the distinct rows of a window" : "group by a window too"}, or ${TTL}`;
  // There are as many groups as keys: none, or booleans, are few.
  const bound = keyFields.every(({ type }) => type.kind === "boolean") ? "constant" : "keys";
  const bytes = tableEntryBytes(keyFields, accumulators(aggregates, input));
  const what = isDistinct ? "each distinct row" : keys.length === 0 ? "one result" : "a result per group";
  const groups = part(what, bound, bytes, [input], stateTtlMs, remedy);
  const args = aggregates.filter((each) => each.distinct || keepsValues(each, input));
  if (args.length === 0) return [groups];
  const valueBytes = Math.max(
    ...args.map((each) => tableEntryBytes([...keyFields, ...fieldsAt(input.fields, each.args)], [number("count")])),
  );
  return [groups, part("the distinct values of each group", "keys", valueBytes, [input], stateTtlMs, remedy)];
}

/** MIN and MAX of rows that may be taken away keep all values. */
function keepsValues({ name }: AggregateCall, input: PhysicalPlan): boolean {
  return input.changelogMode !== "append" && (name === "min" || name === "max");
}

function regularJoin(node: PhysicalRegularJoin): readonly StatePart[] {
  const side = (which: "left" | "right"): StatePart => {
    const input = node[which];
    const ttlMs = which === "left" ? node.leftTtlMs : node.rightTtlMs;
    const isFreed = (which === "left" ? node.leftPruning : node.rightPruning) !== null;
    const isIndexed = input.changelogMode !== "append" || ttlMs > 0;
    const remedy = `bound the times of both sides to each other, join equal windows, or ${TTL}`;
    const bytes = storedRowBytes(input.fields, isIndexed);
    return part(`all ${which} rows`, isFreed ? "time" : "rows", bytes, [input], ttlMs, remedy);
  };
  return [side("left"), side("right")];
}

function topN({ input, keys, end, stateTtlMs }: PhysicalTopN): readonly StatePart[] {
  const isAppendOnly = input.changelogMode === "append";
  const bound = !isAppendOnly ? "rows" : keys.length === 0 ? "constant" : "keys";
  const first = end === 1 ? "the first row" : `the first ${end} rows`;
  const what = isAppendOnly ? `${first} of each partition` : "all rows";
  const bytes = storedRowBytes(input.fields, !isAppendOnly);
  return [part(what, bound, bytes, [input], stateTtlMs, `take the Top-N of a window, or ${TTL}`)];
}

function over({ input, calls, time, stateTtlMs }: PhysicalOver): readonly StatePart[] {
  const bytes = storedRowBytes(input.fields, time === null);
  if (time === null) {
    const remedy = `order by the time attribute, with frames that end with the row, or within windows, or ${TTL}`;
    return [part("all rows", "rows", bytes, [input], stateTtlMs, remedy)];
  }
  const what = "the rows of each partition's frame";
  if (calls.every(isBoundInTime)) return [part(what, "time", bytes, [input])];
  const isUnbounded = calls.some(({ frame }) => frame.start === null);
  const remedy = `let frames begin an INTERVAL before the row, or ${TTL}`;
  return [part(isUnbounded ? "a result per partition" : what, "keys", bytes, [input], stateTtlMs, remedy)];
}

function deduplicate(node: PhysicalDeduplicate): readonly StatePart[] {
  const { input, keep, keys, stateTtlMs, timeDomain } = node;
  const keyFields = fieldsAt(input.fields, keys);
  const rowBytes = tableEntryBytes(
    keyFields,
    input.fields.filter((_, column) => !keys.includes(column)),
  );
  const bound = keys.length === 0 ? "constant" : "keys";
  const remedy = `deduplicate within a window, or ${TTL}`;
  if (keep === "last") return [part("the last row of each key", bound, rowBytes, [input], stateTtlMs, remedy)];
  const seen = part("each key", bound, tableEntryBytes(keyFields, []), [input], stateTtlMs, remedy);
  return timeDomain === "processing" ? [seen] : [part("rows that wait", "time", rowBytes, [input]), seen];
}

function fieldsAt(fields: readonly Field[], columns: readonly number[]): readonly Field[] {
  return columns.map((column) => fields[column]);
}

function number(name: string): Field {
  return { name, type: { kind: "double", nullable: false } };
}

/** About: an average keeps a sum and a count, so does a sum of rows that may be taken away; others keep their value. */
function accumulators(aggregates: readonly AggregateCall[], input: PhysicalPlan): readonly Field[] {
  return aggregates.flatMap(({ name, type }): readonly Field[] => {
    if (name === "avg" || (name === "sum" && input.changelogMode !== "append")) return [number("sum"), number("count")];
    return [{ name, type }];
  });
}
