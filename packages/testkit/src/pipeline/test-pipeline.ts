/** Tests of pipelines: the runtime itself, fed by hand, in time that moves when the test says so. */
import {
  type RecordBatch,
  type Reporter,
  type StateEntry,
  sameJavaScriptValue,
  stateEntries,
  type TimeDomain,
  valuesOf,
} from "@millrace/core";
import { type PhysicalPlan, type PhysicalStreamSource, physicalInputsOf, replaceNodes } from "@millrace/plan";
import { executeJob, type JobHandle, type JobSnapshot, Registry } from "@millrace/runtime";
import { type Duration, durationMs, type Pipeline, type RecordStream, sinkOf } from "@millrace/stream";
import { ManualClock, settle } from "../manual-clock.ts";
import { HandKernel, HandSource } from "./hand-source.ts";

/** Streams to look at, by name. */
export type Watched = { readonly [name: string]: RecordStream<unknown> };

/** The records of each watched stream. */
export type Outputs<W> = { readonly [N in keyof W]: W[N] extends AsyncIterable<infer T> ? T[] : never };

export interface TestPipelineOptions<W> {
  /** Streams to look at, under names of your own; side outputs and dead letters too. */
  readonly outputs?: W;
  /** Where processing time begins, ms. Default: 0. */
  readonly now?: number;
}

/** What a job knew at one moment, and what had come out by then. */
export interface TestSnapshot {
  readonly job: JobSnapshot;
  readonly counts: ReadonlyMap<string, number>;
}

/**
 * Starts a pipeline whose sources are fed by the test. Sinks are not opened: what they would get is kept.
 *
 * @example
 * const job = pipeline("visits");
 * const counts = job
 *   .from<{ readonly user: string; readonly at: number }>([], { name: "visits", watermark: { field: "at" } })
 *   .keyBy((visit) => visit.user)
 *   .process({
 *     state: { count: value(0) },
 *     onRecord: (visit, { state, setTimer: _ }) => void state.count.update((n) => n + 1),
 *   });
 * const test = await testPipeline(job, { outputs: { counts } });
 * await test.send("visits", { user: "a", at: 1000 });
 * test.state("process-1", "a") // { count: 1 }
 */
export async function testPipeline<W extends Watched = Record<never, never>>(
  pipeline: Pipeline,
  options: TestPipelineOptions<W> = {},
): Promise<PipelineTest<W>> {
  const test = new PipelineTest<W>(pipeline, options);
  await test.settled();
  return test;
}

export class PipelineTest<W extends Watched> {
  /** What has come out of the watched streams. Emptying an array is fine. */
  readonly outputs: Outputs<W>;
  /** Warnings of the job: skipped records and the like. */
  readonly warnings: string[] = [];
  readonly clock: ManualClock;
  readonly #plans: readonly PhysicalPlan[];
  readonly #sources = new Map<string, HandSource>();
  readonly #records = new Map<string, unknown[]>();
  #job: JobHandle;
  #failure: { readonly error: unknown } | null = null;
  #isFinished = false;
  #last: TestSnapshot | null = null;

  constructor(pipeline: Pipeline, { outputs, now = 0 }: TestPipelineOptions<W>) {
    this.clock = new ManualClock(now);
    const watched = Object.entries(outputs ?? {}).map(([name, { node }]) => {
      this.#records.set(name, []);
      return sinkOf(node, name, () => this.#collector(name));
    });
    this.outputs = Object.fromEntries(this.#records) as Outputs<W>;
    this.#plans = replaceNodes(pipeline.plan(watched), (node) => this.#replacement(node));
    this.#job = this.#start(null);
  }

  #replacement(node: PhysicalPlan): PhysicalPlan | null {
    if (node.kind === "stream-source") return this.#fed(node);
    if (node.kind !== "stream-sink" || this.#records.has(node.name)) return null;
    this.#records.set(node.name, []);
    // A table gets rows that are made of the records: the records are what a test wants to see.
    const input = typeof node.sink === "function" ? node.input : physicalInputsOf(node.input)[0];
    return { ...node, input, sink: () => this.#collector(node.name) };
  }

  #fed(node: PhysicalStreamSource): PhysicalPlan {
    if (this.#sources.has(node.name)) {
      throw new Error(`two sources are called '${node.name}': give them names, as in from(..., { name: "orders" })`);
    }
    const source = new HandSource(node.name);
    this.#sources.set(node.name, source);
    const createEventTime = () => new HandKernel(source, node.createEventTime?.() ?? null);
    // Records come as the program has them, whatever they would be decoded from.
    return { ...node, boundedness: "unbounded", source: () => source, createRecords: null, createEventTime };
  }

  #collector(name: string) {
    const records = this.#records.get(name) as unknown[];
    const nothing = () => Promise.resolve();
    return {
      changelogMode: "append" as const,
      createWriter: () =>
        Promise.resolve({
          write: (batch: RecordBatch) => {
            const values = valuesOf(batch);
            for (let row = 0; row < batch.length; row++) records.push(values[row]);
          },
          flush: nothing,
          close: nothing,
        }),
    };
  }

  #start(restore: JobSnapshot | null): JobHandle {
    const reporter: Reporter = { warn: (line) => void this.warnings.push(line), progress: () => undefined };
    const job = executeJob(this.#plans, {
      registry: new Registry(),
      clock: this.clock,
      reporter,
      ...(restore === null ? {} : { restore }),
    });
    job.done.then(
      ({ state }) => {
        if (job === this.#job && state === "finished") this.#isFinished = true;
      },
      (error: unknown) => {
        if (job === this.#job) this.#failure = { error };
      },
    );
    return job;
  }

  /** Feeds records to a source, by its name, as one batch; resolves when the job has done all it can. Rejects with what the job fails with. */
  async send(source: string, ...records: readonly unknown[]): Promise<void> {
    this.#source(source).send(records, Number.NaN);
    await this.settled();
  }

  /** As `send`, with an event time, for sources that have no watermark strategy. */
  async sendAt(timestamp: number, source: string, ...records: readonly unknown[]): Promise<void> {
    this.#source(source).send(records, timestamp);
    await this.settled();
  }

  /** Says how far event time has come, in one source or in all. */
  async watermark(timestamp: number, source?: string): Promise<void> {
    const sources = source === undefined ? [...this.#sources.values()] : [this.#source(source)];
    for (const each of sources) each.sendWatermark(timestamp);
    await this.settled();
  }

  /** Moves processing time on: timers ring on the way, each at its time. */
  async advance(duration: Duration): Promise<void> {
    await this.clock.advance(durationMs(duration));
    await this.settled();
  }

  /** Ends all sources and waits for the job's end. */
  async end(): Promise<void> {
    for (const source of this.#sources.values()) source.complete();
    for (let turns = 0; turns < MAX_TURNS && !this.#isFinished; turns++) {
      this.#throwFailure();
      await settle(1);
    }
    this.#throwFailure();
    if (!this.#isFinished) throw new Error("the job has not ended: it waits for something outside");
  }

  /** Stops the job where it is. */
  async close(): Promise<void> {
    this.#job.cancel();
    await this.#job.done.catch(() => undefined);
  }

  /** What has come out of a sink of the pipeline, by its name. */
  sink(name: string): readonly unknown[] {
    const records = this.#records.get(name);
    if (records === undefined)
      throw new Error(`there is no sink '${name}'; there are ${[...this.#records.keys()].join(", ")}`);
    return records;
  }

  /** The declared state of a key at an operator; undefined if it holds nothing. `id` is given by `.id(...)`, or derived. */
  state(id: string, key: unknown): { readonly [name: string]: unknown } | undefined {
    for (const { table, key: held, values } of this.#entries(id)) {
      if (table !== "keyed" || !sameJavaScriptValue(held[0], key)) continue;
      return Object.fromEntries(
        Object.entries(values).filter(([name, value]) => !name.startsWith("$") && value !== null),
      );
    }
    return undefined;
  }

  /** The timers set at an operator, by time. */
  timers(id: string): readonly { readonly key: unknown; readonly at: number; readonly domain: TimeDomain }[] {
    const timers: { key: unknown; at: number; domain: TimeDomain }[] = [];
    for (const { key, values } of this.#entries(id)) {
      for (const domain of ["event", "processing"] as const) {
        const held = values[`$timers:${domain}`] as number | readonly number[] | null | undefined;
        for (const at of typeof held === "number" ? [held] : (held ?? [])) timers.push({ key: key[0], at, domain });
      }
    }
    return timers.sort((a, b) => a.at - b.at);
  }

  /** All state of an operator, entry by entry. */
  *#entries(id: string): Generator<StateEntry> {
    const snapshot = this.#job.snapshot()?.operators.get(id);
    if (snapshot !== undefined) {
      yield* stateEntries(snapshot);
      return;
    }
    const known = this.#job.metrics().map(({ operatorId }) => operatorId);
    if (!known.includes(id)) throw new Error(`there is no operator '${id}'; there are ${known.join(", ")}`);
  }

  metrics(id: string): { readonly [name: string]: number } {
    return this.#job.metrics().find(({ operatorId }) => operatorId === id)?.values ?? {};
  }

  /** All the job knows now. */
  async snapshot(): Promise<TestSnapshot> {
    await this.settled();
    const job = this.#job.snapshot();
    if (job === null) throw new Error("the job is in the middle of something: it waits for something outside");
    this.#last = { job, counts: new Map([...this.#records].map(([name, { length }]) => [name, length])) };
    return this.#last;
  }

  /**
   * Kills the job and starts it anew from a snapshot: what was sent since is read again, what had come out since is taken back, as a
   * transactional sink would.
   */
  async restore(snapshot: TestSnapshot): Promise<void> {
    await this.close();
    for (const [name, records] of this.#records)
      records.length = Math.min(records.length, snapshot.counts.get(name) ?? 0);
    this.#restart(snapshot.job);
    await this.settled();
  }

  /** Kills the job at this moment; it starts anew from the last snapshot, or from the beginning. */
  async kill(): Promise<void> {
    if (this.#last !== null) return this.restore(this.#last);
    await this.close();
    for (const records of this.#records.values()) records.length = 0;
    this.#restart(null);
    await this.settled();
  }

  #restart(snapshot: JobSnapshot | null): void {
    this.#failure = null;
    this.#isFinished = false;
    for (const source of this.#sources.values()) source.watermark = Number.NEGATIVE_INFINITY;
    this.#job = this.#start(snapshot);
  }

  /** Resolves when the job has done all it can do without further input, time, or answers from outside. */
  async settled(): Promise<void> {
    let quiet = 0;
    for (let turns = 0; turns < MAX_TURNS && quiet < QUIET_TURNS; turns++) {
      this.#throwFailure();
      if (this.#isFinished) return;
      const isDone = this.#job.isQuiet && [...this.#sources.values()].every((source) => source.isDrained);
      quiet = isDone ? quiet + 1 : 0;
      await settle(1);
    }
    this.#throwFailure();
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  #source(name: string): HandSource {
    const source = this.#sources.get(name);
    if (source !== undefined) return source;
    throw new Error(`there is no source '${name}'; there are ${[...this.#sources.keys()].join(", ")}`);
  }
}

/** For so many turns of the event loop nothing must happen. */
const QUIET_TURNS = 4;
/** For so many turns a test waits for answers from outside. */
const MAX_TURNS = 2000;
