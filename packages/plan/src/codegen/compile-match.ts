/**
 * DEFINE and MEASURES as a program for core's matcher.
 *
 * A condition over numbers is asked of a row and the path before it, by generated code: most rows fit not, and make no path.
 * For other conditions, and values outside the safe range, the path is made and the interpreter evaluates the condition at its
 * end.
 */
import {
  type MatchFacts,
  type MatchPath,
  type MatchProgram,
  type MatchProgramFactory,
  type MatchRecognizeSpec,
  type MatchRowReader,
  MillraceError,
  SHORT_MATCH,
} from "@millrace/core";
import { defaultEvaluationContext, evaluate } from "../expression/evaluate.ts";
import type { Expression } from "../expression/expression.ts";
import { expressionKey } from "../expression/expression-key.ts";
import { formatExpression } from "../expression/format-expression.ts";
import { columnsUsed } from "../expression/rewrite.ts";
import type { EvaluationContext } from "../function/evaluate.ts";
import { columnsOfMatchValue, formatMatchValue, type MatchRow, type MatchValue } from "../logical/match-value.ts";
import type { PhysicalMatchRecognize } from "../physical/physical-plan.ts";
import { compileRowTest, type TestRow } from "./compile-row-test.ts";
import { type ExtendPath, PathLayout } from "./match-path.ts";
import { createRowAggregate, type RowAggregate, type RowArgument } from "./row-aggregate.ts";

/** What the operator is told of a node besides its program. */
export function matchSpecOf(node: PhysicalMatchRecognize): MatchRecognizeSpec {
  const stored = storedColumns(node);
  const values = [...node.conditionValues, ...node.measures];
  const shifts = values.map((value) => ("row" in value ? value.row.shift : 0));
  return {
    kind: "match-recognize",
    inputFields: node.input.fields,
    partitionBy: node.partitionKeys,
    timeColumn: node.timeColumn,
    timeDomain: node.timeDomain,
    stored,
    orderBy: node.orderBy.map((key) => ({ ...key, column: stored.indexOf(key.column) })),
    flagColumns: node.flagColumns,
    flagOf: node.flagOf,
    pattern: node.pattern,
    choice: node.choice,
    skip: node.skip,
    withinMs: node.withinMs,
    output: node.output,
    lookBehind: Math.max(0, ...shifts.map((shift) => -shift)),
    lookAhead: Math.max(0, ...shifts),
    countsMatches: node.measures.some((value) => value.kind === "match-number"),
    measures: node.fields.slice(node.partitionKeys.length),
  };
}

/** Input columns that conditions, measures and the order read. */
function storedColumns(node: PhysicalMatchRecognize): readonly number[] {
  const read = [...node.conditionValues, ...node.measures].flatMap(columnsOfMatchValue);
  return [...new Set([...node.orderBy.map((key) => key.column), ...read])];
}

export function compileMatch(
  node: PhysicalMatchRecognize,
  context: EvaluationContext = defaultEvaluationContext,
): MatchProgramFactory {
  return (rows) => new Compiler(node, rows, context).program();
}

/** Reads a value for the row at the end of `p`; `slot` is the row that comes out. */
type ReadValue = (p: MatchPath | null, slot: number, facts: MatchFacts) => unknown;

/** Whether two paths will be answered the same, and a number that is equal if so. */
interface Future {
  isSame(a: MatchPath, b: MatchPath): boolean;
  hash(path: MatchPath): number;
}

interface FuturePart extends Future {
  /** Parts of the same key ask the same. */
  readonly key: string;
}

const NO_FACTS: MatchFacts = { isMatch: true, number: 0, time: 0 };

class Compiler {
  readonly #node: PhysicalMatchRecognize;
  readonly #rows: MatchRowReader;
  readonly #context: EvaluationContext;
  readonly #stored: readonly number[];
  readonly #layout: PathLayout;
  readonly #aggregates = new Map<string, RowAggregate>();
  #extend: ExtendPath | null = null;

  constructor(node: PhysicalMatchRecognize, rows: MatchRowReader, context: EvaluationContext) {
    this.#node = node;
    this.#rows = rows;
    this.#context = context;
    this.#stored = storedColumns(node);
    this.#layout = new PathLayout(node.variables.length);
  }

  program(): MatchProgram {
    const { conditions, measures, output } = this.#node;
    const tests = conditions.map((condition, variable) =>
      condition === null ? null : this.#test(condition, variable),
    );
    // Where one row comes out for a match, its last row is the current one.
    const readers = measures.map((value) => ({
      read: this.#reader(value),
      isFinal: output === "one-row" || isFinal(value),
    }));
    const future = this.#future();
    const extend = this.#layout.createExtend();
    this.#extend = extend;
    return {
      conditions: {
        extend: (previous, variable, isExcluded, slot, position) => {
          const test = tests[variable];
          if (test !== null && !test(previous, slot, position)) return null;
          return extend(previous, variable, isExcluded, slot, position);
        },
        hasSameFuture: future === null ? null : future.isSame,
        ...(future === null ? {} : { futureHash: future.hash }),
        dependsOnStart: conditions.some((condition) => condition !== null && this.#dependsOnStart(condition)),
      },
      measure: (last, current, slot, facts, out) => {
        for (const [i, { read, isFinal: ofLast }] of readers.entries())
          out[i] = read(ofLast ? last : current, slot, facts);
      },
    };
  }

  #column(column: number): number {
    return this.#stored.indexOf(column);
  }

  #aggregate(value: MatchValue & { kind: "aggregation" }): RowAggregate {
    const { call, variables } = value;
    const key = JSON.stringify([call.name, call.args.map(expressionKey), call.parameters, variables]);
    let aggregate = this.#aggregates.get(key);
    if (aggregate === undefined) {
      aggregate = createRowAggregate(
        call,
        call.args.map((arg) => this.#argument(arg)),
      );
      this.#aggregates.set(key, aggregate);
    }
    return aggregate;
  }

  /** What an aggregate takes is computed of the rows that it takes, and of no other. */
  #argument(expression: Expression): RowArgument {
    const used = [...columnsUsed(expression)];
    const columns = used.map((index) => this.#rows.columns[this.#column(index)]);
    if (expression.kind === "column") return columns[0];
    const row: unknown[] = [];
    return {
      type: expression.type,
      get: (slot) => {
        for (const [i, index] of used.entries()) row[index] = columns[i].get(slot);
        return evaluate(expression, row, this.#context);
      },
    };
  }

  /** Statements that put the slot of a row into a new variable, -1 if there is none. */
  #slotOf(row: MatchRow, name: string): readonly string[] {
    const slot = row.shift === 0 ? `${name}p.slot` : `slotAt(${name}p.position + ${row.shift})`;
    return [...this.#layout.locate(row, `${name}p`), `const ${name} = ${name}p === null ? -1 : ${slot};`];
  }

  #slotReader(row: MatchRow): (p: MatchPath | null) => number {
    const source = ["return (p) => {", ...this.#slotOf(row, "s"), "return s;", "};"].join("\n");
    const make = new Function("slotAt", source) as (
      slotAt: (position: number) => number,
    ) => (p: MatchPath | null) => number;
    return make((position) => this.#rows.slotAt(position));
  }

  #reader(value: MatchValue): ReadValue {
    switch (value.kind) {
      case "row-column": {
        const slotOf = this.#slotReader(value.row);
        const column = this.#rows.columns[this.#column(value.column)];
        return (p) => {
          const slot = slotOf(p);
          return slot < 0 ? null : column.get(slot);
        };
      }
      case "row-presence": {
        const slotOf = this.#slotReader(value.row);
        return (p) => slotOf(p) >= 0;
      }
      case "row-variable": {
        const source = [...this.#layout.locate(value.row, "r"), "return r;"].join("\n");
        const rowOf = new Function("p", source) as (p: MatchPath | null) => MatchPath | null;
        const names = this.#node.variables;
        return (p) => {
          const row = rowOf(p);
          return row === null ? null : names[row.variable];
        };
      }
      case "aggregation":
        return this.#aggregateReader(value);
      case "output-column": {
        const column = this.#rows.columns[this.#column(value.column)];
        return (_, slot) => column.get(slot);
      }
      case "match-presence":
        return (_p, _slot, facts) => facts.isMatch;
      case "match-number":
        return (_p, _slot, facts) => facts.number;
      case "match-time":
        return (_p, _slot, facts) => facts.time;
    }
  }

  /** What is asked for once per match is computed then; else the rows carry it. */
  #aggregateReader(value: MatchValue & { kind: "aggregation" }): ReadValue {
    const aggregate = this.#aggregate(value);
    const { variables } = value;
    const isOncePerMatch = this.#node.output === "one-row" && this.#node.measures.includes(value);
    if (!isOncePerMatch) {
      const field = this.#layout.track(variables, aggregate);
      return (p) => aggregate.result(p === null ? aggregate.initial : (p as unknown as Record<string, unknown>)[field]);
    }
    return (p) => {
      const slots: number[] = [];
      for (let row = p; row !== null; row = row.previous) {
        if (variables === null || variables.includes(row.variable)) slots.push(row.slot);
      }
      let known = aggregate.initial;
      for (let i = slots.length - 1; i >= 0; i--) known = aggregate.add(known, slots[i]);
      return aggregate.result(known);
    };
  }

  #test(condition: Expression, variable: number): TestRow {
    const values = this.#node.conditionValues;
    const used = [...columnsUsed(condition)];
    const readers = used.map((index) => this.#reader(values[index]));
    const reference: TestRow = (before, slot, position) => {
      const path = (this.#extend as ExtendPath)(before, variable, false, slot, position);
      const row: unknown[] = [];
      for (const [i, index] of used.entries()) row[index] = readers[i](path, slot, NO_FACTS);
      return evaluate(condition, row, this.#context) === true;
    };
    const isPlain = used.every((index) => plainKinds.has(values[index].type.kind));
    const test = isPlain
      ? compileRowTest(condition, variable, reference, {
          values,
          context: this.#context,
          rows: this.#rows,
          layout: this.#layout,
          placeOf: (column) => this.#column(column),
          aggregateOf: (value) => this.#aggregate(value),
        })
      : reference;
    return (before, slot, position) => {
      try {
        return test(before, slot, position);
      } catch (error) {
        throw this.#located(error, condition, variable);
      }
    };
  }

  /** What conditions will ask of the rows so far, of two paths that end with the same row; null if nothing. */
  #future(): Future | null {
    const { conditions, conditionValues } = this.#node;
    const parts = new Map<string, FuturePart>();
    for (const [variable, condition] of conditions.entries()) {
      if (condition === null) continue;
      for (const index of columnsUsed(condition)) {
        for (const part of this.#futureOf(conditionValues[index], variable)) parts.set(part.key, part);
      }
    }
    if (parts.size === 0) return null;
    const list = [...parts.values()];
    return {
      isSame: (a, b) => list.every(({ isSame }) => isSame(a, b)),
      hash: (path) => {
        let hash = 0;
        for (const part of list) hash = (Math.imul(hash, 31) + part.hash(path)) | 0;
        return hash;
      },
    };
  }

  #dependsOnStart(condition: Expression): boolean {
    return [...columnsUsed(condition)].some((index) => {
      const value = this.#node.conditionValues[index];
      return !("row" in value) || value.row.from === "first" || value.row.offset >= SHORT_MATCH;
    });
  }

  /** What the condition of a variable will ask for a value, other than what is the same for all matches that begin with a row. */
  #futureOf(value: MatchValue, variable: number): readonly FuturePart[] {
    const isOfAny =
      "row" in value ? value.row.variables === null : value.kind === "aggregation" && value.variables === null;
    if (isOfAny && value.kind !== "row-variable") return [];
    if (value.kind === "aggregation") {
      const aggregate = this.#aggregate(value);
      const field = this.#layout.track(value.variables, aggregate);
      const known = (path: MatchPath) => (path as unknown as Record<string, unknown>)[field];
      return [
        {
          key: field,
          isSame: (a, b) => aggregate.isSame(known(a), known(b)),
          hash: (path) => aggregate.hash(known(path)),
        },
      ];
    }
    if (!("row" in value)) return [{ key: value.kind, isSame: () => false, hash: () => 0 }];
    const { variables, from, offset } = value.row;
    // The row in question is the last one itself: the others then stand one place further back.
    const isOwn = from === "last" && (variables === null || variables.includes(variable));
    const namesMatter = value.kind === "row-variable";
    return Array.from({ length: isOwn ? offset : offset + 1 }, (_, place) => {
      const source = [...this.#layout.locate({ ...value.row, offset: place }, "r"), "return r;"].join("\n");
      const rowOf = new Function("p", source) as (p: MatchPath) => MatchPath | null;
      return {
        key: JSON.stringify([variables, from, place, namesMatter]),
        isSame: (a, b) => {
          const x = rowOf(a);
          const y = rowOf(b);
          if (x === null || y === null) return x === y;
          return x.position === y.position && (!namesMatter || x.variable === y.variable);
        },
        hash: (path) => rowOf(path)?.position ?? -1,
      };
    });
  }

  #located(error: unknown, condition: Expression, variable: number): unknown {
    if (!(error instanceof MillraceError) || error.code !== "EXPRESSION_FAILED") return error;
    const { conditionValues, variables, input } = this.#node;
    const nameOf = (column: number) => input.fields[column].name;
    const text = formatExpression(condition, (index) => formatMatchValue(conditionValues[index], variables, nameOf));
    const place = `the condition of ${variables[variable]}: ${text.length > 200 ? `${text.slice(0, 200)}...` : text}`;
    return new MillraceError({
      code: "EXPRESSION_FAILED",
      message: `${error.message} (in ${place})`,
      cause: error,
    });
  }
}

const plainKinds: ReadonlySet<string> = new Set([
  ...["tinyint", "smallint", "int", "bigint", "decimal", "float", "double"],
  ...["date", "time", "timestamp", "timestamp_ltz", "boolean"],
]);

function isFinal(value: MatchValue): boolean {
  if ("row" in value) return value.row.isFinal;
  return value.kind === "aggregation" && value.isFinal;
}
