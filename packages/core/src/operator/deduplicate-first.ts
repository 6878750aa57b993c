/**
 * Deduplication that keeps the first row of each key in the order of arrival: what came first stays, so that rows are only added.
 *
 * State      the keys, for ever or as long as their time to live.
 * Cost       a look-up per row.
 */
import type { Field } from "../batch/data-type.ts";
import { selectRows } from "../batch/gather.ts";
import { MAX_BATCH_ROWS, NO_BATCHES, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import type { StateTable } from "../state/state-backend.ts";
import { processingTimeOf, StateTtl, TableTtl, TtlSweep, WRITTEN_FIELD } from "../state/state-ttl.ts";
import type { Operator, OperatorContext } from "./operator.ts";

export interface DeduplicateFirstSpec {
  readonly kind: "deduplicate-first";
  readonly fields: readonly Field[];
  readonly keys: readonly number[];
  /** The columns that come out. */
  readonly outputs: readonly number[];
  /** Processing time that a key is known from its first row on; for ever if absent. */
  readonly ttlMs?: number;
}

/** Input: inserts only. Output: inserts only. */
export function createDeduplicateFirst(spec: DeduplicateFirstSpec, context: OperatorContext): Operator {
  return new DeduplicateFirst(spec, context);
}

class DeduplicateFirst implements Operator {
  readonly #spec: DeduplicateFirstSpec;
  readonly #seen: StateTable;
  readonly #slots = new Int32Array(MAX_BATCH_ROWS);
  readonly #isNew = new Uint8Array(MAX_BATCH_ROWS);

  readonly #ttl: TableTtl | null = null;
  readonly #sweep: TtlSweep | null = null;

  constructor(spec: DeduplicateFirstSpec, context: OperatorContext) {
    const { fields, keys, ttlMs } = spec;
    this.#spec = spec;
    this.#seen = context.state.table({
      name: "seen",
      key: keys.map((key) => fields[key]),
      values: ttlMs === undefined ? [] : [WRITTEN_FIELD],
    });
    if (ttlMs === undefined) return;
    const time = processingTimeOf(context);
    this.#ttl = new TableTtl(new StateTtl(ttlMs, time), this.#seen, 0);
    this.#sweep = new TtlSweep(time, [this.#ttl]);
  }

  onBatch({ columns, length }: RecordBatch): Iterable<RecordBatch> {
    const { keys, outputs } = this.#spec;
    const isNew = this.#isNew;
    this.#seen.slotsOf(
      keys.map((key) => columns[key]),
      length,
      this.#slots,
      isNew,
    );
    if (this.#ttl !== null) this.#renew(length, this.#ttl);
    const rows = new Int32Array(length);
    let count = 0;
    for (let row = 0; row < length; row++) if (isNew[row] === 1) rows[count++] = row;
    if (count === 0) return NO_BATCHES;
    const selected = outputs.map((output) =>
      count === length ? columns[output] : selectRows(columns[output], rows, count),
    );
    return [recordBatch(count, selected)];
  }

  onWatermark(): Iterable<RecordBatch> {
    return NO_BATCHES;
  }

  onTimer(): Iterable<RecordBatch> {
    this.#sweep?.onTimer();
    return NO_BATCHES;
  }

  /** Keys whose time to live has passed are new again. */
  #renew(length: number, ttl: TableTtl): void {
    ttl.ttl.begin();
    for (let row = 0; row < length; row++) {
      const slot = this.#slots[row];
      if (this.#isNew[row] === 0 && ttl.hasPassed(slot)) this.#isNew[row] = 1;
      if (this.#isNew[row] === 1) ttl.touch(slot);
    }
  }
}
