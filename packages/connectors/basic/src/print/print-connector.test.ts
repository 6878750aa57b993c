import {
  BIGINT,
  BOOLEAN,
  BYTES,
  type DataType,
  DOUBLE,
  decimal,
  INT,
  RowKind,
  row,
  type Schema,
  STRING,
  TIMESTAMP_3,
  TIMESTAMP_LTZ_3,
} from "@millrace/core";
import { afterEach, expect, test, vi } from "vitest";
import { batchOf, testContext } from "../../fixtures/table-context.ts";
import { blackholeConnector } from "../blackhole-connector.ts";
import { printConnector } from "./print-connector.ts";
import { valueText } from "./row-text.ts";

afterEach(() => vi.restoreAllMocks());

const schema: Schema = {
  fields: [
    { name: "id", type: INT },
    { name: "name", type: STRING },
    { name: "at", type: TIMESTAMP_3 },
  ],
};
const at = Date.UTC(2015, 6, 15);

/** What a stream of the process is given. */
function capture(stream: NodeJS.WriteStream): string[] {
  const texts: string[] = [];
  vi.spyOn(stream, "write").mockImplementation((text, done) => {
    texts.push(String(text));
    if (typeof done === "function") (done as () => void)();
    return true;
  });
  return texts;
}

test("a line per change, with its kind", async () => {
  const texts = capture(process.stdout);
  const sink = printConnector.createSink?.(testContext({ schema }));
  expect(sink?.changelogMode).toBe("retract");
  const writer = await sink?.createWriter();
  await writer?.write(batchOf(schema, [[1, "abc", at]]));
  const { insert, updateBefore, updateAfter } = RowKind;
  await writer?.write(
    batchOf(
      schema,
      [
        [1, "abc", at],
        [null, "x", null],
        [2, "y", at + 1],
      ],
      [updateBefore, updateAfter, insert],
    ),
  );
  await writer?.flush();
  await writer?.close();
  expect(texts.join("")).toBe(
    "+I[1, abc, 2015-07-15T00:00:00]\n-U[1, abc, 2015-07-15T00:00:00]\n+U[null, x, null]\n+I[2, y, 2015-07-15T00:00:00.001]\n",
  );
});

test("with an identifier, to standard error", async () => {
  const [out, error] = [capture(process.stdout), capture(process.stderr)];
  const options = { "print-identifier": "totals", "standard-error": true };
  const writer = await printConnector.createSink?.(testContext({ schema, options })).createWriter();
  await writer?.write(batchOf(schema, [[1, "abc", at]]));
  expect(out).toEqual([]);
  expect(error).toEqual(["totals> +I[1, abc, 2015-07-15T00:00:00]\n"]);
});

test.each<[unknown, DataType, string]>([
  [1.5, DOUBLE, "1.5"],
  [3, DOUBLE, "3.0"],
  [-0, DOUBLE, "-0.0"],
  [1e7, DOUBLE, "1.0E7"],
  [9_999_999, DOUBLE, "9999999.0"],
  [0.001, DOUBLE, "0.001"],
  [0.00012, DOUBLE, "1.2E-4"],
  [Number.NaN, DOUBLE, "NaN"],
  [2n ** 63n - 1n, BIGINT, "9223372036854775807"],
  [-5, decimal(5, 2), "-0.05"],
  [true, BOOLEAN, "true"],
  [Uint8Array.of(1, 255), BYTES, "[1, -1]"],
  [at + 0.25, { kind: "timestamp", precision: 6, nullable: true }, "2015-07-15T00:00:00.000250"],
  [at + 1500, TIMESTAMP_LTZ_3, "2015-07-15T00:00:01.500Z"],
  [at / 86_400_000, { kind: "date", nullable: true }, "2015-07-15"],
  [3_723_000, { kind: "time", precision: 0, nullable: true }, "01:02:03"],
  [
    [1, null],
    row([
      { name: "a", type: INT },
      { name: "b", type: STRING },
    ]),
    "+I[1, null]",
  ],
  [["x", null], { kind: "array", element: STRING, nullable: true }, "[x, null]"],
  [new Map([["k", 1]]), { kind: "map", key: STRING, value: DOUBLE, nullable: true }, "{k=1.0}"],
  [new Map([["k", 2]]), { kind: "multiset", element: STRING, nullable: true }, "{k=2}"],
  [null, INT, "null"],
])("%s as %j is %s", (value, type, text) => {
  expect(valueText(value, type)).toBe(text);
});

test("blackhole counts", async () => {
  const context = testContext({ schema });
  const sink = blackholeConnector.createSink?.(context);
  const writer = await sink?.createWriter();
  for (let i = 0; i < 3; i++)
    await writer?.write(
      batchOf(schema, [
        [1, "abc", at],
        [2, "d", at],
      ]),
    );
  await writer?.flush();
  await writer?.close();
  expect(sink?.changelogMode).toBe("retract");
  expect(context.metrics.counter("numRecordsOut").value).toBe(6);
});
