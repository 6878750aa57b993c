/** SQL types as users of TypeScript write them: each knows the TypeScript type of its values, NULL included. */
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
  SMALLINT,
  STRING,
  TINYINT,
  VALUE,
} from "@millrace/core";

/** A SQL type whose values are `T` in TypeScript; see docs/guide/functions.md for what each type becomes. */
export interface SqlType<out T> {
  readonly dataType: DataType;
  /** Name of the argument, for `f(name => value)`. */
  readonly argumentName: string | null;
  /** The argument may be left out, which gives NULL. */
  readonly isOptional: boolean;
  /** Never there: it carries `T`. */
  readonly "~value"?: T;
  /** The type without NULL: as a result a promise, as an argument a demand on what is passed. */
  notNull(): SqlType<NonNullable<T>>;
  named(name: string): SqlType<T>;
  /** For arguments at the end. */
  optional(): SqlType<T | null>;
}

/** The TypeScript type of a SQL type's values. */
export type ValueOf<S> = S extends SqlType<infer T> ? T : never;

function sqlType<T>(dataType: DataType, argumentName: string | null = null, isOptional = false): SqlType<T> {
  return Object.freeze({
    dataType,
    argumentName,
    isOptional,
    notNull: () => sqlType<NonNullable<T>>({ ...dataType, nullable: false }, argumentName, isOptional),
    named: (name: string) => sqlType<T>(dataType, name, isOptional),
    optional: () => sqlType<T | null>(dataType, argumentName, true),
  });
}

function precisionOf(name: string, precision: number): number {
  if (Number.isInteger(precision) && precision >= 0 && precision <= 9) return precision;
  throw new RangeError(`${name}(${precision}): the precision is an integer from 0 to 9`);
}

function lengthOf(name: string, length: number): number {
  if (Number.isInteger(length) && length >= 1) return length;
  throw new RangeError(`${name}(${length}): the length is an integer of at least 1`);
}

/**
 * The types of Flink's SQL, for arguments and results of functions. All may be NULL unless `notNull()` is said.
 *
 * @example
 * const price = types.DECIMAL(10, 2).named("price");
 * const rows = types.ARRAY(types.ROW({ id: types.BIGINT, tags: types.MAP(types.STRING, types.INT) }));
 * [price.dataType.kind, rows.dataType.kind] // ["decimal", "array"]
 */
export const types = Object.freeze({
  BOOLEAN: sqlType<boolean | null>(BOOLEAN),
  TINYINT: sqlType<number | null>(TINYINT),
  SMALLINT: sqlType<number | null>(SMALLINT),
  INT: sqlType<number | null>(INT),
  BIGINT: sqlType<bigint | null>(BIGINT),
  FLOAT: sqlType<number | null>(FLOAT),
  DOUBLE: sqlType<number | null>(DOUBLE),
  STRING: sqlType<string | null>(STRING),
  BYTES: sqlType<Uint8Array | null>(BYTES),
  /** 'yyyy-MM-dd'. */
  DATE: sqlType<string | null>(DATE),
  /** Only as an argument: takes a value of any type, in the form of that type. */
  ANY: sqlType<unknown>(VALUE),
  /** Days, hours, minutes and seconds, in ms. */
  INTERVAL_SECOND: sqlType<number | null>({ kind: "interval_day_time", nullable: true }),
  /** Years and months, in months. */
  INTERVAL_MONTH: sqlType<number | null>({ kind: "interval_year_month", nullable: true }),
  /** Digits as text, as many behind the point as the scale says: exact. */
  DECIMAL(precision: number, scale: number): SqlType<string | null> {
    const fits = Number.isInteger(precision) && Number.isInteger(scale) && precision >= 1 && precision <= 38;
    if (!fits || scale < 0 || scale > precision)
      throw new RangeError(`DECIMAL(${precision}, ${scale}): 1 <= precision <= 38 and 0 <= scale <= precision`);
    return sqlType(decimal(precision, scale));
  },
  CHAR: (length: number): SqlType<string | null> =>
    sqlType({ kind: "char", length: lengthOf("CHAR", length), nullable: true }),
  VARCHAR: (length: number): SqlType<string | null> =>
    sqlType({ kind: "varchar", length: lengthOf("VARCHAR", length), nullable: true }),
  BINARY: (length: number): SqlType<Uint8Array | null> =>
    sqlType({ kind: "binary", length: lengthOf("BINARY", length), nullable: true }),
  VARBINARY: (length: number): SqlType<Uint8Array | null> =>
    sqlType({ kind: "varbinary", length: lengthOf("VARBINARY", length), nullable: true }),
  /** 'HH:mm:ss', with a fraction if the precision is not 0. */
  TIME: (precision = 0): SqlType<string | null> =>
    sqlType({ kind: "time", precision: precisionOf("TIME", precision), nullable: true }),
  /** A Date whose UTC fields are the local time's; to the ms, or a PreciseDate. */
  TIMESTAMP: (precision = 6): SqlType<Date | null> =>
    sqlType({ kind: "timestamp", precision: precisionOf("TIMESTAMP", precision), nullable: true }),
  /** A Date: the instant, to the ms, or a PreciseDate. */
  TIMESTAMP_LTZ: (precision = 6): SqlType<Date | null> =>
    sqlType({ kind: "timestamp_ltz", precision: precisionOf("TIMESTAMP_LTZ", precision), nullable: true }),
  ARRAY: <T>(element: SqlType<T>): SqlType<readonly T[] | null> =>
    sqlType({ kind: "array", element: element.dataType, nullable: true }),
  MAP: <K, V>(key: SqlType<K>, value: SqlType<V>): SqlType<ReadonlyMap<K, V> | null> =>
    sqlType({ kind: "map", key: key.dataType, value: value.dataType, nullable: true }),
  /** Each member with how often it is there. */
  MULTISET: <T>(element: SqlType<T>): SqlType<ReadonlyMap<T, number> | null> =>
    sqlType({ kind: "multiset", element: element.dataType, nullable: true }),
  ROW: <F extends Readonly<Record<string, SqlType<unknown>>>>(
    fields: F,
  ): SqlType<{ readonly [K in keyof F]: ValueOf<F[K]> } | null> =>
    sqlType({
      kind: "row",
      fields: Object.entries(fields).map(([name, type]) => ({ name, type: type.dataType })),
      nullable: true,
    }),
});
