/** What the JSON format writes: exact texts by type, and rows that come back as they were. */
import {
  type BadRecord,
  BIGINT,
  BOOLEAN,
  BYTES,
  columnOf,
  DATE,
  type DataType,
  DOUBLE,
  decimal,
  FLOAT,
  INT,
  type OptionValues,
  parseOptions,
  type RecordBatch,
  recordBatch,
  row,
  type Schema,
  STRING,
  TIMESTAMP_3,
  TIMESTAMP_LTZ_3,
  TINYINT,
  VALUE,
  valueAt,
} from "@millrace/core";
import { randomValue, sameTestValue, seededRandom } from "@millrace/testkit";
import { expect, test } from "vitest";
import { jsonFormat } from "./json-format.ts";

const array = (element: DataType): DataType => ({ kind: "array", element, nullable: true });
const map = (key: DataType, value: DataType): DataType => ({ kind: "map", key, value, nullable: true });
const time = (precision: number): DataType => ({ kind: "time", precision, nullable: true });
const timestamp = (precision: number): DataType => ({ kind: "timestamp", precision, nullable: true });
const bytesOf = (...bytes: number[]) => Uint8Array.from(bytes);

function encoderOf(schema: Schema, options: Record<string, string> = {}) {
  const encoder = jsonFormat.createEncoder?.(schema, parseOptions(jsonFormat.options, options, "json"));
  if (encoder === undefined) throw new Error("json cannot be written");
  return encoder;
}

function batchOf(schema: Schema, rows: readonly (readonly unknown[])[]): RecordBatch {
  return recordBatch(
    rows.length,
    schema.fields.map(({ type }, i) =>
      columnOf(
        type,
        rows.map((values) => values[i]),
      ),
    ),
  );
}

function encode(schema: Schema, rows: readonly (readonly unknown[])[], options: Record<string, string> = {}): string {
  const encoder = encoderOf(schema, options);
  encoder.encodeDelimited(batchOf(schema, rows));
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(encoder.take());
}

test.each<[DataType, unknown, string]>([
  [BOOLEAN, true, "true"],
  [BOOLEAN, false, "false"],
  [TINYINT, -128, "-128"],
  [INT, 0, "0"],
  [INT, -2147483648, "-2147483648"],
  [BIGINT, 999_999_999, "999999999"],
  [BIGINT, 1_000_000_000, "1000000000"],
  [BIGINT, 9007199254740991, "9007199254740991"],
  [BIGINT, -9007199254740991, "-9007199254740991"],
  [BIGINT, 1_000_000_000_000_007, "1000000000000007"],
  [BIGINT, 9223372036854775807n, "9223372036854775807"],
  [BIGINT, -9223372036854775808n, "-9223372036854775808"],
  [decimal(5, 2), 5, "0.05"],
  [decimal(5, 2), -1234, "-12.34"],
  [decimal(5, 2), 0, "0.00"],
  [decimal(16, 1), 9007199254740989, "900719925474098.9"],
  [decimal(38, 20), 9007199254740991, "0.00009007199254740991"],
  [decimal(38, 0), 10n ** 38n - 1n, "99999999999999999999999999999999999999"],
  [decimal(38, 38), -(10n ** 38n - 1n), "-0.99999999999999999999999999999999999999"],
  [decimal(30, 9), 27, "0.000000027"],
  [DOUBLE, 0.1, "0.1"],
  [DOUBLE, 100, "100"],
  [DOUBLE, -0, "-0"],
  [DOUBLE, 1e21, "1e+21"],
  [DOUBLE, 5e-324, "5e-324"],
  [DOUBLE, Number.NaN, '"NaN"'],
  [DOUBLE, Number.NEGATIVE_INFINITY, '"-Infinity"'],
  [FLOAT, Math.fround(0.1), "0.1"],
  [FLOAT, Math.fround(3.4028235e38), "3.4028235e+38"],
  [FLOAT, Math.fround(16777217.7), "16777218"],
  [STRING, "", '""'],
  [STRING, "plain text", '"plain text"'],
  [STRING, 'q"b\\s/', '"q\\"b\\\\s/"'],
  [STRING, "\b\t\n\f\r\u0000\u001f\u007f", '"\\b\\t\\n\\f\\r\\u0000\\u001F\u007f"'],
  [STRING, "日本語 😀", '"日本語 😀"'],
  [STRING, 'abc\u0001defg"hijklmnop', '"abc\\u0001defg\\"hijklmnop"'],
  [BYTES, bytesOf(), '""'],
  [BYTES, bytesOf(1), '"AQ=="'],
  [BYTES, bytesOf(1, 2), '"AQI="'],
  [BYTES, bytesOf(255, 254, 253, 0), '"//79AA=="'],
  [DATE, 18262, '"2020-01-01"'],
  [DATE, -1, '"1969-12-31"'],
  [time(0), 86_399_000, '"23:59:59"'],
  [time(3), 3_723_004, '"01:02:03.004"'],
  [time(6), 3_723_003.9999999, '"01:02:03.004000"'],
  [timestamp(6), 1_577_836_799_999.9998, '"2020-01-01 00:00:00.000000"'],
  [time(6), 3_723_004.005, '"01:02:03.004005"'],
  [timestamp(0), 1_577_836_800_999, '"2020-01-01 00:00:00"'],
  [TIMESTAMP_3, 1_577_836_800_000, '"2020-01-01 00:00:00.000"'],
  [TIMESTAMP_3, -1, '"1969-12-31 23:59:59.999"'],
  [timestamp(6), 1_577_836_800_000.25, '"2020-01-01 00:00:00.000250"'],
  [timestamp(9), 1_577_836_800_123, '"2020-01-01 00:00:00.123000000"'],
  [TIMESTAMP_LTZ_3, 1, '"1970-01-01 00:00:00.001Z"'],
  [{ kind: "interval_year_month", nullable: true }, -14, "-14"],
  [{ kind: "interval_day_time", nullable: true }, 86_400_000, "86400000"],
  [
    row([
      { name: "a", type: INT },
      { name: 'b"', type: row([{ name: "c", type: STRING }]) },
    ]),
    [null, ["x"]],
    '{"a":null,"b\\"":{"c":"x"}}',
  ],
  [array(decimal(20, 2)), [12n, null, 10n ** 19n], "[0.12,null,100000000000000000.00]"],
  [array(TIMESTAMP_3), [0], '["1970-01-01 00:00:00.000"]'],
  [map(STRING, INT), new Map([['k"', 1]]), '{"k\\"":1}'],
  [map(BIGINT, BOOLEAN), new Map([[7, true]]), '{"7":true}'],
  [map(DATE, INT), new Map([[0, null]]), '{"1970-01-01":null}'],
  [{ kind: "multiset", element: STRING, nullable: true }, new Map([["a", 2]]), '{"a":2}'],
  [VALUE, { any: [1] }, '{"any":[1]}'],
])("%o: %s", (type, value, text) => {
  const schema = { fields: [{ name: "v", type }] };
  expect(encode(schema, [[value], [null]])).toBe(`{"v":${text}}\n{"v":null}\n`);
});

const schemaOf = (fields: Record<string, DataType>): Schema => ({
  fields: Object.entries(fields).map(([name, type]) => ({ name, type })),
});

test("names of fields are escaped, whatever their length", () => {
  const names = ["a", "ab", "abc", "abcd", "a-name-of-some-length", "zwölf", 'q"\\\n', "日本"];
  const schema = { fields: names.map((name) => ({ name, type: INT })) };
  const text = encode(schema, [names.map((_, i) => i)]);
  expect(Object.entries(JSON.parse(text))).toEqual(names.map((name, i) => [name, i]));
});

test("a table without columns", () => {
  const encoder = encoderOf({ fields: [] });
  encoder.encodeDelimited(recordBatch(2, []));
  expect(new TextDecoder().decode(encoder.take())).toBe("{}\n{}\n");
});

test("options: ISO-8601, NULL fields left out, decimals as Flink writes them", () => {
  const inner = row([
    { name: "x", type: INT },
    { name: "y", type: decimal(10, 4) },
  ]);
  const schema = schemaOf({ a: INT, t: TIMESTAMP_3, z: TIMESTAMP_LTZ_3, d: decimal(20, 9), r: inner });
  const rows = [
    [null, 0, 1, 27, [null, 12000]],
    [1, null, null, 1_200_000_000_000, [1, 0]],
    [null, null, null, null, null],
  ];
  const options = {
    "timestamp-format.standard": "ISO-8601",
    "encode.ignore-null-fields": "true",
    "encode.decimal-as-plain-number": "false",
  };
  expect(encode(schema, rows, options).split("\n")).toEqual([
    '{"t":"1970-01-01T00:00:00.000","z":"1970-01-01T00:00:00.001Z","d":2.7E-8,"r":{"y":1.2}}',
    '{"a":1,"d":1.2E+3,"r":{"x":1,"y":0}}',
    "{}",
    "",
  ]);
});

test("a NULL key of a MAP: fails, is dropped, or is named", () => {
  const schema = schemaOf({ m: map(STRING, INT) });
  const rows = [
    [
      new Map([
        [null, 1],
        ["a", 2],
      ]),
    ],
  ];
  expect(() => encode(schema, rows)).toThrow(/field 'm': a MAP with the key NULL cannot be written.*map-null-key.mode/);
  expect(encode(schema, rows, { "map-null-key.mode": "DROP" })).toBe('{"m":{"a":2}}\n');
  const named = { "map-null-key.mode": "literal", "map-null-key.literal": "none" };
  expect(encode(schema, rows, named)).toBe('{"m":{"none":1,"a":2}}\n');
});

test("rows one by one: the ends are told by byteLength, columns may change between calls", () => {
  const schema = schemaOf({ id: BIGINT, name: STRING });
  const encoder = encoderOf(schema);
  const first = batchOf(schema, [
    [1, "one"],
    [2, null],
  ]);
  encoder.encodeRow(first, 1);
  const middle = encoder.byteLength;
  encoder.encodeRow(batchOf(schema, [[2n ** 60n, "wide"]]), 0);
  const text = new TextDecoder().decode(encoder.take());
  expect([text.slice(0, middle), text.slice(middle)]).toEqual([
    '{"id":2,"name":null}',
    '{"id":1152921504606846976,"name":"wide"}',
  ]);
  expect(encoder.byteLength).toBe(0);
  encoder.encodeRow(first, 0);
  expect(new TextDecoder().decode(encoder.take())).toBe('{"id":1,"name":"one"}');
});

test("texts that are much longer than the buffer, with and without escapes", () => {
  const schema = schemaOf({ a: STRING, b: BYTES, c: STRING, d: INT });
  const texts = ["x".repeat(3 << 20), '\u0001"'.repeat(1 << 17), "é\n".repeat(5000)];
  const rows = texts.map((text, i) => [text, new Uint8Array(100_000 * i).fill(i), text, i]);
  const lines = encode(schema, rows).split("\n");
  for (const [i, text] of texts.entries()) {
    const b = Buffer.alloc(100_000 * i, i).toString("base64");
    expect(JSON.parse(lines[i])).toEqual({ a: text, b, c: text, d: i });
  }
});

const nested = row([
  { name: "id", type: BIGINT },
  { name: "text", type: STRING },
  { name: "list", type: array(decimal(38, 18)) },
  { name: "at", type: timestamp(6) },
]);
const everything = schemaOf({
  flag: BOOLEAN,
  tiny: TINYINT,
  int: INT,
  big: BIGINT,
  small: decimal(9, 4),
  large: decimal(38, 10),
  float: FLOAT,
  double: DOUBLE,
  text: STRING,
  "a name with 'quotes\" and é": { kind: "varchar", length: 10, nullable: false },
  bytes: BYTES,
  date: DATE,
  time: time(3),
  at: TIMESTAMP_3,
  micros: timestamp(6),
  zoned: TIMESTAMP_LTZ_3,
  nested,
  list: array(DOUBLE),
  map: map(STRING, nested),
  byId: map(BIGINT, array(STRING)),
});

/** What JSON.parse gives for a value of a type; numbers as they are written. */
function plain(value: unknown, type: DataType): unknown {
  if (value === null) return null;
  switch (type.kind) {
    case "bigint":
      return String(value);
    case "decimal": {
      const digits = String(value)
        .replace("-", "")
        .padStart(type.scale + 1, "0");
      const point = digits.length - type.scale;
      const fraction = type.scale === 0 ? "" : `.${digits.slice(point)}`;
      return `${(value as number) < 0 ? "-" : ""}${digits.slice(0, point)}${fraction}`;
    }
    case "float":
    case "double":
      return Number.isFinite(value) ? value : String(value);
    case "varbinary":
      return Buffer.from(value as Uint8Array).toString("base64");
    case "date":
      return new Date((value as number) * 86_400_000).toISOString().slice(0, 10);
    case "time":
      return new Date(value as number).toISOString().slice(11, 23);
    case "timestamp":
    case "timestamp_ltz": {
      const ms = Math.floor(value as number);
      const micros = String(Math.round(((value as number) - ms) * 1000)).padStart(3, "0");
      const text = new Date(ms).toISOString().replace("T", " ").replace("Z", "");
      return `${text}${type.precision === 6 ? micros : ""}${type.kind === "timestamp_ltz" ? "Z" : ""}`;
    }
    case "row":
      return Object.fromEntries(type.fields.map(({ name, type }, i) => [name, plain((value as unknown[])[i], type)]));
    case "array":
      return (value as unknown[]).map((element) => plain(element, type.element));
    case "map":
      return Object.fromEntries([...(value as Map<unknown, unknown>)].map(([k, v]) => [k, plain(v, type.value)]));
    default:
      return value;
  }
}

/** JSON.parse with BIGINT and DECIMAL members kept as texts. */
function parseKeeping(text: string, type: DataType): unknown {
  const value = JSON.parse(text, function (this: unknown, _key, item: unknown, context?: { source: string }) {
    return typeof item === "number" ? { number: item, source: context?.source } : item;
  } as (this: unknown, key: string, value: unknown) => unknown);
  return unwrap(value, type);
}

function unwrap(value: unknown, type: DataType): unknown {
  if (value === null || typeof value !== "object") return value;
  if ("source" in value && "number" in value) {
    const isFloat = type.kind === "float";
    if (type.kind === "bigint" || type.kind === "decimal") return value.source;
    return isFloat ? Math.fround(value.number as number) : value.number;
  }
  if (type.kind === "array") return (value as unknown[]).map((element) => unwrap(element, type.element));
  const members = Object.entries(value);
  if (type.kind === "map") return Object.fromEntries(members.map(([k, v]) => [k, unwrap(v, type.value)]));
  if (type.kind !== "row") return value;
  return Object.fromEntries(type.fields.map(({ name, type }) => [name, unwrap(Object(value)[name] ?? null, type)]));
}

function decode(text: Uint8Array, schema: Schema, options: OptionValues): unknown[][] {
  const bad: BadRecord[] = [];
  const request = {
    fields: schema.fields.map(({ name, type }) => ({ path: [name], type })),
    metadata: [],
    predicates: [],
  };
  const decoder = jsonFormat.createDecoder?.(request, schema, options, (reason, bytes, start, end, index) => {
    bad.push({ reason, position: String(index), bytes: bytes.slice(start, end) });
  });
  decoder?.decodeDelimited(text, 0, text.length, true);
  const taken = decoder?.take() ?? { length: 0, columns: [] };
  expect(bad.map(({ reason }) => reason)).toEqual([]);
  return Array.from({ length: taken.length }, (_, i) =>
    taken.columns.map((column, c) => valueAt(column, i, schema.fields[c].type)),
  );
}

const seed = Number(process.env.MILLRACE_TEST_SEED ?? Date.now() & 0x7fffffff);

test(`random rows of every type: JSON.parse and the decoder read what was written (seed ${seed})`, () => {
  const random = seededRandom(seed);
  const type = row(everything.fields);
  for (let round = 0; round < 60; round++) {
    const standard = round % 2 === 0 ? "SQL" : "ISO-8601";
    const omits = round % 3 === 0;
    const options = { "timestamp-format.standard": standard, "encode.ignore-null-fields": String(omits) };
    const rows = Array.from({ length: 1 + Math.floor(random() * 60) }, () =>
      everything.fields.map((field) => randomValue(field.type, random)),
    );
    const encoder = encoderOf(everything, options);
    const batch = batchOf(everything, rows);
    encoder.encodeDelimited(batch);
    const bytes = encoder.take();
    const lines = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes).split("\n");
    expect(lines.length).toBe(rows.length + 1);
    for (const [i, values] of rows.entries()) {
      const text = standard === "SQL" ? lines[i] : lines[i].replaceAll(/"(\d{4}-\d\d-\d\d)T(\d\d:)/g, '"$1 $2');
      expect(parseKeeping(text, type), `round ${round}, row ${i}: ${lines[i]}`).toEqual(plain(values, type));
      encoder.encodeRow(batch, i);
      expect(new TextDecoder("utf-8", { ignoreBOM: true }).decode(encoder.take())).toBe(lines[i]);
    }
    const decoded = decode(bytes, everything, parseOptions(jsonFormat.options, options, "json"));
    for (const [i, values] of rows.entries()) {
      for (const [c, value] of values.entries()) {
        const isSame = sameTestValue(decoded[i][c], value);
        expect(isSame, `round ${round}, row ${i}, ${everything.fields[c].name}: ${lines[i]}`).toBe(true);
      }
    }
  }
});
