import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { createSink, createSource, pipeline } from "./index.ts";

const quiet = { reporter: { warn: () => undefined, progress: () => undefined } };

describe("a source of one's own", () => {
  it("reads its splits, each in its order, and is opened again where it was when it fails", async () => {
    let failures = 2;
    const opened: string[] = [];
    const source = createSource<string, number>({
      name: "pages",
      boundedness: "bounded",
      splits: () => ["a", "b"],
      async *read({ split, position }) {
        opened.push(`${split}@${position}`);
        for (let page = position ?? 0; page < 4; page++) {
          if (page === 2 && failures-- > 0) throw new Error("the line is dead");
          yield { records: [`${split}${page}`], position: page + 1 };
        }
      },
    });
    const clock = { now: () => Date.now(), sleep: () => Promise.resolve() };
    const seen: string[] = [];
    const job = pipeline("p");
    job.from(source).forEach((record) => void seen.push(record));
    await job.run({ ...quiet, clock });
    expect(seen.filter((record) => record.startsWith("a"))).toEqual(["a0", "a1", "a2", "a3"]);
    expect(seen.filter((record) => record.startsWith("b"))).toEqual(["b0", "b1", "b2", "b3"]);
    expect(opened).toHaveLength(4);
  });

  it("that may not be tried again ends the job", async () => {
    const source = createSource<string, number>({
      name: "once",
      retry: "never",
      // biome-ignore lint/correctness/useYield: it fails before
      async *read() {
        throw new Error("the line is dead");
      },
    });
    await expect(pipeline("p").from(source).toArray()).rejects.toThrow("source 'once': the line is dead");
  });

  it("with chunks larger than a batch loses nothing", async () => {
    const records = Array.from({ length: 10_000 }, (_, i) => i);
    const source = createSource<number, number>({
      name: "large",
      boundedness: "bounded",
      async *read() {
        yield { records, position: 1 };
        yield { records: [], position: 2 };
        yield { records: [-1], position: 3 };
      },
    });
    expect(await pipeline("p").from(source).toArray()).toEqual([...records, -1]);
  });

  it("is told how far the job has come", async () => {
    const committed: (readonly [string, number])[][] = [];
    const source = createSource<number, number>({
      name: "queue",
      boundedness: "bounded",
      async *read() {
        yield { records: [1, 2], position: 2 };
      },
      commit: (positions) => {
        committed.push([...positions]);
        return Promise.resolve();
      },
    });
    expect(await pipeline("p").from(source).toArray()).toEqual([1, 2]);
    expect(committed).toEqual([[["queue", 2]]]);
  });
});

describe("a sink of one's own", () => {
  it("is opened, written, flushed and closed", async () => {
    const log: string[] = [];
    const sink = createSink<number, string[]>({
      name: "log",
      open: () => log,
      write: async (writer, records) => {
        await Promise.resolve();
        writer.push(`write ${records.join()}`);
      },
      flush: (writer) => void writer.push("flush"),
      close: (writer) => void writer.push("close"),
    });
    const job = pipeline("p");
    job.from([1, 2, 3]).to(sink);
    await job.run();
    expect(log).toEqual(["write 1,2,3", "flush", "close"]);
  });
});

describe("streams of the platform", () => {
  it("are read and written", async () => {
    const seen: number[] = [];
    const writable = new WritableStream<number>({ write: (record) => void seen.push(record) });
    const job = pipeline("p");
    job.from(ReadableStream.from([1, 2, 3])).to(writable);
    await job.run();
    expect(seen).toEqual([1, 2, 3]);
    const fromNode = pipeline("p").from(Readable.from(["a", "b"]) as AsyncIterable<string>);
    const texts: string[] = [];
    for await (const text of fromNode.toReadableStream()) texts.push(text);
    expect(texts).toEqual(["a", "b"]);
  });
});
