/** What conditions and measures of MATCH_RECOGNIZE read of the rows of a match. */
import type { DataType } from "@millrace/core";
import type { Expression } from "../expression/expression.ts";
import { formatExpression } from "../expression/format-expression.ts";
import { columnsUsed, remapColumns } from "../expression/rewrite.ts";

/** One row of a match: `LAST(A.x, 1)` is the last but one that is mapped to A; there may be none. */
export interface MatchRow {
  /** Numbers of the variables it is mapped to: several for a SUBSET; null = any. */
  readonly variables: readonly number[] | null;
  readonly from: "first" | "last";
  /** How many of those rows are left out before it, counted from there. */
  readonly offset: number;
  /** PREV (below 0) and NEXT: so many rows behind that one in the partition. */
  readonly shift: number;
  /** Whether it is looked for in the whole match, or only up to the row that the value is for. */
  readonly isFinal: boolean;
}

/** An aggregate whose arguments are computed of each row that counts, over the columns of the input. */
export interface MatchAggregate {
  readonly name: string;
  /** None for COUNT(*). */
  readonly args: readonly Expression[];
  /** Literals besides the arguments. */
  readonly parameters: readonly unknown[];
  readonly type: DataType;
}

export type MatchValue =
  /** A column of the row; NULL if there is none. */
  | { readonly kind: "row-column"; readonly row: MatchRow; readonly column: number; readonly type: DataType }
  /** Whether there is such a row. */
  | { readonly kind: "row-presence"; readonly row: MatchRow; readonly type: DataType }
  /** CLASSIFIER: the name of the variable it is mapped to. */
  | { readonly kind: "row-variable"; readonly row: MatchRow; readonly type: DataType }
  /** An aggregate over the rows that are mapped to the variables. */
  | {
      readonly kind: "aggregation";
      readonly variables: readonly number[] | null;
      readonly isFinal: boolean;
      readonly call: MatchAggregate;
      readonly type: DataType;
    }
  /** A column of the row that comes out, which is there even if the match is empty. */
  | { readonly kind: "output-column"; readonly column: number; readonly type: DataType }
  /** Whether the row is of a match. */
  | { readonly kind: "match-presence"; readonly type: DataType }
  | { readonly kind: "match-number"; readonly type: DataType }
  /** MATCH_ROWTIME: the time at which the match was certain. */
  | { readonly kind: "match-time"; readonly type: DataType };

/** The input columns that a value reads. */
export function columnsOfMatchValue(value: MatchValue): readonly number[] {
  switch (value.kind) {
    case "row-column":
    case "output-column":
      return [value.column];
    case "aggregation":
      return value.call.args.flatMap((arg) => [...columnsUsed(arg)]);
    default:
      return [];
  }
}

/** The value over an input whose columns stand elsewhere. */
export function moveMatchValue(value: MatchValue, columnOf: (column: number) => number): MatchValue {
  switch (value.kind) {
    case "row-column":
    case "output-column":
      return { ...value, column: columnOf(value.column) };
    case "aggregation":
      return {
        ...value,
        call: { ...value.call, args: value.call.args.map((arg) => remapColumns(arg, columnOf)) },
      };
    default:
      return value;
  }
}

/** Whether values read the row that a condition is about, and no other. */
export function isCandidateRow({ variables, from, offset, shift }: MatchRow, variable: number): boolean {
  return (variables === null || variables.includes(variable)) && from === "last" && offset === 0 && shift === 0;
}

/** The value for people: `LAST(A.price, 1)`. */
export function formatMatchValue(
  value: MatchValue,
  variables: readonly string[],
  nameOf: (column: number) => string,
): string {
  switch (value.kind) {
    case "row-column":
      return formatRow(value.row, variables, (owner) => `${owner}${nameOf(value.column)}`);
    case "row-presence":
      return formatRow(value.row, variables, (owner) => `${owner}*`);
    case "row-variable":
      return formatRow(value.row, variables, (owner) => `CLASSIFIER(${owner.slice(0, -1)})`);
    case "output-column":
      return nameOf(value.column);
    case "aggregation": {
      const { name, args } = value.call;
      const owner = ownerOf(value.variables, variables);
      const given = args.map((arg) => formatExpression(arg, (column) => owner + nameOf(column)));
      return `${value.isFinal ? "FINAL " : ""}${name.toUpperCase()}(${args.length === 0 ? `${owner}*` : given.join(", ")})`;
    }
    case "match-presence":
      return "MATCHED";
    case "match-number":
      return "MATCH_NUMBER()";
    case "match-time":
      return "MATCH_ROWTIME()";
  }
}

function ownerOf(numbers: readonly number[] | null, variables: readonly string[]): string {
  if (numbers === null) return "";
  const names = numbers.map((number) => variables[number]);
  return `${names.length === 1 ? names[0] : `(${names.join(", ")})`}.`;
}

function formatRow(row: MatchRow, variables: readonly string[], of: (owner: string) => string): string {
  const { from, offset, shift, isFinal } = row;
  const name = from === "first" ? "FIRST" : "LAST";
  const inner = of(ownerOf(row.variables, variables));
  const located = `${isFinal ? "FINAL " : ""}${name}(${inner}${offset === 0 ? "" : `, ${offset}`})`;
  if (shift === 0) return located;
  return `${shift < 0 ? "PREV" : "NEXT"}(${located}, ${Math.abs(shift)})`;
}
