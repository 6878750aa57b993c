import { createRecordsBatch } from "@platformatic/kafka";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { javaBatches } from "../fixtures/java-batches.ts";
import { type ByteRange, type Codec, RecordBatchBuilder, stampBatch } from "./record-batch-builder.ts";
import { readSegments } from "./record-batches.ts";
import { RecordCursor } from "./record-cursor.ts";
import { ReusedBuffer } from "./reused-buffer.ts";

const NULL_RANGE: ByteRange = { bytes: new Uint8Array(0), start: -1, end: -1 };

/** Somewhere inside a larger buffer, as in an encoder's output. */
function rangeOf(content: string | null): ByteRange {
  if (content === null) return NULL_RANGE;
  const bytes = Buffer.from(`xx${content}yy`);
  return { bytes, start: 2, end: bytes.length - 2 };
}

test("the bytes are those that Kafka's own producer writes", () => {
  const expected = Buffer.from(javaBatches.none, "hex");
  const base = Number(expected.readBigInt64BE(27));
  const builder = new RecordBatchBuilder();
  const headers = new Map([
    ["h1", Buffer.from("v1")],
    ["h2", null],
  ]);
  builder.append(base, rangeOf("k1"), rangeOf("first value"), headers);
  builder.append(base + 10, NULL_RANGE, rangeOf("second value, no key"), null);
  builder.append(base + 11, rangeOf("k3"), NULL_RANGE, new Map([["h1", Buffer.alloc(0)]]));
  const batch = builder.finish("none");
  stampBatch(batch, 0n, 0, 0);
  batch.writeInt32BE(0, 12); // the leader's epoch is the broker's to write, outside the checksum
  expect(batch.toString("hex")).toBe(expected.toString("hex"));
});

describe("agrees with the client library's writer", () => {
  const record = fc.record({
    key: fc.option(fc.string({ unit: "binary", maxLength: 200 })),
    value: fc.option(fc.string({ unit: "binary", maxLength: 20_000 }), { freq: 20 }),
    // The library writes deltas of 2^31 ms and more wrongly.
    timestamp: fc.integer({ min: 1_700_000_000_000, max: 1_700_000_000_000 + 2 ** 31 - 1 }),
    headers: fc.dictionary(fc.string({ maxLength: 80 }), fc.string({ maxLength: 80 }), { maxKeys: 3 }),
  });
  test.each(["none", "gzip", "snappy", "lz4", "zstd"] as const)("codec %s", (codec: Codec) => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 8 }), (records) => {
        const builder = new RecordBatchBuilder();
        for (const { key, value, timestamp, headers } of records) {
          const encoded = new Map(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)]));
          builder.append(timestamp, rangeOf(key), rangeOf(value), encoded);
        }
        const ours = builder.finish(codec);
        const messages = records.map(({ key, value, timestamp, headers }) => ({
          topic: "t",
          key: key === null ? undefined : Buffer.from(key),
          value: value === null ? undefined : Buffer.from(value),
          timestamp: BigInt(timestamp),
          headers: new Map(Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)])),
        }));
        const theirs = createRecordsBatch(messages as Parameters<typeof createRecordsBatch>[0], { compression: codec });
        // What they leave at other defaults: leader's epoch, producer's epoch and sequence.
        stampBatch(ours, -1n, 0, 0);
        ours.writeInt32BE(0, 12);
        expect(ours.toString("hex")).toBe(theirs.buffer.toString("hex"));
      }),
      { numRuns: 40 },
    );
  });
});

test("what is written is what is read; timestamps may go back and far", () => {
  const builder = new RecordBatchBuilder();
  const times = [2 ** 41, 0, 2 ** 41 + 5, 1];
  for (let round = 0; round < 2; round++) {
    times.forEach((time, i) => {
      builder.append(time, rangeOf(`k${i}`), rangeOf("v".repeat(i * 10_000)), null);
    });
    expect(builder.count).toBe(4);
    const batch = builder.finish("none");
    stampBatch(batch, -1n, -1, -1);
    const { bytes, segments } = readSegments(batch, [], String, new ReusedBuffer());
    expect(builder.count).toBe(0);
    const cursor = new RecordCursor(bytes);
    let at = segments[0].start;
    for (const [i, time] of times.entries()) {
      at = cursor.read(at);
      expect(segments[0].baseTimestamp + cursor.timestampDelta).toBe(time);
      expect(cursor.valueEnd - cursor.valueStart).toBe(i * 10_000);
      expect(cursor.offsetDelta).toBe(i);
    }
    expect(at).toBe(segments[0].end);
  }
});
