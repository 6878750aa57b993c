/**
 * Runs the nodes of one task in one thread: pulls a batch from an input, pushes it through all operators to the outputs,
 * then the watermark behind it, then pulls the next.
 *
 * Suspended work is an explicit stack of frames, one per node that is in the middle of something: its iterable, the batch
 * being handed to its consumers, and to which one next. So the task can stop between any two batches: when an output returns a
 * promise (back-pressure) or an operator gives one (it needs an answer from outside), nothing is pulled until it resolves; and
 * after each slice, to let the event loop turn.
 *
 * Invariant  a batch has been taken by all consumers, all the way down, before its producer is resumed (batches are borrowed).
 *            A watermark reaches a node after all rows that were emitted before it, and leaves it after the rows it caused.
 *            onEnd comes once, after the watermark MAX_TIMESTAMP, when all inputs have ended.
 * State      the stack: at most a few frames per level of the graph. No batch is queued anywhere.
 * Cost       per batch and hop: two counters, one clock reading, no allocation unless the operator's iterable allocates.
 */
import {
  type AsyncOperator,
  type Clock,
  MAX_TIMESTAMP,
  type MillraceError,
  NO_BATCHES,
  type RecordBatch,
} from "@millrace/core";
import { Alarm } from "../alarm.ts";
import { systemClock } from "../clock.ts";
import { nodeError } from "./node-error.ts";
import type { TaskEdge, TaskNode } from "./task-node.ts";
import { Wakeup } from "./wakeup.ts";

/** How long a task keeps the thread before the event loop gets a turn. */
const SLICE_MS = 2;

const Stage = {
  /** Emitting what came of a batch. */
  rows: 0,
  /** Emitting what the watermark caused. */
  watermark: 1,
  /** Emitting what the end caused. */
  end: 2,
  /** Telling the consumers watermark, idleness and end. */
  status: 3,
} as const;
type Stage = (typeof Stage)[keyof typeof Stage];

interface Frame {
  node: TaskNode;
  stage: Stage;
  /** Where the node's batches come from: one of the two, or neither if there is none left. */
  list: readonly RecordBatch[] | null;
  iterator: Iterator<RecordBatch | Promise<void>> | null;
  /** Next index in `list`. */
  next: number;
  /** The batch being handed over, and the consumer that is next. */
  batch: RecordBatch | null;
  consumer: number;
}

type SliceResult = "finished" | "slice-over" | "nothing-to-read" | "commit-due" | Promise<void>;

export class Task {
  readonly #nodes: readonly TaskNode[];
  readonly #inputs: readonly TaskNode[];
  readonly #outputs: readonly TaskNode[];
  /** All that may set a timer, producers first. */
  readonly #timed: readonly TaskNode[];
  /** Operators that ask outside, and go on when an answer has come. */
  readonly #asking: readonly { readonly node: TaskNode; readonly operator: AsyncOperator }[];
  readonly #wakeup = new Wakeup();
  readonly #frames: Frame[] = [];
  #depth = 0;
  #nextInput = 0;
  /** The node whose code runs, and since when (performance.now()). */
  #current: TaskNode | null = null;
  #since = 0;
  #isWaiting = false;
  /** Of the node that asked to wait; settles, never rejects, when it is over. */
  #pending: Promise<void> | null = null;
  /** Closings of inputs that nobody needs any more. */
  readonly #closing: Promise<void>[] = [];
  /** What failed after the task had stopped waiting for it. */
  readonly #lateErrors: unknown[] = [];

  /** Wakes the task for the timers of its operators. */
  readonly #alarm: Alarm;

  /** `nodes` are connected (`TaskNode.feed`) and have their roles. `clock` is that of their processing time. */
  constructor(nodes: readonly TaskNode[], clock: Clock = systemClock) {
    this.#nodes = nodes;
    this.#alarm = new Alarm(clock, this.#wakeup.wake);
    this.#timed = nodes.filter((node) => node.role !== null && node.role.kind !== "input");
    this.#inputs = nodes.filter((node) => node.role?.kind === "input");
    this.#outputs = nodes.filter((node) => node.role?.kind === "output");
    this.#asking = nodes.flatMap((node) =>
      node.role?.kind === "operator" && node.role.operator.onWake !== undefined
        ? [{ node, operator: node.role.operator }]
        : [],
    );
    for (const { node } of this.#asking) node.onWake = this.#wakeup.wake;
    for (const node of nodes) if (node.role?.kind !== "input") node.watermarks.seal();
  }

  /** Nothing is under way: what was polled has been taken by the outputs, all the way down. */
  get isQuiet(): boolean {
    return this.#depth === 0 && !this.#isWaiting;
  }

  /** Runs to the end of all inputs, or until `signal` aborts. Rejects with the first error. Closes nothing: see `close`. */
  async run(signal: AbortSignal): Promise<"finished" | "cancelled"> {
    signal.addEventListener("abort", this.#wakeup.wake);
    try {
      for (const node of this.#nodes) {
        if (node.ended) this.#passEnd(node);
        else if (node.role?.kind === "operator" && node.role.operator.isDone === true) this.#push(node, Stage.rows);
      }
      while (!signal.aborted) {
        const result = this.#runSlice();
        if (result === "finished") {
          await this.#commit(signal);
          return "finished";
        }
        if (result === "slice-over") await eventLoopTurn();
        else if (result === "nothing-to-read") await this.#waitForInputs();
        else if (result === "commit-due") await this.#commit(signal);
        else await this.#waitFor(result, signal);
      }
      return "cancelled";
    } finally {
      signal.removeEventListener("abort", this.#wakeup.wake);
    }
  }

  /** Frees all nodes, whatever `run` was doing, after what it waited for is over; gives the errors met on the way. */
  async close(): Promise<readonly unknown[]> {
    const errors = this.#lateErrors;
    const attempt = async (node: TaskNode, action: () => unknown) => {
      try {
        await action();
      } catch (error) {
        errors.push(nodeError(error, node));
      }
    };
    // First, since what the task waits for may be an answer that nobody gives any more.
    for (const node of this.#nodes) {
      const { role } = node;
      if (role?.kind === "operator") await attempt(node, () => role.operator.close?.());
    }
    await this.#pending;
    await Promise.all(this.#closing);
    while (this.#depth > 0) {
      const frame = this.#frames[--this.#depth];
      await attempt(frame.node, () => frame.iterator?.return?.());
    }
    for (const node of this.#nodes) {
      const { role } = node;
      if (role?.kind === "input" && !node.isAbandoned) await attempt(node, () => role.input.close());
      if (role?.kind === "output") await attempt(node, () => role.output.close());
    }
    return errors;
  }

  /** Lets inputs note how far they have come. Nothing is under way: what was polled has reached the outputs, and only that. */
  async #commit(signal: AbortSignal): Promise<void> {
    const commits: (() => Promise<void>)[] = [];
    for (const { role, isAbandoned } of this.#inputs) {
      const commit = role?.kind === "input" && !isAbandoned ? role.input.prepareCommit?.() : null;
      if (commit != null) commits.push(commit);
    }
    if (commits.length === 0) return;
    for (const node of this.#outputs) {
      if (node.role?.kind !== "output" || node.ended) continue;
      this.#current = node;
      const flushed = node.role.output.flush?.();
      if (flushed !== undefined) await this.#waitFor(flushed, signal);
      if (signal.aborted) return;
    }
    const committed = Promise.all(commits.map((commit) => commit()));
    // While there is more to read nobody waits for it.
    if (this.#outputs.every((node) => node.ended)) await committed;
  }

  async #waitForInputs(): Promise<void> {
    for (const node of this.#mayPull() ? this.#inputs : []) {
      if (node.role?.kind === "input" && !node.ended && !node.isAbandoned) node.role.input.waitFor(this.#wakeup.wake);
    }
    this.#alarm.set(this.#nextTimer());
    await this.#wakeup.sleep();
    this.#alarm.clear();
  }

  async #waitFor(promise: Promise<void>, signal: AbortSignal): Promise<void> {
    this.#isWaiting = true;
    try {
      await this.#settled(promise, signal);
    } finally {
      this.#isWaiting = false;
    }
  }

  async #settled(promise: Promise<void>, signal: AbortSignal): Promise<void> {
    const node = this.#current as TaskNode;
    let isWaiting = true;
    let isSettled = false;
    let failure: MillraceError | null = null;
    this.#pending = promise.then(
      () => {
        isSettled = true;
        this.#wakeup.wake();
      },
      (error) => {
        isSettled = true;
        if (isWaiting) failure = nodeError(error, node);
        else this.#lateErrors.push(nodeError(error, node));
        this.#wakeup.wake();
      },
    );
    // Inputs may wake the task meanwhile: it goes on only for the promise, or to stop.
    while (!isSettled && !signal.aborted) await this.#wakeup.sleep();
    isWaiting = false;
    if (failure !== null) throw failure;
  }

  #runSlice(): SliceResult {
    this.#since = performance.now();
    this.#current = null;
    const until = this.#since + SLICE_MS;
    let isTimersTurn = false;
    try {
      for (;;) {
        while (this.#depth > 0) {
          const promise = this.#step(this.#frames[this.#depth - 1]);
          if (promise !== undefined) return promise;
          if (this.#since >= until) return "slice-over";
        }
        if (this.#isCommitDue() && !this.#isAnswerOut("isWaiting")) return "commit-due";
        // One timer, then one batch: a timer that is always due holds nothing up.
        isTimersTurn = !isTimersTurn;
        let didSomething = isTimersTurn ? this.#ringTimer() : this.#pull();
        if (didSomething === false) didSomething = isTimersTurn ? this.#pull() : this.#ringTimer();
        if (didSomething === false) return this.#outputs.every((node) => node.ended) ? "finished" : "nothing-to-read";
        if (didSomething !== true) return didSomething;
        if (this.#since >= until) return "slice-over";
      }
    } catch (error) {
      throw this.#current === null ? error : nodeError(error, this.#current);
    } finally {
      this.#charge();
    }
  }

  /** Adds the time since the last reading to the node that ran. */
  #charge(): void {
    const now = performance.now();
    if (this.#current !== null) this.#current.busyMs += now - this.#since;
    this.#since = now;
  }

  #enter(node: TaskNode): void {
    this.#charge();
    this.#current = node;
  }

  #isCommitDue(): boolean {
    for (const { role } of this.#inputs) if (role?.kind === "input" && role.input.isCommitDue === true) return true;
    return false;
  }

  /** Whether an operator is full, or has records that wait for answers. */
  #isAnswerOut(what: "isFull" | "isWaiting"): boolean {
    for (const { node, operator } of this.#asking) {
      if (operator[what] === true && !node.ended && !node.isAbandoned) return true;
    }
    return false;
  }

  /** Whether inputs are to be read: not before what is on its way has room, nor before what is to be committed has arrived. */
  #mayPull(): boolean {
    return this.#asking.length === 0 || !(this.#isAnswerOut("isFull") || this.#isCommitDue());
  }

  #nextTimer(): number {
    let next = MAX_TIMESTAMP;
    for (const { processingTime, ended } of this.#timed) if (!ended) next = Math.min(next, processingTime.timer);
    return next;
  }

  /** Calls the next node that was woken or whose timer is due; false if there is none. A promise says that an output asks to wait. */
  #ringTimer(): boolean | Promise<void> {
    for (const { node, operator } of this.#asking) {
      if (!node.isWoken || node.ended || node.isAbandoned) continue;
      node.isWoken = false;
      this.#enter(node);
      this.#open(this.#push(node, Stage.rows), operator.onWake?.() ?? NO_BATCHES);
      return true;
    }
    for (const node of this.#timed) {
      const { processingTime, role, ended, isAbandoned } = node;
      const { timer } = processingTime;
      if (timer === MAX_TIMESTAMP || ended || isAbandoned || processingTime.now() < timer) continue;
      processingTime.setTimer(MAX_TIMESTAMP);
      this.#enter(node);
      if (role?.kind === "output") return role.output.onTimer?.(timer) ?? true;
      if (role?.kind !== "operator" || role.operator.onTimer === undefined) continue;
      this.#open(this.#push(node, Stage.rows), role.operator.onTimer(timer, "processing"));
      return true;
    }
    return false;
  }

  /** Takes one batch, or a change of status, from the next input that has one. */
  #pull(): boolean {
    if (!this.#mayPull()) return false;
    const inputs = this.#inputs;
    for (let i = 0; i < inputs.length; i++) {
      const node = inputs[this.#nextInput];
      this.#nextInput = (this.#nextInput + 1) % inputs.length;
      if (node.ended || node.isAbandoned || node.role?.kind !== "input") continue;
      const { input } = node.role;
      this.#enter(node);
      const batch = input.poll();
      node.recordsIn.value = input.recordsRead;
      const isStatusNew = input.watermark > node.watermark || input.idle !== node.idle || input.ended;
      if (batch === null && !isStatusNew) continue;
      const frame = this.#push(node, Stage.rows);
      if (batch !== null && batch.length > 0) this.#emit(frame, batch);
      return true;
    }
    return false;
  }

  #push(node: TaskNode, stage: Stage): Frame {
    const index = this.#depth++;
    const frame = this.#frames[index];
    if (frame === undefined) {
      const created: Frame = { node, stage, list: null, iterator: null, next: 0, batch: null, consumer: 0 };
      this.#frames.push(created);
      return created;
    }
    frame.node = node;
    frame.stage = stage;
    frame.consumer = 0;
    return frame;
  }

  /** Only the top frame is popped, and only when it holds nothing any more. */
  #pop(): void {
    const frame = this.#frames[--this.#depth];
    frame.list = null;
    frame.iterator = null;
    frame.batch = null;
  }

  #open(frame: Frame, batches: Iterable<RecordBatch | Promise<void>>): void {
    if (Array.isArray(batches)) {
      frame.list = batches;
      frame.next = 0;
    } else frame.iterator = batches[Symbol.iterator]();
  }

  #emit(frame: Frame, batch: RecordBatch): void {
    frame.batch = batch;
    frame.consumer = 0;
    frame.node.recordsOut.value += batch.length;
    frame.node.batchesOut.value++;
  }

  /** One step of the top frame: hand over, pull, or go to the next stage. A promise says that an output or an operator asks to wait. */
  #step(frame: Frame): Promise<void> | undefined {
    const { node } = frame;
    if (node.isAbandoned) {
      frame.iterator?.return?.();
      this.#pop();
      return undefined;
    }
    if (frame.stage === Stage.status) {
      if (frame.consumer < node.consumers.length) return this.#tell(node.consumers[frame.consumer++], node);
      return this.#afterStatus(frame);
    }
    if (frame.batch !== null) {
      if (frame.consumer < node.consumers.length) return this.#deliver(node.consumers[frame.consumer++], frame.batch);
      frame.batch = null;
    }
    if (frame.list !== null) {
      if (frame.next < frame.list.length) {
        const batch = frame.list[frame.next++];
        if (batch.length > 0) this.#emit(frame, batch);
        return undefined;
      }
      frame.list = null;
    } else if (frame.iterator !== null) {
      this.#enter(node);
      const result = frame.iterator.next();
      if (result.done !== true) {
        if (result.value instanceof Promise) return result.value;
        if (result.value.length > 0) this.#emit(frame, result.value);
        return undefined;
      }
      frame.iterator = null;
    }
    this.#afterRows(frame);
    return undefined;
  }

  #deliver({ consumer, input }: TaskEdge, batch: RecordBatch): Promise<void> | undefined {
    if (consumer.isClosed || consumer.isAbandoned) return undefined;
    this.#enter(consumer);
    consumer.recordsIn.value += batch.length;
    consumer.batchesIn.value++;
    const { role } = consumer;
    if (role?.kind === "output") {
      consumer.recordsOut.value += batch.length;
      consumer.batchesOut.value++;
      return role.output.write(batch) ?? undefined;
    }
    if (role?.kind !== "operator") return undefined;
    const batches = role.operator.onBatch(batch, input);
    if (Array.isArray(batches) && batches.length === 0 && role.operator.isDone !== true) return undefined;
    this.#open(this.#push(consumer, Stage.rows), batches);
    return undefined;
  }

  /** The frame's iterable is exhausted: decide what follows. */
  #afterRows(frame: Frame): void {
    const { node, stage } = frame;
    const { role } = node;
    if (role?.kind === "input") {
      const { input } = role;
      if (!(input.watermark > node.watermark) && input.idle === node.idle && !input.ended) return this.#pop();
      node.watermark = input.watermark;
      node.idle = input.idle;
      node.ended = input.ended;
    } else if (role?.kind === "operator" && role.operator.isDone === true && !node.isClosed) this.#finishEarly(node);
    else if (stage === Stage.end) {
      node.ended = true;
      if (node.watermarks.ended) node.watermark = MAX_TIMESTAMP;
    } else if (stage === Stage.rows) {
      const own = role?.kind === "operator" ? role.operator.outputWatermark : undefined;
      // Where the end was put off it may have come.
      if ((own === undefined || own <= node.watermark) && !node.watermarks.ended) return this.#pop();
      if (own !== undefined && own > node.watermark) node.watermark = own;
    } else {
      node.watermark = outputWatermark(node);
      node.idle = node.watermarks.idle;
    }
    frame.stage = Stage.status;
    frame.consumer = 0;
  }

  #afterStatus(frame: Frame): Promise<void> | undefined {
    const { node } = frame;
    const { role } = node;
    if (node.ended || role?.kind === "input" || !node.watermarks.ended) {
      this.#pop();
      return undefined;
    }
    if (role?.kind === "operator" && role.operator.isWaiting === true) {
      this.#pop();
      return undefined;
    }
    this.#enter(node);
    if (role?.kind === "output") {
      node.ended = true;
      return role.output.end() ?? undefined;
    }
    frame.stage = Stage.end;
    if (role?.kind === "operator" && role.operator.onEnd !== undefined) this.#open(frame, role.operator.onEnd());
    return undefined;
  }

  /** Tells a consumer the status of one of its producers. */
  #tell({ consumer, input }: TaskEdge, producer: TaskNode): Promise<void> | undefined {
    if (consumer.isClosed || consumer.isAbandoned) return undefined;
    const { watermarks, role } = consumer;
    const before = watermarks.watermark;
    watermarks.setIdle(input, producer.idle);
    watermarks.advance(input, producer.watermark);
    if (producer.ended) watermarks.end(input);
    const { watermark } = watermarks;
    if (watermark === before && watermarks.idle === consumer.idle && !watermarks.ended) return undefined;
    const frame = this.#push(consumer, Stage.watermark);
    if (watermark === before) return undefined;
    if (watermark === MAX_TIMESTAMP) consumer.noteState();
    this.#enter(consumer);
    if (role?.kind === "output") return role.output.onWatermark?.(watermark) ?? undefined;
    if (role?.kind === "operator") this.#open(frame, role.operator.onWatermark(watermark));
    return undefined;
  }

  /** A node had ended before the job was restored: its consumers learn it, and nothing is read for it. */
  #passEnd(node: TaskNode): void {
    this.#push(node, Stage.status);
    this.#abandonProducersOf(node);
  }

  /** The operator needs no more rows: it ends now, and what only served it is not read further. */
  #finishEarly(node: TaskNode): void {
    node.isClosed = true;
    node.watermark = MAX_TIMESTAMP;
    node.ended = true;
    this.#abandonProducersOf(node);
  }

  #abandonProducersOf(node: TaskNode): void {
    for (const producer of node.producers) {
      const isWanted = producer.consumers.some(({ consumer }) => !consumer.isClosed && !consumer.isAbandoned);
      if (isWanted || producer.isAbandoned) continue;
      producer.isAbandoned = true;
      if (producer.role?.kind === "input") {
        const keep = (error: unknown) => void this.#lateErrors.push(nodeError(error, producer));
        this.#closing.push(producer.role.input.close().catch(keep));
      }
      this.#abandonProducersOf(producer);
    }
  }
}

/** What the consumers are told when the inputs' watermark has moved. */
function outputWatermark({ role, watermarks, watermark }: TaskNode): number {
  if (role?.kind !== "operator") return watermarks.watermark;
  const { outputWatermark: own, watermarkDelayMs = 0 } = role.operator;
  return own === undefined ? watermarks.watermark - watermarkDelayMs : Math.max(own, watermark);
}

function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
