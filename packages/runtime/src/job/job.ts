/**
 * A job from plan to end.
 *
 * Phases: prepare (synchronous, opens nothing), open (sink writers, with retries), run, close. Each can be cancelled; whatever
 * was opened is closed, whatever happens; the first error is the job's, later ones are told as lines.
 */
import { openWriter } from "../sink/open-writer.ts";
import { WriterOutput } from "../sink/writer-output.ts";
import type { SplitCheckpoint } from "../source/split-checkpoint.ts";
import { nodeError } from "../task/node-error.ts";
import { Task } from "../task/task.ts";
import type { TaskNode } from "../task/task-node.ts";
import type { JobSummary } from "./job-handle.ts";
import { jobSummary } from "./job-observation.ts";
import { type Preparation, type PreparedJob, type PreparedSink, prepareJob } from "./prepare-job.ts";

export interface JobSpec extends Preparation {
  readonly startedAt: number;
  readonly abort: AbortController;
  readonly closeTimeoutMs: number;
}

export class Job {
  readonly #spec: JobSpec;
  readonly #errors: unknown[] = [];
  #prepared: PreparedJob = { nodes: [], sinks: [], badRecords: [] };
  #tasks: readonly Task[] = [];

  constructor(spec: JobSpec) {
    this.#spec = spec;
  }

  /** By vertex number; none before the job is prepared. */
  get nodes(): readonly TaskNode[] {
    return this.#prepared.nodes;
  }

  /** Nothing is under way between the sources and the sinks. */
  get isQuiet(): boolean {
    return this.#tasks.length > 0 && this.#tasks.every((task) => task.isQuiet);
  }

  /** How far each source was read. */
  positions(): ReadonlyMap<string, ReadonlyMap<string, SplitCheckpoint>> {
    const positions = new Map<string, ReadonlyMap<string, SplitCheckpoint>>();
    for (const { id, role } of this.nodes) {
      const checkpoints = role?.kind === "input" ? role.input.checkpoints?.() : undefined;
      if (checkpoints !== undefined) positions.set(id, checkpoints);
    }
    return positions;
  }

  /** The ids of what has ended. */
  ended(): ReadonlySet<string> {
    return new Set(this.nodes.filter(({ ended }) => ended).map(({ id }) => id));
  }

  /** Runs to the end and closes everything. Rejects with the first error. */
  async run(): Promise<JobSummary> {
    const { abort, graph, tables, startedAt } = this.#spec;
    let isFinished = false;
    try {
      this.#prepared = prepareJob(this.#spec);
      await Promise.all(this.#prepared.sinks.map((sink) => this.#openSink(sink)));
      if (!abort.signal.aborted) {
        this.#tasks = graph.tasks.map(
          (vertices) =>
            new Task(
              vertices.map((vertex) => this.nodes[vertex]),
              tables.clock,
            ),
        );
        const results = await Promise.all(this.#tasks.map((task) => this.#runTask(task)));
        isFinished = results.every((result) => result === "finished");
      }
    } catch (error) {
      this.#fail(error);
    }
    await this.#close();
    abort.abort();
    if (this.#errors.length > 0) throw this.#errors[0];
    const durationMs = tables.clock.now() - startedAt;
    return jobSummary(graph, this.nodes, { state: isFinished ? "finished" : "cancelled", durationMs });
  }

  async #openSink({ node, owner, sink, columns, updateBefore }: PreparedSink): Promise<void> {
    const { abort, tables, retryPolicy } = this.#spec;
    const { clock, reporter } = tables;
    const options = {
      owner,
      policy: retryPolicy,
      clock,
      reporter,
      signal: abort.signal,
      time: node.processingTime,
    };
    try {
      const writer = await openWriter(sink, options);
      if (writer === null) return;
      const output = new WriterOutput({ writer, updateBefore, columns });
      node.role = { kind: "output", output };
    } catch (error) {
      this.#fail(nodeError(error, node));
    }
  }

  async #runTask(task: Task): Promise<"finished" | "cancelled"> {
    try {
      return await task.run(this.#spec.abort.signal);
    } catch (error) {
      this.#fail(error);
      return "cancelled";
    }
  }

  /** The first failure stops everything else. */
  #fail(error: unknown): void {
    this.#errors.push(error);
    this.#spec.abort.abort();
  }

  async #close(): Promise<void> {
    const { clock, reporter } = this.#spec.tables;
    const isStopping = this.#spec.abort.signal.aborted;
    const closing = this.#closeAll();
    if (!isStopping) await closing;
    else {
      const timer = new AbortController();
      const { closeTimeoutMs } = this.#spec;
      const timeout = clock.sleep(closeTimeoutMs, timer.signal).then(() => "timeout" as const);
      if ((await Promise.race([closing, timeout])) === "timeout") {
        reporter.warn(`a source or sink did not close within ${closeTimeoutMs} ms; its last rows may be missing`);
      }
      timer.abort();
    }
    const told = new Set([textOf(this.#errors[0])]);
    for (const error of this.#errors.slice(1)) {
      if (!told.has(textOf(error))) reporter.warn(`also: ${textOf(error)}`);
      told.add(textOf(error));
    }
  }

  async #closeAll(): Promise<void> {
    // A job stopped before it ran has no tasks yet, but may have opened sinks.
    const tasks = this.#tasks.length > 0 ? this.#tasks : [new Task(this.nodes)];
    for (const errors of await Promise.all(tasks.map((task) => task.close()))) this.#errors.push(...errors);
    for (const handler of this.#prepared.badRecords) {
      try {
        await handler.close();
      } catch (error) {
        this.#errors.push(error);
      }
    }
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
