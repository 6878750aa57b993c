import type { FlinkAnswer } from "./flink-answer.ts";

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
    "TRY_CAST('1f' AS DECIMAL(5, 2))",
    "TRY_CAST('n' AS DECIMAL(5, 2))",
    "TRY_CAST('t' AS DECIMAL(5, 2))",
  ],
  "Flink cannot fold FLOAT literals that are NaN, and folds others by their shortest text": [
    "CAST('NaN' AS FLOAT)",
    "CAST(CAST('NaN' AS DOUBLE) AS FLOAT)",
    "CAST(CAST(1.1 AS FLOAT) AS DOUBLE)",
  ],
  "a time is cut to the precision that it is cast to": [
    "CAST(TIME '10:11:12.345' AS TIMESTAMP(0))",
    "TRY_CAST(TIME '23:59:59.999' AS TIMESTAMP(0))",
  ],
  "text is compared with numbers as numbers; in BETWEEN of several types and IN Flink compares as text, or refuses, or finds '' equal to any":
    [
      "'' IN (CAST('12345678901234567890.123' AS DECIMAL(30,5)))",
      "-2147483648 NOT IN (CAST('42' AS STRING))",
      "CAST(NULL AS STRING) NOT IN (1, -2147483648)",
      "1e300 BETWEEN 'true' AND 9223372036854775807",
      "CAST(7 AS DOUBLE) BETWEEN SYMMETRIC CAST('zz' AS VARCHAR(5)) AND CAST(7 AS DECIMAL(5,0))",
      "'1.50' BETWEEN SYMMETRIC 'true' AND CAST(-128 AS TINYINT)",
      "CAST(NULL AS BIGINT) IS NOT DISTINCT FROM '1'",
      "1 IS DISTINCT FROM CAST(NULL AS STRING)",
      "CAST('zz' AS VARCHAR(5)) NOT IN (TO_TIMESTAMP_LTZ(1583020799123, 3))",
      "CAST(NULL AS DATE) NOT IN (CAST(-32768 AS SMALLINT), NULL, x'616263')",
      "INTERVAL '1-2' YEAR TO MONTH <> '-3'",
    ],
  "text that is no number or time fails beside NULL too; Flink does not look at it": [
    "CAST(NULL AS BIGINT) BETWEEN '2020-01-01' AND 9007199254740993",
    "CAST(NULL AS DATE) BETWEEN '-3' AND CAST(NULL AS DATE)",
    "CAST(NULL AS DOUBLE) BETWEEN ASYMMETRIC '2020-01-01' AND 1e300",
    "CAST(NULL AS DOUBLE) BETWEEN ASYMMETRIC '2020-01-01' AND CAST(7 AS DOUBLE)",
    "CAST(NULL AS INT) >= 'abc'",
    "CAST(NULL AS TINYINT) > CAST('zz' AS VARCHAR(5))",
    "NULLIF(CAST(NULL AS DATE), CAST('zz' AS VARCHAR(5)))",
  ],
  "text that is no time fails; within BETWEEN Flink takes it for 1970": [
    "TIMESTAMP '2020-01-01 00:00:00' BETWEEN SYMMETRIC 'true' AND TIMESTAMP '2020-01-01 00:00:00'",
  ],
  "an integer item does not cut the fraction of what is looked for": ["1.5 NOT IN (CAST(-32768 AS SMALLINT))"],
  "an ESCAPE of several characters is refused before the first row, whatever the row": [
    "CAST(NULL AS STRING) LIKE '' ESCAPE 'xy'",
    "'100%' LIKE '%' ESCAPE '\u{1f600}'",
    "'abc' NOT LIKE CAST(NULL AS STRING) ESCAPE '\u{1f600}'",
  ],
  "Flink's result types of IF and IFNULL do not hold all values": [
    "IF(FALSE, TIMESTAMP '2020-01-01 00:00:00', CAST(NULL AS TIMESTAMP(3)))",
    "IFNULL(DATE '2020-01-01', CAST(NULL AS TIMESTAMP(3)))",
    "IFNULL(TIMESTAMP '2020-01-01 00:00:00', DATE '2020-01-01')",
  ],
  "a TINYINT is no time": [
    "CASE WHEN FALSE THEN CAST(NULL AS TIMESTAMP(3)) WHEN 1 < 2 THEN TIMESTAMP '2020-01-01 00:00:00' ELSE CAST(NULL AS TINYINT) END",
  ],
  "arrays of other things are refused; Flink finds them different": [
    "ARRAY[1.0, 2.0] = ARRAY[ARRAY[1]]",
    "ARRAY[ARRAY[1]] = ARRAY[1, 2]",
  ],
  "a cast that there is not is refused for NULL too": [
    "CAST(CAST(NULL AS BIGINT) AS TIMESTAMP_LTZ(3))",
    "CAST(CAST(NULL AS TIMESTAMP(3)) AS DECIMAL(38, 10))",
  ],
  "IF takes intervals": ["IF(FALSE, INTERVAL '90' MINUTE, INTERVAL '90' MINUTE)"],
  "FLOAT has the digits that it has; Flink leaves its literals as they are written": [
    "CAST(CAST(0.1 AS FLOAT) AS DOUBLE)",
    "CAST(CAST(16777217 AS FLOAT) AS BIGINT)",
    "CAST(CAST(16777217 AS FLOAT) AS DECIMAL(10, 0))",
    "CAST(CAST(16777217 AS FLOAT) AS DECIMAL(38, 2))",
    "CAST(CAST(16777217 AS FLOAT) AS INT)",
  ],
  "a time keeps the fraction of an interval, as in Flink over columns; there folded literals lose it": [
    "TIMESTAMP '2020-01-31 10:00:00' + INTERVAL '1 02:03:04.5' DAY TO SECOND",
  ],
  "a date can be compared with a timestamp": [
    "CASE WHEN CAST(NULL AS BOOLEAN) THEN TIMESTAMP '2020-01-01 00:00:00' ELSE DATE '1969-12-31' END",
    "DATE '2020-01-01' IS DISTINCT FROM CAST(NULL AS TIMESTAMP(3))",
    "DATE '2020-01-01' IS DISTINCT FROM CAST(TIMESTAMP '2020-01-01 00:00:00' AS TIMESTAMP_LTZ(3))",
    "DATE '2020-02-29' <= CAST(TIMESTAMP '2020-01-01 00:00:00' AS TIMESTAMP_LTZ(3))",
    "DATE '2020-02-29' >= TIMESTAMP '2020-01-01 00:00:00'",
    "TIMESTAMP '2021-06-30 12:00:00.123456' <= DATE '2020-02-29'",
    "TO_TIMESTAMP_LTZ(1583020799123, 3) <= DATE '2020-02-29'",
    "DATE '2020-01-01' < TIMESTAMP '2020-01-01 00:00:01'",
  ],
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
  [/^TIMESTAMPDIFF\((WEEK|MONTH|QUARTER|YEAR), .*\bTIME '/, "a time of day has no month; Flink counts from 1970"],
  [
    /^(?=.*(e0|AS FLOAT\)))(0e0|0|1\.5|1\.5e0|1|CAST\(1 AS \w+\)) \/ (0|0\.0|0e0|CAST\(0 AS \w+\))$/,
    "approximate numbers are divided as IEEE does; Flink fails where it folds literals",
  ],
  [
    /CAST\('-?0?\.\d+' AS DECIMAL\((\d+), \1\)\)/,
    "a text without digits before the point fits DECIMAL(p, p); Flink counts the 0 there",
  ],
  [/\[a-z&&\[/, "&& in the brackets of SIMILAR TO is text"],
  [/SECOND (FROM )?\(?DATE|SECOND\(DATE/, "a date has second 0; Flink takes the number of its day for ms"],
];

const untypedNull = /Illegal use of 'NULL'|must be non-NULL|Cannot apply '[-+]' to arguments of type '<TIME/;

/** Why the answer to an expression differs; undefined if it is the same. */
export function deviationOf({ sql, invalid }: FlinkAnswer): string | undefined {
  if (/\bNULL\b/.test(sql) && invalid !== undefined && untypedNull.test(invalid))
    return "a NULL without a type is NULL of any type; many of Flink's functions refuse it";
  return deviations.get(sql) ?? patterns.find(([pattern]) => pattern.test(sql))?.[1];
}

/** Expression -> why. */
export const deviations: ReadonlyMap<string, string> = new Map(
  Object.entries(reasons).flatMap(([reason, expressions]) => expressions.map((sql) => [sql, reason] as const)),
);
