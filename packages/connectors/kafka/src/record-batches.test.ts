import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { endOfTransaction, handBuiltBatch, handBuiltRecord } from "../fixtures/hand-built-batch.ts";
import { javaBatches } from "../fixtures/java-batches.ts";
import { type AbortedTransaction, type RecordSegments, readSegments } from "./record-batches.ts";
import { RecordCursor } from "./record-cursor.ts";
import { ReusedBuffer } from "./reused-buffer.ts";

const describeOffset = (offset: number) => `topic t, partition 0, offset ${offset}`;
const segmentsOf = (records: Buffer, aborted: readonly AbortedTransaction[] = []) =>
  readSegments(records, aborted, describeOffset, new ReusedBuffer());

interface ReadRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Record<string, string | null>;
}

/** All records that are not skipped. */
function recordsOf({ bytes, segments }: RecordSegments): ReadRecord[] {
  const records: ReadRecord[] = [];
  const cursor = new RecordCursor(bytes);
  const text = (start: number, end: number) =>
    start < 0 ? null : new TextDecoder().decode(bytes.subarray(start, end));
  for (const segment of segments) {
    let at = segment.start;
    for (let i = 0; i < segment.count && !segment.skipped; i++) {
      at = cursor.read(at);
      expect(cursor.sound).toBe(true);
      const headers = Array.from(cursor.headers(), ([name, value]) => [
        name,
        value === null ? null : new TextDecoder().decode(value),
      ]);
      records.push({
        offset: segment.baseOffset + cursor.offsetDelta,
        timestamp: segment.appendTimestamp ?? segment.baseTimestamp + cursor.timestampDelta,
        key: text(cursor.keyStart, cursor.keyEnd),
        value: text(cursor.valueStart, cursor.valueEnd),
        headers: Object.fromEntries(headers),
      });
    }
    if (!segment.skipped) expect(at).toBe(segment.end);
  }
  return records;
}

const values = (segments: RecordSegments) => recordsOf(segments).map(({ value }) => value);
const plain = (baseOffset: number, ...texts: readonly string[]) =>
  handBuiltBatch({ baseOffset, records: texts.map((each, i) => handBuiltRecord(i, null, each)) });
const transactional = (baseOffset: number, producerId: bigint, ...texts: readonly string[]) =>
  handBuiltBatch({
    baseOffset,
    records: texts.map((each, i) => handBuiltRecord(i, null, each)),
    attributes: 0x10,
    producerId,
  });

describe("what Kafka's own producer has written", () => {
  test.each(Object.entries(javaBatches))("codec %s", (_codec, hex) => {
    const bytes = Buffer.from(hex, "hex");
    const segments = segmentsOf(bytes);
    const base = Number(bytes.readBigInt64BE(27));
    const read = recordsOf(segments);
    expect(read.map(({ timestamp: _, ...rest }) => rest)).toEqual([
      { offset: 0, key: "k1", value: "first value", headers: { h1: "v1", h2: null } },
      { offset: 1, key: null, value: "second value, no key", headers: {} },
      { offset: 2, key: "k3", value: null, headers: { h1: "" } },
    ]);
    expect(read[0].timestamp).toBe(base);
    expect(Math.max(...read.map(({ timestamp }) => timestamp))).toBe(Number(bytes.readBigInt64BE(35)));
  });

  test("batches of several codecs in one fetch lie in one run of bytes", () => {
    const all = Object.values(javaBatches).map((hex, i) => {
      const batch = Buffer.from(hex, "hex");
      batch.writeBigInt64BE(BigInt(i * 3), 0); // the broker sets the offset, outside the checksum
      return batch;
    });
    const read = recordsOf(segmentsOf(Buffer.concat([plain(0), ...all].slice(1))));
    expect(read.map(({ offset }) => offset)).toEqual(Array.from({ length: 15 }, (_, i) => i));
    expect(new Set(read.map(({ value }) => value))).toEqual(new Set(["first value", "second value, no key", null]));
  });
});

test("offsets, timestamps and the leader's epoch come from the batch's header", () => {
  const records = [handBuiltRecord(0, "k", "a", 5), handBuiltRecord(3, null, "b", -7)];
  const created = handBuiltBatch({ baseOffset: 40, records, baseTimestamp: 1000, maxTimestamp: 1005, leaderEpoch: 12 });
  expect(recordsOf(segmentsOf(created)).map(({ offset, timestamp }) => [offset, timestamp])).toEqual([
    [40, 1005],
    [43, 993],
  ]);
  const appended = handBuiltBatch({ baseOffset: 40, records, attributes: 8, baseTimestamp: 1000, maxTimestamp: 2000 });
  expect(recordsOf(segmentsOf(appended)).map(({ timestamp }) => timestamp)).toEqual([2000, 2000]);
  expect(segmentsOf(created).segments[0]).toMatchObject({ leaderEpoch: 12, lastOffset: 41, appendTimestamp: null });
});

test("an uncompressed response is not copied", () => {
  const records = Buffer.concat([plain(0, "a"), plain(1, "b")]);
  expect(segmentsOf(records).bytes.buffer).toBe(records.buffer);
});

describe("a response cut off by its size", () => {
  const whole = Buffer.concat([plain(0, "a", "b"), plain(2, "c")]);
  test("gives the whole batches, wherever the cut is", () => {
    const first = plain(0, "a", "b").length;
    for (let end = first; end < whole.length; end++) {
      const segments = segmentsOf(Buffer.from(whole.subarray(0, end)));
      expect(values(segments)).toEqual(["a", "b"]);
      expect(segments.segments.at(-1)?.lastOffset).toBe(1);
    }
    for (let end = 0; end < first; end++) expect(segmentsOf(whole.subarray(0, end)).segments).toEqual([]);
    expect(values(segmentsOf(whole))).toEqual(["a", "b", "c"]);
  });
});

describe("damaged batches", () => {
  test("every flipped bit behind the checksum is found", () => {
    const good = plain(7, "a", "bc");
    for (let at = 17; at < good.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const bad = Buffer.from(good);
        bad[at] ^= 1 << bit;
        expect(() => segmentsOf(bad), `byte ${at}, bit ${bit}`).toThrow(
          "topic t, partition 0, offset 7: the checksum of the record batch does not match",
        );
      }
    }
  });

  test("what stands before a batch that cannot be decompressed is given, and the next fetch fails at it", () => {
    const records = [handBuiltRecord(0, null, "b")];
    const good = handBuiltBatch({ baseOffset: 0, records, attributes: 1, payload: gzipSync(records[0]) });
    const bad = handBuiltBatch({ baseOffset: 1, records, attributes: 1, payload: Buffer.from("no such thing") });
    expect(values(segmentsOf(Buffer.concat([good, bad, plain(2, "c")])))).toEqual(["b"]);
    expect(() => segmentsOf(Buffer.concat([bad, plain(2, "c")]))).toThrow("offset 1: the record batch cannot");
  });

  test("what stands before a damaged batch is given, and the next fetch fails at it", () => {
    const bad = plain(1, "b");
    bad[bad.length - 2] ^= 1;
    const segments = segmentsOf(Buffer.concat([plain(0, "a"), bad, plain(2, "c")]));
    expect(values(segments)).toEqual(["a"]);
    expect(segments.segments.at(-1)?.lastOffset).toBe(0);
    expect(() => segmentsOf(Buffer.concat([bad, plain(2, "c")]))).toThrow("offset 1: the checksum");
  });

  test("an older format, a short batch, an unknown codec and a payload that is none of its codec are told", () => {
    const old = plain(3, "a");
    old[16] = 1;
    expect(() => segmentsOf(old)).toThrow("offset 3: record format 1 is not supported");
    const short = Buffer.alloc(100);
    short.writeInt32BE(20, 8);
    expect(() => segmentsOf(short)).toThrow("shorter than its header");
    const records = [handBuiltRecord(0, null, "a")];
    const unknown = handBuiltBatch({ baseOffset: 3, records, attributes: 7 });
    expect(() => segmentsOf(unknown)).toThrow("unknown compression codec 7");
    for (const codec of [1, 2, 3, 4]) {
      const wrong = handBuiltBatch({
        baseOffset: 3,
        records,
        attributes: codec,
        payload: Buffer.from("no such thing"),
      });
      expect(() => segmentsOf(wrong), `codec ${codec}`).toThrow("offset 3: the record batch cannot be decompressed");
    }
  });

  test("a record that reaches beyond itself is noticed", () => {
    const cursor = new RecordCursor(Buffer.of(12, 0, 0, 0, 1, 80, 65, 65));
    cursor.read(0);
    expect(cursor.sound).toBe(false);
  });
});

describe("transactions", () => {
  test("control batches have no records of ours, but offsets", () => {
    const response = Buffer.concat([transactional(0, 1n, "a"), endOfTransaction(1, 1n, "commit"), plain(2, "b")]);
    const segments = segmentsOf(response);
    expect(values(segments)).toEqual(["a", "b"]);
    expect(segments.segments.map(({ lastOffset, skipped }) => [lastOffset, skipped])).toEqual([
      [0, false],
      [1, true],
      [2, false],
    ]);
  });

  test("an aborted transaction's records go, those of others beside it stay", () => {
    const response = Buffer.concat([
      transactional(0, 1n, "aborted 1"),
      transactional(1, 2n, "kept 1"),
      plain(2, "kept 2"),
      transactional(3, 1n, "aborted 2"),
      endOfTransaction(4, 1n, "abort"),
      endOfTransaction(5, 2n, "commit"),
      transactional(6, 1n, "kept 3"),
      endOfTransaction(7, 1n, "commit"),
    ]);
    const segments = segmentsOf(response, [{ producerId: 1n, firstOffset: 0n }]);
    expect(values(segments)).toEqual(["kept 1", "kept 2", "kept 3"]);
  });

  test("several aborted transactions of one producer in one response, told in any order", () => {
    const response = Buffer.concat([
      transactional(0, 1n, "aborted 1"),
      endOfTransaction(1, 1n, "abort"),
      transactional(2, 1n, "aborted 2"),
      endOfTransaction(3, 1n, "abort"),
      transactional(4, 1n, "kept"),
      endOfTransaction(5, 1n, "commit"),
      transactional(6, 1n, "aborted 3"),
      endOfTransaction(7, 1n, "abort"),
    ]);
    const aborted = [6n, 0n, 2n].map((firstOffset) => ({ producerId: 1n, firstOffset }));
    expect(values(segmentsOf(response, aborted))).toEqual(["kept"]);
  });

  test("a transaction that began before the fetch and ends behind it", () => {
    const response = Buffer.concat([transactional(10, 5n, "aborted"), plain(11, "kept"), transactional(12, 5n, "too")]);
    expect(values(segmentsOf(response, [{ producerId: 5n, firstOffset: 2n }]))).toEqual(["kept"]);
  });

  test("records outside transactions are never taken for aborted ones, whoever wrote them", () => {
    const idempotent = handBuiltBatch({ baseOffset: 3, records: [handBuiltRecord(0, null, "kept")], producerId: 1n });
    const response = Buffer.concat([transactional(2, 1n, "aborted"), idempotent]);
    expect(values(segmentsOf(response, [{ producerId: 1n, firstOffset: 2n }]))).toEqual(["kept"]);
  });

  test("an aborted batch is skipped without being decompressed", () => {
    const records = [handBuiltRecord(0, null, "a")];
    const bad = handBuiltBatch({ baseOffset: 0, records, attributes: 0x14, producerId: 1n, payload: Buffer.from("x") });
    expect(values(segmentsOf(bad, [{ producerId: 1n, firstOffset: 0n }]))).toEqual([]);
  });
});
