/** A pipeline: the streams of a program, from its sources to its sinks. */
import { MillraceError } from "@millrace/core";
import type { PhysicalPlan } from "@millrace/plan";
import type { PipelineContext, RunningJob } from "./pipeline-context.ts";
import type { SideOutputs } from "./process-function.ts";
import { type SourceLike, type SourceOptions, sourceNode } from "./source-node.ts";
import { type OperatorOutputs, Stream } from "./stream.ts";
import { planGraph, type StreamNode } from "./stream-graph.ts";

/** What runs pipelines: given by the package that knows a runtime. */
export interface PipelineEngine<Options, Job extends RunningJob> {
  start(name: string, plans: readonly PhysicalPlan[], options: Options): Job;
}

export class Pipeline<Options = unknown, Job extends RunningJob = RunningJob> {
  readonly name: string;
  readonly #engine: PipelineEngine<Options, Job>;
  readonly #sinks: StreamNode[] = [];
  readonly #context: PipelineContext;

  constructor(name: string, engine: PipelineEngine<Options, Job>) {
    this.name = name;
    this.#engine = engine;
    this.#context = {
      addSink: (sink) => void this.#sinks.push(sink),
      stream: <T, O extends SideOutputs, D>(outputs: OperatorOutputs) => new Stream<T, O, D>(this.#context, outputs),
      startWith: (sink, signal) => engine.start(name, planGraph([...this.#sinks, sink]), { signal } as Options),
    };
  }

  /**
   * Reads a source: a connector, an array or other iterable, an async iterable, a function that gives one (called anew each time the
   * source is read from its start), a ReadableStream.
   *
   * @example
   * const numbers = await pipeline("numbers").from([1, 2, 3]).map((n) => n * 2).toArray();
   * numbers // [2, 4, 6]
   */
  from<T>(source: SourceLike<T>, options: SourceOptions<T> = {}): Stream<T> {
    return new Stream<T>(this.#context, { node: sourceNode(source, options) });
  }

  /** A stream over a node of one's own. */
  protected streamOf<T>(node: StreamNode): Stream<T> {
    return new Stream<T>(this.#context, { node });
  }

  /** The plan of all sinks, and of further ones. Errors: OPTION_INVALID if there is none, or for an id given twice. */
  plan(further: readonly StreamNode[] = []): readonly PhysicalPlan[] {
    const sinks = [...this.#sinks, ...further];
    if (sinks.length === 0) {
      throw new MillraceError({
        code: "OPTION_INVALID",
        message: `pipeline '${this.name}' has no sink: end a stream with .to(...) or .forEach(...)`,
      });
    }
    return planGraph(sinks);
  }

  /** Starts the job. Errors: as of `plan`; everything else rejects `done`. */
  start(options: Options = {} as Options): Job {
    return this.#engine.start(this.name, this.plan(), options);
  }

  /** Runs to the end of all sources. Rejects with the first error. */
  async run(options: Options = {} as Options): Promise<Awaited<Job["done"]>> {
    return (await this.start(options).done) as Awaited<Job["done"]>;
  }
}
