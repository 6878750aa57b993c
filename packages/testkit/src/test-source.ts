import type { RecordBatch, Source, Split, SplitPosition, SplitProgress, SplitReader } from "@millrace/core";

type Step = RecordBatch | Error | "end";

interface Script {
  readonly split: Split;
  readonly steps: Step[];
  readonly waiting: Set<() => void>;
}

/**
 * A source that gives what a test pushes into it. The position of a split is the number of batches given; a reader made at a
 * position goes on behind them. `log` tells what the runtime did: `open a@0`, `poll a`, `close a`.
 *
 * ```ts
 * const source = new TestSource({ splits: ["a", "b"] });
 * source.push("a", batch);
 * source.end("a");
 * ```
 */
export class TestSource implements Source {
  readonly boundedness: "bounded" | "unbounded";
  readonly discoveryIntervalMs?: number;
  readonly log: string[] = [];
  /** Thrown by the next calls of `discoverSplits`, one each. */
  readonly discoveryErrors: Error[] = [];
  readonly #scripts = new Map<string, Script>();

  constructor(options: {
    readonly splits: readonly string[];
    readonly boundedness?: "bounded" | "unbounded";
    readonly discoveryIntervalMs?: number;
  }) {
    this.boundedness = options.boundedness ?? "bounded";
    if (options.discoveryIntervalMs !== undefined) this.discoveryIntervalMs = options.discoveryIntervalMs;
    for (const id of options.splits) this.addSplit(id);
  }

  addSplit(id: string): void {
    this.#scripts.set(id, { split: { id, properties: null }, steps: [], waiting: new Set() });
  }

  /** The next batches of a split. An Error fails the reader there, once. */
  push(id: string, ...steps: (RecordBatch | Error)[]): void {
    this.#append(id, steps);
  }

  end(id: string): void {
    this.#append(id, ["end"]);
  }

  #append(id: string, steps: readonly Step[]): void {
    const script = this.#script(id);
    script.steps.push(...steps);
    for (const wake of script.waiting) wake();
    script.waiting.clear();
  }

  #script(id: string): Script {
    const script = this.#scripts.get(id);
    if (script === undefined) throw new Error(`the test has no split '${id}'`);
    return script;
  }

  discoverSplits(): Promise<readonly Split[]> {
    this.log.push("discover");
    const error = this.discoveryErrors.shift();
    return error === undefined
      ? Promise.resolve([...this.#scripts.values()].map(({ split }) => split))
      : Promise.reject(error);
  }

  createReader(split: Split, position: SplitPosition | null): SplitReader {
    const start = typeof position === "number" ? position : 0;
    this.log.push(`open ${split.id}@${start}`);
    return new TestReader(this.#script(split.id), start, this.log);
  }

  close(): Promise<void> {
    this.log.push("close source");
    return Promise.resolve();
  }
}

class TestReader implements SplitReader {
  readonly #script: Script;
  readonly #log: string[];
  #next: number;

  constructor(script: Script, start: number, log: string[]) {
    this.#script = script;
    this.#next = start;
    this.#log = log;
  }

  get ended(): boolean {
    return this.#script.steps[this.#next] === "end";
  }

  poll(): RecordBatch | null {
    const step = this.#script.steps[this.#next];
    if (step === undefined || step === "end" || step instanceof Error) return null;
    this.#next++;
    this.#log.push(`poll ${this.#script.split.id}`);
    return step;
  }

  ready(): Promise<void> {
    const step = this.#script.steps[this.#next];
    if (step instanceof Error) {
      this.#script.steps.splice(this.#next, 1);
      return Promise.reject(step);
    }
    if (step !== undefined) return Promise.resolve();
    return new Promise<void>((resolve) => this.#script.waiting.add(resolve)).then(() => this.ready());
  }

  position(): SplitPosition {
    return this.#next;
  }

  progress(): SplitProgress {
    const total = this.#script.steps.at(-1) === "end" ? this.#script.steps.length - 1 : null;
    return { done: this.#next, total, unit: "records" };
  }

  close(): Promise<void> {
    this.#log.push(`close ${this.#script.split.id}`);
    return Promise.resolve();
  }
}
