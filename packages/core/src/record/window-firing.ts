/**
 * What windows emit: calls the program's code with what a window holds, and collects what it gives, late records and dead letters.
 *
 * State      the declared state per key, where the code has some. Per-window state stands with the window.
 */
import type { RecordBatch, RowOrigin } from "../batch/record-batch.ts";
import type { Counter } from "../metrics.ts";
import type { StateBackend } from "../state/state-backend.ts";
import { processingTimeOf } from "../state/state-ttl.ts";
import type { ProcessingTime } from "../time/processing-time.ts";
import { SharedTimer } from "../time/shared-timer.ts";
import type { Timestamp } from "../time/time-domain.ts";
import { createHandle, KeyedState } from "./keyed-state.ts";
import { RecordOutputs } from "./record-outputs.ts";
import type { StateDeclaration } from "./state-declaration.ts";
import { type ErrorPolicy, UserCode, type UserCodeContext } from "./user-code.ts";
import type { RecordWindow } from "./window-trigger.ts";

/** What code that is called with a window has at hand. One object for all calls: nothing of it is to be kept. */
export interface WindowContext {
  readonly key: unknown;
  readonly window: RecordWindow;
  readonly watermark: Timestamp;
  now(): Timestamp;
  /** The declared state of the key, over all its windows. */
  readonly state: { readonly [name: string]: unknown };
  /** The declared state of the key and window; gone with the window. */
  readonly windowState: { readonly [name: string]: unknown };
  emit(record: unknown): void;
  output(name: string, record: unknown): void;
}

export type States = { readonly [name: string]: StateDeclaration };

/** Where late records go. */
export interface LateOutput {
  readonly output: number;
  /** Whether somebody takes them; they are counted as dropped if not. */
  readonly isTaken: boolean;
}

export interface WindowResultSpec {
  /** Called with the results of the aggregates, or with the records. What it gives is emitted. */
  readonly onWindow: (contents: readonly unknown[], context: WindowContext) => Iterable<unknown> | undefined;
  readonly states: States;
  readonly windowStates: States;
  /** Side outputs, numbered from 1. */
  readonly outputs: readonly string[];
  readonly late: LateOutput;
  readonly onError: ErrorPolicy;
  /** The side output for dead letters; 0: there is none. */
  readonly deadLetters: number;
}

/** What of an operator's context is needed. */
interface FiringContext extends UserCodeContext {
  readonly state: StateBackend;
  readonly processingTime?: ProcessingTime;
}

export class WindowFiring implements WindowContext {
  readonly #code: UserCode;
  readonly state: { readonly [name: string]: unknown };
  readonly windowState: { readonly [name: string]: unknown };
  watermark: Timestamp = Number.NEGATIVE_INFINITY;
  readonly #spec: WindowResultSpec;
  readonly #operatorId: string;
  readonly #outputs: RecordOutputs;
  readonly #keyed: KeyedState;
  readonly #hasState: boolean;
  readonly #time: ProcessingTime | null;
  readonly #shared: SharedTimer | null;
  readonly #lateDropped: Counter;
  #key: unknown = null;
  #window: RecordWindow = { start: 0, end: 0 };
  #timestamp: Timestamp = Number.NaN;
  #held: Map<string, unknown> | null = null;
  #fatal: unknown = null;

  constructor(spec: WindowResultSpec, context: FiringContext) {
    this.#spec = spec;
    this.#operatorId = context.operatorId;
    this.#outputs = new RecordOutputs(spec.outputs);
    this.#code = new UserCode(spec.onError, context, this.#outputs.side(spec.deadLetters));
    this.#lateDropped = context.metrics.counter("numLateRecordsDropped");
    const declarations = Object.values(spec.states);
    const hasTtl = declarations.some(({ ttl }) => ttl !== null);
    this.#time = context.processingTime ?? (hasTtl ? processingTimeOf(context) : null);
    this.#shared = this.#time === null ? null : new SharedTimer(this.#time);
    const sweepTime = hasTtl ? (this.#shared?.part(() => this.#keyed.onTimer()) ?? null) : null;
    this.#hasState = declarations.length > 0;
    this.#keyed = new KeyedState(spec.states, context.state, sweepTime);
    this.state = this.#keyed.handles;
    this.windowState = Object.fromEntries(
      Object.entries(spec.windowStates).map(([name, declaration]) => [
        name,
        createHandle(declaration, this.#cellOf(name)),
      ]),
    );
  }

  /** Event time has come to `watermark`; what has been emitted stands in front of it. */
  reach(watermark: Timestamp): void {
    this.watermark = watermark;
    this.#outputs.reach(watermark);
  }

  /** A timer of the operator; `ring` is called when it is due. */
  alarm(ring: () => void): ProcessingTime | null {
    return this.#shared?.part(ring) ?? null;
  }

  onTimer(): void {
    this.#shared?.onTimer();
  }

  #cellOf(name: string) {
    return {
      get: () => this.#held?.get(name),
      set: (value: unknown) => void this.#held?.set(name, value),
      clear: () => void this.#held?.delete(name),
    };
  }

  /**
   * Emits a window. `windowState` is what its declared state holds; `timestamp` the event time of results where the window has
   * no end.
   */
  fire(
    key: unknown,
    window: RecordWindow,
    contents: readonly unknown[],
    windowState: Map<string, unknown> | null,
    timestamp: Timestamp,
  ): void {
    this.#key = key;
    this.#window = window;
    this.#held = windowState;
    this.#timestamp = window.end === Number.POSITIVE_INFINITY ? timestamp : window.end - 1;
    this.#outputs.at(undefined, -1);
    this.#outputs.mark();
    if (this.#hasState) this.#keyed.use(key);
    this.guard({ key, window: { start: window.start, end: window.end } }, this.#undo, () => {
      const emitted = this.#spec.onWindow(contents, this);
      if (emitted !== undefined) for (const record of emitted) this.#outputs.main.emit(record, this.#timestamp);
    });
    if (this.#hasState) this.#keyed.release();
  }

  readonly #undo = (): void => this.#outputs.rollBack();

  /** Runs code that no record is to blame for: what failed is described by `what`, and `undo` takes back what it has done. */
  guard(what: unknown, undo: () => void, run: () => void): void {
    try {
      run();
    } catch (error) {
      const again = () => {
        undo();
        run();
      };
      try {
        this.#code.failedOn(error, what, this.#timestamp, again, undo);
      } catch (fatal) {
        this.#fatal = fatal;
        throw fatal;
      }
    }
  }

  /** Code failed on a record, which is tried again by `again`. Errors: what ends the job. */
  failed(error: unknown, batch: RecordBatch, row: number, again: () => void): void {
    // What a window has failed on is no fault of the record that fired it.
    if (error === this.#fatal) throw error;
    this.#outputs.at(batch.origin, row);
    this.#code.failed(error, batch, row, again);
  }

  /** The record is in no window that is still there. */
  addLate(record: unknown, timestamp: Timestamp, origin: RowOrigin | undefined, row: number): void {
    const { isTaken, output } = this.#spec.late;
    this.#outputs.at(origin, row);
    if (isTaken) this.#outputs.side(output)?.emit(record, timestamp);
    else this.#lateDropped.value++;
  }

  get isFull(): boolean {
    return this.#outputs.isFull;
  }

  takeAll(): Generator<RecordBatch> {
    return this.#outputs.takeAll();
  }

  // WindowContext

  get key(): unknown {
    return this.#key;
  }

  get window(): RecordWindow {
    return this.#window;
  }

  now(): Timestamp {
    return (this.#time ?? processingTimeOf({ operatorId: this.#operatorId })).now();
  }

  emit(record: unknown): void {
    this.#outputs.main.emit(record, this.#timestamp);
  }

  output(name: string, record: unknown): void {
    this.#outputs.emitTo(name, record, this.#timestamp);
  }
}
