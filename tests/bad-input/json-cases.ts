import { type BadInputCase, bytesOf, CaseMaker, columns } from "./bad-input-case.ts";

const good = (id: number) => `{"id":${id},"name":"n${id}","price":${id}.5,"at":"2020-01-01 00:00:00.000"}`;
const nested = (open: string, depth: number, close: string) => open.repeat(depth) + close.repeat(depth);
const make = new CaseMaker("json", good);

export const jsonCases: readonly BadInputCase[] = [
  make.between("truncated in a string", '{"id":2,"name":"n', /truncated JSON: ends inside a string/),
  make.between("truncated in a number", '{"id":2,"price":1', /truncated JSON: ends inside an object/),
  make.between("truncated behind a name", '{"id":2,"price"', /truncated JSON/),
  make.between("truncated in a word", '{"id":nul', /truncated JSON: ends inside 'null'/),
  make.between("truncated in an escape", '{"id":2,"name":"a\\u12', /truncated JSON/),
  make.between("nothing but a brace", "{", /truncated JSON/),
  make.between("no JSON", "id=2", /invalid JSON at byte 0: expected a value, found 'i'/),
  make.between("two objects on a line", `${good(2)}${good(2)}`, /expected the end of the record/),
  make.between("an array", "[1, 2]", /not a JSON object: '\[1, 2\]'/),
  make.between("a comma too many", '{"id":2,}', /invalid JSON at byte 8: expected a name in quotes/),
  make.between("apostrophes", "{'id':2}", /invalid JSON at byte 1/),
  make.between("NaN without quotes", '{"id":2,"price":NaN}', /invalid JSON/),
  make.between("a number with a leading zero", '{"id":02}', /invalid JSON/),

  make.between("text for a number", '{"id":"two"}', /field 'id': 'two' is not a BIGINT/),
  make.between("a fraction for an integer", '{"id":2.5}', /field 'id': '2\.5' is not a BIGINT/),
  make.between("a boolean for a number", '{"id":true}', /field 'id': 'true' is not a BIGINT/),
  make.between("an object for a number", '{"id":{"a":1}}', /field 'id': '\{"a":1\}' is not a BIGINT/),
  {
    ...make.between(
      "text for a timestamp",
      '{"id":2,"at":"yesterday"}',
      /field 'at': 'yesterday' is not a TIMESTAMP\(3\) \(expected/,
    ),
    select: "id, `at`",
    rows: [1, 3].map((id) => ({ id, at: new Date("2020-01-01T00:00:00.000Z") })),
  },
  {
    ...make.between(
      "a day that does not exist",
      '{"id":2,"at":"2019-02-29 00:00:00"}',
      /field 'at': '2019-02-29 00:00:00' is not/,
    ),
    select: "id, `at`",
    rows: [1, 3].map((id) => ({ id, at: new Date("2020-01-01T00:00:00.000Z") })),
  },
  make.between(
    "beyond BIGINT",
    '{"id":9223372036854775808}',
    /out of range for BIGINT \(-9223372036854775808 to 9223372036854775807\)/,
  ),
  make.between("a number of 400 digits", `{"id":${"9".repeat(400)}}`, /out of range for BIGINT/),
  make.between("1e400 as an integer", '{"id":1e400}', /out of range for BIGINT/),
  make.fine(
    "a DECIMAL with too many digits is NULL, as in Flink",
    '{"id":1,"price":1000.00}\n{"id":2,"price":999.994}',
    "id, price",
    [
      { id: 1, price: null },
      { id: 2, price: "999.99" },
    ],
  ),
  make.fine("unread fields of a wrong type", '{"id":1,"price":"x","at":7}', "id", [{ id: 1 }]),

  make.between("invalid UTF-8 in a string", bytesOf('{"id":2,"name":"', [0xff], '"}'), /invalid UTF-8 at byte 16/),
  make.between("half a character", bytesOf('{"id":2,"name":"', [0xe2, 0x82], '"}'), /invalid UTF-8/),
  make.between("an encoded surrogate", bytesOf('{"id":2,"name":"', [0xed, 0xa0, 0x80], '"}'), /invalid UTF-8/),
  make.between(
    "invalid UTF-8 in a field that is not read",
    bytesOf('{"id":2,"x":"', [0xc0, 0x80], '"}'),
    /invalid UTF-8/,
  ),
  make.between("invalid UTF-8 outside a string", bytesOf('{"id":2', [0xfe], "}"), /invalid UTF-8/),
  make.between("UTF-16", Buffer.from('{"id":2}', "utf16le"), /invalid JSON/),
  make.fine("a lone surrogate, escaped, is U+FFFD", '{"id":1,"name":"a\\ud800"}', "name", [{ name: "a\ufffd" }]),

  make.fine("10,000 levels of arrays", `{"x":${nested("[", 10_000, "]")},"id":1}\n${good(2)}`, "id", [
    { id: 1 },
    { id: 2 },
  ]),
  make.fine("10,000 levels of objects", `{"x":${nested('{"a":', 10_000, "}").replace("}", "1}")},"id":1}`, "id", [
    { id: 1 },
  ]),
  make.fine("10,000 levels as the text of a STRING", `{"name":${nested("[", 10_000, "]")}}`, "CHAR_LENGTH(name) AS n", [
    { n: 20_000 },
  ]),
  make.between("10,000 levels that are not closed", `{"id":2,"x":${"[".repeat(10_000)}`, /truncated JSON/),
  make.between(
    "10,000 levels closed by the wrong bracket",
    `{"id":2,"x":${"[".repeat(10_000)}}`,
    /invalid JSON at byte 10012/,
  ),
  make.between("100,000 levels that are the record", nested("[", 100_000, "]"), /not a JSON object/),
  make.between(
    "10,000 levels for a number",
    `{"id":${nested("[", 10_000, "]")}}`,
    /field 'id': '\[\[\[.*\.\.\.' is not a BIGINT/,
  ),

  make.between("a NUL in a string", bytesOf('{"id":2,"name":"a', [0], '"}'), /control character 0x00 inside a string/),
  make.between("a NUL between tokens", bytesOf('{"id":2', [0], "}"), /invalid JSON at byte 7/),
  make.between("a line of NULs", new Uint8Array(5000), /invalid JSON at byte 0/),
  make.fine("an escaped NUL", '{"id":1,"name":"a\\u0000b"}', "name", [{ name: "a\0b" }]),
  make.between("a tab in a string", '{"id":2,"name":"a\tb"}', /control character 0x09 inside a string/),

  make.fine("CRLF", `${good(1)}\r\n${good(2)}\r\n`, "id", [{ id: 1 }, { id: 2 }]),
  {
    ...make.between("CRLF behind a bad line", "x", /invalid JSON/),
    content: `${good(1)}\r\nx\r\n${good(3)}\r\n`,
  },
  make.fine("a byte order mark", `\ufeff${good(1)}\n`, "id", [{ id: 1 }]),
  make.between("a byte order mark in the middle", `\ufeff${good(2)}`, /invalid JSON at byte 0/),
  make.fine("an empty file", "", "id", []),
  make.fine("a file of line ends", "\n\r\n\n", "id", []),
  make.fine("no line end at the end", good(1), "id", [{ id: 1 }]),
  {
    ...make.between("bad, without a line end at the end", "", /./),
    content: `${good(1)}\n{"id":`,
    rows: [{ id: 1 }],
    bad: [{ line: 2, reason: /truncated JSON/, content: Buffer.from('{"id":') }],
  },
  make.fine("missing columns are NULL", '{}\n{"id":1}', "id, name", [
    { id: null, name: null },
    { id: 1, name: null },
  ]),
  {
    ...make.between("missing columns with fail-on-missing-field", '{"name":"x"}', /field 'id' is missing/),
    options: { "json.fail-on-missing-field": "true" },
  },
  make.fine("of duplicate keys the last counts", '{"id":1,"id":2,"name":"a","name":null}', "id, name", [
    { id: 2, name: null },
  ]),
  make.fine("a duplicate key repairs a wrong value", '{"id":"x","id":2}', "id", [{ id: 2 }]),
  make.between("a duplicate key breaks a good value", '{"id":2,"id":"x"}', /field 'id': 'x' is not a BIGINT/),
  {
    name: "json: ignore-parse-errors: values are NULL, damaged records are skipped",
    format: "json",
    columns,
    options: { "json.ignore-parse-errors": "true" },
    content: `{"id":"x","name":"a"}\n{"id":2\n{"id":99999999999999999999,"name":"b","at":"soon"}\n`,
    rows: [
      { id: null, name: "a", price: null, at: null },
      { id: null, name: "b", price: null, at: null },
    ],
    bad: [{ line: 2, reason: /truncated JSON/, content: Buffer.from('{"id":2') }],
  },
];
