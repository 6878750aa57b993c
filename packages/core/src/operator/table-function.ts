/**
 * Table function: each row with the rows that a function gives for it (UNNEST, LATERAL TABLE).
 *
 * Invariant  what is emitted of a row has the row's kind; a function gives the same rows for the same values, so that a row
 *            that is taken away takes with it what it brought.
 * State      none.
 * Cost       per row the function's, per row it gives one value per column of the function.
 */
import { type Column, valueAt } from "../batch/column.ts";
import { createColumnBuilder } from "../batch/column-builder.ts";
import type { DataType, Field } from "../batch/data-type.ts";
import { selectRows } from "../batch/gather.ts";
import { MAX_BATCH_ROWS, NO_BATCHES, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import type { Operator } from "./operator.ts";

export interface TableFunctionSpec {
  readonly kind: "table-function";
  /** Input columns with the arguments. */
  readonly args: readonly number[];
  readonly argTypes: readonly DataType[];
  /** So many columns of the input come out, in front of the function's. */
  readonly passed: number;
  readonly functionFields: readonly Field[];
  /** Left: a row for which the function gives none that counts comes out once, with NULLs. */
  readonly joinType: "inner" | "left";
  /** Adds the number of each row of the function, from 1, as the last column. */
  readonly withOrdinality: boolean;
  /** Input columns that the condition uses, and their types. */
  readonly conditionInputs?: readonly number[];
  readonly conditionTypes?: readonly DataType[];
}

/** The rows for the values of the arguments, all as `valueAt` gives them. */
export type TableFunctionKernel = (values: readonly unknown[]) => Iterable<readonly unknown[]>;

/** Whether a row of the function counts, by the values of `conditionInputs`, its own, and its number. */
export type TableFunctionCondition = (
  values: readonly unknown[],
  result: readonly unknown[],
  ordinal: number,
) => boolean;

export function createTableFunction(
  spec: TableFunctionSpec,
  kernel: TableFunctionKernel,
  condition: TableFunctionCondition | null = null,
): Operator {
  return new TableFunctionOperator(spec, kernel, condition);
}

class TableFunctionOperator implements Operator {
  readonly #spec: TableFunctionSpec;
  readonly #kernel: TableFunctionKernel;
  readonly #condition: TableFunctionCondition | null;
  readonly #nothing: readonly null[];
  readonly #rows = new Int32Array(MAX_BATCH_ROWS);

  constructor(spec: TableFunctionSpec, kernel: TableFunctionKernel, condition: TableFunctionCondition | null) {
    this.#spec = spec;
    this.#kernel = kernel;
    this.#condition = condition;
    this.#nothing = new Array<null>(spec.functionFields.length).fill(null);
  }

  *onBatch(batch: RecordBatch): Generator<RecordBatch> {
    const { args, argTypes, conditionInputs = [], conditionTypes = [], functionFields, joinType } = this.#spec;
    const condition = this.#condition;
    const { columns, length } = batch;
    const builders = functionFields.map((field) => createColumnBuilder(field.type));
    const ordinals = new Float64Array(MAX_BATCH_ROWS);
    const ordinalNulls = new Uint8Array(MAX_BATCH_ROWS);
    const values: unknown[] = new Array(args.length);
    let count = 0;
    const emit = (): RecordBatch => {
      const made = builders.map((builder) => builder.finish());
      const output = this.#batchOf(batch, count, made, ordinals, ordinalNulls);
      count = 0;
      return output;
    };
    const add = (row: number, result: readonly unknown[], ordinal: number): void => {
      for (let c = 0; c < builders.length; c++) builders[c].append(result[c]);
      ordinals[count] = ordinal;
      ordinalNulls[count] = ordinal === 0 ? 1 : 0;
      this.#rows[count++] = row;
    };
    for (let row = 0; row < length; row++) {
      for (let a = 0; a < args.length; a++) values[a] = valueAt(columns[args[a]], row, argTypes[a]);
      const given =
        condition === null ? [] : conditionInputs.map((input, i) => valueAt(columns[input], row, conditionTypes[i]));
      let ordinal = 0;
      let isAlone = true;
      for (const result of this.#kernel(values)) {
        ordinal++;
        if (condition !== null && !condition(given, result, ordinal)) continue;
        isAlone = false;
        add(row, result, ordinal);
        if (count === MAX_BATCH_ROWS) yield emit();
      }
      if (!isAlone || joinType === "inner") continue;
      add(row, this.#nothing, 0);
      if (count === MAX_BATCH_ROWS) yield emit();
    }
    if (count > 0) yield emit();
  }

  #batchOf(
    { columns, kinds }: RecordBatch,
    length: number,
    made: readonly Column[],
    ordinals: Float64Array,
    ordinalNulls: Uint8Array,
  ): RecordBatch {
    const rows = this.#rows;
    const { joinType, passed, withOrdinality } = this.#spec;
    const output = columns.slice(0, passed).map((column) => selectRows(column, rows, length));
    output.push(...made);
    if (withOrdinality) {
      const nulls = joinType === "left" ? ordinalNulls.slice(0, length) : null;
      output.push({ kind: "float64", values: ordinals.slice(0, length), nulls });
    }
    if (kinds === null) return recordBatch(length, output);
    const outputKinds = new Uint8Array(length);
    for (let i = 0; i < length; i++) outputKinds[i] = kinds[rows[i]];
    return recordBatch(length, output, outputKinds);
  }

  onWatermark(): Iterable<RecordBatch> {
    return NO_BATCHES;
  }
}
