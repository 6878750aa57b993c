import type { RecordBatch } from "../batch/record-batch.ts";

/** Plain JSON, as it stands in a checkpoint. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A part of a source that is read on its own, in order: a file, a partition. `id` is unique and stable over restarts. */
export interface Split {
  readonly id: string;
  readonly properties: Json;
}

/** Where in a split to go on; `null` in `createReader` = where the options of the table say. */
export type SplitPosition = Json;

/** How far a split has come, for progress display. `total` is null if unbounded or unknown. */
export interface SplitProgress {
  readonly done: number;
  readonly total: number | null;
  readonly unit: "bytes" | "records";
}

/**
 * Reads one split. `poll` never waits; the runtime calls it again after `ready` has resolved.
 * I/O may run ahead in the background, bounded.
 */
export interface SplitReader {
  /** The next batch (borrowed until the next `poll`), or null if none is there yet or ever (`ended`). */
  poll(): RecordBatch | null;
  /** Resolves when `poll` may give a batch or the split has ended; rejects with a MillraceError. At once if so already. */
  ready(): Promise<void>;
  /** True once all of a bounded split has been polled. */
  readonly ended: boolean;
  /** The position behind the last polled batch: a reader created at it gives the rows that follow. */
  position(): SplitPosition;
  progress?(): SplitProgress;
  close(): Promise<void>;
}

/**
 * What the rows of a source are: inserts only; changes of all kinds, each with the whole row; or by primary key what a key
 * holds from now on (+I, +U) and that it is gone (-D, of which only the key counts).
 */
export type SourceChangelogMode = "append" | "retract" | "upsert";

export interface Source {
  readonly boundedness: "bounded" | "unbounded";
  /** All splits there are now. Called again from time to time if `discoveryIntervalMs` is set. */
  discoverSplits(): Promise<readonly Split[]>;
  readonly discoveryIntervalMs?: number;
  createReader(split: Split, position: SplitPosition | null): SplitReader;
  /**
   * Notes outside how far the job has come, so that others see it and a later job goes on from there: called when all sinks
   * have made durable what came of the rows before these positions (by split id), after `commitIntervalMs` and at the end.
   */
  commit?(positions: ReadonlyMap<string, SplitPosition>): Promise<void>;
  readonly commitIntervalMs?: number;
  /** Frees what splits share. */
  close?(): Promise<void>;
}
