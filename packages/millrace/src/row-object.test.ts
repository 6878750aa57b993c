import {
  BIGINT,
  columnOf,
  DATE,
  type DataType,
  decimal,
  INT,
  recordBatch,
  row,
  STRING,
  TIMESTAMP_3,
} from "@millrace/core";
import { expect, test } from "vitest";
import { rowObject } from "./row-object.ts";

test("every type as its JavaScript value", () => {
  const nested = row([
    { name: "a", type: INT },
    { name: "at", type: TIMESTAMP_3 },
  ]);
  const list: DataType = { kind: "array", element: decimal(4, 2), nullable: true };
  const map: DataType = { kind: "map", key: STRING, value: DATE, nullable: true };
  const cells: readonly (readonly [string, DataType, unknown])[] = [
    ["small", BIGINT, 5],
    ["big", BIGINT, 9007199254740993n],
    ["money", decimal(10, 2), 1250],
    ["at", TIMESTAMP_3, 86_400_000],
    ["day", DATE, 1],
    ["nested", nested, [1, 0]],
    ["list", list, [100, null]],
    ["map", map, new Map([["k", 0]])],
    ["nothing", STRING, null],
  ];
  const batch = recordBatch(
    1,
    cells.map(([, type, value]) => columnOf(type, [value])),
  );
  const fields = cells.map(([name, type]) => ({ name, type }));
  expect(rowObject(fields, batch, 0)).toEqual({
    small: 5,
    big: 9007199254740993n,
    money: "12.50",
    at: new Date("1970-01-02T00:00:00Z"),
    day: "1970-01-02",
    nested: { a: 1, at: new Date(0) },
    list: ["1.00", null],
    map: new Map([["k", "1970-01-01"]]),
    nothing: null,
  });
});
