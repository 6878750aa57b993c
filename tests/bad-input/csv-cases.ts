import { type BadInputCase, bytesOf, CaseMaker, columns } from "./bad-input-case.ts";

const good = (id: number) => `${id},n${id},${id}.5,2020-01-01 00:00:00.000`;
const make = new CaseMaker("csv", good);

export const csvCases: readonly BadInputCase[] = [
  make.between("a truncated line", "2,n2", /2 fields instead of 4/),
  make.between("too many columns", `${good(2)},x`, /5 fields instead of 4/),
  make.between("an open quote", '2,"n2,2.5,2020-01-01 00:00:00.000', /the quote of field 2 is not closed/),
  make.between("text behind a quote", '2,"n"2,2.5,', /text behind the closing quote of field 2/),
  make.between("text for a number", "two,n2,2.5,", /field 'id': 'two' is not a BIGINT/),
  make.between("beyond BIGINT", "-9223372036854775809,n2,2.5,", /out of range for BIGINT/),
  make.between("invalid UTF-8", bytesOf("2,", [0xff], ",2.5,"), /invalid UTF-8 at byte 2/),
  make.between("invalid UTF-8 in a field that is not read", bytesOf("2,n2,2.5,", [0xc3]), /invalid UTF-8/),
  make.between(
    "UTF-16 with its mark",
    bytesOf([0xff, 0xfe], Buffer.from("2,n2,2.5,", "utf16le")),
    /invalid UTF-8 at byte 0/,
  ),
  make.between("a NUL in a number", "2\0" + "2,n2,2.5,", /field 'id': '2\\u00002' is not a BIGINT/),
  make.between("a line of NULs", new Uint8Array(5000), /1 field instead of 4/),
  make.between("10,000 quotes", '"'.repeat(10_001), /the quote of field 1 is not closed/),
  make.between("10,000 columns", ",".repeat(10_000), /10001 fields instead of 4/),
  make.fine("a NUL in a text", "1,a\0b,,\n", "name", [{ name: "a\0b" }]),
  make.fine("a DECIMAL with too many digits is NULL", "1,a,1000,\n", "id, price", [{ id: 1, price: null }]),
  make.fine("CRLF", `${good(1)}\r\n${good(2)}\r\n`, "id, `at`", [
    { id: 1, at: new Date("2020-01-01T00:00:00.000Z") },
    { id: 2, at: new Date("2020-01-01T00:00:00.000Z") },
  ]),
  make.fine("a byte order mark", `\ufeff${good(1)}\n`, "id", [{ id: 1 }]),
  make.fine("an empty file", "", "id", []),
  make.fine("a file of line ends", "\n\r\n\n", "id", []),
  make.fine("no line end at the end", good(1), "id", [{ id: 1 }]),
  make.fine("line ends in quotes", '1,"a\nb",,\n2,"c\r\nd",,\n', "name", [{ name: "a\nb" }, { name: "c\r\nd" }]),
  {
    ...make.between("a bad record behind one of three lines", "", /./),
    content: `1,"a\n\nb",,\nx,,,\n3,,,\n`,
    bad: [{ line: 4, reason: /field 'id': 'x'/, content: Buffer.from("x,,,") }],
  },
  {
    ...make.between("a header without the column", "", /./),
    options: { "csv.header": "true" },
    content: `name,at\na,b\n`,
    rows: [],
    bad: [
      { line: 1, reason: /the header has no column 'id', but name, at/, content: Buffer.from("name,at") },
      { line: 2, reason: /the header has no column 'id'/, content: Buffer.from("a,b") },
    ],
  },
  {
    ...make.fine("columns of one name in a header: the first counts", "id,id,name\n1,2,a\n", "id, name", [
      { id: 1, name: "a" },
    ]),
    options: { "csv.header": "true" },
  },
  {
    name: "csv: ignore-parse-errors: values are NULL, damaged records are skipped",
    format: "csv",
    columns,
    options: { "csv.ignore-parse-errors": "true" },
    content: 'x,a,1,\n2,b\n3,"c"c,,\n4,d,,,,\n',
    rows: [
      { id: null, name: "a", price: "1.00", at: null },
      { id: 2, name: "b", price: null, at: null },
      { id: 4, name: "d", price: null, at: null },
    ],
    bad: [{ line: 3, reason: /text behind the closing quote/, content: Buffer.from('3,"c"c,,') }],
  },
];
