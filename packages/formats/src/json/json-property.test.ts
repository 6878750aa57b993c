/**
 * The decoder against JSON.parse and a converter written on its own: 100,000 documents, valid and damaged, in streams that
 * make the decoder learn layouts. Only accept or refuse, and the values, are compared; never our own output.
 */
import {
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  type DataType,
  DOUBLE,
  decimal,
  INT,
  type ReadField,
  type RecordDecoder,
  row,
  STRING,
  TIMESTAMP_3,
  TIMESTAMP_LTZ_3,
  valueAt,
} from "@millrace/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonDecoder } from "./json-decoder.ts";

// ---- the oracle ----

/** A number as written: JSON.parse alone would round it. */
class Numeral {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
class Refused extends Error {}
/** The JSON text of a value that is no string, for a STRING column: any text that parses to it will do. */
class JsonText {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

function parseExactly(text: string): unknown {
  return JSON.parse(text, ((_key: string, value: unknown, context: { source?: string }) =>
    typeof value === "number" ? new Numeral(context.source as string) : value) as (
    key: string,
    value: unknown,
  ) => unknown);
}

/** [digits, exponent] of a numeral; undefined if it is none. */
function rational(text: string): [bigint, number] | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null || (match[2] === "" && (match[3] ?? "") === "")) return undefined;
  const digits = BigInt(match[2] + (match[3] ?? ""));
  return [match[1] === "-" ? -digits : digits, Number(match[4] ?? 0) - (match[3] ?? "").length];
}

function integral(text: string, bits: number): bigint {
  const parts = rational(text);
  if (parts === undefined) throw new Refused();
  let [digits, exponent] = parts;
  if (digits === 0n) return 0n;
  if (exponent > 40) throw new Refused();
  for (; exponent < 0; exponent++) {
    if (digits % 10n !== 0n) throw new Refused();
    digits /= 10n;
  }
  digits *= 10n ** BigInt(exponent);
  if (BigInt.asIntN(bits, digits) !== digits) throw new Refused();
  return digits;
}

function convertDecimal(text: string, precision: number, scale: number): bigint | null {
  const parts = rational(text);
  if (parts === undefined) throw new Refused();
  const [digits, exponent] = parts;
  const shift = exponent + scale;
  if (digits === 0n) return 0n;
  if (shift > 100) return null;
  if (shift < -1000) return 0n;
  const magnitude = digits < 0n ? -digits : digits;
  const unit = 10n ** BigInt(Math.abs(shift));
  const unscaled = shift >= 0 ? magnitude * unit : (magnitude * 2n + unit) / (unit * 2n);
  return unscaled >= 10n ** BigInt(precision) ? null : digits < 0n ? -unscaled : unscaled;
}

function convertTime(text: string, pattern: RegExp): number {
  const match = pattern.exec(text);
  if (match === null) throw new Refused();
  const iso = `${match[1]}-${match[2]}-${match[3]}T${match[4] ?? "00"}:${match[5] ?? "00"}:${match[6] ?? "00"}`;
  const date = new Date(`${iso}Z`);
  // Date takes the 31st of June; a date that comes back otherwise does not exist.
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 19) !== iso) throw new Refused();
  return date.getTime() + Number((match[7] ?? "").padEnd(3, "0").slice(0, 3));
}

const javaTrim = (text: string) => text.replace(/^[\0-\x20]+|[\0-\x20]+$/g, "");

function convert(value: unknown, type: DataType): unknown {
  if (value === null) return null;
  if (type.kind === "varchar") return typeof value === "string" ? value.toWellFormed() : new JsonText(value);
  if (type.kind === "row") {
    if (typeof value !== "object" || value instanceof Numeral || Array.isArray(value)) throw new Refused();
    return type.fields.map(({ name, type }) =>
      Object.hasOwn(value, name) ? convert((value as Record<string, unknown>)[name], type) : null,
    );
  }
  if (type.kind === "array") {
    if (!Array.isArray(value)) throw new Refused();
    return value.map((element) => convert(element, type.element));
  }
  if (type.kind === "map") {
    if (typeof value !== "object" || value instanceof Numeral || Array.isArray(value)) throw new Refused();
    return new Map(Object.entries(value).map(([key, member]) => [convert(key, type.key), convert(member, type.value)]));
  }
  if (type.kind === "varbinary") {
    if (typeof value !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(value)) throw new Refused();
    const bare = value.replace(/=+$/, "");
    if (bare.length % 4 === 1 || (bare !== value && value.length % 4 !== 0)) throw new Refused();
    return new Uint8Array(Buffer.from(bare, "base64"));
  }
  if (typeof value === "object" && !(value instanceof Numeral)) throw new Refused();
  const text = value instanceof Numeral ? value.text : javaTrim(String(value));
  switch (type.kind) {
    case "boolean":
      if (!/^(true|false)$/i.test(text)) throw new Refused();
      return text.toLowerCase() === "true";
    case "int":
      return integral(text, 32);
    case "bigint":
      return integral(text, 64);
    case "decimal":
      return convertDecimal(text, type.precision, type.scale);
    case "double":
      if (rational(text) === undefined && !/^(NaN|-?Infinity)$/.test(text)) throw new Refused();
      return Number(text);
    case "date":
      return convertTime(text, /^(\d{4})-(\d\d)-(\d\d)$/) / 86_400_000;
    case "timestamp":
      return convertTime(text, /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{0,9}))?$/);
    case "timestamp_ltz":
      return convertTime(text, /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{0,9}))?Z$/);
    default:
      throw new Error(`the oracle has no ${type.kind}`);
  }
}

/** The values of a record's fields, or null if the record must be refused. */
function oracle(bytes: Uint8Array, fields: readonly ReadField[]): unknown[] | null {
  let record: unknown;
  try {
    record = parseExactly(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return null;
  }
  if (typeof record !== "object" || record === null || Array.isArray(record) || record instanceof Numeral) return null;
  try {
    return fields.map(({ path, type }) => {
      let value: unknown = record;
      for (const name of path) {
        if (value === null) return null;
        if (typeof value !== "object" || Array.isArray(value) || value instanceof Numeral) throw new Refused();
        value = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : null;
      }
      return convert(value, type);
    });
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}

function same(actual: unknown, expected: unknown): boolean {
  if (expected instanceof JsonText) return typeof actual === "string" && sameJson(parseExactly(actual), expected.value);
  if (typeof expected === "bigint")
    return typeof actual !== "object" && BigInt(actual as number) === expected && !Object.is(actual, -0);
  if (Array.isArray(expected))
    return Array.isArray(actual) && actual.length === expected.length && expected.every((v, i) => same(actual[i], v));
  if (expected instanceof Uint8Array) return actual instanceof Uint8Array && Buffer.compare(actual, expected) === 0;
  if (expected instanceof Map) {
    const map = actual as Map<unknown, unknown>;
    return (
      map.size === expected.size && [...expected].every(([key, value]) => map.has(key) && same(map.get(key), value))
    );
  }
  return Object.is(actual, expected);
}
const sameJson = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

// ---- the documents ----

class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = seed | 0;
  }
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  }
  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)];
  }
  chance(oneIn: number): boolean {
    return this.below(oneIn) === 0;
  }
}

const strings = [
  "",
  "a",
  "Google",
  "channel-9963",
  "https://www.nexmark.com/a/item.htm?query=1",
  "été",
  "日本語テキスト",
  "😀x",
  "\u007f",
  'tab\\tquote\\"',
  "\\u0041\\u00e9\\u20ac",
  "\\ud83d\\ude00",
  "\\ud800",
  "\\udc00\\ud800x",
  "\\/\\b\\f\\n\\r",
  'with space and: {\\"a\\":1}',
  "12",
  "-7",
  "1e3",
  " 42 ",
  "12x",
  "true",
  "AAECAw==",
  "/+8",
  "9223372036854775807",
];
const times = [
  "2015-07-15 00:00:00.000",
  "2015-07-15 13:59:07.123",
  "2015-07-16 23:59:59.999",
  "2015-07-15 24:00:00.000",
  "2015-02-29 00:00:00.000",
  "2015-07-15 10:60:00.000",
  "2015-07-15 10:00:00",
  "2015-07-15 10:00:00.5",
  "2015-07-15 10:00:00.123456",
  "2015-07-15T10:00:00.000",
  "2015-07-15",
  "2015-07-15 10:00:00.000Z",
  "2015-07-15 1a:00:00.000",
  "0001-01-01 00:00:00.000",
  "9999-12-31 23:59:59.999",
  "2015-07-15 10:00:61.000",
  "2015-07-15 10:00:00.00a",
];
const numbers = [
  "0",
  "-0",
  "1",
  "-1",
  "7",
  "42",
  "1000",
  "30192",
  "1234567",
  "99999999",
  "2147483647",
  "2147483648",
  "-2147483648",
  "-2147483649",
  "123456789012345",
  "1234567890123456",
  "9007199254740991",
  "9007199254740993",
  "-9223372036854775808",
  "9223372036854775807",
  "9223372036854775808",
  "12345678901234567890123",
  "1.0",
  "1.5",
  "-0.0",
  "0.005",
  "12.345",
  "1e3",
  "1E+2",
  "1.25e2",
  "5e-324",
  "1e400",
  "1e-400",
  "0.1",
  "3.141592653589793238",
  "123456789.123456789",
  "00",
  "01",
  "1.",
  ".5",
  "-",
  "1e",
  "+1",
  "1e+",
  "99999999999999999999999999999999999999",
  "0e5",
  "1000e-3",
];

function scalar(random: Random): string {
  const kind = random.below(12);
  if (kind < 3) return random.chance(6) ? random.pick(numbers) : String(random.below(10 ** (1 + random.below(9))));
  if (kind < 6) return `"${random.pick(strings)}"`;
  if (kind < 8) return `"${random.pick(times)}"`;
  if (kind < 9) return random.pick(numbers);
  return random.pick(["null", "null", "true", "false", "nul", '"x']);
}

function value(random: Random, depth: number, names: readonly string[]): string {
  const space = () => (random.chance(12) ? random.pick([" ", "\t", "  ", "\r"]) : "");
  const kind = random.below(10);
  if (depth > 3 || kind < 7) return scalar(random);
  const count = random.below(4);
  if (kind === 7) {
    return `[${space()}${Array.from({ length: count }, () => value(random, depth + 1, names) + space()).join(`,${space()}`)}]`;
  }
  return object(random, depth + 1, names, count);
}

function object(random: Random, depth: number, names: readonly string[], count: number): string {
  const space = () => (random.chance(15) ? " " : "");
  const members = Array.from({ length: count }, () => {
    const name = random.pick(names);
    const written = random.chance(20) ? `\\u${name.charCodeAt(0).toString(16).padStart(4, "0")}${name.slice(1)}` : name;
    return `"${written}"${space()}:${space()}${value(random, depth, names)}`;
  });
  return `{${space()}${members.join(`${space()},${space()}`)}${space()}}`;
}

/** A record of one layout with other values: what the generated decoders are made for. */
function similar(random: Random, text: string): string {
  return text.replaceAll(/:"[^"\\]*"|:\d+/g, (old) => {
    if (random.chance(2)) return old;
    if (random.chance(10)) return `:${scalar(random)}`;
    return old[1] === '"'
      ? `:"${random.pick(old.length === 26 ? times : strings)}"`
      : `:${random.chance(4) ? random.pick(numbers) : random.below(1e6)}`;
  });
}

/** Sequences at the edges of UTF-8: surrogates, overlong forms, beyond U+10FFFF, cut; and the valid ones next to them. */
const illFormed = [
  "eda080",
  "edbfbf",
  "ed9fbf",
  "ee8080",
  "c080",
  "c1bf",
  "c280",
  "e08080",
  "e09fbf",
  "e0a080",
  "f0808080",
  "f08fbfbf",
  "f0908080",
  "f48fbfbf",
  "f4908080",
  "f5808080",
  "e282",
  "f09f98",
  "80",
  "bf",
].map((hex) => Buffer.from(hex, "hex"));

function damage(random: Random, bytes: Uint8Array): Uint8Array {
  const at = random.below(bytes.length + 1);
  const byte = random.pick([
    0,
    0x0d,
    0x22,
    0x5c,
    0x2c,
    0x7d,
    0x7b,
    0x20,
    0x80,
    0xc3,
    0xff,
    0xed,
    0x1f,
    0x39,
    random.below(256),
  ]);
  switch (random.below(5)) {
    case 4:
      return Uint8Array.from([...bytes.slice(0, at), ...random.pick(illFormed), ...bytes.slice(at)]);
    case 0: {
      const flipped = bytes.slice();
      if (at < flipped.length) flipped[at] ^= 1 << random.below(8);
      return flipped;
    }
    case 1:
      return bytes.slice(0, at);
    case 2:
      return Uint8Array.from([...bytes.slice(0, at), byte, ...bytes.slice(at)]);
    default: {
      const replaced = bytes.slice();
      if (at < replaced.length) replaced[at] = byte;
      return replaced;
    }
  }
}

const encoder = new TextEncoder();

function stream(random: Random, names: readonly string[], nexmark: boolean, count: number): Uint8Array {
  const records: Uint8Array[] = [];
  while (records.length < count) {
    const template =
      nexmark && !random.chance(4) ? random.pick(nexmarkLines) : object(random, 0, names, 1 + random.below(6));
    const run = 1 + random.below(8);
    for (let i = 0; i < run; i++) {
      const bytes = encoder.encode(i === 0 ? template : similar(random, template));
      records.push(random.chance(6) ? damage(random, bytes) : bytes);
      if (random.chance(30)) records.push(encoder.encode(random.pick(["", " ", "\r", "[1]", "3", '"x"', "null"])));
    }
  }
  const feed = random.chance(4) ? "\r\n" : "\n";
  return Buffer.concat(records.flatMap((record) => [record, encoder.encode(feed)]));
}

const nexmarkLines = [
  '{"event_type":0,"person":{"id":1000,"name":"Goran Ito","state":"OR","dateTime":"2015-07-15 00:00:00.000"},"bid":null}',
  '{"event_type":2,"person":null,"bid":{"auction":1000,"price":30192,"channel":"channel-9963","dateTime":"2015-07-15 00:00:00.000","extra":"snnjbxkyjnupvsxm"}}',
  '{"event_type":2,"person":null,"bid":{"auction":1001,"price":901370,"channel":"Google","dateTime":"2015-07-15 00:00:00.010","extra":""}}',
];

const nested = row([
  { name: "id", type: BIGINT },
  { name: "a", type: STRING },
  { name: "dateTime", type: TIMESTAMP_3 },
]);
const requests: { names: string[]; nexmark: boolean; fields: ReadField[] }[] = [
  {
    names: ["event_type", "person", "bid", "price", "other"],
    nexmark: true,
    fields: [
      { path: ["event_type"], type: INT },
      { path: ["person", "id"], type: BIGINT },
      { path: ["person", "name"], type: STRING },
      { path: ["bid", "price"], type: BIGINT },
      { path: ["bid", "channel"], type: STRING },
      { path: ["bid", "dateTime"], type: TIMESTAMP_3 },
      { path: ["bid", "extra"], type: STRING },
    ],
  },
  {
    names: ["a", "b", "c", "d", "e", "unknown", "été"],
    nexmark: false,
    fields: [
      { path: ["a"], type: BIGINT },
      { path: ["b"], type: STRING },
      { path: ["c"], type: DOUBLE },
      { path: ["d"], type: decimal(10, 2) },
      { path: ["e"], type: BOOLEAN },
      { path: ["été"], type: TIMESTAMP_3 },
    ],
  },
  {
    names: ["a", "b", "c", "d", "e"],
    nexmark: false,
    fields: [
      { path: ["a"], type: { kind: "array", element: BIGINT, nullable: true } },
      { path: ["b"], type: { kind: "map", key: STRING, value: DOUBLE, nullable: true } },
      {
        path: ["c"],
        type: row([
          { name: "a", type: INT },
          { name: "b", type: STRING },
          { name: "c", type: nested },
        ]),
      },
      { path: ["c", "b"], type: STRING },
      { path: ["d"], type: decimal(38, 10) },
      { path: ["e"], type: TIMESTAMP_LTZ_3 },
    ],
  },
  {
    names: ["a", "b", "c", "d"],
    nexmark: true,
    fields: [
      { path: ["a", "b", "c"], type: INT },
      { path: ["b"], type: DATE },
      { path: ["c"], type: BYTES },
      {
        path: ["bid"],
        type: row([
          { name: "price", type: BIGINT },
          { name: "channel", type: STRING },
        ]),
      },
      { path: ["person", "state"], type: STRING },
    ],
  },
  { names: ["a", "b"], nexmark: true, fields: [] },
];

interface Outcome {
  readonly rows: unknown[][];
  readonly bad: number[];
}

function expectedOf(bytes: Uint8Array, fields: readonly ReadField[]): Outcome {
  const rows: unknown[][] = [];
  const bad: number[] = [];
  let index = 0;
  for (let at = 0; at < bytes.length; index++) {
    const feed = bytes.indexOf(0x0a, at);
    const end = feed < 0 ? bytes.length : feed;
    let line = bytes.subarray(at, end);
    at = end + 1;
    if (index === 0 && line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf) line = line.subarray(3);
    if (line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d)) continue;
    const row = oracle(line, fields);
    if (row === null) bad.push(index);
    else rows.push(row);
  }
  return { rows, bad };
}

function takeRows(decoder: RecordDecoder, fields: readonly ReadField[], rows: unknown[][]): void {
  const { length, columns } = decoder.take();
  for (let i = 0; i < length; i++) rows.push(columns.map((column, j) => valueAt(column, i, fields[j].type)));
}

function compare(actual: Outcome, expected: Outcome, bytes: Uint8Array, told: string): void {
  const lines = () => Buffer.from(bytes).toString("latin1").split("\n");
  const wrong = [...new Set([...actual.bad, ...expected.bad])].filter(
    (i) => actual.bad.includes(i) !== expected.bad.includes(i),
  );
  if (wrong.length > 0) {
    const [index] = wrong;
    throw new Error(
      `${told}: record ${index} ${expected.bad.includes(index) ? "must be refused" : "must be accepted"}: ${lines()[index]}`,
    );
  }
  if (actual.rows.length !== expected.rows.length)
    throw new Error(`${told}: ${actual.rows.length} rows, not ${expected.rows.length}`);
  let row = -1;
  const good = lines()
    .map((_, i) => i)
    .filter((i) => !expected.bad.includes(i) && !/^[ \t\r]*$/.test(lines()[i]));
  for (const values of expected.rows) {
    row++;
    if (values.every((value, i) => same(actual.rows[row][i], value))) continue;
    throw new Error(
      `${told}: row ${row}: ${JSON.stringify(actual.rows[row], shown)}, not ${JSON.stringify(values, shown)}: ${lines()[good[row]]}`,
    );
  }
}
const shown = (_key: string, value: unknown) =>
  typeof value === "bigint" ? `${value}n` : value instanceof Map ? [...value] : value;

const seed = Number(process.env.MILLRACE_TEST_SEED ?? Date.now() & 0x7fffffff);

describe("the JSON decoder agrees with JSON.parse", () => {
  for (const [which, { names, nexmark, fields }] of requests.entries()) {
    const options = { failOnMissingField: false, ignoreParseErrors: false, timestampStandard: "sql" } as const;

    it(`on streams of documents, request ${which} (seed ${seed})`, () => {
      let documents = 0;
      fc.assert(
        fc.property(fc.integer(), fc.boolean(), (streamSeed, isWhole) => {
          const random = new Random(streamSeed);
          const bytes = stream(random, names, nexmark, 400);
          // A tail of other bytes, as in a connector's buffer: without it the generated code is not used near the end.
          const buffer = Buffer.concat([
            bytes,
            Buffer.from(random.pick(['"5,}\u0000', "7", "x", " "]).repeat(random.pick([0, 1, 9000]))),
          ]);
          const bad: number[] = [];
          const rows: unknown[][] = [];
          const decoder = new JsonDecoder(
            { fields, metadata: [], predicates: [] },
            options,
            (_reason, _bytes, _start, _end, index) => bad.push(index),
          );
          const expected = expectedOf(bytes, fields);
          if (isWhole) {
            let index = 0;
            for (let at = 0; at < bytes.length; index++) {
              const feed = bytes.indexOf(0x0a, at);
              const isBlank = bytes.subarray(at, feed).every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
              const before = decoder.rowCount;
              // An empty message is a bad record; a blank line is none.
              if (isBlank) bad.length += 0;
              else expect(decoder.decodeRecord(buffer, at, feed)).toBe(decoder.rowCount - before);
              at = feed + 1;
              if (random.chance(50)) takeRows(decoder, fields, rows);
            }
            const blank = blankLines(bytes);
            const renumbered = bad.map((i) => i);
            bad.length = 0;
            for (const i of renumbered) bad.push(nthNotBlank(blank, i));
          } else {
            for (let at = 0, end = 0; at < bytes.length; ) {
              end = Math.max(at, Math.min(bytes.length, end + 1 + random.below(random.pick([20, 3000]))));
              at = decoder.decodeDelimited(buffer, at, end, end === bytes.length);
              if (random.chance(5)) takeRows(decoder, fields, rows);
            }
            expect(decoder.recordsSeen).toBe(bytes.reduce((sum, byte) => sum + (byte === 0x0a ? 1 : 0), 0));
          }
          takeRows(decoder, fields, rows);
          compare({ rows, bad }, expected, bytes, `stream ${streamSeed}`);
          documents += expected.rows.length + expected.bad.length;
        }),
        { seed: seed + which, numRuns: 50, endOnFailure: true },
      );
      expect(documents).toBeGreaterThan(19_000);
    });

    it(`with the input cut at every position, request ${which} (seed ${seed})`, () => {
      const random = new Random(seed + which);
      const text = stream(random, names, nexmark, 12);
      const bytes = Buffer.concat([Uint8Array.of(0xef, 0xbb, 0xbf), text, encoder.encode('{"a":1,"event_type":7}')]);
      const expected = expectedOf(bytes, fields);
      for (let cut = 0; cut <= bytes.length; cut++) {
        const bad: number[] = [];
        const rows: unknown[][] = [];
        const decoder = new JsonDecoder(
          { fields, metadata: [], predicates: [] },
          options,
          (_reason, _bytes, _start, _end, index) => bad.push(index),
        );
        const at = decoder.decodeDelimited(bytes, 0, cut, false);
        takeRows(decoder, fields, rows);
        expect(decoder.decodeDelimited(bytes, at, bytes.length, true)).toBe(bytes.length);
        takeRows(decoder, fields, rows);
        compare({ rows, bad }, expected, bytes, `seed ${seed}, cut at ${cut}`);
      }
    });
  }
});

function blankLines(bytes: Uint8Array): boolean[] {
  return Buffer.from(bytes)
    .toString("latin1")
    .split("\n")
    .map((line) => /^[ \t\r]*$/.test(line));
}

function nthNotBlank(blank: readonly boolean[], n: number): number {
  let seen = -1;
  for (let i = 0; i < blank.length; i++) if (!blank[i] && ++seen === n) return i;
  return -1;
}
