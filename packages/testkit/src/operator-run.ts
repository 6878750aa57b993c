/**
 * Runs an operator over events as its task would, and harder: batches are cut as a scenario says, pulled one at a time,
 * checked, and overwritten once they may be; state is moved to new instances in between.
 */
import {
  type AsyncOperator,
  columnOf,
  createMemoryState,
  createMetricGroup,
  DEFAULT_MAX_PARALLELISM,
  decodeSnapshot,
  encodeSnapshot,
  hashRow,
  keyGroup,
  keyGroupRangeOf,
  MAX_TIMESTAMP,
  type OperatorContext,
  type RecordBatch,
  type Schema,
  type SnapshotableState,
  subtaskOf,
} from "@millrace/core";
import { findBatchProblem, poisonBatch } from "./batch-checks.ts";
import {
  batchesOf,
  batchOf,
  type Change,
  changeOf,
  changesOf,
  recordBatchesOf,
  recordChangesOf,
  type TestRow,
} from "./change.ts";

/** Something that reaches the operator. */
export type OperatorEvent =
  | { readonly kind: "rows"; readonly input: number; readonly rows: readonly TestRow[] }
  | { readonly kind: "watermark"; readonly at: number }
  | { readonly kind: "timer"; readonly at: number; readonly rings: boolean }
  | { readonly kind: "end" };

/** Rows for an input. */
export function rows(input: number, list: readonly TestRow[]): OperatorEvent {
  return { kind: "rows", input, rows: list };
}

/** The watermark of all inputs. */
export function watermark(at: number): OperatorEvent {
  return { kind: "watermark", at };
}

/** Processing time reached `at`, and timers that are due ring. */
export function processingTimer(at: number): OperatorEvent {
  return { kind: "timer", at, rings: true };
}

/** Processing time reached `at`, but no timer has rung yet: they may be late. */
export function processingTime(at: number): OperatorEvent {
  return { kind: "timer", at, rings: false };
}

/** All inputs end: the watermark MAX_TIMESTAMP, then `onEnd`. */
export function end(): OperatorEvent {
  return { kind: "end" };
}

export interface OperatorSetup {
  /** One that asks outside must be answered at once: nothing is waited for. */
  readonly create: (context: OperatorContext) => AsyncOperator;
  readonly inputs: readonly Schema[];
  readonly output: Schema;
  /** The columns each input is partitioned by. Without them the operator is not tried at other parallelisms. */
  readonly partitionedBy?: readonly (readonly number[])[];
  /** Set for operators over records: see `verifyRecords`. */
  readonly records?: RecordSetup;
}

/** How rows stand for records: in come `[record, event time]`, out come `[output, record, event time]`. */
export interface RecordSetup {
  /** The key of a record of each input, null where all instances get all. Without them the operator is not tried at other parallelisms. */
  readonly keysOf?: readonly (((record: unknown) => unknown) | null)[];
}

export interface Instance {
  readonly operator: AsyncOperator;
  readonly state: SnapshotableState;
  readonly metrics: ReturnType<typeof createMetricGroup>;
  readonly time: { timer: number; isWoken: boolean };
}

/** One or more instances of the operator, and what they have emitted. */
export class OperatorRun {
  readonly #setup: OperatorSetup;
  readonly output: Change[] = [];
  readonly metrics: Record<string, number> = {};
  #instances: readonly Instance[];
  #now = 0;

  constructor(setup: OperatorSetup) {
    this.#setup = setup;
    this.#instances = [this.#start(createState())];
  }

  #start(state: SnapshotableState): Instance {
    const metrics = createMetricGroup();
    const time = { timer: MAX_TIMESTAMP, isWoken: false };
    const wake = () => {
      time.isWoken = true;
    };
    const setTimer = (at: number) => {
      time.timer = at;
    };
    const processingTime = { now: () => this.#now, setTimer };
    const context: OperatorContext = { operatorId: "operator", state, metrics, processingTime, wake };
    return { operator: this.#setup.create(context), state, metrics, time };
  }

  send(event: OperatorEvent): void {
    if (event.kind === "rows") {
      const schema = this.#setup.inputs[event.input];
      for (const [subtask, part] of this.#route(event.input, event.rows).entries()) {
        for (const batch of this.#setup.records === undefined ? batchesOf(schema, part) : recordBatchesOf(part)) {
          this.#pull(() => this.#instances[subtask].operator.onBatch(batch, event.input));
          poisonBatch(batch);
        }
        this.#wake(this.#instances[subtask]);
      }
      return;
    }
    if (event.kind === "timer") {
      this.#now = event.at;
      if (event.rings) for (const instance of this.#instances) this.#ring(instance);
      return;
    }
    for (const instance of this.#instances) {
      const { operator } = instance;
      this.#advance(operator, event.kind === "watermark" ? event.at : MAX_TIMESTAMP);
      this.#wake(instance);
      if (event.kind === "watermark") continue;
      if (operator.isWaiting === true) throw new Error("the operator waits for answers at the end");
      this.#pull(() => operator.onEnd?.() ?? []);
    }
  }

  #wake({ operator, time }: Instance): void {
    while (time.isWoken) {
      time.isWoken = false;
      this.#pull(() => operator.onWake?.() ?? []);
    }
  }

  /** Until no timer is due: one that does its work in slices sets it again. */
  #ring({ operator, time }: Instance): void {
    while (time.timer <= this.#now) {
      const at = time.timer;
      time.timer = MAX_TIMESTAMP;
      this.#pull(() => operator.onTimer?.(at, "processing") ?? []);
    }
  }

  #advance(operator: AsyncOperator, watermark: number): void {
    const due = operator.dueAt;
    const before = this.output.length;
    this.#pull(() => operator.onWatermark(watermark));
    if (due !== undefined && due > watermark && this.output.length > before) {
      throw new Error(`rows came out at the watermark ${watermark}, but 'dueAt' said that none would before ${due}`);
    }
    if (operator.dueAt !== undefined && operator.dueAt <= watermark && watermark !== MAX_TIMESTAMP) {
      throw new Error(`after the watermark ${watermark} something is still due at ${operator.dueAt}`);
    }
  }

  /** The rows of each instance, by the key group of their partition columns. */
  #route(input: number, list: readonly TestRow[]): readonly (readonly TestRow[])[] {
    const parallelism = this.#instances.length;
    if (parallelism === 1) return [list];
    const keys = this.#setup.partitionedBy?.[input] ?? [];
    const parts: TestRow[][] = Array.from({ length: parallelism }, () => []);
    const keyOf = this.#setup.records?.keysOf?.[input];
    if (keyOf === null) return parts.map(() => list);
    if (keyOf !== undefined) {
      for (const row of list) {
        const column = columnOf({ kind: "value", nullable: true }, [keyOf(changeOf(row).values[0])]);
        parts[subtaskOf(keyGroup(hashRow([column], 0)), parallelism, DEFAULT_MAX_PARALLELISM)].push(row);
      }
      return parts;
    }
    const { columns } = batchOf(
      this.#setup.inputs[input],
      list.map((row) => changeOf(row)),
    );
    const keyColumns = keys.map((key) => columns[key]);
    for (const [i, row] of list.entries()) {
      parts[subtaskOf(keyGroup(hashRow(keyColumns, i)), parallelism, DEFAULT_MAX_PARALLELISM)].push(row);
    }
    return parts;
  }

  #pull(call: () => Iterable<RecordBatch | Promise<void>>): void {
    const emitted = call();
    if (Array.isArray(emitted) && emitted.length > 1) {
      throw new Error(`the operator made ${emitted.length} batches at once; it must make each when it is pulled`);
    }
    for (const batch of emitted) {
      if (batch instanceof Promise) throw new Error("the operator waits for an answer");
      const problem = findBatchProblem(batch, this.#setup.output);
      if (problem !== null) throw new Error(`the operator broke the contract of a batch: ${problem}`);
      if (this.#setup.records !== undefined) {
        this.output.push(...recordChangesOf(batch));
        continue;
      }
      this.output.push(...changesOf(batch, this.#setup.output));
    }
  }

  /** Moves all state, through bytes, into `parallelism` new instances. */
  restart(parallelism = this.#instances.length): void {
    this.#collectMetrics();
    const snapshots = this.#instances.map(({ state }) => decodeSnapshot(encodeSnapshot(state.snapshot())));
    this.#instances = Array.from({ length: parallelism }, (_, subtask) => {
      const state = createState();
      state.restore(snapshots, keyGroupRangeOf(subtask, parallelism, DEFAULT_MAX_PARALLELISM));
      const instance = this.#start(state);
      const unclaimed = state.unclaimed();
      if (unclaimed.length > 0) {
        throw new Error(
          `a new instance did not declare the state ${unclaimed.join(", ")}; declare all state in the constructor`,
        );
      }
      return instance;
    });
  }

  #collectMetrics(): void {
    for (const { metrics } of this.#instances) {
      for (const [name, value] of Object.entries(metrics.read()))
        this.metrics[name] = (this.metrics[name] ?? 0) + value;
    }
  }

  /** Adds up the counters of all instances there were. Call once, at the end. */
  finish(): void {
    this.#collectMetrics();
  }
}

function createState(): SnapshotableState {
  return createMemoryState({ operatorId: "operator" });
}
