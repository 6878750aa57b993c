import { type RecordBatch, type Sink, valuesOf } from "@millrace/core";
import type { PipelineContext } from "./pipeline-context.ts";
import { RowQueue } from "./row-queue.ts";
import { sinkOf } from "./sink-node.ts";
import type { StreamNode } from "./stream-graph.ts";

/** Runs the pipeline and gives the records of one of its streams. Leaving the loop stops the job. */
export async function* iterate<T>(context: PipelineContext, node: StreamNode): AsyncGenerator<T, void> {
  const queue = new RowQueue<T>(false);
  const abort = new AbortController();
  const job = context.startWith(
    sinkOf(node, "iterator", () => queueSink(queue)),
    abort.signal,
  );
  job.done.then(
    () => queue.end(),
    (error: unknown) => queue.fail(error),
  );
  try {
    yield* queue.drain();
  } finally {
    abort.abort();
    await job.done.catch(ignoreAfterThrow);
  }
}

function queueSink<T>(queue: RowQueue<T>): Sink {
  const done = () => Promise.resolve();
  return {
    changelogMode: "append",
    createWriter: () =>
      Promise.resolve({
        write: (batch: RecordBatch) => {
          const records = valuesOf(batch) as readonly T[];
          return queue.push(batch, (row) => records[row]);
        },
        flush: done,
        close: done,
      }),
  };
}

/** The error has reached the consumer through the queue. */
function ignoreAfterThrow(): void {
  // Nothing is left to tell.
}
