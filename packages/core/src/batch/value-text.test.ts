import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  civilFromDays,
  daysFromCivil,
  formatDate,
  formatDecimal,
  formatTime,
  formatTimestamp,
  parseDate,
  parseDecimal,
  parseTime,
  parseTimestamp,
  parseTimestampLtz,
} from "./value-text.ts";

describe("dates", () => {
  it("agree with Date over ten thousand years", () => {
    fc.assert(
      fc.property(fc.integer({ min: -719_528, max: 2_932_896 }), (days) => {
        const date = new Date(days * 86_400_000);
        const { year, month, day } = civilFromDays(days);
        expect([year, month, day]).toEqual([date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]);
        expect(daysFromCivil(year, month, day)).toBe(days);
        expect(formatDate(days)).toBe(date.toISOString().slice(0, 10));
        expect(parseDate(formatDate(days))).toBe(days);
      }),
    );
  });

  it("that do not exist are refused", () => {
    for (const text of ["2023-02-29", "2023-13-01", "2023-00-01", "2023-01-00", "23-01-01", "2023-01-01x", ""]) {
      expect(parseDate(text), text).toBeUndefined();
    }
    expect(parseDate("2024-2-29")).toBe(Date.UTC(2024, 1, 29) / 86_400_000);
  });
});

describe("timestamps", () => {
  it("round trip through text at every precision", () => {
    fc.assert(
      fc.property(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }), (ms) => {
        expect(formatTimestamp(ms, 3)).toBe(new Date(ms).toISOString().replace("T", " ").replace("Z", ""));
        expect(parseTimestamp(formatTimestamp(ms, 3))).toBe(ms);
        expect(parseTimestamp(formatTimestamp(ms, 0))).toBe(Math.floor(ms / 1000) * 1000);
      }),
    );
    const micros = Date.UTC(2015, 6, 15) + 1.234567;
    expect(formatTimestamp(micros, 6)).toBe("2015-07-15 00:00:00.001235");
    expect(formatTimestamp(Date.UTC(2015, 6, 15) - 0.0001, 3)).toBe("2015-07-15 00:00:00.000");
  });

  it("take a date alone, a T, and cut digits behind the precision", () => {
    const day = Date.UTC(2020, 0, 2);
    expect(parseTimestamp("2020-01-02")).toBe(day);
    expect(parseTimestamp("2020-01-02T03:04")).toBe(day + (3 * 60 + 4) * 60_000);
    expect(parseTimestamp("2020-01-02 00:00:00.123456789")).toBe(day + 123.456);
    expect(parseTimestamp("2020-01-02 00:00:00.129", 2)).toBe(day + 120);
    expect(parseTimestamp("2020-01-02 24:00:00")).toBeUndefined();
    expect(parseTimestampLtz("2020-01-02 02:00:00+02:00")).toBe(day);
    expect(parseTimestampLtz("2020-01-02 00:00:00Z")).toBe(day);
    expect(parseTimestampLtz("2020-01-02 00:00:00")).toBe(day);
  });

  it("have times of day", () => {
    expect(parseTime("23:59:59.5")).toBe(86_399_500);
    expect(formatTime(86_399_500, 3)).toBe("23:59:59.500");
    expect(formatTime(0)).toBe("00:00:00");
    expect(parseTime("23:60:00")).toBeUndefined();
  });
});

describe("decimals", () => {
  it("round half up to the scale, exactly", () => {
    expect(parseDecimal("12.345", 5, 2)).toBe(1235);
    expect(parseDecimal("-12.345", 5, 2)).toBe(-1235);
    expect(parseDecimal("12.3449999999999999999999", 5, 2)).toBe(1234);
    expect(parseDecimal("0.005", 5, 2)).toBe(1);
    expect(parseDecimal("0.0005", 5, 2)).toBe(0);
    expect(parseDecimal("1e3", 10, 2)).toBe(100_000);
    expect(parseDecimal("1.5E-1", 10, 2)).toBe(15);
    expect(parseDecimal("99999999999999999999.99", 38, 2)).toBe(9999999999999999999999n);
  });

  it("that do not fit are null, other text is undefined", () => {
    expect(parseDecimal("1000", 5, 2)).toBeNull();
    expect(parseDecimal("999.995", 5, 2)).toBeNull();
    expect(parseDecimal("1e999999999", 38, 0)).toBeNull();
    for (const text of ["", ".", "-", "1x", "0x10", "Infinity", "1e"]) expect(parseDecimal(text, 5, 2)).toBeUndefined();
  });

  it("round trip", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }),
        fc.integer({ min: 0, max: 38 }),
        (value, scale) => {
          expect(BigInt(parseDecimal(formatDecimal(value, scale), 38, scale) as bigint)).toBe(value);
        },
      ),
    );
    expect(formatDecimal(-5, 2)).toBe("-0.05");
  });
});
