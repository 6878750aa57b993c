import type { RecordBatch } from "@millrace/core";
import type { TaskOutput } from "../task/task-output.ts";

/** Takes the rows of a query's result. The batch is borrowed; a returned promise is back-pressure. */
export type Collect = (batch: RecordBatch) => void | Promise<void>;

/** Delivers to the caller. */
export class CollectOutput implements TaskOutput {
  readonly write: Collect;

  constructor(collect: Collect) {
    this.write = collect;
  }

  end(): void {
    // The caller has seen every row by now.
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
