import {
  BOOLEAN,
  BYTES,
  columnOf,
  type DataType,
  DOUBLE,
  decimal,
  INT,
  parseOptions,
  recordBatch,
  row,
  type Schema,
  STRING,
  TIMESTAMP_3,
  TIMESTAMP_LTZ_3,
} from "@millrace/core";
import { expect, test } from "vitest";
import { csvFormat } from "./csv-format.ts";

function encode(schema: Schema, rows: readonly unknown[][], options: Record<string, string> = {}): string {
  const encoder = csvFormat.createEncoder?.(schema, parseOptions(csvFormat.options, options, "csv"));
  if (encoder === undefined) throw new Error("csv cannot be written");
  const columns = schema.fields.map(({ type }, i) =>
    columnOf(
      type,
      rows.map((values) => values[i]),
    ),
  );
  encoder.encodeDelimited(recordBatch(rows.length, columns));
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(encoder.take());
}

const columns = (...types: DataType[]): Schema => ({ fields: types.map((type, i) => ({ name: `c${i}`, type })) });

test.each<[DataType, unknown, string]>([
  [STRING, "plain", "plain"],
  [STRING, " spaces ", " spaces "],
  [STRING, "", '""'],
  [STRING, "a,b", '"a,b"'],
  [STRING, 'say "hi"', '"say ""hi"""'],
  [STRING, "a\nb", '"a\nb"'],
  [STRING, "a\rb", '"a\rb"'],
  [STRING, "#a", "#a"],
  [STRING, "\ufeffa", '"\ufeffa"'],
  [BOOLEAN, true, "true"],
  [decimal(38, 2), 10n ** 37n, `1${"0".repeat(35)}.00`],
  [DOUBLE, Number.NaN, "NaN"],
  [DOUBLE, -0.5, "-0.5"],
  [TIMESTAMP_3, 0, "1970-01-01 00:00:00.000"],
  [TIMESTAMP_LTZ_3, 0, "1970-01-01 00:00:00.000Z"],
  [BYTES, Uint8Array.of(1), "AQ=="],
  [{ kind: "array", element: TIMESTAMP_3, nullable: true }, [0, null], "1970-01-01 00:00:00.000;"],
  [{ kind: "array", element: STRING, nullable: true }, [], '""'],
  [
    row([
      { name: "a", type: STRING },
      { name: "b", type: INT },
    ]),
    ["x,y", 7],
    '"x,y;7"',
  ],
])("%o: %s", (type, value, text) => {
  expect(
    encode(columns(type, INT), [
      [value, 1],
      [null, null],
    ]),
  ).toBe(`${text},1\n,\n`);
});

test("options", () => {
  const schema = columns(STRING, TIMESTAMP_3, decimal(20, 9));
  const rows = [
    ["n'a", 0, 27],
    ["n/a", null, null],
    [null, 0, 0],
  ];
  const options = {
    "field-delimiter": " ",
    "quote-character": "'",
    "null-literal": "n/a",
    header: "true",
    "timestamp-format.standard": "SQL",
    "write-bigdecimal-in-scientific-notation": "true",
  };
  expect(encode(schema, rows, options)).toBe(
    "c0 c1 c2\n'n''a' '1970-01-01 00:00:00.000' 2.7E-8\n'n/a' n/a n/a\nn/a '1970-01-01 00:00:00.000' 0\n",
  );
  const escaped = { "disable-quote-character": "true", "escape-character": "\\", "null-literal": "null" };
  expect(encode(columns(STRING, STRING), [["a,b\n", "null"]], escaped)).toBe("\\a\\,b\\n,n\\ull\n");
  expect(encode(columns(STRING), [['"\\']], { "escape-character": "\\" })).toBe('"\\"\\\\"\n');
  expect(encode(columns(STRING), [["#"]], { "allow-comments": "true" })).toBe('"#"\n');
});

test("a row of one column is never a blank line", () => {
  expect(encode(columns(INT), [[null], [1]])).toBe('""\n1\n');
});

test.each<[Schema, unknown[], Record<string, string>, RegExp]>([
  [
    columns(STRING),
    ["a,b"],
    { "disable-quote-character": "true" },
    /a text with a delimiter.* cannot be written without quotes/,
  ],
  [columns({ kind: "array", element: STRING, nullable: true }), [["a;b"]], {}, /field 'c0': an element has ';' in it/],
  [columns(STRING), [""], { "field-delimiter": "-" }, /'-' stands in numbers or times/],
  [
    columns({ kind: "map", key: STRING, value: INT, nullable: true }),
    [null],
    {},
    /column 'c0' is MAP<STRING, INT>; CSV holds/,
  ],
])("what cannot be written is told: %#", (schema, values, options, message) => {
  expect(() => encode(schema, [values], options)).toThrow(message);
});
