import {
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  DOUBLE,
  decimal,
  INT,
  row,
  type Schema,
  STRING,
  TIMESTAMP_3,
  TIMESTAMP_LTZ_3,
} from "@millrace/core";
import { formatConformance } from "@millrace/testkit";
import { describe, it } from "vitest";
import { jsonFormat } from "./json-format.ts";

const schema: Schema = {
  fields: [
    { name: "id", type: BIGINT },
    { name: "text", type: STRING },
    { name: "flag", type: BOOLEAN },
    { name: "number", type: DOUBLE },
    { name: "amount", type: decimal(38, 4) },
    { name: "blob", type: BYTES },
    { name: "day", type: DATE },
    { name: "at", type: TIMESTAMP_3 },
    { name: "zoned", type: TIMESTAMP_LTZ_3 },
    {
      name: "nested",
      type: row([
        { name: "a", type: INT },
        { name: "b", type: STRING },
        { name: "c", type: row([{ name: "d", type: BIGINT }]) },
      ]),
    },
    { name: "list", type: { kind: "array", element: STRING, nullable: true } },
    { name: "map", type: { kind: "map", key: STRING, value: BIGINT, nullable: true } },
  ],
};
const badRecords = ['{"id": 1', "[1]", "x", '{"id": "x"}', '{"id":1}}', '{"id":9223372036854775808}'];
const textRecord = '{"id":1,"other":"?"}';
const seed = Number(process.env.MILLRACE_TEST_SEED ?? Date.now() & 0x7fffffff);

describe.each([
  ["json", {}],
  ["json with ISO-8601", { "timestamp-format.standard": "ISO-8601" }],
  ["json without NULL fields", { "encode.ignore-null-fields": "true", "encode.decimal-as-plain-number": "false" }],
])("%s", (_name, options) => {
  const cases = formatConformance({ factory: jsonFormat, schema, options, badRecords, textRecord }, seed);
  it.each(cases)("$name", ({ run }) => run());
});
