/**
 * Compiles a CalcSpec into one loop over the rows of a batch: watermark, filter, projections.
 *
 * Design     Two variants are generated: the fast one holds BIGINT and DECIMAL as numbers and leaves (returns -1) when a value
 *            gets outside the safe range; the exact one then does the whole batch with the functions' own exact arithmetic.
 *            It is only made when it is needed. Columns that are passed on unchanged are not touched by the loop: it lists the rows
 *            that stay, and if all do the columns are handed on, else the listed rows are copied column by column.
 * Invariant  output arrays belong to the kernel and are reused by the next `run` (batches are borrowed).
 */
import {
  type Column,
  columnKindOf,
  columnOf,
  type DataType,
  isExact,
  MAX_BATCH_ROWS,
  type RecordBatch,
  recordBatch,
  selectRows,
  valueAt,
} from "@millrace/core";
import { asksForWatermark } from "../expression/asks-for-watermark.ts";
import { defaultEvaluationContext } from "../expression/evaluate.ts";
import type { Expression } from "../expression/expression.ts";
import type { EvaluationContext } from "../function/evaluate.ts";
import type { CalcSpec } from "../physical/physical-plan.ts";
import { Emitter } from "./emitter.ts";
import { failedAt } from "./failed-row.ts";
import type { CalcKernel } from "./kernel.ts";
import { ReachedTime } from "./reached-time.ts";
import { TextWriter } from "./text.ts";

/** Compiles lazily: the first batch pays. */
export function compileCalc(spec: CalcSpec, context: EvaluationContext = defaultEvaluationContext): CalcKernel {
  const { filter, projections } = spec;
  if (!(filter === null ? projections : [filter, ...projections]).some(asksForWatermark))
    return new Kernel(spec, context, null);
  const time = new ReachedTime();
  const kernel = new Kernel(spec, { ...context, watermark: () => time.watermark }, time);
  const reach: CalcKernel["reach"] = (...watermarks) => time.reach(...watermarks);
  return Object.assign(kernel, { reach });
}

/** What the generated function gets and leaves its results in. */
interface Frame {
  length: number;
  watermark: number;
  kinds: Uint8Array | null;
  outKinds: Uint8Array;
  /** Rows that the filter keeps, if columns are passed on. */
  keptRows: Int32Array;
  /** The row at which it threw. */
  failedRow: number;
}

type Loop = (
  columns: readonly Column[],
  frame: Frame,
  outputs: readonly Output[],
  exactAt: typeof exactValue,
) => number;

class Kernel implements CalcKernel {
  readonly #spec: CalcSpec;
  readonly #context: EvaluationContext;
  readonly #time: ReachedTime | null;
  readonly #outputs: readonly Output[];
  readonly #frame: Frame;
  /** Projections that hand a column on: index of the input column, or -1. */
  readonly #passed: readonly number[];
  readonly #hasLoop: boolean;
  #fast: Generated | null = null;
  #exact: Generated | null = null;
  watermark = Number.NEGATIVE_INFINITY;

  constructor(spec: CalcSpec, context: EvaluationContext, time: ReachedTime | null) {
    this.#spec = spec;
    this.#context = context;
    this.#time = time;
    this.#passed = spec.projections.map((each) => (each.kind === "column" ? each.index : -1));
    const writes = (index: number) => spec.filter !== null || this.#passed[index] < 0;
    this.#outputs = spec.projections.map((each, i) => new Output(each.type, writes(i) ? MAX_BATCH_ROWS : 0));
    this.#frame = {
      length: 0,
      watermark: 0,
      kinds: null,
      outKinds: new Uint8Array(MAX_BATCH_ROWS),
      failedRow: -1,
      keptRows: new Int32Array(spec.filter === null ? 0 : MAX_BATCH_ROWS),
    };
    this.#hasLoop = spec.filter !== null || spec.watermark !== null || this.#passed.includes(-1);
  }

  get source(): string {
    return this.#variant(false).source;
  }

  run(batch: RecordBatch): RecordBatch | null {
    this.watermark = Number.NEGATIVE_INFINITY;
    let length = batch.length;
    let usedExact = false;
    if (this.#hasLoop) {
      usedExact = this.#usesWide(batch);
      length = usedExact ? -1 : this.#loop(batch, false);
      if (length < 0) {
        usedExact = true;
        length = this.#loop(batch, true);
      }
      this.watermark = this.#frame.watermark;
      if (length === 0) return null;
    }
    const columns = this.#outputs.map((output, i) => {
      if (this.#passed[i] < 0) return output.column(length, usedExact);
      const column = batch.columns[this.#passed[i]];
      return length === batch.length ? column : output.select(column, this.#frame.keptRows, length);
    });
    const kinds = this.#spec.filter !== null && batch.kinds !== null ? this.#frame.outKinds : batch.kinds;
    const timestamps = this.#spec.filter === null ? batch.timestamps : null;
    return recordBatch(length, columns, kinds, timestamps);
  }

  #usesWide(batch: RecordBatch): boolean {
    for (const index of this.#variant(false).usedColumns) if (batch.columns[index].kind === "wide") return true;
    return false;
  }

  #loop(batch: RecordBatch, exact: boolean): number {
    const frame = this.#frame;
    frame.length = batch.length;
    frame.kinds = batch.kinds;
    frame.watermark = Number.NEGATIVE_INFINITY;
    frame.failedRow = -1;
    for (const output of this.#outputs) output.start();
    const { loop } = this.#variant(exact);
    try {
      return loop(batch.columns, frame, this.#outputs, exactValue);
    } catch (error) {
      throw failedAt(error, this.#spec, batch, frame.failedRow);
    }
  }

  #variant(exact: boolean): Generated {
    if (exact) {
      this.#exact ??= generate(this.#spec, this.#context, this.#time, this.#passed, true);
      return this.#exact;
    }
    this.#fast ??= generate(this.#spec, this.#context, this.#time, this.#passed, false);
    return this.#fast;
  }
}

interface Generated {
  readonly loop: Loop;
  readonly source: string;
  /** Exact columns that the loop computes with or copies. */
  readonly usedColumns: readonly number[];
}

function exactValue(column: Column, row: number): number | bigint {
  return column.kind === "float64"
    ? column.values[row]
    : (valueAt({ ...column, nulls: null }, row, { kind: "bigint", nullable: false }) as number | bigint);
}

const NO_NULLS = new Uint8Array(MAX_BATCH_ROWS);

function generate(
  spec: CalcSpec,
  context: EvaluationContext,
  time: ReachedTime | null,
  passed: readonly number[],
  exact: boolean,
): Generated {
  const emitter = new Emitter(spec.inputTypes, context, exact, "return -1;");
  if (spec.watermark !== null) {
    if (time !== null) emitter.line(`${emitter.constant(time)}.at(watermark);`);
    const code = emitter.compile(spec.watermark);
    const value = emitter.valueOf(code);
    emitter.line(
      `if (${code.isNull === "false" ? "" : `!${code.isNull} && `}${value} > watermark) watermark = ${value};`,
    );
  }
  if (spec.filter !== null) emitFilter(spec.filter, emitter);
  const outputs: string[] = [];
  spec.projections.forEach((projection, index) => {
    if (passed[index] >= 0) return;
    outputs.push(...emitOutput(projection, index, emitter));
  });
  if (spec.filter !== null) {
    emitter.line("if (kinds !== null) outKinds[o] = kinds[i];");
    if (passed.some((index) => index >= 0)) emitter.line("keptRows[o] = i;");
  }
  emitter.line("o++;");

  const used = [...emitter.usedColumns];
  const head = used.flatMap((index) => columnVariables(index, spec.inputTypes[index], exact));
  const source = [
    '"use strict";',
    ...emitter.constants.map(({ name }, i) => `const ${name} = constants[${i}];`),
    "return function calc(columns, frame, outputs, exactAt) {",
    "  const { length, kinds, outKinds, keptRows } = frame;",
    ...head.map((line) => `  ${line}`),
    ...outputs.map((line) => `  ${line}`),
    "  let watermark = -Infinity;",
    "  let o = 0;",
    emitter.variables.length === 0 ? "" : `  let ${emitter.variables.join(", ")};`,
    "  let i = 0;",
    "  try {",
    "  for (; i < length; i++) {",
    ...emitter.lines,
    "  }",
    "  } catch (error) { frame.failedRow = i; throw error; }",
    "  frame.watermark = watermark;",
    "  return o;",
    "};",
  ].join("\n");
  const make = new Function("constants", "NO_NULLS", source) as (
    constants: readonly unknown[],
    noNulls: Uint8Array,
  ) => Loop;
  const loop = make(
    emitter.constants.map((each) => each.value),
    NO_NULLS,
  );
  return { loop, source, usedColumns: used.filter((index) => isExact(spec.inputTypes[index])) };
}

function columnVariables(index: number, type: DataType, exact: boolean): readonly string[] {
  const lines = [`const c${index} = columns[${index}];`];
  if (type.nullable) lines.push(`const c${index}n = c${index}.nulls === null ? NO_NULLS : c${index}.nulls;`);
  if (columnKindOf(type) === "utf8")
    lines.push(`const c${index}b = c${index}.bytes, c${index}s = c${index}.starts, c${index}e = c${index}.ends;`);
  else if (!(exact && isExact(type))) lines.push(`const c${index}v = c${index}.values;`);
  return lines;
}

/** Term by term: the later ones are not computed for rows that are out already. */
function emitFilter(filter: Expression, emitter: Emitter): void {
  if (filter.kind === "call" && filter.name === "and") {
    for (const arg of filter.args) emitFilter(arg, emitter);
    return;
  }
  const code = emitter.compile(filter);
  const value = emitter.valueOf(code);
  emitter.line(code.isNull === "false" ? `if (!${value}) continue;` : `if (${code.isNull} || !${value}) continue;`);
}

/** Writes one projection into its output; gives the declarations it needs in front of the loop. */
function emitOutput(projection: Expression, index: number, emitter: Emitter): readonly string[] {
  const code = emitter.compile(projection);
  const out = `o${index}`;
  const declarations = [`const ${out} = outputs[${index}], ${out}n = ${out}.nulls;`];
  const isNull = code.isNull;
  const write = (statement: string): void => {
    if (isNull === "false") return emitter.line(statement);
    emitter.line(`if (${isNull}) { ${out}n[o] = 1; ${out}.hasNull = true; } else { ${out}n[o] = 0; ${statement} }`);
  };
  switch (columnKindOf(projection.type)) {
    case "bool":
      declarations.push(`const ${out}v = ${out}.bools;`);
      write(`${out}v[o] = ${emitter.valueOf(code)} ? 1 : 0;`);
      break;
    case "utf8":
      if (code.view?.column !== undefined) {
        declarations.push(
          `const ${out}s = ${out}.starts, ${out}e = ${out}.ends;`,
          `${out}.source = columns[${code.view.column}].bytes;`,
        );
        write(`${out}s[o] = ${code.view.start}; ${out}e[o] = ${code.view.end};`);
      } else if (code.view !== undefined) {
        declarations.push(`const ${out}w = ${out}.writer();`);
        write(`${out}w.setBytes(o, ${code.view.bytes}, ${code.view.start}, ${code.view.end});`);
      } else {
        const isBytes = projection.type.kind === "binary" || projection.type.kind === "varbinary";
        declarations.push(`const ${out}w = ${out}.writer();`);
        const value = emitter.valueOf(code);
        write(isBytes ? `${out}w.setBytes(o, ${value}, 0, ${value}.length);` : `${out}w.setText(o, ${value});`);
      }
      break;
    case "value":
      declarations.push(`const ${out}v = ${out}.objects;`);
      emitter.line(`${out}v[o] = ${isNull === "false" ? "" : `${isNull} ? null : `}${emitter.valueOf(code)};`);
      if (isNull !== "false") emitter.line(`${out}n[o] = ${isNull} ? 1 : 0; if (${isNull}) ${out}.hasNull = true;`);
      break;
    case "float64":
      if (emitter.exact && isExact(projection.type)) {
        declarations.push(`const ${out}v = ${out}.objects;`);
        emitter.line(`${out}v[o] = ${isNull === "false" ? "" : `${isNull} ? null : `}${emitter.valueOf(code)};`);
      } else {
        declarations.push(`const ${out}v = ${out}.numbers;`);
        write(`${out}v[o] = ${emitter.valueOf(code)};`);
      }
      break;
  }
  return declarations;
}

/** The arrays one projection writes to. */
class Output {
  readonly #type: DataType;
  readonly nulls: Uint8Array;
  readonly numbers: Float64Array;
  readonly bools: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly objects: unknown[] = [];
  #writer: TextWriter | null = null;
  #usesWriter = false;
  /** Bytes that views point into. */
  source: Uint8Array | null = null;
  hasNull = false;

  constructor(type: DataType, rows: number) {
    this.#type = type;
    const kind = columnKindOf(type);
    this.nulls = new Uint8Array(rows);
    this.numbers = new Float64Array(kind === "float64" ? rows : 0);
    this.bools = new Uint8Array(kind === "bool" ? rows : 0);
    this.starts = new Int32Array(kind === "utf8" ? rows : 0);
    this.ends = new Int32Array(kind === "utf8" ? rows : 0);
  }

  start(): void {
    this.hasNull = false;
    this.source = null;
    this.#usesWriter = false;
  }

  /** For texts that are not views into one column. */
  writer(): TextWriter {
    this.#writer ??= new TextWriter(MAX_BATCH_ROWS);
    this.#writer.reset();
    this.#usesWriter = true;
    return this.#writer;
  }

  /** The listed rows of an input column. */
  select(column: Column, rows: Int32Array, length: number): Column {
    if (column.kind === "wide" || column.kind === "value") return selectRows(column, rows, length);
    const { nulls: from } = column;
    if (from !== null) for (let i = 0; i < length; i++) this.nulls[i] = from[rows[i]];
    const nulls = from === null ? null : this.nulls;
    switch (column.kind) {
      case "float64": {
        const { values } = column;
        for (let i = 0; i < length; i++) this.numbers[i] = values[rows[i]];
        return { kind: "float64", values: this.numbers, nulls };
      }
      case "bool": {
        const { values } = column;
        for (let i = 0; i < length; i++) this.bools[i] = values[rows[i]];
        return { kind: "bool", values: this.bools, nulls };
      }
      case "utf8": {
        const { bytes, starts, ends } = column;
        for (let i = 0; i < length; i++) {
          this.starts[i] = starts[rows[i]];
          this.ends[i] = ends[rows[i]];
        }
        return { kind: "utf8", bytes, starts: this.starts, ends: this.ends, nulls };
      }
    }
  }

  column(length: number, isExactVariant: boolean): Column {
    const nulls = this.hasNull ? this.nulls : null;
    switch (columnKindOf(this.#type)) {
      case "bool":
        return { kind: "bool", values: this.bools, nulls };
      case "value":
        return { kind: "value", values: this.objects, nulls };
      case "utf8":
        if (this.#usesWriter && this.#writer !== null) {
          return {
            kind: "utf8",
            bytes: this.#writer.bytes,
            starts: this.#writer.starts,
            ends: this.#writer.ends,
            nulls,
          };
        }
        return { kind: "utf8", bytes: this.source ?? NO_NULLS, starts: this.starts, ends: this.ends, nulls };
      case "float64":
        if (isExactVariant && isExact(this.#type)) return columnOf(this.#type, this.objects.slice(0, length));
        return { kind: "float64", values: this.numbers, nulls };
    }
  }
}
