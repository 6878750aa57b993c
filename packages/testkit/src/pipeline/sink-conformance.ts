/** What every sink of records keeps to: run over each implementation. */
import { executeJob, type JobHandle, Registry } from "@millrace/runtime";
import { Pipeline, type PipelineEngine, type SinkLike } from "@millrace/stream";
import { type AsyncConformanceCase, recordText } from "./conformance-case.ts";

/** A sink with what it is to write. */
export interface SinkUnderTest<T> {
  readonly sink: SinkLike<T>;
  /** Records to write, all different; three at least. */
  readonly records: readonly T[];
  /** What stands in the target now, in the order in which it was written. */
  readonly written: () => Promise<readonly T[]> | readonly T[];
}

/**
 * The cases of a sink, to be run by any test runner. `prepare` is called for each and gives an empty target.
 *
 * @example
 * const prepare = () => {
 *   const target: number[] = [];
 *   const sink = createSink<number, number[]>({
 *     name: "target",
 *     open: () => target,
 *     write: (writer, records) => void writer.push(...records),
 *   });
 *   return { sink, records: [1, 2, 3], written: () => target };
 * };
 * for (const { run } of sinkConformance(prepare)) await run();
 */
export function sinkConformance<T>(
  prepare: () => SinkUnderTest<T> | Promise<SinkUnderTest<T>>,
): readonly AsyncConformanceCase[] {
  const withSink = (name: string, run: (sink: SinkUnderTest<T>) => Promise<void>): AsyncConformanceCase => ({
    name,
    run: async () => run(await prepare()),
  });
  return [
    withSink("writes all records, in their order, by the end of the job", async ({ sink, records, written }) => {
      await write(sink, records).done;
      same(await written(), records);
    }),
    withSink("writes records that come one by one, and waits for none", async ({ sink, records, written }) => {
      await write(sink, async function* () {
        for (const record of records) yield await Promise.resolve(record);
      }).done;
      same(await written(), records);
    }),
    withSink("takes more records than a batch holds", async ({ sink, records, written }) => {
      const many = Array.from({ length: 10_000 }, (_, i) => records[i % records.length]);
      await write(sink, many).done;
      same(await written(), many);
    }),
    withSink("writes nothing where nothing comes", async ({ sink, written }) => {
      await write(sink, []).done;
      same(await written(), []);
    }),
    withSink(
      "is closed when the job fails; what it wrote are the first records",
      async ({ sink, records, written }) => {
        const failing = async function* () {
          yield* records.slice(0, 2);
          await Promise.resolve();
          throw new Error("conformance: the source fails");
        };
        const error = await write(sink, failing).done.then(
          () => null,
          (thrown: unknown) => thrown,
        );
        if (!String(error).includes("conformance: the source fails"))
          throw new Error(`the job ended with ${String(error)}`);
        const first = await written();
        same(first, records.slice(0, first.length));
      },
    ),
    withSink("is closed when the job is stopped", async ({ sink }) => {
      const job = write(sink, async function* () {
        await new Promise(() => undefined);
        yield* [];
      });
      job.cancel();
      await job.done;
    }),
  ];
}

function write<T>(sink: SinkLike<T>, records: readonly T[] | (() => AsyncIterable<T>)): JobHandle {
  const ignore = () => undefined;
  const engine: PipelineEngine<unknown, JobHandle> = {
    start: (_, plans) => executeJob(plans, { registry: new Registry(), reporter: { warn: ignore, progress: ignore } }),
  };
  const pipeline = new Pipeline<unknown, JobHandle>("conformance", engine);
  pipeline.from<T>(records).to(sink);
  return pipeline.start();
}

function same(actual: readonly unknown[], expected: readonly unknown[]): void {
  if (actual.length !== expected.length)
    throw new Error(`${actual.length} records were written, expected ${expected.length}`);
  for (const [i, record] of expected.entries()) {
    const [is, wanted] = [recordText(actual[i]), recordText(record)];
    if (is !== wanted) throw new Error(`record ${i + 1} that was written is ${is}, expected ${wanted}`);
  }
}
