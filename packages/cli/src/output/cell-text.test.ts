import {
  BIGINT,
  BOOLEAN,
  BYTES,
  columnOf,
  DATE,
  type DataType,
  DOUBLE,
  decimal,
  INT,
  row,
  STRING,
  TIMESTAMP_3,
} from "@millrace/core";
import { expect, test } from "vitest";
import { cellText } from "./cell-text.ts";

const rowType = row([
  { name: "a", type: INT },
  { name: "b", type: STRING },
]);
const mapType: DataType = { kind: "map", key: STRING, value: INT, nullable: true };

test.each<[DataType, unknown, string]>([
  [BIGINT, 9007199254740993n, "9007199254740993"],
  [decimal(5, 2), 1230, "12.30"],
  [decimal(3, 3), -5, "-0.005"],
  [DOUBLE, 0.1, "0.1"],
  [BOOLEAN, false, "FALSE"],
  [STRING, null, "NULL"],
  [STRING, "two\nlines\x1b[2J", "two\\nlines\\x1b[2J"],
  [TIMESTAMP_3, 1, "1970-01-01 00:00:00.001"],
  [DATE, 19_723, "2024-01-01"],
  [BYTES, Uint8Array.of(0, 255), "x'00ff'"],
  [rowType, [1, null], "(1, NULL)"],
  [mapType, new Map([["k", 2]]), "{k=2}"],
])("%o %s reads %s", (type, value, text) => {
  expect(cellText(columnOf(type, [value]), 0, type)).toBe(text);
});
