/**
 * What a query gives for tables of rows, by the definition of SQL: nested loops and lists, three-valued logic, nothing
 * incremental. It shares no code with the engine. Rows come in no particular order.
 */
import type {
  Query,
  QueryAggregate,
  QueryExpression,
  QueryFunction,
  QueryOrder,
  QueryValue,
  QueryWindow,
} from "./query.ts";

type Row = readonly QueryValue[];
export type QueryTables = ReadonlyMap<string, readonly Row[]>;

/** Pairs of rows that a join of the naive evaluator may look at. */
const MAX_PAIRS = 200_000;

/** The query is too much for the naive evaluator. */
export class TooManyRows extends Error {}

/** Errors: TooManyRows. */
export function queryAnswer(query: Query, tables: QueryTables): readonly Row[] {
  const answer = (input: Query) => queryAnswer(input, tables);
  switch (query.kind) {
    case "table":
      return tables.get(query.name) ?? [];
    case "project":
      return answer(query.input).map((row) => query.expressions.map((each) => evaluate(each, row)));
    case "filter":
      return answer(query.input).filter((row) => holds(query.condition, row));
    case "distinct":
      return distinct(answer(query.input));
    case "aggregate": {
      const groups = groupBy(answer(query.input), (row) => query.keys.map((key) => row[key]));
      if (query.keys.length === 0 && groups.length === 0) groups.push({ key: [], rows: [] });
      return groups
        .map(({ key, rows }) => [...key, ...query.calls.map((call) => aggregate(call, rows))])
        .filter((row) => holds(query.having, row));
    }
    case "join":
      return join(query, answer(query.left), answer(query.right));
    case "semi": {
      const [rows, others] = [answer(query.input), answer(query.other)];
      if (rows.length * others.length > MAX_PAIRS) throw new TooManyRows();
      return rows.filter((row) => isKept(query, row, others));
    }
    case "scalar": {
      const [inputRows, others] = [answer(query.input), answer(query.other)];
      if (inputRows.length * others.length > MAX_PAIRS) throw new TooManyRows();
      return inputRows.map((row) => [
        ...row,
        aggregate(
          query.call,
          others.filter((other) => holds(query.condition, [...row, ...other])),
        ),
      ]);
    }
    case "set":
      return combine(query, answer(query.left), answer(query.right));
    case "top-n":
      return groupBy(answer(query.input), (row) => query.partition.map((key) => row[key])).flatMap(({ rows }) =>
        rows
          .toSorted(byOrder(query.order))
          .map((row, i) => (query.withPlace ? [...row, i + 1] : row))
          .slice(query.start - 1, query.end),
      );
    case "over":
      return groupBy(answer(query.input), (row) => query.partition.map((key) => row[key])).flatMap(({ rows }) =>
        overPartition(query, rows.toSorted(byOrder(query.order))),
      );
    case "window": {
      const placed = placeInWindows(answer(query.input), query.window, query.timeColumn);
      return groupBy(placed, ({ start, end, row }) => [start, end, ...query.keys.map((key) => row[key])]).map(
        ({ key, rows }) => [
          ...key,
          ...query.calls.map((call) =>
            aggregate(
              call,
              rows.map(({ row }) => row),
            ),
          ),
        ],
      );
    }
  }
}

function overPartition({ call, preceding }: Extract<Query, { kind: "over" }>, rows: readonly Row[]): Row[] {
  return rows.map((row, i) => {
    if (call === null) return [...row, i + 1];
    // The order goes through all columns: rows of equal place are equal.
    const isCounted = (other: Row, j: number) =>
      preceding === null ? j <= i || textOf(other) === textOf(row) : j <= i && j >= i - preceding;
    return [...row, aggregate(call, rows.filter(isCounted))];
  });
}

const textOf = (row: Row) => JSON.stringify(row);

function groupBy<T>(items: readonly T[], keyOf: (item: T) => Row): { key: Row; rows: T[] }[] {
  const groups = new Map<string, { key: Row; rows: T[] }>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(textOf(key)) ?? { key, rows: [] };
    group.rows.push(item);
    groups.set(textOf(key), group);
  }
  return [...groups.values()];
}

const distinct = (rows: readonly Row[]): Row[] => groupBy(rows, (row) => row).map(({ key }) => key);

function evaluate(expression: QueryExpression, row: Row): QueryValue {
  if (expression.kind === "column") return row[expression.index];
  if (expression.kind === "literal") return expression.value;
  return call(
    expression.name,
    expression.args.map((arg) => evaluate(arg, row)),
  );
}

const holds = (condition: QueryExpression | null, row: Row) => condition === null || evaluate(condition, row) === true;

/** Below 0, 0 or above 0; neither is NULL. */
function compare(a: QueryValue, b: QueryValue): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}

function call(name: QueryFunction, args: readonly QueryValue[]): QueryValue {
  const [a, b] = args;
  /** NULL where an argument is. */
  const strict = (value: () => QueryValue) => (a === null || b === null ? null : value());
  switch (name) {
    case "AND":
      return args.includes(false) ? false : args.includes(null) ? null : true;
    case "OR":
      return args.includes(true) ? true : args.includes(null) ? null : false;
    case "NOT":
      return a === null ? null : !a;
    case "IS NULL":
      return a === null;
    case "IS NOT NULL":
      return a !== null;
    case "IS DISTINCT FROM":
      return a === null || b === null ? a !== b : compare(a, b) !== 0;
    case "COALESCE":
      return args.find((arg) => arg !== null) ?? null;
    case "CASE":
      return a === true ? b : args[2];
    case "SHIFT":
    case "+":
      return strict(() => Number(a) + Number(b));
    case "-":
      return strict(() => Number(a) - Number(b));
    case "=":
      return strict(() => compare(a, b) === 0);
    case "<>":
      return strict(() => compare(a, b) !== 0);
    case "<":
      return strict(() => compare(a, b) < 0);
    case "<=":
      return strict(() => compare(a, b) <= 0);
  }
}

function aggregate(spec: QueryAggregate, input: readonly Row[]): QueryValue {
  const rows = input.filter((row) => holds(spec.filter, row));
  const { column } = spec;
  if (column === null) return rows.length;
  const known = rows.map((row) => row[column]).filter((value) => value !== null);
  const values = spec.distinct ? [...new Set(known)] : known;
  if (spec.name === "COUNT") return values.length;
  if (values.length === 0) return null;
  const sum = () => values.reduce<number>((total, value) => total + Number(value), 0);
  switch (spec.name) {
    case "SUM":
      return sum();
    case "AVG":
      return Math.trunc(sum() / values.length) + 0;
    case "MIN":
      return values.reduce((least, value) => (compare(value, least) < 0 ? value : least));
    case "MAX":
      return values.reduce((most, value) => (compare(value, most) > 0 ? value : most));
  }
}

function join(
  { joinType, condition, left, right }: Extract<Query, { kind: "join" }>,
  leftRows: readonly Row[],
  rightRows: readonly Row[],
): Row[] {
  if (leftRows.length * rightRows.length > MAX_PAIRS) throw new TooManyRows();
  const isPair = (l: Row, r: Row) => holds(condition, [...l, ...r]);
  const nulls = ({ types }: Query) => types.map(() => null);
  const rows: Row[] = leftRows.flatMap((l) => rightRows.filter((r) => isPair(l, r)).map((r) => [...l, ...r]));
  if (joinType === "LEFT" || joinType === "FULL") {
    const alone = leftRows.filter((l) => !rightRows.some((r) => isPair(l, r)));
    rows.push(...alone.map((l) => [...l, ...nulls(right)]));
  }
  if (joinType === "RIGHT" || joinType === "FULL") {
    const alone = rightRows.filter((r) => !leftRows.some((l) => isPair(l, r)));
    rows.push(...alone.map((r) => [...nulls(left), ...r]));
  }
  return rows;
}

function isKept(query: Extract<Query, { kind: "semi" }>, row: Row, others: readonly Row[]): boolean {
  const { form, column, otherColumn, condition } = query;
  const found = others.filter((other) => holds(condition, [...row, ...other]));
  if (form === "EXISTS") return found.length > 0;
  if (form === "NOT EXISTS") return found.length === 0;
  const equal = found.map((other) => call("=", [row[column], other[otherColumn]]));
  const isIn = equal.length === 0 ? false : call("OR", equal);
  return form === "IN" ? isIn === true : isIn === false;
}

function combine(
  { operation, all }: Extract<Query, { kind: "set" }>,
  left: readonly Row[],
  right: readonly Row[],
): readonly Row[] {
  if (operation === "UNION") return all ? [...left, ...right] : distinct([...left, ...right]);
  const counts = new Map(groupBy(right, (row) => row).map(({ key, rows }) => [textOf(key), rows.length]));
  return groupBy(left, (row) => row).flatMap(({ key, rows }) => {
    const other = counts.get(textOf(key)) ?? 0;
    const count =
      operation === "INTERSECT"
        ? Math.min(rows.length, other)
        : all
          ? Math.max(0, rows.length - other)
          : other === 0
            ? rows.length
            : 0;
    return new Array<Row>(all ? count : Math.min(count, 1)).fill(key);
  });
}

/** NULL is the least value. */
const rank = (x: QueryValue, y: QueryValue): number => {
  if (x === null || y === null) return Number(y === null) - Number(x === null);
  return compare(x, y);
};

function byOrder(order: readonly QueryOrder[]): (a: Row, b: Row) => number {
  return (a, b) => {
    for (const { column, descending } of order) {
      const difference = rank(a[column], b[column]);
      if (difference !== 0) return descending ? -difference : difference;
    }
    return 0;
  };
}

interface Placed {
  readonly start: number;
  readonly end: number;
  readonly row: Row;
}

function placeInWindows(rows: readonly Row[], window: QueryWindow, timeColumn: number): Placed[] {
  const timeOf = (row: Row) => Number(row[timeColumn]);
  if (window.kind === "SESSION") {
    return groupBy(rows, (row) => window.partition.map((key) => row[key])).flatMap(({ rows: own }) => {
      const sessions: Row[][] = [];
      for (const row of own.toSorted((a, b) => timeOf(a) - timeOf(b))) {
        const last = sessions.at(-1);
        if (last !== undefined && timeOf(row) - timeOf(last[last.length - 1]) <= window.gapMs) last.push(row);
        else sessions.push([row]);
      }
      return sessions.flatMap((session) => {
        const [start, end] = [timeOf(session[0]), timeOf(session[session.length - 1]) + window.gapMs];
        return session.map((row) => ({ start, end, row }));
      });
    });
  }
  return rows.flatMap((row) => windowsOf(timeOf(row), window).map(([start, end]) => ({ start, end, row })));
}

function windowsOf(time: number, window: Exclude<QueryWindow, { kind: "SESSION" }>): [number, number][] {
  const { sizeMs } = window;
  const before = (unit: number) => Math.floor(time / unit) * unit;
  if (window.kind === "TUMBLE") return [[before(sizeMs), before(sizeMs) + sizeMs]];
  const { stepMs } = window;
  const found: [number, number][] = [];
  if (window.kind === "HOP") {
    for (let start = before(stepMs); start > time - sizeMs; start -= stepMs) found.push([start, start + sizeMs]);
    return found;
  }
  const start = before(sizeMs);
  for (let end = start + stepMs; end <= start + sizeMs; end += stepMs) if (end > time) found.push([start, end]);
  return found;
}
