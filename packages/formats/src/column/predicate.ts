/** Pushed-down conditions, looked at row by row once a record is decoded. They are advice: what is unsure is kept. */
import type { PushedPredicate, ReadField, ReadRequest } from "@millrace/core";
import type { ColumnWriter } from "./column-writer.ts";

/** A predicate and the column that it looks at. */
export interface ColumnPredicate {
  readonly column: number;
  readonly predicate: PushedPredicate;
}

/** The fields of a request, then those that only its predicates need. */
export function fieldsToRead(request: ReadRequest): {
  readonly fields: readonly ReadField[];
  readonly predicates: readonly ColumnPredicate[];
} {
  const fields = [...request.fields];
  const predicates = request.predicates.map((predicate) => {
    const known = fields.findIndex(({ path }) => samePath(path, predicate.field.path));
    return { column: known < 0 ? fields.push(predicate.field) - 1 : known, predicate };
  });
  return { fields, predicates };
}

function samePath(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}

/** Whether a predicate surely fails on a row; `source` is what text offsets point into. NULL fails every predicate. */
export type Exclusion = (row: number, source: Uint8Array) => boolean;

const keepsAll: Exclusion = () => false;

export function compileExclusion(column: ColumnWriter, predicate: PushedPredicate): Exclusion {
  const fails = failureOf(column, predicate);
  return (row, source) => column.nulls[row] === 1 || fails(row, source);
}

function failureOf(column: ColumnWriter, predicate: PushedPredicate): Exclusion {
  const { operator, values } = predicate;
  const isEquality = operator === "=" || operator === "in";
  if (column.kind === "bool" && isEquality) {
    return (row) => !values.includes(column.bools[row] === 1);
  }
  if (column.kind === "utf8" && column.type.kind === "varchar" && isEquality) {
    const texts = values.filter((value) => typeof value === "string").map((value) => new TextEncoder().encode(value));
    return (row, source) => !texts.some((text) => sameBytes(text, column.textAt(row, source)));
  }
  if (column.kind !== "float64" || !values.every((value) => typeof value === "number" && Number.isFinite(value))) {
    return keepsAll;
  }
  const numbers = values as readonly number[];
  // A big integer is NaN in `values`: no test below is true for it, but for the equalities, which it does fail.
  if (isEquality) return (row) => !numbers.includes(column.values[row]);
  const [limit] = numbers;
  switch (operator) {
    case "<>":
      return (row) => column.values[row] === limit;
    case "<":
      return (row) => column.values[row] >= limit;
    case "<=":
      return (row) => column.values[row] > limit;
    case ">":
      return (row) => column.values[row] <= limit;
    case ">=":
      return (row) => column.values[row] < limit;
    default:
      return keepsAll;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
