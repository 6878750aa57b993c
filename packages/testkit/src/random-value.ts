import { type DataType, normalizeExact } from "@millrace/core";

const TEXTS = [
  "",
  "a",
  "channel-9963",
  "null",
  "NULL",
  " two  spaces ",
  'say "hi"',
  "back\\slash",
  "a,b;c|d\te",
  "line\nfeed\r\nreturn\r",
  "#comment",
  "\u0000\u0001\u001f\u007f",
  "été 日本語 😀",
  "\ufeffmark",
  "\ufffd",
  "12",
  "true",
  "long ".repeat(40),
];
const DOUBLES = [
  0,
  -0,
  0.1,
  -1.5,
  1e21,
  1e-7,
  123456789.123456,
  5e-324,
  1.7976931348623157e308,
  2 ** 53,
  1e15,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];
const INT64 = [0n, 1n, -1n, 2n ** 31n, 2n ** 53n - 1n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)];
const DAY_MS = 86_400_000;

/**
 * A random value of a type, in the form of `valueAt`: one in six is NULL where the type allows it, extremes are frequent.
 * `random` gives numbers in [0, 1).
 */
export function randomValue(type: DataType, random: () => number): unknown {
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(values: readonly T[]): T => values[below(values.length)];
  if (type.nullable && below(6) === 0) return null;
  switch (type.kind) {
    case "boolean":
      return below(2) === 1;
    case "tinyint":
      return below(256) - 128;
    case "smallint":
      return below(65_536) - 32_768;
    case "int":
    case "interval_year_month":
      return pick([0, -1, 7, 2_147_483_647, -2_147_483_648, below(2 ** 31)]);
    case "interval_day_time":
      return below(2 ** 40);
    case "bigint":
      return below(2) === 0 ? below(1e6) : normalizeExact(pick(INT64));
    case "decimal": {
      const limit = 10n ** BigInt(type.precision);
      const size = below(2) === 0 ? limit - 1n - BigInt(below(3)) : BigInt(below(2 ** 40)) % limit;
      const wanted = size < 0n ? 0n : size;
      return normalizeExact(below(2) === 0 ? wanted : -wanted);
    }
    case "float":
      return Math.fround(pick([...DOUBLES.slice(0, 6), ...DOUBLES.slice(-3), random(), random() * 1e10]));
    case "double":
      return below(2) === 0 ? pick(DOUBLES) : (random() - 0.5) * 10 ** below(20);
    case "char":
    case "varchar":
      return below(3) === 0 ? `${pick(TEXTS)}${pick(TEXTS)}` : pick(TEXTS);
    case "binary":
    case "varbinary":
      return Uint8Array.from({ length: below(9) }, () => below(256));
    case "date":
      return below(100_000) - 50_000;
    case "time":
      return below(DAY_MS) + fraction(type.precision, below);
    case "timestamp":
    case "timestamp_ltz":
      // Shortly before the epoch a fraction has several doubles, by the way it was computed.
      if (below(8) === 0) return -1;
      return pick([0, below(50_000) * DAY_MS, below(4e12) - 2e12]) + fraction(type.precision, below);
    case "row":
      return type.fields.map((field) => randomValue(field.type, random));
    case "array":
      return Array.from({ length: below(4) }, () => randomValue(type.element, random));
    case "map": {
      const entries = Array.from({ length: below(4) }, () => [
        randomValue({ ...type.key, nullable: false }, random),
        randomValue(type.value, random),
      ]);
      return new Map(entries as [unknown, unknown][]);
    }
    case "multiset":
      return new Map([[randomValue({ ...type.element, nullable: false }, random), 1 + below(3)]]);
    case "bitmap":
      return [1, 2, 4294967295].filter(() => below(2) === 0);
    case "variant":
      return pick(["null", "1", '{"a":[true,"x"]}']);
    case "value":
      return pick<unknown>([1, "a", [true, null], { a: 1 }]);
    case "null":
      return null;
  }
}

/** Microseconds behind the millisecond, where the precision keeps them. */
function fraction(precision: number, below: (limit: number) => number): number {
  return precision < 6 || below(2) === 0 ? 0 : below(1000) / 1000;
}
