import {
  type AsyncOperator,
  type Counter,
  createMetricGroup,
  MAX_TIMESTAMP,
  MIN_TIMESTAMP,
  type Timestamp,
} from "@millrace/core";
import { InputWatermarks } from "../watermark/input-watermarks.ts";
import { NodeTime } from "./node-time.ts";
import type { TaskInput } from "./task-input.ts";
import type { TaskOutput } from "./task-output.ts";

/** What stands at a node of a task: it reads, computes or delivers. */
export type TaskNodeRole =
  | { readonly kind: "input"; readonly input: TaskInput }
  | { readonly kind: "operator"; readonly operator: AsyncOperator }
  | { readonly kind: "output"; readonly output: TaskOutput };

export interface TaskEdge {
  readonly consumer: TaskNode;
  /** The number of the edge among the consumer's inputs. */
  readonly input: number;
}

/** One node of a running task with its edges, its place in event time and its metrics. Driven by Task alone. */
export class TaskNode {
  readonly id: string;
  readonly metrics = createMetricGroup();
  readonly recordsIn: Counter = this.metrics.counter("numRecordsIn");
  readonly recordsOut: Counter = this.metrics.counter("numRecordsOut");
  readonly batchesIn: Counter = this.metrics.counter("numBatchesIn");
  readonly batchesOut: Counter = this.metrics.counter("numBatchesOut");
  readonly consumers: TaskEdge[] = [];
  readonly producers: TaskNode[] = [];
  /** Of the inputs; unused by nodes that read. */
  readonly watermarks: InputWatermarks;
  role: TaskNodeRole | null = null;

  /** What the consumers have been told. */
  watermark: Timestamp = MIN_TIMESTAMP;
  idle = false;
  ended = false;

  /** Takes no further rows: it has all it needs. */
  isClosed = false;
  /** Nobody wants its rows any more. */
  isAbandoned = false;
  busyMs = 0;
  #peakStateBytes = 0;
  #peakStateEntries = 0;
  readonly processingTime: NodeTime;
  /** The operator is to be called: something has come for it. */
  isWoken = false;
  /** Wakes the task. */
  onWake: () => void = () => undefined;

  constructor(id: string, now: () => number) {
    this.id = id;
    this.processingTime = new NodeTime(now);
    this.watermarks = new InputWatermarks(now);
    this.metrics.gauge("busyTimeMs", () => this.busyMs);
    this.metrics.gauge("currentWatermark", () => this.watermark);
    this.metrics.gauge("peakStateBytes", () => this.#peakStateBytes);
    this.metrics.gauge("peakStateEntries", () => this.#peakStateEntries);
  }

  /** Has the operator called soon. */
  readonly wake = (): void => {
    this.isWoken = true;
    this.onWake();
  };

  /** It had ended before the job was restored: it takes nothing, and gives nothing but its end. */
  restoreEnded(): void {
    this.ended = true;
    this.isClosed = true;
    this.watermark = MAX_TIMESTAMP;
  }

  /** Takes down how much state there is: now and then, and before the end frees it. */
  noteState(): void {
    const { stateBytes = 0, stateEntries = 0 } = this.metrics.read();
    if (stateEntries < this.#peakStateEntries) return;
    this.#peakStateBytes = stateBytes;
    this.#peakStateEntries = stateEntries;
  }

  /** Makes `consumer` read what this node emits, as its next input. */
  feed(consumer: TaskNode): void {
    this.consumers.push({ consumer, input: consumer.watermarks.add(this.id) });
    consumer.producers.push(this);
  }
}
