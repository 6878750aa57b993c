/** The condition of a variable over numbers, as generated code that is asked of a row before there is a path with it. */
import type { MatchPath, MatchRowReader } from "@millrace/core";
import type { Expression } from "../expression/expression.ts";
import { columnsUsed } from "../expression/rewrite.ts";
import type { EvaluationContext } from "../function/evaluate.ts";
import type { MatchRow, MatchValue } from "../logical/match-value.ts";
import { Emitter } from "./emitter.ts";
import type { PathLayout } from "./match-path.ts";
import type { RowAggregate } from "./row-aggregate.ts";

/** Whether the row may follow the path `before`, mapped to the variable that the test is for. */
export type TestRow = (before: MatchPath | null, slot: number, position: number) => boolean;

type Aggregation = MatchValue & { kind: "aggregation" };

/** What a condition is over. */
export interface RowTestScope {
  readonly values: readonly MatchValue[];
  readonly context: EvaluationContext;
  readonly rows: MatchRowReader;
  readonly layout: PathLayout;
  /** A column of the input among those that are kept. */
  readonly placeOf: (column: number) => number;
  readonly aggregateOf: (value: Aggregation) => RowAggregate;
}

const BAIL_OUT = "return reference(before, slot, position);";

/** `reference` is asked where values leave the safe range. */
export function compileRowTest(
  condition: Expression,
  variable: number,
  reference: TestRow,
  scope: RowTestScope,
): TestRow {
  const { values, context, rows } = scope;
  const emitter = new Emitter(
    values.map((value) => ({ ...value.type, nullable: true })),
    context,
    false,
    BAIL_OUT,
  );
  const code = emitter.compile(condition);
  const result = emitter.valueOf(code);
  const aggregates: RowAggregate[] = [];
  const head = [...columnsUsed(condition)].flatMap((index) => load(values[index], index, variable, aggregates, scope));
  const source = [
    '"use strict";',
    ...emitter.constants.map(({ name }, i) => `const ${name} = constants[${i}];`),
    "return function test(before, slot, position) {",
    ...head,
    emitter.variables.length === 0 ? "" : `let ${emitter.variables.join(", ")};`,
    // Where kernels read row i of column c, this reads what was loaded.
    ...emitter.lines.map(loaded),
    loaded(`return ${code.isNull === "false" ? "" : `!${code.isNull} && `}${result};`),
    "};",
  ].join("\n");
  const make = new Function("constants", "columns", "aggregates", "slotAt", "reference", source) as (
    constants: readonly unknown[],
    columns: MatchRowReader["columns"],
    aggregates: readonly RowAggregate[],
    slotAt: (position: number) => number,
    reference: TestRow,
  ) => TestRow;
  return make(
    emitter.constants.map((each) => each.value),
    rows.columns,
    aggregates,
    (position) => rows.slotAt(position),
    reference,
  );
}

/**
 * Statements that put the slot of a row into a new variable, -1 if there is none: of the path that the row `slot` at `position`,
 * mapped to `variable`, would make of `before`.
 */
function slotWithRow(row: MatchRow, name: string, variable: number, layout: PathLayout): readonly string[] {
  const { variables, from, offset, shift } = row;
  const at = (slot: string, position: string) => (shift === 0 ? slot : `slotAt(${position} + ${shift})`);
  const own = at("slot", "position");
  const isOwn = variables === null || variables.includes(variable);
  if (isOwn && from === "last" && offset === 0) return [`const ${name} = ${own};`];
  const earlier = isOwn && from === "last" ? { ...row, offset: offset - 1 } : row;
  const found = `${name}p`;
  let none = "-1";
  if (isOwn && from === "first") {
    none = `(before === null ? 0 : before.${layout.count(variables)}) === ${offset} ? ${own} : -1`;
  }
  return [
    ...layout.locate(earlier, found, "before"),
    `const ${name} = ${found} !== null ? ${at(`${found}.slot`, `${found}.position`)} : ${none};`,
  ];
}

/** Puts a value into `w<index>`, and whether it is NULL into `m<index>`: names that an emitter gives to nothing. */
function load(
  value: MatchValue,
  index: number,
  variable: number,
  aggregates: RowAggregate[],
  { layout, placeOf, aggregateOf }: RowTestScope,
): readonly string[] {
  const [w, m, s] = [`w${index}`, `m${index}`, `slot${index}`];
  switch (value.kind) {
    case "row-presence":
      return [...slotWithRow(value.row, s, variable, layout), `const ${m} = false, ${w} = ${s} < 0 ? 0 : 1;`];
    case "row-column": {
      const column = `columns[${placeOf(value.column)}]`;
      const array = value.type.kind === "boolean" ? "bool" : "float64";
      return [
        ...slotWithRow(value.row, s, variable, layout),
        `const array${index} = ${column}.${array};`,
        `if (array${index} === null) ${BAIL_OUT}`,
        `const ${m} = ${s} < 0 || ${column}.nulls[${s}] === 1, ${w} = ${m} ? 0 : array${index}[${s}];`,
      ];
    }
    case "aggregation": {
      const aggregate = aggregateOf(value);
      const field = layout.track(value.variables, aggregate);
      const number = aggregates.push(aggregate) - 1;
      const known = `before === null ? aggregates[${number}].initial : before.${field}`;
      const isOwn = value.variables === null || value.variables.includes(variable);
      return [
        `const known${index} = ${isOwn ? `aggregates[${number}].add(${known}, slot)` : known};`,
        `const result${index} = aggregates[${number}].result(known${index});`,
        `const ${m} = result${index} === null;`,
        `if (!${m} && typeof result${index} !== "number") ${BAIL_OUT}`,
        `const ${w} = ${m} ? 0 : result${index};`,
      ];
    }
    default:
      throw new Error(`${value.kind} stands in no condition`);
  }
}

function loaded(line: string): string {
  return line.replace(/c(\d+)n\[i\] === 1/g, "m$1").replace(/c(\d+)v\[i\]/g, "w$1");
}
