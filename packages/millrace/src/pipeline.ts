import type { Clock, Reporter } from "@millrace/core";
import { executeJob, type JobHandle, type JobProgress, Registry } from "@millrace/runtime";
import { Pipeline as StreamPipeline } from "@millrace/stream";
import { stderrReporter } from "./stderr-reporter.ts";

export interface RunOptions {
  /** Stops the job: it stops reading, closes its sinks, and its promise resolves. */
  readonly signal?: AbortSignal | undefined;
  /** Takes lines for people (retries, skipped records); stderr by default. */
  readonly reporter?: Reporter;
  /** Called about once a second, and once at the end. */
  readonly onProgress?: (progress: JobProgress) => void;
  /** The time that processing-time timers and windows go by; the machine's by default. */
  readonly clock?: Clock;
}

/** The streams of a program; see `pipeline`. */
export type Pipeline = StreamPipeline<RunOptions, JobHandle>;

/**
 * Begins a program: streams from sources to sinks. Nothing is read before it runs: by `run` or `start`, or by iterating a
 * stream.
 *
 * @example
 * const job = pipeline("words");
 * const words = job.from(["to be", "or not to be"]).flatMap((line) => line.split(" "));
 * const seen: string[] = [];
 * words.filter((word) => word.length > 2).forEach((word) => void seen.push(word));
 * await job.run();
 * seen // ["not"]
 */
export function pipeline(name: string): Pipeline {
  return new StreamPipeline<RunOptions, JobHandle>(name, {
    start: (_, plans, { signal, reporter = stderrReporter, onProgress, clock }) =>
      executeJob(plans, {
        registry: new Registry(),
        reporter,
        ...(signal === undefined ? {} : { signal }),
        ...(onProgress === undefined ? {} : { onProgress }),
        ...(clock === undefined ? {} : { clock }),
      }),
  });
}
