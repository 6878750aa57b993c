import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBatch, decodeSchema, encodeBatch, encodeSchema, readBatch, writeBatch } from "./batch-codec.ts";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { valueAt } from "./column.ts";
import { columnOf } from "./column-builder.ts";
import { BIGINT, BOOLEAN, BYTES, type DataType, DOUBLE, decimal, row, STRING, VALUE } from "./data-type.ts";
import { type RecordBatch, recordBatch } from "./record-batch.ts";

const anyValue = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, true, false, Number.NaN, Number.NEGATIVE_INFINITY, 2n ** 80n, -(2n ** 63n)),
    fc.double({ noNaN: true }).map((value) => value + 0),
    fc.string({ unit: "grapheme" }),
    fc.uint8Array(),
    fc.date({ noInvalidDate: true }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie("value"), { maxKeys: 4, noNullPrototype: true }),
    fc.array(fc.tuple(fc.string(), tie("value")), { maxLength: 4 }).map((entries) => new Map(entries)),
  ),
})).value;

const columns: [DataType, fc.Arbitrary<unknown>][] = [
  [BIGINT, fc.oneof(fc.maxSafeInteger(), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n))],
  [decimal(38, 3), fc.bigInt(-(10n ** 38n), 10n ** 38n)],
  [DOUBLE, fc.double()],
  [BOOLEAN, fc.boolean()],
  [STRING, fc.string({ unit: "binary" })],
  [BYTES, fc.uint8Array()],
  [VALUE, anyValue],
  [row([{ name: "a", type: STRING }]), fc.tuple(fc.string())],
];

function rowsOf(batch: RecordBatch): unknown[][] {
  return Array.from({ length: batch.length }, (_, i) => columns.map(([type], c) => valueAt(batch.columns[c], i, type)));
}

const anyBatch = fc
  .record({
    rows: fc.array(fc.tuple(...columns.map(([, value]) => fc.option(value))), { minLength: 1, maxLength: 20 }),
    hasKinds: fc.boolean(),
    hasTimestamps: fc.boolean(),
  })
  .map(({ rows, hasKinds, hasTimestamps }) =>
    recordBatch(
      rows.length,
      columns.map(([type], c) =>
        columnOf(
          type,
          rows.map((values) => values[c]),
        ),
      ),
      hasKinds ? Uint8Array.from(rows, (_, i) => i % 4) : null,
      hasTimestamps ? Float64Array.from(rows, (_, i) => (i % 3 === 0 ? Number.NaN : i * 1e12)) : null,
    ),
  );

describe("the batch codec", () => {
  it("gives back what it took", () => {
    fc.assert(
      fc.property(anyBatch, fc.nat({ max: 9 }), (batch, offset) => {
        const encoded = encodeBatch(batch);
        // The same bytes at any place in memory, aligned or not.
        const moved = new Uint8Array(encoded.length + offset);
        moved.set(encoded, offset);
        const decoded = decodeBatch(moved.subarray(offset));
        expect(rowsOf(decoded)).toEqual(rowsOf(batch));
        expect(decoded.kinds).toEqual(batch.kinds);
        expect(decoded.timestamps).toEqual(batch.timestamps);
        expect(decoded.columns.map(({ kind }) => kind)).toEqual(batch.columns.map(({ kind }) => kind));
        expect(encodeBatch(decoded)).toEqual(encoded);
      }),
      { seed: 5, numRuns: 150 },
    );
  });

  it("keeps batches one after another apart", () => {
    fc.assert(
      fc.property(fc.array(anyBatch, { maxLength: 4 }), (batches) => {
        const writer = new ByteWriter(8);
        for (const batch of batches) {
          writer.byte(1);
          writeBatch(writer, batch);
        }
        const reader = new ByteReader(writer.finish());
        for (const batch of batches) {
          reader.byte();
          expect(rowsOf(readBatch(reader))).toEqual(rowsOf(batch));
        }
        expect(reader.ended).toBe(true);
      }),
      { seed: 6, numRuns: 30 },
    );
  });

  it("writes strings compactly, whatever they point into", () => {
    const bytes = new Uint8Array(1_000_000).fill(97);
    const column = {
      kind: "utf8",
      bytes,
      starts: Int32Array.of(9, 2),
      ends: Int32Array.of(12, 4),
      nulls: null,
    } as const;
    const encoded = encodeBatch(recordBatch(2, [column]));
    expect(encoded.length).toBeLessThan(100);
    expect(valueAt(decodeBatch(encoded).columns[0], 0, STRING)).toBe("aaa");
  });

  it("tells damaged bytes", () => {
    const encoded = encodeBatch(recordBatch(2, [columnOf(STRING, ["ab", "cd"])]));
    expect(() => decodeBatch(encoded.subarray(0, encoded.length - 1))).toThrow(/truncated/);
    const other = encoded.slice();
    other[0] = 9;
    expect(() => decodeBatch(other)).toThrow(/version 9, this release reads 1/);
  });

  it("refuses values that have no binary form", () => {
    const of = (value: unknown) => () => encodeBatch(recordBatch(1, [columnOf(VALUE, [value])]));
    expect(of(() => 1)).toThrow(/a function cannot be kept/);
    expect(of(new (class Order {})())).toThrow(/an instance of Order cannot be kept/);
  });

  it("writes schemas", () => {
    const schema = { fields: columns.map(([type], i) => ({ name: `c${i}`, type })) };
    expect(decodeSchema(encodeSchema(schema))).toEqual(schema);
  });
});
