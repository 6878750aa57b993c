import {
  BIGINT,
  BYTES,
  columnOf,
  DATE,
  type DataType,
  DOUBLE,
  decimal,
  INT,
  RowKind,
  recordBatch,
  row,
  STRING,
  TIMESTAMP_3,
  TIMESTAMP_LTZ_3,
} from "@millrace/core";
import { expect, test } from "vitest";
import { createLineEncoder } from "./line-encoder.ts";

const nested = row([
  { name: "a", type: INT },
  { name: "b", type: STRING },
]);
const list: DataType = { kind: "array", element: INT, nullable: true };
const map: DataType = { kind: "map", key: INT, value: STRING, nullable: true };

test.each<[DataType, unknown, string, string]>([
  [BIGINT, 9223372036854775807n, "9223372036854775807", "9223372036854775807"],
  [
    decimal(38, 2),
    12345678901234567890123456789012n,
    "123456789012345678901234567890.12",
    "123456789012345678901234567890.12",
  ],
  [DOUBLE, 0.5, "0.5", "0.5"],
  [DOUBLE, Number.NaN, '"NaN"', "NaN"],
  [STRING, 'say "hi"\n', '"say \\"hi\\"\\n"', '"say ""hi""\n"'],
  [STRING, "", '""', '""'],
  [STRING, null, "null", ""],
  [TIMESTAMP_3, 86_400_001, '"1970-01-02 00:00:00.001"', "1970-01-02 00:00:00.001"],
  [TIMESTAMP_LTZ_3, 0, '"1970-01-01 00:00:00.000Z"', "1970-01-01 00:00:00.000Z"],
  [DATE, 1, '"1970-01-02"', "1970-01-02"],
  [BYTES, Uint8Array.of(1, 2), '"AQI="', "AQI="],
  [nested, [1, null], '{"a":1,"b":null}', '"{""a"":1,""b"":null}"'],
  [list, [1, null], "[1,null]", '"[1,null]"'],
  [map, new Map([[1, "x"]]), '{"1":"x"}', '"{""1"":""x""}"'],
])("%o %s is %s in JSON and %s in CSV", (type, value, json, csv) => {
  const shape = { fields: [{ name: "v", type }], changelogMode: "append" } as const;
  const batch = recordBatch(1, [columnOf(type, [value])]);
  expect(createLineEncoder(shape, "jsonl", false).encode(batch)).toBe(`{"v":${json}}\n`);
  expect(createLineEncoder(shape, "csv", false).encode(batch)).toBe(`${csv}\n`);
});

test("a changelog has the kind of each row in front, whatever the columns are called", () => {
  const fields = ["op", "n,"].map((name) => ({ name, type: INT }));
  const batch = recordBatch(
    2,
    fields.map(() => columnOf(INT, [1, 2])),
    Uint8Array.of(RowKind.updateBefore, RowKind.updateAfter),
  );
  const shape = { fields, changelogMode: "retract" } as const;
  const json = createLineEncoder(shape, "jsonl", true);
  expect(json.encode(batch)).toBe('{"op":"-U","op0":1,"n,":1}\n{"op":"+U","op0":2,"n,":2}\n');
  const csv = createLineEncoder(shape, "csv", true);
  expect(csv.header + csv.encode(batch)).toBe('op,op0,"n,"\n-U,1,1\n+U,2,2\n');
});
