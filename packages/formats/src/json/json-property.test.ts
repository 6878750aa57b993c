/**
 * The decoder against JSON.parse and a converter written on its own: 100,000 documents, valid and damaged, in streams that
 * make the decoder learn layouts. Only accept or refuse, and the values, are compared; never our own output.
 */
import {
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  DOUBLE,
  decimal,
  INT,
  type ReadField,
  type RecordDecoder,
  row,
  STRING,
  TIMESTAMP_3,
  TIMESTAMP_LTZ_3,
  valueAt,
} from "@millrace/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random, stream } from "../../fixtures/json-documents.ts";
import { compare, expectedOf } from "../../fixtures/json-oracle.ts";
import { JsonDecoder } from "./json-decoder.ts";

const nested = row([
  { name: "id", type: BIGINT },
  { name: "a", type: STRING },
  { name: "dateTime", type: TIMESTAMP_3 },
]);
const requests: { names: string[]; nexmark: boolean; fields: ReadField[] }[] = [
  {
    names: ["event_type", "person", "bid", "price", "other"],
    nexmark: true,
    fields: [
      { path: ["event_type"], type: INT },
      { path: ["person", "id"], type: BIGINT },
      { path: ["person", "name"], type: STRING },
      { path: ["bid", "price"], type: BIGINT },
      { path: ["bid", "channel"], type: STRING },
      { path: ["bid", "dateTime"], type: TIMESTAMP_3 },
      { path: ["bid", "extra"], type: STRING },
    ],
  },
  {
    names: ["a", "b", "c", "d", "e", "unknown", "été"],
    nexmark: false,
    fields: [
      { path: ["a"], type: BIGINT },
      { path: ["b"], type: STRING },
      { path: ["c"], type: DOUBLE },
      { path: ["d"], type: decimal(10, 2) },
      { path: ["e"], type: BOOLEAN },
      { path: ["été"], type: TIMESTAMP_3 },
    ],
  },
  {
    names: ["a", "b", "c", "d", "e"],
    nexmark: false,
    fields: [
      { path: ["a"], type: { kind: "array", element: BIGINT, nullable: true } },
      { path: ["b"], type: { kind: "map", key: STRING, value: DOUBLE, nullable: true } },
      {
        path: ["c"],
        type: row([
          { name: "a", type: INT },
          { name: "b", type: STRING },
          { name: "c", type: nested },
        ]),
      },
      { path: ["c", "b"], type: STRING },
      { path: ["d"], type: decimal(38, 10) },
      { path: ["e"], type: TIMESTAMP_LTZ_3 },
    ],
  },
  {
    names: ["a", "b", "c", "d"],
    nexmark: true,
    fields: [
      { path: ["a", "b", "c"], type: INT },
      { path: ["b"], type: DATE },
      { path: ["c"], type: BYTES },
      {
        path: ["bid"],
        type: row([
          { name: "price", type: BIGINT },
          { name: "channel", type: STRING },
        ]),
      },
      { path: ["person", "state"], type: STRING },
    ],
  },
  { names: ["a", "b"], nexmark: true, fields: [] },
];

function takeRows(decoder: RecordDecoder, fields: readonly ReadField[], rows: unknown[][]): void {
  const { length, columns } = decoder.take();
  for (let i = 0; i < length; i++) rows.push(columns.map((column, j) => valueAt(column, i, fields[j].type)));
}

const seed = Number(process.env.MILLRACE_TEST_SEED ?? Date.now() & 0x7fffffff);

describe("the JSON decoder agrees with JSON.parse", () => {
  for (const [which, { names, nexmark, fields }] of requests.entries()) {
    const options = { failOnMissingField: false, ignoreParseErrors: false, timestampStandard: "sql" } as const;

    it(`on streams of documents, request ${which} (seed ${seed})`, () => {
      let documents = 0;
      fc.assert(
        fc.property(fc.integer(), fc.boolean(), (streamSeed, isWhole) => {
          const random = new Random(streamSeed);
          const bytes = stream(random, names, nexmark, 425);
          // A tail of other bytes, as in a connector's buffer: without it the generated code is not used near the end.
          const buffer = Buffer.concat([
            bytes,
            Buffer.from(random.pick(['"5,}\u0000', "7", "x", " "]).repeat(random.pick([0, 1, 9000]))),
          ]);
          const bad: number[] = [];
          const rows: unknown[][] = [];
          const decoder = new JsonDecoder(
            { fields, metadata: [], predicates: [] },
            options,
            (_reason, _bytes, _start, _end, index) => bad.push(index),
          );
          const expected = expectedOf(bytes, fields);
          if (isWhole) {
            for (let at = 0; at < bytes.length; ) {
              const feed = bytes.indexOf(0x0a, at);
              const isBlank = bytes.subarray(at, feed).every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
              const before = decoder.rowCount;
              // A blank message is a bad record, a blank line is none: it is not given.
              if (!isBlank) expect(decoder.decodeRecord(buffer, at, feed)).toBe(decoder.rowCount - before);
              at = feed + 1;
              if (random.chance(50)) takeRows(decoder, fields, rows);
            }
            const blank = blankLines(bytes);
            for (const [i, index] of bad.entries()) bad[i] = nthNotBlank(blank, index);
          } else {
            for (let at = 0, end = 0; at < bytes.length; ) {
              end = Math.max(at, Math.min(bytes.length, end + 1 + random.below(random.pick([20, 3000]))));
              at = decoder.decodeDelimited(buffer, at, end, end === bytes.length);
              if (random.chance(5)) takeRows(decoder, fields, rows);
            }
            expect(decoder.recordsSeen).toBe(bytes.reduce((sum, byte) => sum + (byte === 0x0a ? 1 : 0), 0));
          }
          takeRows(decoder, fields, rows);
          compare({ rows, bad }, expected, bytes, `stream ${streamSeed}`);
          documents += expected.rows.length + expected.bad.length;
        }),
        { seed: seed + which, numRuns: 50, endOnFailure: true },
      );
      expect(documents).toBeGreaterThanOrEqual(20_000);
    });

    it(`with the input cut at every position, request ${which} (seed ${seed})`, () => {
      const random = new Random(seed + which);
      const text = stream(random, names, nexmark, 12);
      const bytes = Buffer.concat([Uint8Array.of(0xef, 0xbb, 0xbf), text, Buffer.from('{"a":1,"event_type":7}')]);
      const expected = expectedOf(bytes, fields);
      for (let cut = 0; cut <= bytes.length; cut++) {
        const bad: number[] = [];
        const rows: unknown[][] = [];
        const decoder = new JsonDecoder(
          { fields, metadata: [], predicates: [] },
          options,
          (_reason, _bytes, _start, _end, index) => bad.push(index),
        );
        const at = decoder.decodeDelimited(bytes, 0, cut, false);
        takeRows(decoder, fields, rows);
        expect(decoder.decodeDelimited(bytes, at, bytes.length, true)).toBe(bytes.length);
        takeRows(decoder, fields, rows);
        compare({ rows, bad }, expected, bytes, `seed ${seed}, cut at ${cut}`);
      }
    });
  }
});

function blankLines(bytes: Uint8Array): boolean[] {
  return Buffer.from(bytes)
    .toString("latin1")
    .split("\n")
    .map((line) => /^[ \t\r]*$/.test(line));
}

function nthNotBlank(blank: readonly boolean[], n: number): number {
  let seen = -1;
  for (let i = 0; i < blank.length; i++) if (!blank[i] && ++seen === n) return i;
  return -1;
}
