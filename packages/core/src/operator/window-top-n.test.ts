import { end, rows, type TestRow, verifyOperator, watermark } from "@millrace/testkit";
import fc from "fast-check";
import { describe, it } from "vitest";
import { BIGINT, type Field, STRING, TIMESTAMP_3 } from "../batch/data-type.ts";
import type { SortKey } from "../batch/row-order.ts";
import { PLACE_TYPE } from "./top-n.ts";
import { createWindowTopN, type WindowTopNSpec } from "./window-top-n.ts";

const fields: readonly Field[] = [
  { name: "key", type: BIGINT },
  { name: "price", type: BIGINT },
  { name: "name", type: STRING },
  { name: "window_start", type: TIMESTAMP_3 },
  { name: "window_end", type: TIMESTAMP_3 },
];
const by = (column: number, descending = false): SortKey => ({ column, descending, nullsFirst: !descending });

function verify(more: Partial<WindowTopNSpec> = {}) {
  const spec: WindowTopNSpec = {
    kind: "window-top-n",
    fields,
    keys: [0],
    startColumn: 3,
    endColumn: 4,
    order: [by(1, true)],
    start: 1,
    end: 2,
    keepsLast: false,
    outputs: [0, 2, 4],
    withPlace: true,
    ...more,
  };
  const outputs = spec.outputs.map((output) => fields[output]);
  return verifyOperator({
    create: (context) => createWindowTopN(spec, context),
    inputs: [{ fields }],
    output: { fields: spec.withPlace ? [...outputs, { name: "place", type: PLACE_TYPE }] : outputs },
    ...(spec.keys.length === 0 ? {} : { partitionedBy: [spec.keys] }),
  });
}

/** A row in the window of ten that begins at `start`. */
const row = (key: number | null, price: number | null, name: string, start: number): TestRow => [
  key,
  price,
  name,
  start,
  start + 10,
];

describe("window top-n", () => {
  it("gives the first rows of each key once, when the window ends, and frees it", () => {
    verify()
      .input(
        rows(0, [row(1, 5, "a", 0), row(1, 7, "b", 0), row(2, 1, "c", 0), row(1, 6, "d", 0), row(1, 9, "e", 10)]),
        watermark(8),
        rows(0, [row(1, 8, "f", 0)]),
        watermark(9),
        rows(0, [row(null, null, "g", 10)]),
        end(),
      )
      .expect([1, "f", 10, 1], [1, "b", 10, 2], [2, "c", 10, 1], [1, "e", 20, 1], [null, "g", 20, 1]);
  });

  it("gives the rows of a key in their order, windows by their ends", () => {
    verify({ keys: [], end: 5 })
      .input(rows(0, [row(1, 1, "late", 10), row(1, 5, "a", 0), row(1, 7, "b", 0), row(2, 6, "c", 0)]), end())
      .expectInOrder([1, "b", 10, 1], [2, "c", 10, 2], [1, "a", 10, 3], [1, "late", 20, 1]);
  });

  it("leaves late rows out and counts them", () => {
    verify()
      .input(rows(0, [row(1, 5, "a", 0)]), watermark(9), rows(0, [row(1, 9, "b", 0), row(1, 1, "c", 10)]), end())
      .metrics({ numLateRecordsDropped: 1 })
      .expect([1, "a", 10, 1], [1, "c", 20, 1]);
  });

  it("tells windows apart that end together", () => {
    verify({ withPlace: false, end: 1 })
      .input(
        rows(0, [
          [1, 5, "long", 0, 10],
          [1, 7, "short", 5, 10],
        ]),
        end(),
      )
      .expect([1, "long", 10], [1, "short", 10]);
  });

  it("shows only the places between start and end; equal rows stand as they came", () => {
    verify({ start: 2, end: 3 })
      .input(
        rows(
          0,
          ["a", "b", "c", "d"].map((name) => row(1, 4, name, 0)),
        ),
        end(),
      )
      .expectInOrder([1, "b", 10, 2], [1, "c", 10, 3]);
  });

  it("of one place keeps the last of equal rows where that is wanted", () => {
    const equal = ["a", "b", "c"].map((name) => row(1, 4, name, 0));
    verify({ end: 1, keepsLast: true, withPlace: false }).input(rows(0, equal), end()).expect([1, "c", 10]);
    verify({ end: 1, withPlace: false }).input(rows(0, equal), end()).expect([1, "a", 10]);
  });

  it("agrees with sorting each window", () => {
    const given = fc.record({
      key: fc.nat({ max: 2 }),
      price: fc.option(fc.nat({ max: 5 })),
      window: fc.nat({ max: 3 }),
    });
    fc.assert(
      fc.property(
        fc.array(given, { maxLength: 60 }),
        fc.constantFrom([1, 1], [1, 3], [2, 4]),
        fc.boolean(),
        (list, [first, last], keepsLast) => {
          const isLast = keepsLast && first === 1 && last === 1;
          const named = list.map(({ key, price, window }, i) => ({ key, price, name: `n${i}`, start: window * 10 }));
          const groups = Map.groupBy(named, ({ key, start }) => `${key} ${start}`);
          const expected = [...groups.values()].flatMap((group) => {
            const value = (price: number | null) => price ?? Number.NEGATIVE_INFINITY;
            const came = isLast ? group.toReversed() : group;
            const sorted = came.toSorted((a, b) => value(b.price) - value(a.price) || 0);
            return sorted
              .slice(first - 1, last)
              .map(({ key, name, start }, i) => [key, name, start + 10, first + i] as const);
          });
          verify({ start: first, end: last, keepsLast: isLast })
            .input(
              rows(
                0,
                named.map(({ key, price, name, start }) => row(key, price, name, start)),
              ),
              end(),
            )
            .expect(...expected);
        },
      ),
      { numRuns: 60 },
    );
  });
});
