import {
  BIGINT,
  BOOLEAN,
  BYTES,
  type DataType,
  DOUBLE,
  decimal,
  INT,
  parseOptions,
  row,
  type Schema,
  STRING,
  TIMESTAMP_3,
  valueAt,
} from "@millrace/core";
import { describe, expect, test } from "vitest";
import { csvFormat } from "./csv-format.ts";

const columns = (...types: DataType[]): Schema => ({ fields: types.map((type, i) => ({ name: `c${i}`, type })) });
const array = (element: DataType): DataType => ({ kind: "array", element, nullable: true });

function decoderOf(schema: Schema, options: Record<string, string>, bad: string[], paths?: readonly string[][]) {
  const fields = (paths ?? schema.fields.map(({ name }) => [name])).map((path) => {
    const whole = schema.fields.find(({ name }) => name === path[0])?.type as DataType;
    const inner = whole.kind === "row" ? whole.fields.find(({ name }) => name === path[1])?.type : undefined;
    return { path, type: inner ?? whole };
  });
  const decoder = csvFormat.createDecoder?.(
    { fields, metadata: [], predicates: [] },
    schema,
    parseOptions(csvFormat.options, options, "csv"),
    (reason, bytes, start, end, index) => {
      bad.push(`${index + 1}: ${reason} | ${new TextDecoder().decode(bytes.subarray(start, end))}`);
    },
  );
  if (decoder === undefined) throw new Error("csv cannot be read");
  const rows: unknown[][] = [];
  const take = () => {
    const taken = decoder.take();
    for (let i = 0; i < taken.length; i++)
      rows.push(taken.columns.map((column, c) => valueAt(column, i, fields[c].type)));
  };
  return { decoder, rows, take };
}

function decode(schema: Schema, text: string | Uint8Array, options: Record<string, string> = {}, paths?: string[][]) {
  const bad: string[] = [];
  const { decoder, rows, take } = decoderOf(schema, options, bad, paths);
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  for (let at = 0; at < bytes.length; ) {
    at = decoder.decodeDelimited(bytes, at, bytes.length, true);
    take();
  }
  return { rows, bad, seen: decoder.recordsSeen };
}

const two = columns(STRING, INT);

describe("fields", () => {
  test.each<[string, string, unknown[][]]>([
    [
      "plain",
      "a,1\nb,2\n",
      [
        ["a", 1],
        ["b", 2],
      ],
    ],
    ["spaces belong to texts, not to numbers", " a , 1 \n", [[" a ", 1]]],
    [
      "quoted",
      '"a,b",1\n"say ""hi""",2\n',
      [
        ["a,b", 1],
        ['say "hi"', 2],
      ],
    ],
    ["quoted numbers", 'a,"1"\n', [["a", 1]]],
    [
      "quoted line ends",
      '"a\nb\r\nc",1\nd,2\n',
      [
        ["a\nb\r\nc", 1],
        ["d", 2],
      ],
    ],
    [
      "a quote inside a field is text",
      '5" disk,1\na"b"c,2\n',
      [
        ['5" disk', 1],
        ['a"b"c', 2],
      ],
    ],
    [
      "CRLF",
      'a,1\r\n"b",2\r\nc,"3"\r\n',
      [
        ["a", 1],
        ["b", 2],
        ["c", 3],
      ],
    ],
    ["a return inside a line is text", "a\rb,1\n", [["a\rb", 1]]],
    [
      "no line end at the end",
      'a,1\n"b","2"',
      [
        ["a", 1],
        ["b", 2],
      ],
    ],
    ["a return at the end", "a,1\r", [["a", 1]]],
    [
      "empty fields: '' in texts, NULL elsewhere",
      ',\n"",""\n',
      [
        ["", null],
        ["", null],
      ],
    ],
    ["blank lines", "\n\r\na,1\n\n", [["a", 1]]],
    ["NUL bytes", "a\0b,1\n", [["a\0b", 1]]],
    [
      "non-ASCII",
      '日本,1\n"😀,",2\n',
      [
        ["日本", 1],
        ["😀,", 2],
      ],
    ],
    ["a byte order mark", '\ufeff"a",1\n', [["a", 1]]],
  ])("%s", (_name, text, rows) => {
    expect(decode(two, text)).toEqual({ rows, bad: [], seen: expect.any(Number) });
  });

  test("types", () => {
    const schema = columns(BOOLEAN, BIGINT, decimal(20, 3), DOUBLE, TIMESTAMP_3, BYTES);
    const text =
      "TRUE,9223372036854775807,12345678901234567.8905,1e3,2020-01-01 00:00:00.5,AQI=\nfalse,1.0,-.5,NaN,,\n";
    expect(decode(schema, text)).toEqual({
      rows: [
        [true, 9223372036854775807n, 12345678901234567891n, 1000, 1577836800500, Uint8Array.of(1, 2)],
        [false, 1, -500, Number.NaN, null, null],
      ],
      bad: [],
      seen: 2,
    });
  });

  test("arrays and rows of scalars, and a field of a row", () => {
    const pair = row([
      { name: "id", type: INT },
      { name: "name", type: STRING },
    ]);
    const schema = columns(array(BIGINT), pair, array(STRING));
    const text = '1;2;,7;x,a;b\n,"8;""q""","c;d"\n"",;,\n';
    expect(decode(schema, text).rows).toEqual([
      [
        [1, 2, null],
        [7, "x"],
        ["a", "b"],
      ],
      [null, [8, '"q"'], ["c", "d"]],
      [[], [null, ""], null],
    ]);
    expect(
      decode(schema, text, {}, [
        ["c1", "name"],
        ["c1", "id"],
      ]).rows,
    ).toEqual([
      ["x", 7],
      ['"q"', 8],
      ["", null],
    ]);
    expect(decode(schema, "1;x,1;a,\n,1,\n,1;2;3,\n").bad).toEqual([
      "1: field 'c0': 'x' is not a BIGINT | 1;x,1;a,",
      "2: field 'c1': '1' is not a ROW of 2 fields with ';' between | ,1,",
      "3: field 'c1': '1;2;3' is not a ROW of 2 fields with ';' between | ,1;2;3,",
    ]);
    expect(() => decode(columns({ kind: "map", key: STRING, value: INT, nullable: true }), "")).toThrow(
      /format 'csv': column 'c0' is MAP<STRING, INT>; CSV holds scalars, and ROW and ARRAY of scalars/,
    );
  });
});

describe("bad records", () => {
  test.each<[string, string, string[], unknown[][]]>([
    ["wrong type", "a,x\nb,2\n", ["1: field 'c1': 'x' is not a INT | a,x"], [["b", 2]]],
    [
      "out of range",
      "a,2147483648\nb,2\n",
      ["1: field 'c1': '2147483648' is out of range for INT (-2147483648 to 2147483647) | a,2147483648"],
      [["b", 2]],
    ],
    ["too few", "a\nb,2\n", ["1: 1 field instead of 2 | a"], [["b", 2]]],
    ["too many", "a,1,2\r\nb,2\n", ["1: 3 fields instead of 2 | a,1,2"], [["b", 2]]],
    ["text behind a quote", '"a"x,1\nb,2\n', ['1: text behind the closing quote of field 1 | "a"x,1'], [["b", 2]]],
    [
      "an open quote",
      'a,1\n"b,2\nc,3\n',
      ['2: the quote of field 1 is not closed | "b,2'],
      [
        ["a", 1],
        ["c", 3],
      ],
    ],
    [
      "a quote that another line closes",
      'a,"1\nb,"2"\nc,3\n',
      ['1: text behind the closing quote of field 2 | a,"1'],
      [
        ["b", 2],
        ["c", 3],
      ],
    ],
    ["lines of a record are counted", '"a\nb",1\nc,x\n', ["3: field 'c1': 'x' is not a INT | c,x"], [["a\nb", 1]]],
  ])("%s", (_name, text, bad, rows) => {
    expect(decode(two, text)).toMatchObject({ rows, bad });
  });

  test("with ignore-parse-errors what can be read is read", () => {
    const options = { "ignore-parse-errors": "true" };
    const text = 'a,x\nb\nc,3,4\n"d"x,4\n\ufffd,5\n';
    const bytes = new TextEncoder().encode(text);
    // The U+FFFD above becomes half a character.
    bytes.copyWithin(bytes.length - 4, bytes.length - 3);
    expect(decode(two, bytes.subarray(0, -1), options)).toMatchObject({
      rows: [
        ["a", null],
        ["b", null],
        ["c", 3],
      ],
      bad: ['4: text behind the closing quote of field 1 | "d"x,4', "5: invalid UTF-8 at byte 0 | \ufffd,5"],
    });
  });

  test("a message with two lines", () => {
    const bad: string[] = [];
    const { decoder, rows, take } = decoderOf(two, {}, bad);
    for (const text of ["a,1", "b,2\n", "c,3\nd,4", '"e\nf",5\r\n']) {
      const bytes = new TextEncoder().encode(text);
      decoder.decodeRecord(bytes, 0, bytes.length);
      take();
    }
    expect(rows).toEqual([
      ["a", 1],
      ["b", 2],
      ["e\nf", 5],
    ]);
    expect(bad).toEqual(["3: more than one line | c,3\nd,4"]);
  });
});

describe("options", () => {
  test.each<[Record<string, string>, string, unknown[][]]>([
    [
      { "field-delimiter": ";" },
      'a;1\n"b;";2\n',
      [
        ["a", 1],
        ["b;", 2],
      ],
    ],
    [{ "field-delimiter": "\\t" }, "a,b\t1\n", [["a,b", 1]]],
    [{ "field-delimiter": "\\u0001" }, "a\u00011\n", [["a", 1]]],
    [{ "field-delimiter": "|" }, "a|1\n", [["a", 1]]],
    [{ "quote-character": "'" }, "'it''s, \"',1\n", [["it's, \"", 1]]],
    [{ "disable-quote-character": "true" }, '"a",1\n', [['"a"', 1]]],
    [
      { "escape-character": "\\" },
      'a\\,b,1\n"c\\"\\n\\t\\\\",2\nd\\\ne,3\n',
      [
        ["a,b", 1],
        ['c"\n\t\\', 2],
        ["d\ne", 3],
      ],
    ],
    [
      { "null-literal": "n/a" },
      'n/a,n/a\n"n/a",1\n,2\n',
      [
        [null, null],
        ["n/a", 1],
        ["", 2],
      ],
    ],
    [
      { "null-literal": "" },
      ',\n"",1\n',
      [
        [null, null],
        ["", 1],
      ],
    ],
    [
      { "allow-comments": "true" },
      '#a,"\na,1\n # b,2\n#',
      [
        ["a", 1],
        [" # b", 2],
      ],
    ],
    [{}, "#a,1\n", [["#a", 1]]],
    [
      { header: "true" },
      "c1,other,c0\n1,x,a\n2,y,b\n",
      [
        ["a", 1],
        ["b", 2],
      ],
    ],
    [{ header: "true", "allow-comments": "true" }, '\n# by hand\n"c0", c1 \na,1\n', [["a", 1]]],
  ])("%o", (options, text, rows) => {
    expect(decode(two, text, options)).toEqual({ rows, bad: [], seen: expect.any(Number) });
  });

  test("ISO-8601", () => {
    const schema = columns(TIMESTAMP_3);
    expect(decode(schema, "2020-01-01T00:00:00\n", { "timestamp-format.standard": "ISO-8601" }).rows).toEqual([
      [1577836800000],
    ]);
    expect(decode(schema, "2020-01-01T00:00:00\n").bad).toEqual([
      "1: field 'c0': '2020-01-01T00:00:00' is not a TIMESTAMP(3) (expected yyyy-MM-dd HH:mm:ss[.fffffffff]; set 'timestamp-format.standard' = 'ISO-8601' for this form) | 2020-01-01T00:00:00",
    ]);
  });

  test("a header that lacks a column makes all records bad; one that is not asked for may be missing", () => {
    expect(decode(two, "c0,cl\na,1\n", { header: "true" }).bad).toEqual([
      "1: the header has no column 'c1', but c0, cl | c0,cl",
      "2: the header has no column 'c1', but c0, cl | a,1",
    ]);
    expect(decode(two, "c0,cl\na,1\n", { header: "true" }, [["c0"]]).rows).toEqual([["a"]]);
    expect(decode(two, "c0\na\n", { header: "true", "ignore-parse-errors": "true" }).rows).toEqual([["a", null]]);
    expect(decode(two, "c0,c1,c2\na,1\n", { header: "true" }).bad).toEqual(["2: 2 fields instead of 3 | a,1"]);
  });

  test.each<[Record<string, string>, RegExp]>([
    [{ "field-delimiter": ",," }, /'field-delimiter' = ',,' must be one ASCII character/],
    [{ "field-delimiter": "¦" }, /must be one ASCII character/],
    [{ "field-delimiter": "\\n" }, /must be one ASCII character that ends no line/],
    [{ "field-delimiter": '"' }, /must differ/],
    [{ "escape-character": '"' }, /must differ/],
    [{ "null-literal": "a,b" }, /'null-literal' must not have a delimiter/],
    [{ "array-element-delimiter": "" }, /'array-element-delimiter' must not be empty/],
  ])("%o is refused", (options, message) => {
    expect(() => decode(two, "", options)).toThrow(message);
  });
});

test("an open quote in a long file: nothing is searched twice", () => {
  const line = "some text without a quote,1\n";
  const text = new TextEncoder().encode(`"open,1\n${line.repeat(400_000)}`);
  const bad: string[] = [];
  const { decoder } = decoderOf(two, {}, bad);
  const startedAt = performance.now();
  // 2,800 pieces: 15 GB are looked at if each is searched from the start.
  for (let end = 4096; end < text.length; end += 4096) expect(decoder.decodeDelimited(text, 0, end, false)).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(5000);
  expect(decoder.decodeDelimited(text, 0, text.length, true)).toBeGreaterThan(4096 * line.length);
  expect(bad).toEqual(['1: the quote of field 1 is not closed | "open,1']);
});
