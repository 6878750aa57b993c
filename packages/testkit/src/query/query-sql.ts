/** Writes queries as SQL. */
import type { Query, QueryAggregate, QueryExpression, QueryOrder, QueryType, QueryWindow } from "./query.ts";

/** How a column is called where it is used. */
type Names = (index: number) => string;

const of =
  (alias: string): Names =>
  (index) =>
    `${alias}.c${index}`;
const bare: Names = (index) => `c${index}`;

/** Columns of the first `width` from one alias, the others from a second. */
const pair =
  (left: string, right: string, width: number): Names =>
  (index) =>
    index < width ? `${left}.c${index}` : `${right}.c${index - width}`;

const list = (items: readonly string[]) => items.join(", ");
const numbered = (items: readonly string[], from = 0) => list(items.map((item, i) => `${item} AS c${i + from}`));
const columns = ({ types }: Query, alias: string, from = 0) =>
  numbered(
    types.map((_, i) => `${alias}.c${i}`),
    from,
  );

const sqlTypes: Readonly<Record<QueryType, string>> = { number: "BIGINT", text: "STRING", time: "TIMESTAMP(3)" };

export function literalSql(value: number | string | null, type: QueryType): string {
  if (value === null) return `CAST(NULL AS ${sqlTypes[type]})`;
  if (type === "time") return `TIMESTAMP '${new Date(Number(value)).toISOString().replace("T", " ").slice(0, -1)}'`;
  return typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : String(value);
}

function expressionSql(expression: QueryExpression, names: Names): string {
  if (expression.kind === "column") return names(expression.index);
  if (expression.kind === "literal") return literalSql(expression.value, expression.type);
  const args = expression.args.map((arg) => expressionSql(arg, names));
  switch (expression.name) {
    case "IS NULL":
    case "IS NOT NULL":
      return `(${args[0]} ${expression.name})`;
    case "NOT":
      return `(NOT ${args[0]})`;
    case "COALESCE":
      return `COALESCE(${list(args)})`;
    case "SHIFT":
      return shiftSql(args[0], expression.args[1]);
    case "CASE":
      return `CASE WHEN ${args[0]} THEN ${args[1]} ELSE ${args[2]} END`;
    default:
      return `(${args.join(` ${expression.name} `)})`;
  }
}

function shiftSql(time: string, by: QueryExpression): string {
  const ms = by.kind === "literal" ? Number(by.value) : 0;
  return `(${time} ${ms < 0 ? "-" : "+"} ${intervalSql(Math.abs(ms))})`;
}

function aggregateSql({ name, column, distinct, filter }: QueryAggregate, names: Names): string {
  const arg = column === null ? "*" : names(column);
  const where = filter === null ? "" : ` FILTER (WHERE ${expressionSql(filter, names)})`;
  return `${name}(${distinct ? "DISTINCT " : ""}${arg})${where}`;
}

const orderSql = (order: readonly QueryOrder[], names: Names) =>
  list(order.map(({ column, descending }) => `${names(column)}${descending ? " DESC" : ""}`));

const intervalSql = (ms: number) => `INTERVAL '${ms / 1000}' SECOND`;

/** `input` is `TABLE name` or a query in parentheses. */
function windowSql(window: QueryWindow, input: string, time: number): string {
  switch (window.kind) {
    case "TUMBLE":
      return `TUMBLE(${input}, DESCRIPTOR(c${time}), ${intervalSql(window.sizeMs)})`;
    case "SESSION": {
      const by = window.partition.length === 0 ? "" : ` PARTITION BY (${list(window.partition.map(bare))})`;
      return `SESSION(${input}${by}, DESCRIPTOR(c${time}), ${intervalSql(window.gapMs)})`;
    }
    default:
      return `${window.kind}(${input}, DESCRIPTOR(c${time}), ${intervalSql(window.stepMs)}, ${intervalSql(window.sizeMs)})`;
  }
}

/** The query as text. */
export function querySql(query: Query): string {
  const from = (input: Query, alias: string) =>
    input.kind === "table" ? `${input.name} AS ${alias}` : `(${querySql(input)}) AS ${alias}`;
  const where = (condition: QueryExpression | null, names: Names, word = "WHERE") =>
    condition === null ? "" : ` ${word} ${expressionSql(condition, names)}`;
  switch (query.kind) {
    case "table":
      return `SELECT ${list(query.types.map((_, i) => bare(i)))} FROM ${query.name}`;
    case "project":
      return `SELECT ${numbered(query.expressions.map((each) => expressionSql(each, of("t"))))} FROM ${from(query.input, "t")}`;
    case "filter":
      return `SELECT * FROM ${from(query.input, "t")}${where(query.condition, of("t"))}`;
    case "distinct":
      return `SELECT DISTINCT * FROM ${from(query.input, "t")}`;
    case "aggregate": {
      const { keys, calls } = query;
      const values = [...keys.map(of("t")), ...calls.map((call) => aggregateSql(call, of("t")))];
      const group = keys.length === 0 ? "" : ` GROUP BY ${list(keys.map(of("t")))}`;
      const having = where(query.having, (index) => values[index], "HAVING");
      return `SELECT ${numbered(values)} FROM ${from(query.input, "t")}${group}${having}`;
    }
    case "join": {
      const { joinType, left, right, condition } = query;
      const width = left.types.length;
      const on = where(condition, pair("l", "r", width), "ON");
      return `SELECT ${columns(left, "l")}, ${columns(right, "r", width)} FROM ${from(left, "l")} ${joinType} JOIN ${from(right, "r")}${on}`;
    }
    case "semi": {
      const { input, other, form, condition } = query;
      const rest = where(condition, pair("a", "b", input.types.length));
      const isIn = form === "IN" || form === "NOT IN";
      const operand = isIn ? `a.c${query.column} ` : "";
      const value = isIn ? `b.c${query.otherColumn}` : "1";
      return `SELECT * FROM ${from(input, "a")} WHERE ${operand}${form} (SELECT ${value} FROM ${from(other, "b")}${rest})`;
    }
    case "scalar": {
      const { input, other, condition, call } = query;
      const width = input.types.length;
      const rest = where(condition, pair("a", "b", width));
      const value = `(SELECT ${aggregateSql(call, of("b"))} FROM ${from(other, "b")}${rest})`;
      return `SELECT ${columns(input, "a")}, ${value} AS c${width} FROM ${from(input, "a")}`;
    }
    case "set": {
      const { operation, all, left, right } = query;
      return `SELECT * FROM ${from(left, "l")} ${operation}${all ? " ALL" : ""} SELECT * FROM ${from(right, "r")}`;
    }
    case "top-n": {
      const { input, partition, order, start, end, withPlace } = query;
      const width = input.types.length;
      const by = partition.length === 0 ? "" : `PARTITION BY ${list(partition.map(bare))} `;
      const orderBy = orderSql(order, bare);
      const place = `ROW_NUMBER() OVER (${by}ORDER BY ${orderBy}) AS c${width}`;
      const outputs = list(Array.from({ length: width + (withPlace ? 1 : 0) }, (_, i) => bare(i)));
      const lower = start > 1 ? ` AND c${width} >= ${start}` : "";
      return `SELECT ${outputs} FROM (SELECT *, ${place} FROM ${from(input, "t")}) WHERE c${width} <= ${end}${lower}`;
    }
    case "over": {
      const { input, partition, order, call, preceding } = query;
      const width = input.types.length;
      const names = of("t");
      const by = partition.length === 0 ? "" : `PARTITION BY ${list(partition.map(names))} `;
      const frame = preceding === null ? "" : ` ROWS BETWEEN ${preceding} PRECEDING AND CURRENT ROW`;
      const value = call === null ? "ROW_NUMBER()" : aggregateSql(call, names);
      return `SELECT ${columns(input, "t")}, ${value} OVER (${by}ORDER BY ${orderSql(order, names)}${frame}) AS c${width} FROM ${from(input, "t")}`;
    }
    case "window": {
      const { input, window, timeColumn, keys, calls } = query;
      const rows = input.kind === "table" ? `TABLE ${input.name}` : `(${querySql(input)})`;
      const names = ["window_start", "window_end", ...keys.map(bare)];
      const values = [...names, ...calls.map((call) => aggregateSql(call, bare))];
      return `SELECT ${numbered(values)} FROM TABLE(${windowSql(window, rows, timeColumn)}) GROUP BY ${list(names)}`;
    }
  }
}
