/** What every source of records keeps to: run over each implementation. */
import { executeJob, type JobHandle, type JobSnapshot, Registry } from "@millrace/runtime";
import { Pipeline, type PipelineEngine, type StreamSource } from "@millrace/stream";
import { settle } from "../manual-clock.ts";
import { type AsyncConformanceCase, recordText } from "./conformance-case.ts";

interface EngineOptions {
  readonly restore?: JobSnapshot;
}

/** A source with what is to come out of it. */
export interface SourceUnderTest<T> {
  /** Made anew for each job; reads what the one before it read. */
  readonly create: () => StreamSource<T>;
  /** The records of each split, in order; a few dozen at least, so that a job can be stopped between them. */
  readonly expected: readonly (readonly T[])[];
}

const MAX_TURNS = 5000;

/**
 * The cases of a source, to be run by any test runner. `prepare` is called for each.
 *
 * @example
 * const source = createSource<number, number>({
 *   name: "numbers",
 *   boundedness: "bounded",
 *   async *read({ position }) {
 *     for (let n = position ?? 0; n < 50; n++) yield { records: [n], position: n + 1 };
 *   },
 * });
 * const expected = [Array.from({ length: 50 }, (_, n) => n)];
 * for (const { run } of sourceConformance(() => ({ create: () => source, expected }))) await run();
 */
export function sourceConformance<T>(
  prepare: () => SourceUnderTest<T> | Promise<SourceUnderTest<T>>,
): readonly AsyncConformanceCase[] {
  const withSource = (name: string, run: (source: SourceUnderTest<T>) => Promise<void>): AsyncConformanceCase => ({
    name,
    run: async () => run(await prepare()),
  });
  return [
    withSource("gives each record of its splits once, in their order", async (source) => {
      const reading = read(source);
      await reading.until(count(source));
      await reading.stop();
      check(reading.records, source);
    }),
    withSource("can be read again from the start", async (source) => {
      for (let time = 0; time < 2; time++) {
        const reading = read(source);
        await reading.until(count(source));
        await reading.stop();
        check(reading.records, source);
      }
    }),
    withSource("goes on behind a snapshot: nothing is lost, nothing comes twice", async (source) => {
      const all = count(source);
      for (const part of [1, Math.ceil(all / 3), all - 1]) {
        const first = read(source);
        const { snapshot, records } = await first.snapshotAt(part);
        await first.stop();
        const second = read(source, snapshot);
        await second.until(all - records.length);
        await second.linger();
        await second.stop();
        check([...records, ...second.records], source);
      }
    }),
    withSource("stops when it is told, at once and in the middle", async (source) => {
      await read(source).stop();
      const reading = read(source);
      await reading.until(1);
      await reading.stop();
    }),
    withSource("says whether it ends, and does", async (source) => {
      const { boundedness } = source.create();
      const reading = read(source);
      await reading.until(count(source));
      if (boundedness === "bounded") await reading.ended();
      else {
        await settle(20);
        if (reading.hasEnded) throw new Error("the source says that it is unbounded, and has ended");
        await reading.stop();
      }
    }),
  ];
}

class Reading<T> {
  readonly records: T[] = [];
  hasEnded = false;
  readonly #job: JobHandle;
  #failure: { readonly error: unknown } | null = null;

  constructor({ create }: SourceUnderTest<T>, restore: JobSnapshot | undefined) {
    const engine: PipelineEngine<EngineOptions, JobHandle> = {
      start: (_, plans, options) =>
        executeJob(plans, { registry: new Registry(), reporter: { warn: ignore, progress: ignore }, ...options }),
    };
    const pipeline = new Pipeline<EngineOptions, JobHandle>("conformance", engine);
    pipeline.from(create()).forEach((record) => void this.records.push(record));
    this.#job = pipeline.start(restore === undefined ? {} : { restore });
    this.#job.done.then(
      ({ state }) => {
        this.hasEnded = state === "finished";
      },
      (error: unknown) => {
        this.#failure = { error };
      },
    );
  }

  async #wait(isOver: () => boolean, what: string): Promise<void> {
    for (let turn = 0; turn < MAX_TURNS; turn++) {
      if (this.#failure !== null) throw this.#failure.error;
      if (isOver()) return;
      await settle(1);
      // Sources wait for the outside: give it real time, too.
      if (turn > 100) await new Promise((resolve) => void setTimeout(resolve, 1));
    }
    throw new Error(`${what}: ${this.records.length} records have come`);
  }

  until(records: number): Promise<void> {
    return this.#wait(() => this.records.length >= records, `the source has not given ${records} records`);
  }

  /** Long enough for records to come that should not. */
  async linger(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) {
      await settle(5);
      await new Promise((resolve) => void setTimeout(resolve, 1));
    }
  }

  ended(): Promise<void> {
    return this.#wait(() => this.hasEnded, "the source has not ended");
  }

  /** At the first quiet moment after so many records. */
  async snapshotAt(records: number): Promise<{ readonly snapshot: JobSnapshot; readonly records: readonly T[] }> {
    let snapshot: JobSnapshot | null = null;
    const isTaken = () => {
      if (this.records.length < records) return false;
      snapshot = this.#job.snapshot();
      return snapshot !== null;
    };
    await this.#wait(isTaken, "the job has not been quiet");
    return { snapshot: snapshot as unknown as JobSnapshot, records: [...this.records] };
  }

  async stop(): Promise<void> {
    this.#job.cancel();
    await this.#job.done;
  }
}

function read<T>(source: SourceUnderTest<T>, restore?: JobSnapshot): Reading<T> {
  return new Reading(source, restore);
}

function count<T>({ expected }: SourceUnderTest<T>): number {
  return expected.reduce((sum, { length }) => sum + length, 0);
}

/** Each record once, and those of a split in its order. */
function check<T>(records: readonly T[], { expected }: SourceUnderTest<T>): void {
  const texts = records.map(recordText);
  const left = new Map<string, number>();
  for (const text of texts) left.set(text, (left.get(text) ?? 0) + 1);
  for (const record of expected.flat()) {
    const text = recordText(record);
    const times = left.get(text) ?? 0;
    if (times === 0) throw new Error(`the record ${text} is missing`);
    if (times === 1) left.delete(text);
    else left.set(text, times - 1);
  }
  for (const text of left.keys()) throw new Error(`the record ${text} came too often`);
  for (const split of expected) {
    const own = new Set(split.map(recordText));
    const order = texts.filter((text) => own.has(text));
    for (const [i, record] of split.entries()) {
      if (order[i] !== recordText(record))
        throw new Error(`record ${i + 1} of a split is ${order[i]}, expected ${recordText(record)}`);
    }
  }
}

function ignore(): void {
  // Nobody reads it.
}
