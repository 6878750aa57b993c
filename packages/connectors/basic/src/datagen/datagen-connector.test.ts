import {
  BIGINT,
  BOOLEAN,
  BYTES,
  type DataType,
  DOUBLE,
  decimal,
  FLOAT,
  INT,
  parseOptions,
  type ReadField,
  row,
  type Schema,
  type SplitPosition,
  type SplitReader,
  STRING,
  type TableContext,
  TIMESTAMP_3,
  TINYINT,
  valueAt,
} from "@millrace/core";
import { describe, expect, test } from "vitest";
import { ManualTestClock, testContext } from "../../fixtures/table-context.ts";
import { datagenConnector } from "./datagen-connector.ts";
import { HashRandom } from "./hash-random.ts";

const NOW = Date.UTC(2020, 0, 2, 3, 4, 5, 678);
const schemaOf = (types: Record<string, DataType>): Schema => ({
  fields: Object.entries(types).map(([name, type]) => ({ name, type })),
});

function open(
  schema: Schema,
  raw: Record<string, string>,
  overrides: Partial<TableContext> = {},
  fields: readonly ReadField[] = schema.fields.map(({ name, type }) => ({ path: [name], type })),
  position: SplitPosition | null = null,
): SplitReader {
  const values = parseOptions(datagenConnector.options, { "rows-per-second": "1000000000", ...raw }, "table 'gen'");
  const context = testContext({
    schema,
    options: values,
    tableName: "gen",
    clock: new ManualTestClock(NOW),
    ...overrides,
  });
  const source = datagenConnector.createSource?.({ fields, metadata: [], predicates: [] }, context);
  return source?.createReader({ id: "datagen", properties: null }, position) as SplitReader;
}

function readAll(reader: SplitReader, types: readonly DataType[], clock?: ManualTestClock): unknown[][] {
  const rows: unknown[][] = [];
  for (let polls = 0; !reader.ended && polls < 10_000; polls++) {
    const batch = reader.poll();
    clock?.advance(10);
    for (let i = 0; i < (batch?.length ?? 0); i++)
      rows.push(types.map((type, c) => valueAt(batch!.columns[c], i, type)));
  }
  return rows;
}

function generate(type: DataType, raw: Record<string, string>, count = 2000): unknown[] {
  const clock = new ManualTestClock(NOW);
  const reader = open(schemaOf({ f: type }), { ...raw, "number-of-rows": String(count) }, { clock });
  const values = readAll(reader, [type], clock).map(([value]) => value);
  expect(values.length).toBe(count);
  return values;
}

describe("random values", () => {
  test.each<[DataType, Record<string, string>, number, number]>([
    [TINYINT, {}, -128, 127],
    [INT, { "fields.f.min": "-5", "fields.f.max": "5" }, -5, 5],
    [INT, {}, -(2 ** 31), 2 ** 31 - 1],
    [DOUBLE, { "fields.f.min": "0", "fields.f.max": "1.5" }, 0, 1.5],
    [FLOAT, { "fields.f.min": "10", "fields.f.max": "20" }, 10, 20],
    [decimal(5, 2), { "fields.f.min": "0.50", "fields.f.max": "2" }, 50, 200],
    [BIGINT, { "fields.f.min": "1", "fields.f.max": "1" }, 1, 1],
    [TIMESTAMP_3, { "fields.f.max-past": "1 h" }, NOW - 3_600_000, NOW + 60_000],
  ])("of %j with %j lie in their range, and fill it", (type, raw, min, max) => {
    const values = generate(type, raw) as number[];
    for (const value of values) {
      expect(value).toBeGreaterThanOrEqual(min);
      expect(value).toBeLessThanOrEqual(max);
    }
    const tenth = (max - min) / 10;
    expect(Math.min(...values)).toBeLessThanOrEqual(min + tenth);
    expect(Math.max(...values)).toBeGreaterThanOrEqual(max - tenth);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(Math.abs(mean - (min + max) / 2)).toBeLessThanOrEqual(tenth);
  });

  test("BIGINT and DECIMAL use all their digits", () => {
    for (const value of generate(BIGINT, {}, 100))
      expect(BigInt(value as bigint)).toBe(BigInt.asIntN(64, BigInt(value as bigint)));
    expect(generate(BIGINT, {}, 100).some((value) => typeof value === "bigint" && value > 2n ** 62n)).toBe(true);
    const digits = generate(decimal(38, 0), {}, 200).map((value) => String(value).replace("-", "").length);
    expect(Math.max(...digits)).toBe(38);
  });

  test("text and binary have their lengths", () => {
    for (const text of generate(STRING, {}, 50)) expect(text).toMatch(/^[0-9a-f]{100}$/);
    for (const text of generate({ kind: "char", length: 7, nullable: true }, {}, 50))
      expect(text).toMatch(/^[0-9a-f]{7}$/);
    for (const bytes of generate(BYTES, { "fields.f.length": "3" }, 50)) expect((bytes as Uint8Array).length).toBe(3);
    const lengths = generate(STRING, { "fields.f.length": "5", "fields.f.var-len": "true" }).map(
      (text) => (text as string).length,
    );
    expect(new Set(lengths)).toEqual(new Set([1, 2, 3, 4, 5]));
    expect(new Set(generate(STRING, { "fields.f.length": "8" })).size).toBeGreaterThan(1990);
  });

  test("null-rate, booleans, dates and times", () => {
    const nulls = generate(STRING, { "fields.f.null-rate": "0.25" }).filter((value) => value === null).length;
    expect(Math.abs(nulls - 500)).toBeLessThan(100);
    expect(Math.abs(generate(BOOLEAN, {}).filter((value) => value === true).length - 1000)).toBeLessThan(150);
    expect(generate({ kind: "date", nullable: true }, {}, 1)).toEqual([Math.floor(NOW / 86_400_000)]);
    expect(generate({ kind: "time", precision: 3, nullable: true }, {}, 1)).toEqual([NOW % 86_400_000]);
  });

  test("nested types take options by path; a field inside a ROW is the same on its own", () => {
    const type = row([
      { name: "a", type: INT },
      { name: "list", type: { kind: "array", element: INT, nullable: true } },
      { name: "map", type: { kind: "map", key: STRING, value: INT, nullable: true } },
      { name: "set", type: { kind: "multiset", element: INT, nullable: true } },
    ]);
    const schema = schemaOf({ r: type });
    const raw = {
      "number-of-rows": "20",
      "fields.r.a.min": "1",
      "fields.r.a.max": "3",
      "fields.r.list.length": "2",
      "fields.r.list.element.min": "10",
      "fields.r.list.element.max": "19",
      "fields.r.map.key.length": "4",
      "fields.r.set.element.min": "7",
      "fields.r.set.element.max": "7",
      "fields.r.null-rate": "0.3",
    };
    const rows = readAll(open(schema, raw), [type]).map(
      ([value]) => value as [number, number[], Map<string, number>, Map<number, number>] | null,
    );
    expect(rows.some((value) => value === null)).toBe(true);
    for (const value of rows) {
      if (value === null) continue;
      expect([1, 2, 3]).toContain(value[0]);
      expect(value[1].length).toBe(2);
      for (const element of value[1]) expect(Math.floor(element / 10)).toBe(1);
      expect([...value[2].keys()].map((key) => key.length)).toEqual([4, 4, 4]);
      expect([...value[3]]).toEqual([[7, 3]]);
    }
    const alone = readAll(open(schema, raw, {}, [{ path: ["r", "a"], type: INT }]), [INT]).map(([value]) => value);
    expect(alone).toEqual(rows.map((value) => (value === null ? null : value[0])));
  });
});

test("sequences end the table", () => {
  const types = { n: INT, text: STRING, wide: BIGINT, price: decimal(10, 2) };
  const raw = {
    "fields.n.kind": "sequence",
    "fields.n.start": "3",
    "fields.n.end": "6",
    "fields.text.kind": "sequence",
    "fields.text.start": "-1",
    "fields.text.end": "100",
    "fields.wide.kind": "sequence",
    "fields.wide.start": "9007199254740993",
    "fields.wide.end": "9223372036854775807",
    "fields.price.kind": "sequence",
    "fields.price.start": "1",
    "fields.price.end": "9",
  };
  expect(readAll(open(schemaOf(types), raw), Object.values(types))).toEqual([
    [3, "-1", 9007199254740993n, 100],
    [4, "0", 9007199254740994n, 200],
    [5, "1", 9007199254740995n, 300],
    [6, "2", 9007199254740996n, 400],
  ]);
  expect(datagenConnector.isBounded?.(raw)).toBe(true);
  expect(datagenConnector.isBounded?.({ "number-of-rows": 1 })).toBe(true);
  expect(datagenConnector.isBounded?.({ "fields.n.kind": "random" })).toBe(false);
});

test("the same seed gives the same rows, another one others; a reader resumes at any row", () => {
  const schema = schemaOf({ a: INT, b: STRING });
  const read = (raw: Record<string, string>, position: SplitPosition | null = null) =>
    readAll(open(schema, { "number-of-rows": "50", ...raw }, {}, undefined, position), [INT, STRING]);
  const all = read({});
  expect(read({})).toEqual(all);
  expect(read({ seed: "2" })).not.toEqual(all);
  for (let at = 0; at <= 50; at += 7) expect(read({}, { row: at })).toEqual(all.slice(at));
  expect(() => read({}, "7")).toThrow(/is no position/);
});

test("rows come at their rate by the clock", async () => {
  const clock = new ManualTestClock(NOW);
  const reader = open(schemaOf({ a: INT }), { "rows-per-second": "10" }, { clock });
  expect(reader.poll()?.length).toBe(1);
  expect(reader.poll()).toBeNull();
  const ready = reader.ready();
  await clock.whenSleeping();
  clock.advance(100);
  await ready;
  expect(reader.poll()?.length).toBe(1);
  clock.advance(500);
  expect(reader.poll()?.length).toBe(5);
  expect(reader.progress?.()).toEqual({ done: 7, total: null, unit: "records" });
  const waiting = reader.ready();
  await reader.close();
  await waiting;
});

test.each([
  [{ "fields.x.kind": "random" }, "option 'fields.x.kind': there is no field 'x'"],
  [{ "fields.amount.kind": "serial" }, "'fields.amount.kind' = 'serial': expected random or sequence"],
  [
    { "fields.amount.mix": "1" },
    "'fields.amount.mix' = '1': a random INT takes kind, null-rate, min, max (did you mean 'min'?)",
  ],
  [{ "fields.amount.min": "1.5" }, "'fields.amount.min' = '1.5': expected a value of type INT"],
  [{ "fields.amount.min": "3000000000" }, "expected a value of type INT"],
  [{ "fields.amount.min": "5", "fields.amount.max": "4" }, "'fields.amount.min' = '5': is above 'max' = '4'"],
  [{ "fields.amount.null-rate": "2" }, "expected a number from 0 to 1"],
  [
    { "fields.amount.kind": "sequence", "fields.amount.start": "1.5", "fields.amount.end": "2" },
    "'fields.amount.start' = '1.5': expected a whole number",
  ],
  [{ "fields.amount.kind": "sequence" }, "option 'fields.amount.start' is missing: a sequence has a start and an end"],
  [
    { "fields.flag.kind": "sequence", "fields.flag.start": "1", "fields.flag.end": "2" },
    "a sequence is of numbers or text, not BOOLEAN",
  ],
  [{ "fields.name.length": "-1" }, "'fields.name.length' = '-1': expected a whole number"],
  [{ "fields.at.max-past": "long" }, "expected a duration"],
])("%j is refused", (raw, message) => {
  const schema = schemaOf({ amount: INT, flag: BOOLEAN, name: STRING, at: TIMESTAMP_3 });
  expect(() => open(schema, raw as unknown as Record<string, string>)).toThrow(message);
});

test("HashRandom: streams, rows and seeds differ; bits are even", () => {
  const first = (seed: number, stream: string, at: number) => new HashRandom(seed, stream).at(at).bits();
  const values = [
    first(1, "a", 0),
    first(2, "a", 0),
    first(1, "b", 0),
    first(1, "a", 1),
    first(1, "a", 2 ** 32),
    first(2 ** 32 + 1, "a", 0),
  ];
  expect(new Set(values).size).toBe(values.length);
  const ones = new Array(32).fill(0);
  const random = new HashRandom(7, "even");
  for (let i = 0; i < 10_000; i++) {
    const bits = random.at(i).bits();
    for (let bit = 0; bit < 32; bit++) ones[bit] += (bits >>> bit) & 1;
  }
  for (const count of ones) expect(Math.abs(count - 5000)).toBeLessThan(250);
});
