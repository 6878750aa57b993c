/**
 * Async call: each row with what functions give for it that wait for something outside.
 *
 * Invariant  rows come out in their order, with their kind and nothing left out. Nothing is under way when a batch is done, so that
 *            watermarks, snapshots and commits need not know of calls.
 * State      none.
 * Cost       a call per row and function, `capacity` of them at a time; a batch waits for its slowest.
 */
import { valueAt } from "../batch/column.ts";
import { columnOf } from "../batch/column-builder.ts";
import type { DataType } from "../batch/data-type.ts";
import { NO_BATCHES, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import type { AsyncOperator } from "./operator.ts";

export interface AsyncCallSpec {
  readonly kind: "async-call";
  /** So many columns of the input come out, in front of the results; computed arguments stand behind them. */
  readonly passed: number;
  readonly calls: readonly {
    /** Input columns. */
    readonly args: readonly number[];
    readonly argTypes: readonly DataType[];
    readonly type: DataType;
    /** So many calls may be under way. */
    readonly capacity: number;
  }[];
}

/** The value for those of the arguments, all in the form of `valueAt`. */
export type AsyncKernel = (values: readonly unknown[]) => Promise<unknown>;

/** `kernels[i]` answers `spec.calls[i]`; `close` gives up on what is still asked for. */
export function createAsyncCall(
  spec: AsyncCallSpec,
  kernels: readonly AsyncKernel[],
  close: () => void = () => undefined,
): AsyncOperator {
  return new AsyncCallOperator(spec, kernels, close);
}

class AsyncCallOperator implements AsyncOperator {
  readonly #spec: AsyncCallSpec;
  readonly #kernels: readonly AsyncKernel[];
  readonly #close: () => void;
  readonly #running: number[];
  #hasFailed = false;
  /** Settles with the next answer. */
  #answer = Promise.withResolvers<void>();

  constructor(spec: AsyncCallSpec, kernels: readonly AsyncKernel[], close: () => void) {
    this.#spec = spec;
    this.#kernels = kernels;
    this.#close = close;
    this.#running = kernels.map(() => 0);
  }

  *onBatch(batch: RecordBatch): Generator<RecordBatch | Promise<void>> {
    const { calls, passed } = this.#spec;
    const { columns, length, kinds, timestamps } = batch;
    const results = calls.map(() => new Array<unknown>(length).fill(null));
    for (let row = 0; row < length; row++) {
      for (const [c, { args, argTypes, capacity }] of calls.entries()) {
        while (this.#running[c] >= capacity) yield this.#answer.promise;
        this.#start(
          c,
          args.map((arg, i) => valueAt(columns[arg], row, argTypes[i])),
          results[c],
          row,
        );
      }
    }
    while (this.#running.some((count) => count > 0)) yield this.#answer.promise;
    const made = calls.map(({ type }, c) => columnOf(type, results[c]));
    yield recordBatch(length, [...columns.slice(0, passed), ...made], kinds, timestamps);
  }

  #start(call: number, values: readonly unknown[], results: unknown[], row: number): void {
    this.#running[call]++;
    this.#kernels[call](values).then(
      (value) => {
        if (this.#hasFailed) return;
        results[row] = value;
        this.#running[call]--;
        this.#answer.resolve();
        this.#answer = Promise.withResolvers();
      },
      (error: unknown) => {
        // It may be that nobody waits: the failure stays until somebody does.
        this.#hasFailed = true;
        this.#answer.promise.catch(() => undefined);
        this.#answer.reject(error);
      },
    );
  }

  onWatermark(): Iterable<RecordBatch> {
    return NO_BATCHES;
  }

  close(): Promise<void> {
    this.#close();
    return Promise.resolve();
  }
}
