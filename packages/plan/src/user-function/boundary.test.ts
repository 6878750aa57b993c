import {
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  type DataType,
  DOUBLE,
  decimal,
  FLOAT,
  INT,
  row,
  STRING,
  TINYINT,
} from "@millrace/core";
import { describe, expect, test } from "vitest";
import { fromUser, toUser, WrongValue } from "./boundary.ts";
import { PreciseDate } from "./precise-date.ts";

const time = (kind: "time" | "timestamp" | "timestamp_ltz", precision: number): DataType => ({
  kind,
  precision,
  nullable: true,
});
const list: DataType = { kind: "array", element: decimal(4, 2), nullable: true };
const map: DataType = { kind: "map", key: STRING, value: BIGINT, nullable: true };
const bag: DataType = { kind: "multiset", element: DATE, nullable: true };
const record = row([
  { name: "a", type: INT },
  { name: "b", type: row([{ name: "at", type: time("timestamp", 3) }]) },
]);

/** Type, value in columns, value in TypeScript. */
const pairs: readonly (readonly [DataType, unknown, unknown])[] = [
  [BOOLEAN, true, true],
  [TINYINT, -128, -128],
  [INT, 7, 7],
  [BIGINT, 5, 5n],
  [BIGINT, 9007199254740993n, 9007199254740993n],
  [FLOAT, Math.fround(0.1), Math.fround(0.1)],
  [DOUBLE, Number.NaN, Number.NaN],
  [STRING, "é", "é"],
  [BYTES, Uint8Array.of(1, 2), Uint8Array.of(1, 2)],
  [decimal(10, 2), -1250, "-12.50"],
  [decimal(38, 0), 10n ** 37n, `1${"0".repeat(37)}`],
  [DATE, -1, "1969-12-31"],
  [time("time", 0), 3_661_000, "01:01:01"],
  [time("time", 3), 3_661_250, "01:01:01.250"],
  [time("timestamp", 3), -1, new Date(-1)],
  [time("timestamp_ltz", 0), 86_400_000, new Date("1970-01-02T00:00:00Z")],
  [list, [100, null], ["1.00", null]],
  [map, new Map([["k", 1]]), new Map([["k", 1n]])],
  [bag, new Map([[0, 2]]), new Map([["1970-01-01", 2]])],
  [record, [1, [0]], { a: 1, b: { at: new Date(0) } }],
  [record, [null, null], { a: null, b: null }],
];

describe("values of functions of users", () => {
  test.each(pairs)("%o: %o is %o, and back", (type, column, value) => {
    expect((toUser(type) ?? ((each: unknown) => each))(column as never)).toEqual(value);
    expect(fromUser(type)(value)).toEqual(column);
    expect(fromUser(type)(null)).toBe(null);
  });

  test("microseconds are cut, toward the past", () => {
    expect(toUser(time("timestamp", 6))?.(1.5 as never)).toEqual(new Date(1));
    expect(toUser(time("timestamp", 6))?.(-0.5 as never)).toEqual(new Date(-1));
    expect(fromUser(time("timestamp", 0))(new Date(-1))).toBe(-1000);
  });

  test("a decimal is rounded to its scale", () => {
    expect(fromUser(decimal(4, 1))("0.25")).toBe(3);
    expect(fromUser(decimal(4, 1))("-0.25")).toBe(-3);
  });

  test.each([
    [INT, "1", "gave '1', which is no INT"],
    [INT, 1.5, "gave 1.5, which is no INT"],
    [INT, 2 ** 31, "gave 2147483648, which is no INT"],
    [TINYINT, 128, "gave 128, which is no TINYINT"],
    [BIGINT, 1, "gave 1, which is no BIGINT; BIGINT is a bigint"],
    [BIGINT, 2n ** 63n, "gave 9223372036854775808n, which is no BIGINT"],
    [decimal(3, 1), 1.5, "gave 1.5, which is no DECIMAL(3, 1); DECIMAL is a text of digits"],
    [decimal(3, 1), "100", "gave '100', which is no DECIMAL(3, 1)"],
    [STRING, undefined, "gave undefined, which is no STRING; return null for NULL"],
    [STRING, 5, "gave 5, which is no STRING"],
    [{ ...STRING, nullable: false }, null, "gave NULL, which is no STRING NOT NULL"],
    [DATE, "2020-02-30", "gave '2020-02-30', which is no DATE"],
    [DATE, new Date(0), "gave 1970-01-01T00:00:00.000Z, which is no DATE"],
    [time("timestamp", 3), new Date(Number.NaN), "gave an invalid Date, which is no TIMESTAMP(3)"],
    [time("timestamp", 3), 0, "gave 0, which is no TIMESTAMP(3)"],
    [list, ["1", 2], "gave 2, which is no DECIMAL(4, 2); DECIMAL is a text of digits"],
    [map, { k: 1n }, 'gave {"k":"1n"}, which is no MAP<STRING, BIGINT>'],
    [record, { a: 1 }, "gave undefined, which is no ROW<`at` TIMESTAMP(3)>; return null for NULL"],
    [record, { a: 1, b: null, c: 2 }, "gave a field 'c' that ROW<`a` INT, `b` ROW<`at` TIMESTAMP(3)>> lacks"],
  ] as readonly (readonly [DataType, unknown, string])[])("%o does not take %o", (type, value, message) => {
    expect(() => fromUser(type)(value)).toThrow(WrongValue);
    expect(() => fromUser(type)(value)).toThrow(new WrongValue(message));
  });
});

describe("microseconds of a time", () => {
  const ms = Date.UTC(2020, 0, 1);

  test.each([
    [6, ms + 0.001, 1, ms + 0.001],
    [6, ms + 1 + 0.999, 999, ms + 1 + 0.999],
    [9, -0.001, 999, -0.001],
    [4, ms + 0.1, 100, ms + 0.1],
  ])("TIMESTAMP(%i) %d has %i", (precision, column, microseconds, back) => {
    for (const type of [time("timestamp", precision), time("timestamp_ltz", precision)]) {
      const date = toUser(type)?.(column as never) as PreciseDate;
      expect([date.getTime(), date.microseconds]).toEqual([Math.floor(column), microseconds]);
      expect(fromUser(type)(date)).toBe(back);
    }
  });

  test("are cut to the precision, and a plain Date has none", () => {
    const date = new PreciseDate(ms + 7, 654);
    expect(fromUser(time("timestamp", 4))(date)).toBe(ms + 7.6);
    expect(fromUser(time("timestamp", 3))(date)).toBe(ms + 7);
    expect(fromUser(time("timestamp", 1))(date)).toBe(ms);
    expect(fromUser(time("timestamp", 6))(new Date(ms + 7))).toBe(ms + 7);
    expect(date.toISOString()).toBe("2020-01-01T00:00:00.007654Z");
    expect(() => new PreciseDate(ms, 1000)).toThrow(RangeError);
  });
});
