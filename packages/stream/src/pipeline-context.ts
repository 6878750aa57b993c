import type { SideOutputs } from "./process-function.ts";
import type { OperatorOutputs, Stream } from "./stream.ts";
import type { StreamNode } from "./stream-graph.ts";

/** A running pipeline. */
export interface RunningJob {
  /** Resolves when all has been read and written, or the job was cancelled; rejects with the first error. */
  readonly done: Promise<unknown>;
  cancel(): void;
}

/** What the classes of streams need of their pipeline, and to make each other without importing each other. */
export interface PipelineContext {
  addSink(sink: StreamNode): void;
  /** Runs the pipeline with one more sink. */
  startWith(sink: StreamNode, signal: AbortSignal): RunningJob;
  /** What an operator gives, its side outputs too. */
  stream<T, O extends SideOutputs = Record<never, never>, D = never>(outputs: OperatorOutputs): Stream<T, O, D>;
}
