/** Expressions for which the answer deliberately differs from Flink's, and why. */
const reasons: Readonly<Record<string, readonly string[]>> = {
  "Flink fails only where it folds literals; over columns it divides as IEEE does, and so do we": [
    "1e0 / 0",
    "0e0 / 0e0",
    "-1e0 / 0e0",
    "1 / 0e0",
  ],
  "the difference of two times is an interval here; Flink has no such operator": [
    "TIMESTAMP '2020-01-02 00:00:00' - TIMESTAMP '2020-01-01 00:00:00'",
    "DATE '2020-01-01' - DATE '2019-12-01'",
  ],
  "PI without parentheses is a column here": ["PI"],
  "text is compared by code point; Flink compares literals by UTF-16 unit": [
    "LEAST('\uffff', '\u{1f600}')",
    "GREATEST('\uffff', '\u{1f600}')",
  ],
  "places and lengths count code points, for which Flink's function counts UTF-16 units and may cut one in two": [
    "REGEXP_INSTR('a\u{1f600}b', 'b')",
    "SPLIT('aä\u{1f600}b', '')",
    "OVERLAY('a\u{1f600}bc' PLACING 'XY' FROM 2 FOR 1)",
    "LPAD('hello', 8, '\u{1f600}ä')",
    "LPAD('aä\u{1f600}b', 8, 'xy')",
    "LPAD('aä\u{1f600}b', 8, '\u{1f600}ä')",
    "LPAD('', 8, '\u{1f600}ä')",
    "RPAD('hello', 8, '\u{1f600}ä')",
    "RPAD('aä\u{1f600}b', 8, 'xy')",
    "RPAD('aä\u{1f600}b', 8, '\u{1f600}ä')",
    "RPAD('', 8, '\u{1f600}ä')",
  ],
  "Flink cuts folded literals to the length of the argument's CHAR type": ["UPPER('straße')", "LOWER('İ')"],
  "a hash code of Java objects has no meaning here": ["PRINTF('%h', 'hi')"],
  "the remainder of a DECIMAL beyond 64 bits is exact here; Flink cuts it to 64 bits first": [
    "CAST('99999999999999999999999999999999999999' AS DECIMAL(38,0)) % CAST(100 AS TINYINT)",
    "CAST('99999999999999999999999999999999999999' AS DECIMAL(38,0)) % CAST(30000 AS SMALLINT)",
    "CAST('99999999999999999999999999999999999999' AS DECIMAL(38,0)) % 2147483647",
    "CAST('99999999999999999999999999999999999999' AS DECIMAL(38,0)) % CAST('9223372036854775807' AS BIGINT)",
  ],
  "a DECIMAL that overflows is NULL here, as in arithmetic; Flink fails": ["SIGN(CAST(0.5 AS DECIMAL(1, 1)))"],
  "what is not there is NULL; Flink reads a default value where elements are NOT NULL": [
    "ARRAY['b', 'a', 'c'][4]",
    "ARRAY['b', 'a', 'c'][5]",
    "MAP['a', 1, 'b', 2]['x']",
    "ELEMENT(ARRAY_REMOVE(ARRAY[1], 1))",
    "ARRAY_REMOVE(ARRAY[1], 1)[1]",
    "ARRAY_REMOVE(ARRAY[1], 1)[4]",
    "ARRAY_REMOVE(ARRAY[1], 1)[5]",
  ],
  "Flink refuses an index below 1 before it looks whether the array is NULL, but only if it is not": [
    "CAST(NULL AS ARRAY<INT>)[0]",
    "CAST(NULL AS ARRAY<INT>)[-1]",
  ],
  "NaN equals NaN as a key and in arrays": ["ARRAY_DISTINCT(ARRAY[CAST('NaN' AS DOUBLE), CAST('NaN' AS DOUBLE)])"],
  "a date is the start of its day already": ["CEIL(DATE '2018-03-27' TO DAY)"],
  "what is no date is NULL; Flink takes a number that stands for it as a time": ["TO_DATE('x', 'yyyy')"],
  "times keep microseconds": ["TO_TIMESTAMP_LTZ(1234567890123456789, 9)"],
  "the calendar is Gregorian throughout; Java's SimpleDateFormat is Julian before 1582": [
    "FROM_UNIXTIME(-62135596801)",
  ],
  "fractions of times with different precisions count": [
    "TIMESTAMPDIFF(MILLISECOND, TIMESTAMP '2020-02-29 10:00:00.5', TIMESTAMP '2021-02-28 09:59:59')",
    "TIMESTAMPDIFF(MICROSECOND, TIMESTAMP '2020-02-29 10:00:00.5', TIMESTAMP '2021-02-28 09:59:59')",
  ],
  "over columns Flink says FALSE too": ["CAST(1.1 AS FLOAT) = 1.1"],
  "the result has room for both texts": ["IFNULL('a', 'abc')"],
  "'true' is TRUE; Flink compares it with 'TRUE'": ["TRUE = 'true'"],
  "a character beyond 16 bits is two escapes; Flink's second one is wrong": [
    "JSON_QUOTE('aä\u{1f600}b')",
    "JSON_QUOTE('ä\u{1f600}/\t')",
  ],
  "a text that is no number fails; Flink takes the digits that it begins with, if any": [
    "CAST('F' AS DECIMAL(5, 2))",
    "CAST('F' AS DECIMAL(10, 0))",
    "CAST('12a' AS DECIMAL(5, 2))",
    "CAST('12a' AS DECIMAL(10, 0))",
  ],
  "Flink cannot fold FLOAT literals that are NaN, and folds others by their shortest text": [
    "CAST('NaN' AS FLOAT)",
    "CAST(CAST('NaN' AS DOUBLE) AS FLOAT)",
    "CAST(CAST(1.1 AS FLOAT) AS DOUBLE)",
  ],
  "a time is cut to the precision that it is cast to": ["CAST(TIME '10:11:12.345' AS TIMESTAMP(0))"],
  "a date can be compared with a timestamp": ["DATE '2020-01-01' < TIMESTAMP '2020-01-01 00:00:01'"],
};

/** For whole groups of expressions. */
const patterns: readonly (readonly [RegExp, string])[] = [
  [
    /1969-12-31 23:59:59\.999|^[A-Z]+\(TO_TIMESTAMP_LTZ\(-1, 3\)\)/,
    "the last second before 1970 is in 1969; Flink rounds its fraction toward 1970",
  ],
  [
    /^(FLOOR|CEIL)\(TO_TIMESTAMP_LTZ\((1615705200000|1636263000000|1636266600000|0), 3\) TO (DAY|HOUR|MONTH)/,
    "where clocks change the offset of the result counts; Flink takes the offset of the argument",
  ],
  [
    /^EXTRACT\((HOUR|DAY) FROM TO_TIMESTAMP_LTZ\(0, 3\)\)/,
    "an instant that is before 1970 in the session's zone has the fields of 1969",
  ],
  [
    /^CAST\(TIMESTAMP '2021-03-14 02:30:00' AS TIMESTAMP_LTZ\(3\)\) = /,
    "a local time that clocks leap over equals the instant that it is cast to",
  ],
  [/SECOND (FROM )?\(?DATE|SECOND\(DATE/, "a date has second 0; Flink takes the number of its day for ms"],
];

/** Why the answer to an expression differs; undefined if it is the same. */
export function deviationOf(sql: string): string | undefined {
  return deviations.get(sql) ?? patterns.find(([pattern]) => pattern.test(sql))?.[1];
}

/** Expression -> why. */
export const deviations: ReadonlyMap<string, string> = new Map(
  Object.entries(reasons).flatMap(([reason, expressions]) => expressions.map((sql) => [sql, reason] as const)),
);
