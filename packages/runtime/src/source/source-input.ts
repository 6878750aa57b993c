/**
 * Reads a source: one reader per split, polled in turn, each with its place in event time.
 *
 * Invariant  rows of a split come in its order, none twice: after an outage its reader is made again at the position behind
 *            the last polled batch. A split that is known but not opened yet, or cannot be reached, holds the watermark back;
 *            only one that is open and quiet for `idleTimeoutMs` is left out, and time spent waiting for the outputs is not quiet.
 * State      per split: reader, position (for checkpoints), watermark.
 * Cost       per batch O(1), plus O(splits) when the split that holds the watermark moves.
 */
import type {
  Clock,
  MetricGroup,
  RecordBatch,
  Reporter,
  Source,
  Split,
  SplitPosition,
  SplitProgress,
  SplitReader,
  Timestamp,
} from "@millrace/core";
import { MAX_TIMESTAMP, recordBatch } from "@millrace/core";
import type { SourceKernel } from "@millrace/plan";
import { Alarm } from "../alarm.ts";
import { Outage } from "../retry/outage.ts";
import type { RetryPolicy } from "../retry/retry-policy.ts";
import type { TaskInput } from "../task/task-input.ts";
import { type InputWatermark, InputWatermarks } from "../watermark/input-watermarks.ts";
import type { SplitCheckpoint } from "./split-checkpoint.ts";

export interface SourceInputSpec {
  /** For messages: `table 'bids'`. */
  readonly owner: string;
  readonly source: Source;
  /** Where splits go on, by their id; others begin where the source says. */
  readonly checkpoints?: ReadonlyMap<string, SplitCheckpoint>;
  /** Runs over each batch; its output is borrowed until its next run. Null: batches go out as read. */
  readonly kernel: SourceKernel | null;
  /** 0: a quiet split holds the watermark for ever. */
  readonly idleTimeoutMs: number;
  readonly retryPolicy: RetryPolicy;
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly metrics: MetricGroup;
}

/** Where a split stands, for checkpoints and displays. */
export interface SplitStatus {
  readonly split: Split;
  /** Null: not read yet. */
  readonly position: SplitPosition | null;
  readonly ended: boolean;
  readonly progress: SplitProgress | null;
}

/** How many splits of a bounded source are open at a time: a folder may hold thousands of files. */
const MAX_OPEN_SPLITS = 64;
const EMPTY: RecordBatch = recordBatch(0, []);
const NEVER = Number.POSITIVE_INFINITY;
const DISCOVERY = Symbol("discovery");

type SplitPhase = "new" | "polling" | "waiting" | "retrying" | "ended";

interface SplitState {
  readonly split: Split;
  readonly input: number;
  phase: SplitPhase;
  reader: SplitReader | null;
  position: SplitPosition | null;
  progress: SplitProgress | null;
  /** When it is left out of the watermark, or tried again. */
  deadline: number;
}

export class SourceInput implements TaskInput {
  readonly #spec: SourceInputSpec;
  readonly #watermarks: InputWatermarks;
  readonly #outage: Outage<SplitState | typeof DISCOVERY>;
  readonly #alarm: Alarm;
  readonly #splits = new Map<string, SplitState>();
  /** Splits that are open or wait to be opened again, in the order they are polled. */
  #open: SplitState[] = [];
  readonly #unopened: SplitState[] = [];
  #nextSplit = 0;
  #nextDeadline = NEVER;
  #discoverAt = 0;
  /** When the source is to note how far it has come; NEVER while there is nothing new. */
  #commitAt = NEVER;
  readonly #committed = new Map<string, SplitPosition>();
  #committing: Promise<void> = Promise.resolve();
  #isDiscovering = false;
  #isDiscovered = false;
  #failure: { readonly error: unknown } | null = null;
  #wake: () => void = () => undefined;
  #isClosed = false;
  readonly #closing = new Set<Promise<void>>();
  recordsRead = 0;

  constructor(spec: SourceInputSpec) {
    this.#spec = spec;
    this.#watermarks = new InputWatermarks(() => spec.clock.now());
    this.#outage = new Outage(spec.owner, spec.retryPolicy, spec.clock, spec.reporter);
    this.#alarm = new Alarm(spec.clock, () => this.#wake());
    spec.metrics.gauge("numBytesIn", () => this.#bytesRead());
  }

  get watermark(): Timestamp {
    return this.#watermarks.watermark;
  }

  get idle(): boolean {
    return this.#watermarks.idle;
  }

  get ended(): boolean {
    return this.#watermarks.ended;
  }

  poll(): RecordBatch | null {
    if (this.#failure !== null) throw this.#failure.error;
    if (this.#discoverAt !== NEVER || this.#nextDeadline !== NEVER) this.#passDeadlines(this.#spec.clock.now());
    for (let left = this.#open.length; left > 0; left--) {
      if (this.#nextSplit >= this.#open.length) this.#nextSplit = 0;
      const state = this.#open[this.#nextSplit++];
      if (state === undefined) return null;
      if (state.phase !== "polling") continue;
      const batch = this.#pollSplit(state);
      if (batch !== null) return batch;
    }
    return null;
  }

  waitFor(wake: () => void): void {
    this.#wake = wake;
    this.#alarm.set(Math.min(this.#discoverAt, this.#nextDeadline, this.#commitAt));
  }

  get isCommitDue(): boolean {
    return this.#commitAt !== NEVER && this.#spec.clock.now() >= this.#commitAt;
  }

  prepareCommit(): (() => Promise<void>) | null {
    this.#commitAt = NEVER;
    const positions = new Map<string, SplitPosition>();
    for (const { split, position } of this.splits()) {
      if (position !== null && position !== this.#committed.get(split.id)) positions.set(split.id, position);
    }
    return this.#spec.source.commit === undefined || positions.size === 0 ? null : () => this.#commit(positions);
  }

  watermarks(): readonly InputWatermark[] {
    return this.#watermarks.inputs();
  }

  /** Each split known, in the order of discovery. */
  splits(): readonly SplitStatus[] {
    return Array.from(this.#splits.values(), (state) => ({
      split: state.split,
      position: state.reader?.position() ?? state.position,
      ended: state.phase === "ended",
      progress: state.reader?.progress?.() ?? state.progress,
    }));
  }

  /** Where each split would go on, by its id. */
  checkpoints(): ReadonlyMap<string, SplitCheckpoint> {
    const checkpoints = new Map<string, SplitCheckpoint>();
    for (const state of this.#splits.values()) {
      // An ended split is forgotten: whoever goes on at its end learns that at once.
      const watermark = state.phase === "ended" ? MAX_TIMESTAMP : this.#watermarks.around(state.input).own;
      checkpoints.set(state.split.id, { position: state.reader?.position() ?? state.position, watermark });
    }
    return checkpoints;
  }

  /** What cannot be noted is told and noted with the next: the rows themselves are where they belong. */
  #commit(positions: ReadonlyMap<string, SplitPosition>): Promise<void> {
    const { source, owner, reporter } = this.#spec;
    this.#committing = this.#committing.then(async () => {
      try {
        await source.commit?.(positions);
        for (const [id, position] of positions) this.#committed.set(id, position);
      } catch (error) {
        const { message } = error as Error;
        const text = message.startsWith(owner) ? message : `${owner}: ${message}`;
        reporter.warn(`${text} (how far it has been read is not committed)`);
      }
    });
    return this.#committing;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#alarm.clear();
    for (const state of this.#open) if (state.reader !== null) this.#closeReader(state);
    this.#open = [];
    await Promise.all(this.#closing);
    await this.#committing;
    await this.#spec.source.close?.();
  }

  #pollSplit(state: SplitState): RecordBatch | null {
    const { kernel } = this.#spec;
    const reader = state.reader as SplitReader;
    let batch: RecordBatch | null = null;
    try {
      // Looked at before the poll: a reader that has given its last batch is closed only when that batch is done with.
      if (!reader.ended) batch = reader.poll();
    } catch (error) {
      this.#retrySplit(state, error);
      return null;
    }
    if (batch === null) {
      if (reader.ended) this.#endSplit(state, reader);
      else this.#awaitSplit(state, reader);
      return null;
    }
    this.#outage.succeeded(state);
    state.deadline = NEVER;
    if (this.#watermarks.isIdle(state.input)) this.#watermarks.setIdle(state.input, false);
    this.recordsRead += batch.length;
    if (this.#commitAt === NEVER) this.#commitLater();
    if (kernel === null) return batch;
    if (kernel.reach !== undefined) {
      const { own, others } = this.#watermarks.around(state.input);
      kernel.reach(this.#watermarks.watermark, own, others);
    }
    const output = kernel.run(batch);
    if (output?.watermarks !== undefined) this.#clamp(output.watermarks, state.input);
    this.#watermarks.advance(state.input, kernel.watermark);
    return output ?? EMPTY;
  }

  /** Event time in front of each row: what the batch says, not before that of its split, not behind that of other splits. */
  #clamp(watermarks: Float64Array, input: number): void {
    const { own, others } = this.#watermarks.around(input);
    for (let row = 0; row < watermarks.length; row++) {
      watermarks[row] = Math.min(others, Math.max(own, watermarks[row]));
    }
  }

  #commitLater(): void {
    const { source, clock } = this.#spec;
    if (source.commitIntervalMs !== undefined) this.#commitAt = clock.now() + source.commitIntervalMs;
  }

  #awaitSplit(state: SplitState, reader: SplitReader): void {
    state.phase = "waiting";
    const { idleTimeoutMs, clock } = this.#spec;
    if (idleTimeoutMs > 0 && state.deadline === NEVER && !this.#watermarks.isIdle(state.input)) {
      state.deadline = clock.now() + idleTimeoutMs;
      this.#nextDeadline = Math.min(this.#nextDeadline, state.deadline);
    }
    reader.ready().then(
      () => {
        if (state.reader !== reader) return;
        this.#outage.succeeded(state);
        state.phase = "polling";
        this.#wake();
      },
      (error) => {
        if (state.reader !== reader) return;
        this.#guard(() => this.#retrySplit(state, error));
        this.#wake();
      },
    );
  }

  /** Puts the split off until its next try. Throws if there is none. */
  #retrySplit(state: SplitState, error: unknown): void {
    state.position = state.reader?.position() ?? state.position;
    this.#closeReader(state);
    state.phase = "retrying";
    // A split that cannot be reached is not idle: its rows will come.
    this.#watermarks.setIdle(state.input, false);
    state.deadline = this.#outage.failed(state, error);
    this.#nextDeadline = Math.min(this.#nextDeadline, state.deadline);
  }

  #openSplit(state: SplitState): void {
    state.deadline = NEVER;
    try {
      state.reader = this.#spec.source.createReader(state.split, state.position);
      state.phase = "polling";
    } catch (error) {
      this.#retrySplit(state, error);
    }
  }

  #endSplit(state: SplitState, reader: SplitReader): void {
    this.#outage.succeeded(state);
    state.position = reader.position();
    state.progress = reader.progress?.() ?? null;
    this.#closeReader(state);
    state.phase = "ended";
    const index = this.#open.indexOf(state);
    this.#open.splice(index, 1);
    if (index < this.#nextSplit) this.#nextSplit--;
    this.#watermarks.end(state.input);
    this.#watermarks.remove(state.input);
    this.#openSplits();
  }

  #openSplits(): void {
    const { source } = this.#spec;
    const room = source.boundedness === "bounded" ? MAX_OPEN_SPLITS - this.#open.length : NEVER;
    for (const state of this.#unopened.splice(0, room)) {
      this.#open.push(state);
      this.#openSplit(state);
    }
  }

  #closeReader(state: SplitState): void {
    const { reader } = state;
    state.reader = null;
    if (reader === null) return;
    const closing = reader.close().then(
      () => void this.#closing.delete(closing),
      (error) => {
        this.#closing.delete(closing);
        this.#spec.reporter.warn(
          `${this.#spec.owner}: closing '${state.split.id}' failed: ${(error as Error).message}`,
        );
      },
    );
    this.#closing.add(closing);
  }

  #passDeadlines(now: number): void {
    if (now >= this.#discoverAt && !this.#isDiscovering) void this.#discover();
    if (now < this.#nextDeadline) return;
    let next = NEVER;
    for (const state of this.#open) {
      if (state.deadline <= now) {
        state.deadline = NEVER;
        if (state.phase === "retrying") this.#openSplit(state);
        // One that is ready but has not been polled (the outputs were slow) is not quiet.
        else if (state.phase === "waiting") this.#watermarks.setIdle(state.input, true);
      }
      next = Math.min(next, state.deadline);
    }
    this.#nextDeadline = next;
  }

  async #discover(): Promise<void> {
    const { source, clock } = this.#spec;
    this.#isDiscovering = true;
    this.#discoverAt = NEVER;
    try {
      const splits = await source.discoverSplits();
      if (this.#isClosed) return;
      this.#outage.succeeded(DISCOVERY);
      for (const split of splits) this.#addSplit(split);
      const isComplete = source.boundedness === "bounded" || source.discoveryIntervalMs === undefined;
      if (!isComplete) this.#discoverAt = clock.now() + (source.discoveryIntervalMs as number);
      this.#guard(() => this.#openSplits());
      if (isComplete && !this.#isDiscovered) this.#watermarks.seal();
      this.#isDiscovered = true;
    } catch (error) {
      this.#guard(() => {
        if (!this.#isClosed) this.#discoverAt = this.#outage.failed(DISCOVERY, error);
      });
    } finally {
      this.#isDiscovering = false;
      this.#wake();
    }
  }

  #addSplit(split: Split): void {
    if (this.#splits.has(split.id)) return;
    const input = this.#watermarks.add(split.id);
    const checkpoint = this.#spec.checkpoints?.get(split.id);
    if (checkpoint !== undefined) this.#watermarks.advance(input, checkpoint.watermark);
    const state: SplitState = {
      split,
      input,
      phase: "new",
      reader: null,
      position: checkpoint?.position ?? null,
      progress: null,
      deadline: NEVER,
    };
    this.#splits.set(split.id, state);
    this.#unopened.push(state);
  }

  #bytesRead(): number {
    let sum = 0;
    for (const { progress } of this.splits()) if (progress?.unit === "bytes") sum += progress.done;
    return sum;
  }

  /** Keeps what `action` throws for the next poll. */
  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#failure ??= { error };
    }
  }
}
