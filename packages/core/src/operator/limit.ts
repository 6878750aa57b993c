/**
 * LIMIT and OFFSET over rows that are only added: passes on rows `offset` to `offset + limit`, then is done.
 *
 * Invariant  runs as one instance: rows are counted over the whole input. The plan refuses it over an updating input.
 * State      the number of rows seen, up to the last one wanted.
 */
import { selectBatch } from "../batch/gather.ts";
import { NO_BATCHES, type RecordBatch } from "../batch/record-batch.ts";
import type { OperatorValue } from "../state/state-backend.ts";
import type { Operator, OperatorContext } from "./operator.ts";

export interface LimitSpec {
  readonly kind: "limit";
  /** Rows to pass on, null = all. */
  readonly limit: number | null;
  /** Rows to leave out before. */
  readonly offset: number;
}

export function createLimit(spec: LimitSpec, context: OperatorContext): Operator {
  return new Limit(spec, context);
}

class Limit implements Operator {
  readonly #offset: number;
  readonly #end: number;
  readonly #seen: OperatorValue<number>;

  constructor({ limit, offset }: LimitSpec, { state }: OperatorContext) {
    this.#offset = offset;
    this.#end = limit === null ? Number.POSITIVE_INFINITY : offset + limit;
    this.#seen = state.operatorValue<number>("rows-seen", 0, (a, b) => a + b);
  }

  get isDone(): boolean {
    return this.#seen.get() >= this.#end;
  }

  onBatch(batch: RecordBatch): Iterable<RecordBatch> {
    const seen = this.#seen.get();
    const from = Math.min(batch.length, Math.max(0, this.#offset - seen));
    const to = Math.min(batch.length, this.#end - seen);
    this.#seen.set(Math.min(this.#end, seen + batch.length));
    if (to <= from) return NO_BATCHES;
    if (from === 0 && to === batch.length) return [batch];
    const rows = Int32Array.from({ length: to - from }, (_, i) => from + i);
    return [selectBatch(batch, rows, rows.length)];
  }

  onWatermark(): Iterable<RecordBatch> {
    return NO_BATCHES;
  }
}
