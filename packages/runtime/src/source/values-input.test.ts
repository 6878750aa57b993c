import { BIGINT, MAX_TIMESTAMP, MIN_TIMESTAMP, STRING, valueAt } from "@millrace/core";
import { expect, test } from "vitest";
import { ValuesInput } from "./values-input.ts";

test("gives its rows in batches of at most 4096, then the end of time", () => {
  const rows = Array.from({ length: 5000 }, (_, i) => [i, i % 2 === 0 ? null : `s${i}`]);
  const input = new ValuesInput([BIGINT, STRING], rows);
  const seen: unknown[][] = [];
  for (let batch = input.poll(); batch !== null; batch = input.poll()) {
    expect(input.watermark).toBe(seen.length + batch.length < 5000 ? MIN_TIMESTAMP : MAX_TIMESTAMP);
    for (let i = 0; i < batch.length; i++) {
      seen.push([valueAt(batch.columns[0], i, BIGINT), valueAt(batch.columns[1], i, STRING)]);
    }
  }
  expect(seen).toEqual(rows);
  expect(input.ended).toBe(true);
});

test("no rows at all is the end at once", () => {
  const input = new ValuesInput([BIGINT], []);
  expect([input.poll(), input.ended, input.watermark]).toEqual([null, true, MAX_TIMESTAMP]);
});
