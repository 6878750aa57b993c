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
};

/** Expression -> why. */
export const deviations: ReadonlyMap<string, string> = new Map(
  Object.entries(reasons).flatMap(([reason, expressions]) => expressions.map((sql) => [sql, reason] as const)),
);
