/**
 * Joins of records: pairs that a join of rows finds, through a function of the program.
 *
 * The join is another operator, over rows of (key, record, event time) for each side; this one makes such rows of records, and
 * records of its rows.
 *
 * Invariant  a record without event time, or whose key fails, is an error of the program and reaches no join.
 * State      that of the join.
 * Cost       as the join, and a call of the key function per record and of the join function per pair.
 */
import type { Column, Float64Column, ValueColumn } from "../batch/column.ts";
import { type Field, VALUE } from "../batch/data-type.ts";
import { type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { checkEventTime } from "../record/event-time.ts";
import { RecordOutput } from "../record/record-output.ts";
import { type ErrorPolicy, UserCode } from "../record/user-code.ts";
import type { Operator, OperatorContext, Timestamp } from "./operator.ts";

/** The columns of each side, as the join is to take them: key 0, record 1, event time 2. */
export const JOINED_FIELDS: readonly Field[] = [
  { name: "key", type: VALUE },
  { name: "record", type: VALUE },
  { name: "time", type: { kind: "double", nullable: true } },
];

export interface JoinRecordsSpec {
  readonly kind: "join-records";
  /** A key that is null or undefined matches nothing. */
  readonly keysOf: readonly ((record: unknown) => unknown)[];
  /** Null stands for the side that has none. */
  readonly join: (left: unknown, right: unknown) => unknown;
  /** Whether the join gives records without a partner. */
  readonly keepsUnmatched: boolean;
  /** Event time of what comes out: the left's, or the later of both. */
  readonly time: "left" | "latest";
  readonly onError: ErrorPolicy;
  /** The side output for dead letters. */
  readonly deadLetters: number;
}

/** `rows` joins rows of JOINED_FIELDS and JOINED_FIELDS. */
export function createJoinRecords(spec: JoinRecordsSpec, rows: Operator, context: OperatorContext): Operator {
  return new JoinRecords(spec, rows, context);
}

class JoinRecords implements Operator {
  readonly #spec: JoinRecordsSpec;
  readonly #rows: Operator;
  readonly #code: UserCode;
  readonly #main = new RecordOutput();
  readonly #deadLetters: RecordOutput;

  constructor(spec: JoinRecordsSpec, rows: Operator, context: OperatorContext) {
    this.#spec = spec;
    this.#rows = rows;
    this.#deadLetters = new RecordOutput(spec.deadLetters);
    this.#code = new UserCode(spec.onError, context, this.#deadLetters);
  }

  /** A pair is as old as the later of its records, which has just come; what has no partner may be older. */
  get watermarkDelayMs(): number {
    return this.#spec.keepsUnmatched ? (this.#rows.watermarkDelayMs ?? 0) : 0;
  }

  *onBatch(batch: RecordBatch, input: number): Generator<RecordBatch> {
    const rows = this.#rowsOf(batch, input);
    if (rows.length > 0) yield* this.#joined(this.#rows.onBatch(rows, input));
    yield* this.#deadLetters.takeAll();
  }

  *onWatermark(watermark: Timestamp): Generator<RecordBatch> {
    yield* this.#joined(this.#rows.onWatermark(watermark));
    yield* this.#deadLetters.takeAll();
  }

  #rowsOf(batch: RecordBatch, input: number): RecordBatch {
    const keyOf = this.#spec.keysOf[input];
    const keys: unknown[] = [];
    const kept: unknown[] = [];
    const times = new Float64Array(batch.length);
    this.#code.each(batch, (record, time) => {
      checkEventTime(time, "this join goes by");
      const key = keyOf(record);
      times[kept.length] = time;
      keys.push(key ?? null);
      kept.push(record);
    });
    const nulls = keys.includes(null) ? Uint8Array.from(keys, (key) => (key === null ? 1 : 0)) : null;
    const columns: Column[] = [
      { kind: "value", values: keys, nulls },
      { kind: "value", values: kept, nulls: null },
      { kind: "float64", values: times, nulls: null },
    ];
    return recordBatch(kept.length, columns);
  }

  *#joined(batches: Iterable<RecordBatch>): Generator<RecordBatch> {
    const { join, time } = this.#spec;
    const width = JOINED_FIELDS.length;
    for (const { columns, length } of batches) {
      const lefts = (columns[1] as ValueColumn).values;
      const rights = (columns[width + 1] as ValueColumn).values;
      const leftTimes = columns[2] as Float64Column;
      const rightTimes = columns[width + 2] as Float64Column;
      for (let row = 0; row < length; row++) {
        // A record that is there has a time.
        const hasLeft = leftTimes.nulls?.[row] !== 1;
        const hasRight = rightTimes.nulls?.[row] !== 1;
        const left = hasLeft ? lefts[row] : null;
        const right = hasRight ? rights[row] : null;
        const at = !hasRight
          ? leftTimes.values[row]
          : !hasLeft
            ? rightTimes.values[row]
            : time === "left"
              ? leftTimes.values[row]
              : Math.max(leftTimes.values[row], rightTimes.values[row]);
        try {
          this.#main.emit(join(left, right), at);
        } catch (error) {
          const again = () => this.#main.emit(join(left, right), at);
          this.#code.failedOn(error, { left, right }, at, again);
        }
      }
      yield* this.#main.takeAll();
    }
  }
}
