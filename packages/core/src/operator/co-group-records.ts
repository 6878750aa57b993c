/**
 * Co-group: the records of two inputs with one key and one window, together, once the watermark passes the window's end.
 *
 * Invariant  kept records belong to windows with `end - 1 > watermark`; one of earlier windows alone is late and goes to a side
 *            output. Windows come out in the order of their ends, each key of a window once.
 * State      by window end a table from the key to the records of each side; the watermark.
 * Cost       per record and window a look-up; per window a call for each of its keys.
 */
import { VALUE } from "../batch/data-type.ts";
import type { RecordBatch } from "../batch/record-batch.ts";
import { checkEventTime } from "../record/event-time.ts";
import { LateRecords } from "../record/late-records.ts";
import { RecordOutput } from "../record/record-output.ts";
import { type ErrorPolicy, UserCode } from "../record/user-code.ts";
import type { RecordWindow } from "../record/window-trigger.ts";
import type { NamespacedStateTable, OperatorValue, StateTable } from "../state/state-backend.ts";
import { type TimeWindowSpec, type TimeWindows, timeWindows } from "../window/time-windows.ts";
import { MIN_TIMESTAMP, type Operator, type OperatorContext, type Timestamp } from "./operator.ts";

export interface CoGroupRecordsSpec {
  readonly kind: "co-group-records";
  readonly keysOf: readonly ((record: unknown) => unknown)[];
  readonly windows: TimeWindowSpec;
  /** What comes of the records of a key in a window; one of the two may be empty. */
  readonly apply: (
    lefts: readonly unknown[],
    rights: readonly unknown[],
    key: unknown,
    window: RecordWindow,
  ) => Iterable<unknown> | undefined;
  readonly onError: ErrorPolicy;
  /** The side output for late records. */
  readonly late: number;
  /** The side output for dead letters. */
  readonly deadLetters: number;
}

export function createCoGroupRecords(spec: CoGroupRecordsSpec, context: OperatorContext): Operator {
  return new CoGroupRecords(spec, context);
}

class CoGroupRecords implements Operator {
  readonly #spec: CoGroupRecordsSpec;
  readonly #windows: TimeWindows;
  readonly #tables: NamespacedStateTable;
  readonly #watermark: OperatorValue<number>;
  readonly #code: UserCode;
  readonly #main = new RecordOutput();
  readonly #late: LateRecords;
  readonly #deadLetters: RecordOutput;

  constructor(spec: CoGroupRecordsSpec, context: OperatorContext) {
    this.#spec = spec;
    this.#windows = timeWindows(spec.windows);
    this.#late = new LateRecords(spec.late, context.metrics);
    this.#deadLetters = new RecordOutput(spec.deadLetters);
    this.#code = new UserCode(spec.onError, context, this.#deadLetters);
    this.#watermark = context.state.operatorValue<number>("watermark", MIN_TIMESTAMP, Math.min);
    this.#tables = context.state.namespacedTable({
      name: "windows",
      key: [{ name: "key", type: VALUE }],
      values: [
        { name: "left", type: VALUE },
        { name: "right", type: VALUE },
      ],
    });
  }

  onBatch(batch: RecordBatch, input: number): Iterable<RecordBatch> {
    this.#code.each(batch, (record, time, row) => {
      if (!this.#take(record, time, input)) this.#late.add(batch, row, time);
    });
    return this.#takeAll();
  }

  /** Keeps a record for its windows; false if it is late for all of them. */
  #take(record: unknown, time: Timestamp, input: number): boolean {
    checkEventTime(time, "windows go by");
    const key = this.#spec.keysOf[input](record);
    const windows = this.#windows;
    const last = windows.lastEndOf(time);
    const watermark = this.#watermark.get();
    // In a gap between windows it belongs to none, and is not late.
    let isLate = last !== Number.NEGATIVE_INFINITY;
    for (let end = windows.firstEndAfter(time); end <= last; end += windows.everyMs) {
      if (end - 1 <= watermark) continue;
      isLate = false;
      const table = this.#tables.at(end);
      const slot = table.slotOf(key);
      const column = table.columns[input];
      const list = column.get(slot) as unknown[] | null;
      if (list === null) column.set(slot, [record]);
      else list.push(record);
    }
    return !isLate;
  }

  *onWatermark(watermark: Timestamp): Generator<RecordBatch> {
    for (const end of this.#tables.namespaces()) {
      if (end - 1 > watermark) break;
      const table = this.#tables.at(end);
      const slots: number[] = [];
      table.forEachSlot((slot) => slots.push(slot));
      for (const slot of slots) {
        this.#fire(table, slot, end);
        if (this.#main.isFull) yield* this.#takeAll();
      }
      yield* this.#takeAll();
      this.#tables.drop(end);
    }
    this.#watermark.set(watermark);
  }

  #fire(table: StateTable, slot: number, end: Timestamp): void {
    const [lefts, rights] = table.columns.map((column) => (column.get(slot) as unknown[] | null) ?? []);
    const key = table.keyAt(slot);
    const window = { start: this.#windows.startOf(end), end };
    const emitted = this.#main.length;
    const call = () => {
      this.#main.rollBack(emitted);
      for (const record of this.#spec.apply(lefts, rights, key, window) ?? []) this.#main.emit(record, end - 1);
    };
    try {
      call();
    } catch (error) {
      const undo = () => this.#main.rollBack(emitted);
      this.#code.failedOn(error, { key, window, lefts, rights }, end - 1, call, undo);
    }
  }

  *#takeAll(): Generator<RecordBatch> {
    yield* this.#main.takeAll();
    yield* this.#late.takeAll();
    yield* this.#deadLetters.takeAll();
  }
}
