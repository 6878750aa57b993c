/**
 * INTERSECT and EXCEPT, with or without ALL, of two changelogs.
 *
 * Invariant  a row that stands l times on the left and r times on the right is in the output min(l, r) times (INTERSECT ALL),
 *            max(l - r, 0) times (EXCEPT ALL), or once if that is so for l > 0 and r > 0, l > 0 and r = 0. NULL equals NULL.
 *            A row that comes or goes changes its number in the output by one at most.
 * State      per distinct row, how often it stands on each side.
 * Cost       O(1) per row.
 */
import type { Column } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import { selectRows } from "../batch/gather.ts";
import { MAX_BATCH_ROWS, NO_BATCHES, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { RowKind, rowKindSign } from "../batch/row-kind.ts";
import type { StateTable } from "../state/state-backend.ts";
import { processingTimeOf, StateTtl, TableTtl, TtlSweep, WRITTEN_FIELD } from "../state/state-ttl.ts";
import type { Operator, OperatorContext } from "./operator.ts";

export interface SetOperationSpec {
  readonly kind: "set-operation";
  readonly operation: "intersect" | "except";
  readonly all: boolean;
  /** The columns of both inputs and of the output. */
  readonly fields: readonly Field[];
  /** Processing time that a row is known from when it last came or went; for ever if absent. */
  readonly ttlMs?: number;
}

export function createSetOperation(spec: SetOperationSpec, context: OperatorContext): Operator {
  return new SetOperation(spec, context);
}

const COUNT = { kind: "double", nullable: false } as const;

class SetOperation implements Operator {
  readonly #multiplicity: (left: number, right: number) => number;
  readonly #rows: StateTable;
  #slots = new Int32Array(MAX_BATCH_ROWS);
  #output = new Int32Array(MAX_BATCH_ROWS);
  #kinds = new Uint8Array(MAX_BATCH_ROWS);

  readonly #ttl: TableTtl | null = null;
  readonly #sweep: TtlSweep | null = null;

  constructor({ operation, all, fields, ttlMs }: SetOperationSpec, context: OperatorContext) {
    this.#multiplicity = multiplicityOf(operation, all);
    const counts: readonly Field[] = [
      { name: "left", type: COUNT },
      { name: "right", type: COUNT },
    ];
    const values = ttlMs === undefined ? counts : [...counts, WRITTEN_FIELD];
    this.#rows = context.state.table({ name: "rows", key: fields, values });
    if (ttlMs === undefined) return;
    const time = processingTimeOf(context);
    this.#ttl = new TableTtl(new StateTtl(ttlMs, time), this.#rows, 2);
    this.#sweep = new TtlSweep(time, [this.#ttl]);
  }

  onBatch(batch: RecordBatch, input: number): Iterable<RecordBatch> {
    const { columns, kinds, length } = batch;
    if (this.#slots.length < length) {
      this.#slots = new Int32Array(length);
      this.#output = new Int32Array(length);
      this.#kinds = new Uint8Array(length);
    }
    const slots = this.#slots;
    this.#rows.slotsOf(columns, length, slots);
    const counts = this.#rows.columns.map((column) => column.float64 as Float64Array);
    const [lefts, rights] = counts;
    const own = counts[input];
    const output = this.#output;
    const outputKinds = this.#kinds;
    let count = 0;
    let deletes = 0;
    let takes = false;
    if (this.#ttl !== null) this.#forgetPassed(slots, length, lefts, rights, this.#ttl);
    for (let row = 0; row < length; row++) {
      const slot = slots[row];
      const sign = kinds === null ? 1 : rowKindSign[kinds[row]];
      const before = this.#multiplicity(lefts[slot], rights[slot]);
      own[slot] += sign;
      if (sign < 0) takes = true;
      const after = this.#multiplicity(lefts[slot], rights[slot]);
      if (after === before) continue;
      output[count] = row;
      outputKinds[count++] = after > before ? RowKind.insert : RowKind.delete;
      if (after < before) deletes++;
    }
    if (takes) this.#removeEmpty(slots, length, lefts, rights);
    if (count === 0) return NO_BATCHES;
    const selected: Column[] = columns.map((column) => selectRows(column, output, count));
    return [recordBatch(count, selected, deletes === 0 ? null : outputKinds)];
  }

  #forgetPassed(slots: Int32Array, length: number, lefts: Float64Array, rights: Float64Array, ttl: TableTtl): void {
    ttl.ttl.begin();
    for (let row = 0; row < length; row++) {
      const slot = slots[row];
      if (!ttl.hasPassed(slot)) continue;
      lefts[slot] = 0;
      rights[slot] = 0;
    }
    ttl.touchAll(slots, length);
  }

  #removeEmpty(slots: Int32Array, length: number, lefts: Float64Array, rights: Float64Array): void {
    let count = 0;
    for (let row = 0; row < length; row++) {
      const slot = slots[row];
      if (lefts[slot] !== 0 || rights[slot] !== 0) continue;
      // Marked, for a row that stands twice in the batch.
      lefts[slot] = Number.NaN;
      slots[count++] = slot;
    }
    for (let i = 0; i < count; i++) this.#rows.remove(slots[i]);
  }

  onWatermark(): Iterable<RecordBatch> {
    return NO_BATCHES;
  }

  onTimer(): Iterable<RecordBatch> {
    this.#sweep?.onTimer();
    return NO_BATCHES;
  }
}

function multiplicityOf(operation: SetOperationSpec["operation"], all: boolean) {
  if (operation === "intersect") {
    return all
      ? (left: number, right: number) => Math.min(left, right)
      : (left: number, right: number) => (left > 0 && right > 0 ? 1 : 0);
  }
  return all
    ? (left: number, right: number) => Math.max(left - right, 0)
    : (left: number, right: number) => (left > 0 && right === 0 ? 1 : 0);
}
