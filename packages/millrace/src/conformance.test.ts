import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createSink, createSource, fields, file, json, type StreamSource, types } from "./index.ts";
import { type SourceUnderTest, sinkConformance, sourceConformance } from "./testing.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-conformance-"));
afterAll(() => rmSync(folder, { recursive: true }));

const numbers = Array.from({ length: 50 }, (_, n) => n);
const rows = Array.from({ length: 9000 }, (_, n) => ({ n, s: `row ${n}` }));

function chunked(boundedness: "bounded" | "unbounded"): StreamSource<string> {
  return createSource<string, number>({
    name: "chunks",
    boundedness,
    splits: () => ["a", "b"],
    async *read({ split, position, sleep }) {
      for (let n = position ?? 0; n < 50; n += 5) {
        yield { records: Array.from({ length: 5 }, (_, i) => `${split}${n + i}`), position: n + 5 };
      }
      if (boundedness === "unbounded") await sleep("1d");
    },
  });
}

function files(): SourceUnderTest<(typeof rows)[number]> {
  const parts = [rows.slice(0, 5000), rows.slice(5000)];
  for (const [i, part] of parts.entries()) {
    writeFileSync(join(folder, `part-${i}.jsonl`), part.map((row) => `${JSON.stringify(row)}\n`).join(""));
  }
  const Row = fields({ n: types.DOUBLE.notNull(), s: types.STRING.notNull() });
  return { create: () => file({ path: join(folder, "part-*.jsonl"), format: json(Row) }), expected: parts };
}

const ofChunks = (boundedness: "bounded" | "unbounded") => () => ({
  create: () => chunked(boundedness),
  expected: ["a", "b"].map((split) => numbers.map((n) => `${split}${n}`)),
});

describe("sources", () => {
  describe("of chunks that end", () =>
    void it.each(sourceConformance(ofChunks("bounded")))("$name", ({ run }) => run()));
  describe("of chunks without an end", () =>
    void it.each(sourceConformance(ofChunks("unbounded")))("$name", ({ run }) => run()));
  describe("of files", () => void it.each(sourceConformance(files))("$name", ({ run }) => run()));

  it("that lose their position are found out", async () => {
    const create = () =>
      createSource<number, number>({
        name: "forgetful",
        async *read({ sleep }) {
          for (const n of numbers) yield { records: [n], position: 0 };
          await sleep("1d");
        },
      });
    const [, , restored] = sourceConformance(() => ({ create, expected: [numbers] }));
    await expect(restored.run()).rejects.toThrow(/came too often/);
  });
});

describe("sinks", () => {
  let sinks = 0;
  describe("to files", () =>
    void it.each(
      sinkConformance(() => {
        const path = join(folder, `out-${++sinks}.json`);
        const written = () => {
          try {
            const lines = readFileSync(path, "utf8").split("\n");
            return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as { n: number });
          } catch {
            return []; // never opened: nothing was written
          }
        };
        return {
          sink: file.sink({ path, format: json<{ n: number }>() }),
          records: [{ n: 1 }, { n: 2 }, { n: 3 }],
          written,
        };
      }),
    )("$name", ({ run }) => run()));

  describe("of BIGINTs", () =>
    void it.each(
      sinkConformance(() => {
        const target: bigint[] = [];
        const sink = createSink<bigint, null>({
          name: "target",
          open: () => null,
          write: (_, records) => void target.push(...records),
        });
        return { sink, records: [1n, 2n, 3n], written: () => target };
      }),
    )("$name", ({ run }) => run()));

  it("that lose what they were given are found out", async () => {
    const target: number[] = [];
    const sink = createSink<number, null>({
      name: "leaky",
      open: () => null,
      write: (_, records) => void target.push(...records.slice(1)),
    });
    const [whole] = sinkConformance(() => ({ sink, records: [1, 2, 3], written: () => target }));
    await expect(whole.run()).rejects.toThrow("2 records were written, expected 3");
  });
});
