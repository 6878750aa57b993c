import { type LookupRequest, type LookupSource, type RecordBatch, valueAt } from "@millrace/core";
import { batchOf, type TestRow } from "./change.ts";

/** A call that waits for the test. */
export interface LookupCall {
  /** The keys asked for, a list of values each. */
  readonly keys: readonly (readonly unknown[])[];
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Rows of the request's fields. */
  answer(...rows: readonly TestRow[]): void;
  fail(error: Error): void;
}

/**
 * A lookup source that answers when a test says so, in any order.
 *
 * ```ts
 * const source = new TestLookupSource(request);
 * const asked = source.lookup(keys, signal);
 * source.calls[0].answer([1n, "one"]);
 * ```
 */
export class TestLookupSource implements LookupSource {
  readonly maxKeys: number;
  readonly calls: LookupCall[] = [];
  isClosed = false;
  readonly #request: LookupRequest;

  constructor(request: LookupRequest, maxKeys = 1) {
    this.#request = request;
    this.maxKeys = maxKeys;
  }

  lookup(batch: RecordBatch, signal: AbortSignal): Promise<readonly RecordBatch[]> {
    const { fields, metadata, keys: keyFields } = this.#request;
    const keys = Array.from({ length: batch.length }, (_, row) =>
      keyFields.map((field, i) => valueAt(batch.columns[i], row, fields[field].type)),
    );
    const schema = { fields: [...fields, ...metadata].map(({ type }, i) => ({ name: String(i), type })) };
    return new Promise((resolve, reject) => {
      const answer = (...rows: readonly TestRow[]) => resolve(rows.length === 0 ? [] : [batchOf(schema, rows)]);
      this.calls.push({ keys, signal, answer, fail: reject });
    });
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}
