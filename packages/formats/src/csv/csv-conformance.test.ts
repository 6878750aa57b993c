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
import { csvFormat } from "./csv-format.ts";

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
        { name: "b", type: DATE },
        { name: "c", type: BIGINT },
      ]),
    },
    { name: "list", type: { kind: "array", element: DOUBLE, nullable: true } },
    { name: "last, \"quoted'", type: STRING },
  ],
};
const fields = (id: string, text = "x") => [id, text, ...new Array<string>(10).fill("NULL")];
const seed = Number(process.env.MILLRACE_TEST_SEED ?? Date.now() & 0x7fffffff);

describe.each<[string, Record<string, string>, string, readonly string[]]>([
  ["csv", {}, ",", [`"open`, `"a"b`]],
  ["csv with a header", { header: "true", "allow-comments": "true" }, ",", [`1,"a"b`]],
  [
    "csv with tabs, escapes and ISO-8601",
    { "field-delimiter": "\\t", "escape-character": "\\", "timestamp-format.standard": "ISO-8601" },
    "\t",
    [`"a"b`],
  ],
  ["csv without quotes", { "disable-quote-character": "true", "escape-character": "\\" }, ",", []],
  ["csv between spaces, in apostrophes", { "field-delimiter": " ", "quote-character": "'" }, " ", ["'a'b"]],
  ["csv with decimals in scientific notation", { "write-bigdecimal-in-scientific-notation": "true" }, ",", []],
])("%s", (_name, options, delimiter, damaged) => {
  const badRecords = [
    fields("1x").join(delimiter),
    fields("9223372036854775808").join(delimiter),
    ["1", "2"].join(delimiter),
    [...fields("1"), "more"].join(delimiter),
    ...damaged,
  ];
  const textRecord = fields("1", "a?b").join(delimiter);
  const conforming = {
    factory: csvFormat,
    schema,
    options: { "null-literal": "NULL", ...options },
    badRecords,
    textRecord,
  };
  it.each(formatConformance(conforming, seed))("$name", ({ run }) => run());
});
