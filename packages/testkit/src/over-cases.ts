/** What the tests of window functions have in common: rows of five columns, calls over them, and the operator under test. */
import {
  aggregateType,
  BIGINT,
  type DataType,
  DOUBLE,
  type Field,
  type Operator,
  type OperatorContext,
  type OverCallSpec,
  type OverFrame,
  overFunctionNames,
  STRING,
} from "@millrace/core";
import { verifyOperator } from "./verify-operator.ts";

/** (k BIGINT, t, v BIGINT, x DOUBLE, s STRING): the partition, what rows are ordered by, and arguments. */
export function overFields(t: DataType): readonly Field[] {
  return [
    { name: "k", type: BIGINT },
    { name: "t", type: t },
    { name: "v", type: BIGINT },
    { name: "x", type: DOUBLE },
    { name: "s", type: STRING },
  ];
}

/** A row of `overFields` that only v matters of. */
export function overRow(k: number, t: number, v: number | null): readonly unknown[] {
  return [k, t, v, 0, ""];
}

export function rowsFrame(start: number | null, end: number | null): OverFrame {
  return { mode: "rows", start, end };
}

export function rangeFrame(start: number | null, end: number | null): OverFrame {
  return { mode: "range", start, end };
}

/** A function of a column v, x or s, or of none; without more over the rows up to the row. */
export function overCall(
  name: OverCallSpec["function"],
  column: number | null,
  more: Partial<OverCallSpec> = {},
): OverCallSpec {
  const args = column === null ? [] : [column];
  const argTypes = args.map((arg) => overFields(BIGINT)[arg]?.type ?? BIGINT);
  return {
    function: name,
    args,
    argTypes,
    parameters: [],
    distinct: false,
    ignoresNulls: false,
    frame: rowsFrame(null, 0),
    type: typeOf(name, argTypes),
    ...more,
  };
}

function typeOf(name: OverCallSpec["function"], [type = BIGINT]: readonly DataType[]): DataType {
  if (name === "percent_rank" || name === "cume_dist") return DOUBLE;
  if (name === "lag" || name === "lead" || name === "nth_value") return type;
  const isRank = overFunctionNames.some((each) => each === name);
  return isRank ? BIGINT : aggregateType(name as Parameters<typeof aggregateType>[0], [type]);
}

/** A call with random arguments. */
export function randomOverCall(random: () => number, name: OverCallSpec["function"], frame: OverFrame): OverCallSpec {
  const below = (limit: number) => Math.floor(random() * limit);
  const any = () => 2 + below(3);
  switch (name) {
    case "row_number":
    case "rank":
    case "dense_rank":
    case "percent_rank":
    case "cume_dist":
      return overCall(name, null);
    case "ntile":
      return overCall(name, null, { parameters: [1 + below(5)] });
    case "lag":
    case "lead":
      return overCall(name, any(), { parameters: [below(4)], ignoresNulls: below(3) === 0 });
    case "nth_value":
      return overCall(name, any(), { parameters: [1 + below(4)], ignoresNulls: below(3) === 0, frame });
    case "min":
    case "max":
    case "first_value":
    case "last_value":
    case "array_agg":
      return overCall(name, any(), { frame });
    case "count":
      return overCall(name, [null, 2, 4][below(3)] ?? null, { frame });
    case "sum":
    case "avg":
      return overCall(name, 2 + below(2), { frame, distinct: below(3) === 0 });
    case "percentile":
      return overCall(name, 3, { frame, parameters: [0.5] });
    case "listagg":
      return overCall(name, 4, { frame });
    default:
      return overCall(name, 3, { frame });
  }
}

/** An operator that gives rows of `fields` with one column per call. */
export function verifyOver(
  create: (context: OperatorContext) => Operator,
  {
    fields,
    keys,
    calls,
  }: { readonly fields: readonly Field[]; readonly keys: readonly number[]; readonly calls: readonly OverCallSpec[] },
) {
  const outputs = calls.map(({ type }, i): Field => ({ name: `over_${i}`, type: { ...type, nullable: true } }));
  return verifyOperator({
    create,
    inputs: [{ fields }],
    output: { fields: [...fields, ...outputs] },
    ...(keys.length > 0 ? { partitionedBy: [keys] } : {}),
  });
}
