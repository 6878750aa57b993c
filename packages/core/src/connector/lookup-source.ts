import type { RecordBatch } from "../batch/record-batch.ts";
import type { ReadRequest } from "./read-request.ts";

/** What a lookup join wants of a table: the columns that come out, and those that its rows are found by. */
export interface LookupRequest extends ReadRequest {
  /** Indexes into `fields`, at least one: the columns of the keys that `lookup` is given, in their order. */
  readonly keys: readonly number[];
}

/**
 * Answers keys with the rows of a table that have them: a query by key, a GET, a request.
 *
 * Who implements it only asks and answers. The runtime asks for each key once at a time, bounds how many calls are under way,
 * waits, times out, tries again and keeps what is to be kept (`lookup.cache`).
 */
export interface LookupSource {
  /** The most keys that one call takes (`WHERE k IN (...)`, `MGET`); 1 if absent. */
  readonly maxKeys?: number;
  /**
   * The rows that have one of the keys, in any order among keys: columns as those of a source's batch for the request, the keys
   * among them. A key without rows has no row in the answer; rows with other keys are left out by the caller.
   *
   * `keys`: a column per key column, distinct rows without NULLs; it is the callee's until the answer is there.
   * Rejects with a MillraceError; one with the retry hint `backoff` is tried again (`lookup.max-retries`). `signal` aborts when
   * nobody waits any more.
   */
  lookup(keys: RecordBatch, signal: AbortSignal): Promise<readonly RecordBatch[]>;
  /** Frees connections. */
  close?(): Promise<void>;
}
