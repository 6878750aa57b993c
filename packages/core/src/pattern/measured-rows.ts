/** What MATCH_RECOGNIZE puts out, row by row: the columns of the partition and the measures. */
import { type ColumnBuilder, createColumnBuilder } from "../batch/column-builder.ts";
import type { Field } from "../batch/data-type.ts";
import { MAX_BATCH_ROWS, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import type { StateTable } from "../state/state-backend.ts";
import type { MatchPath } from "./match-path.ts";
import type { MatchFacts, MatchProgram } from "./match-program.ts";

export class MeasuredRows {
  /** Of the match that rows are put out for. */
  readonly facts: { -readonly [K in keyof MatchFacts]: MatchFacts[K] } = { isMatch: true, number: 0, time: 0 };
  readonly #program: MatchProgram;
  readonly #partitions: StateTable;
  readonly #builders: readonly ColumnBuilder[];
  readonly #partitionOf = new Int32Array(MAX_BATCH_ROWS);
  readonly #values: unknown[];
  #count = 0;

  constructor(program: MatchProgram, partitions: StateTable, measures: readonly Field[]) {
    this.#program = program;
    this.#partitions = partitions;
    this.#builders = measures.map((field) => createColumnBuilder(field.type));
    this.#values = new Array(measures.length);
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** As `MatchProgram.measure`. False: there is no room for another before `take`. */
  add(partition: number, last: MatchPath | null, current: MatchPath | null, slot: number): boolean {
    const values = this.#values;
    this.#program.measure(last, current, slot, this.facts, values);
    for (let i = 0; i < values.length; i++) this.#builders[i].append(values[i]);
    this.#partitionOf[this.#count++] = partition;
    return this.#count < MAX_BATCH_ROWS;
  }

  take(): RecordBatch {
    const count = this.#count;
    this.#count = 0;
    const keys = this.#partitions.keysOf(this.#partitionOf, count);
    return recordBatch(count, [...keys, ...this.#builders.map((builder) => builder.finish())]);
  }
}
