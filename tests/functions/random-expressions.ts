/**
 * Prints expressions for an oracle: comparisons of mixed types, arithmetic, casts, patterns, conditions, calls with arguments that do
 * and do not fit. `node tests/functions/random-expressions.ts [SEED]`, one a line; see README.md for how to ask Flink.
 */
import { seededRandom } from "@millrace/testkit";

const next = seededRandom(Number(process.argv[2] ?? 20_261_125));
const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)];
/** Values by type. */
const samples = {
  tinyint: ["CAST(5 AS TINYINT)", "CAST(-128 AS TINYINT)", "CAST(127 AS TINYINT)", "CAST(NULL AS TINYINT)"],
  smallint: ["CAST(300 AS SMALLINT)", "CAST(-32768 AS SMALLINT)", "CAST(0 AS SMALLINT)"],
  int: ["0", "1", "-7", "2147483647", "-2147483648", "42", "CAST(NULL AS INT)"],
  bigint: [
    "CAST(1 AS BIGINT)",
    "9223372036854775807",
    "CAST(-9223372036854775807 AS BIGINT)",
    "9007199254740993",
    "CAST(NULL AS BIGINT)",
  ],
  decimal: [
    "1.5",
    "-0.05",
    "12345678.901",
    "CAST(99.99 AS DECIMAL(4,2))",
    "CAST(1 AS DECIMAL(38,18))",
    "CAST(7 AS DECIMAL(5,0))",
    "CAST('12345678901234567890.123' AS DECIMAL(30,5))",
    "CAST(NULL AS DECIMAL(10,3))",
    "0.0",
  ],
  float: ["CAST(1.25 AS FLOAT)", "CAST(-3 AS FLOAT)"],
  double: ["1.5e0", "-0.1e0", "1e300", "CAST(7 AS DOUBLE)", "CAST(NULL AS DOUBLE)", "1e15"],
  string: [
    "'1'",
    "'abc'",
    "''",
    "'2020-01-01'",
    "'1.50'",
    "' 7 '",
    "CAST('42' AS STRING)",
    "CAST(NULL AS STRING)",
    "'true'",
    "CAST('zz' AS VARCHAR(5))",
    "'-3'",
  ],
  boolean: ["TRUE", "FALSE", "CAST(NULL AS BOOLEAN)"],
  date: ["DATE '2020-01-01'", "DATE '1969-12-31'", "DATE '2020-02-29'", "CAST(NULL AS DATE)"],
  time: ["TIME '10:11:12'", "TIME '00:00:00'", "TIME '23:59:59.999'"],
  timestamp: [
    "TIMESTAMP '2020-01-01 00:00:00'",
    "TIMESTAMP '2020-02-29 23:59:59.123'",
    "TIMESTAMP '2021-06-30 12:00:00.123456'",
    "CAST(NULL AS TIMESTAMP(3))",
  ],
  ltz: [
    "TO_TIMESTAMP_LTZ(0, 3)",
    "TO_TIMESTAMP_LTZ(1583020799123, 3)",
    "CAST(TIMESTAMP '2020-01-01 00:00:00' AS TIMESTAMP_LTZ(3))",
  ],
  binary: ["x'00ff'", "x'616263'", "CAST('abc' AS BYTES)"],
  interval: ["INTERVAL '1' DAY", "INTERVAL '1:30' MINUTE TO SECOND", "INTERVAL '90' MINUTE"],
  months: ["INTERVAL '1' MONTH", "INTERVAL '1-2' YEAR TO MONTH"],
  array: ["ARRAY[1, 2]", "ARRAY['a', NULL]", "ARRAY[1.5, 2]"],
};
const kinds = Object.keys(samples) as (keyof typeof samples)[];
const scalar = kinds.filter((k) => !["array"].includes(k));
const of = (k: keyof typeof samples): string => pick(samples[k]);
const targets = [
  "TINYINT",
  "SMALLINT",
  "INT",
  "BIGINT",
  "FLOAT",
  "DOUBLE",
  "DECIMAL(10, 2)",
  "DECIMAL(4, 1)",
  "DECIMAL(38, 10)",
  "STRING",
  "VARCHAR(3)",
  "CHAR(5)",
  "BOOLEAN",
  "DATE",
  "TIME",
  "TIMESTAMP(3)",
  "TIMESTAMP(0)",
  "TIMESTAMP(6)",
  "TIMESTAMP_LTZ(3)",
  "BYTES",
  "BINARY(2)",
  "ARRAY<INT>",
  "ARRAY<STRING>",
];
/** By what they are about. */
const groups = new Map<string, Set<string>>();
const groupOf = (name: string): Set<string> => {
  const group = groups.get(name) ?? new Set();
  groups.set(name, group);
  return group;
};
const add = (name: string, count: number, make: () => string): void => {
  const group = groupOf(name);
  for (let tries = 0; group.size < count && tries < count * 20; tries++) group.add(make());
};
const numeric: (keyof typeof samples)[] = ["tinyint", "smallint", "int", "bigint", "decimal", "float", "double"];
// comparisons of mixed types
const ops = ["=", "<>", "<", "<=", ">", ">="];
for (const a of kinds)
  for (const b of kinds) {
    groupOf("compare").add(`${of(a)} ${pick(ops)} ${of(b)}`);
  }
for (const a of scalar)
  for (const b of scalar)
    if (a <= b && next() < 0.6) groupOf("compare").add(`${of(a)} IS ${pick(["", "NOT "])}DISTINCT FROM ${of(b)}`);
add("between", 160, () => {
  const k = pick(scalar);
  const [a, b, c] =
    next() < 0.6
      ? [1, 1, 1].map(() => (next() < 0.8 ? pick(numeric) : "string"))
      : [k, pick([k, "string" as const]), k];
  return `${of(a)} ${pick(["", "NOT "])}BETWEEN ${pick(["", "SYMMETRIC ", "ASYMMETRIC "])}${of(b)} AND ${of(c)}`;
});
add("in", 140, () => {
  const k: (keyof typeof samples)[] = next() < 0.6 ? numeric : next() < 0.5 ? scalar : [pick(scalar), "string"];
  const n = 1 + Math.floor(next() * 4);
  return `${of(pick(k))} ${pick(["", "NOT "])}IN (${Array.from({ length: n }, () => (next() < 0.1 ? "NULL" : of(pick(k)))).join(", ")})`;
});
add("case", 260, () => {
  const k: (keyof typeof samples)[] =
    next() < 0.5
      ? numeric
      : next() < 0.5
        ? [pick(scalar)]
        : next() < 0.5
          ? [pick(scalar), pick(scalar)]
          : ["string", "date", "timestamp", "int"];
  const o = () => (next() < 0.12 ? "NULL" : of(pick(k)));
  switch (Math.floor(next() * 9)) {
    case 0:
      return `CASE WHEN ${pick(["TRUE", "FALSE", "1 = 1", "CAST(NULL AS BOOLEAN)"])} THEN ${o()} ELSE ${o()} END`;
    case 1:
      return `CASE WHEN FALSE THEN ${o()} WHEN 1 < 2 THEN ${o()} ELSE ${o()} END`;
    case 2:
      return `CASE ${of(pick(numeric))} WHEN ${of(pick(numeric))} THEN ${o()} ELSE ${o()} END`;
    case 3:
      return `COALESCE(${o()}, ${o()}${next() < 0.5 ? `, ${o()}` : ""})`;
    case 4:
      return `IF(${pick(["TRUE", "FALSE", "1 > 2"])}, ${o()}, ${o()})`;
    case 5:
      return `IFNULL(${o()}, ${o()})`;
    case 6:
      return `NULLIF(${o()}, ${o()})`;
    case 7:
      return `${pick(["GREATEST", "LEAST"])}(${o()}, ${o()}, ${o()})`;
    default:
      return `CASE WHEN TRUE THEN ${o()} END`;
  }
});
add("cast", 420, () => `${next() < 0.5 ? "CAST" : "TRY_CAST"}(${of(pick(kinds))} AS ${pick(targets)})`);
const texts = [
  "'12'",
  "'-0012'",
  "'+5'",
  "'1e3'",
  "'1.5e-3'",
  "'.5'",
  "'5.'",
  "'0x1F'",
  "'1_000'",
  "'٣'",
  "'NaN'",
  "'Infinity'",
  "'-Infinity'",
  "'inf'",
  "'TRUE'",
  "'t'",
  "'yes'",
  "'0'",
  "'1'",
  "'n'",
  "'2147483648'",
  "'9223372036854775808'",
  "'99999999999'",
  "'128'",
  "'-129'",
  "'1.9'",
  "'-1.9'",
  "'1.25'",
  "'12345.678'",
  "'99.95'",
  "'2020-1-5'",
  "'2020-12-31 23:59'",
  "'0001-01-01'",
  "'9999-12-31 23:59:59.999999'",
  "'10000-01-01'",
  "'-0001-01-01'",
  "'2020-02-30'",
  "'1:2:3'",
  "'23:59:60'",
  "'1970-01-01T00:00:00.5'",
  "'\t7'",
  "'7\u00a0'",
  "'1d'",
  "'1f'",
  "'1L'",
];
for (const t of texts)
  for (const ty of [
    "TINYINT",
    "INT",
    "BIGINT",
    "DECIMAL(5, 2)",
    "DOUBLE",
    "FLOAT",
    "BOOLEAN",
    "DATE",
    "TIME",
    "TIMESTAMP(3)",
    "TIMESTAMP_LTZ(3)",
  ])
    if (next() < 0.7) groupOf("text-cast").add(`TRY_CAST(${t} AS ${ty})`);
const nums = [
  "1.5e0",
  "-1.5e0",
  "2.5e0",
  "1e10",
  "-1e10",
  "1e20",
  "1e-7",
  "123456789.123e0",
  "1e16",
  "1.0e21",
  "3.4e38",
  "0.1e0",
  "100.0e0",
  "CAST(0.1 AS FLOAT)",
  "CAST(1e10 AS FLOAT)",
  "CAST(16777217 AS FLOAT)",
  "1.005",
  "-1.005",
  "99999.995",
  "0.5",
  "-0.5",
  "2147483648",
  "-2147483649",
  "32768",
  "255",
  "128",
  "CAST('170141183460469231731687303715884105727' AS DECIMAL(38, 0))",
];
for (const n of nums)
  for (const ty of [
    "TINYINT",
    "SMALLINT",
    "INT",
    "BIGINT",
    "FLOAT",
    "DOUBLE",
    "DECIMAL(5, 2)",
    "DECIMAL(38, 2)",
    "DECIMAL(10, 0)",
    "STRING",
    "BOOLEAN",
    "TIMESTAMP(3)",
    "VARCHAR(4)",
    "CHAR(12)",
  ])
    if (next() < 0.75) groupOf("number-cast").add(`${next() < 0.8 ? "CAST" : "TRY_CAST"}(${n} AS ${ty})`);
// decimals
const dec = () => {
  const p = 1 + Math.floor(next() * 38);
  const s = Math.floor(next() * (p + 1));
  const digits = Math.max(1, Math.floor(next() * (p + 1)));
  let d = "";
  for (let i = 0; i < digits; i++) d += i ? pick([..."0123456789"]) : pick([..."123456789"]);
  const neg = next() < 0.3 ? "-" : "";
  let text = d;
  if (s > 0) {
    const padded = d.padStart(s + 1, "0");
    text = `${padded.slice(0, -s)}.${padded.slice(-s)}`;
  }
  return `CAST('${neg}${text}' AS DECIMAL(${p}, ${s}))`;
};
add("decimal", 380, () => {
  const r = next();
  if (r < 0.55) return `${dec()} ${pick(["+", "-", "*", "/", "%"])} ${dec()}`;
  if (r < 0.65)
    return `${dec()} ${pick(["+", "-", "*", "/", "%"])} ${of(pick(["tinyint", "int", "bigint", "double", "float"] as const))}`;
  if (r < 0.75) return `${pick(["FLOOR", "CEIL", "ABS", "SIGN", "ROUND", "TRUNCATE", "SQRT", "EXP", "LN"])}(${dec()})`;
  if (r < 0.83) return `${pick(["ROUND", "TRUNCATE"])}(${dec()}, ${pick([0, 1, 2, 5, -1, -2, 40])})`;
  if (r < 0.9) return `MOD(${dec()}, ${dec()})`;
  if (r < 0.95) return `CAST(${dec()} AS ${pick(targets)})`;
  return `${dec()} ${pick(ops)} ${dec()}`;
});
// arithmetic over everything, coercions
add("arithmetic", 380, () => {
  const op = () => pick(["+", "-", "*", "/", "%"]);
  const k: (keyof typeof samples)[] =
    next() < 0.55
      ? numeric
      : [...numeric, "string", "boolean", "date", "timestamp", "interval", "months", "ltz", "time"];
  const o = () => (next() < 0.06 ? "NULL" : of(pick(k)));
  const r = next();
  if (r < 0.6) return `${o()} ${op()} ${o()}`;
  if (r < 0.9) return `(${o()} ${op()} ${o()}) ${op()} ${o()}`;
  return `-(${o()} ${op()} ${o()})`;
});
// division by zero, overflow
for (const a of [
  "1",
  "0",
  "CAST(1 AS BIGINT)",
  "CAST(1 AS TINYINT)",
  "1.5",
  "1.5e0",
  "CAST(1 AS FLOAT)",
  "CAST(NULL AS INT)",
  "0e0",
])
  for (const b of ["0", "0.0", "0e0", "CAST(0 AS BIGINT)", "CAST(0 AS FLOAT)", "'0'"])
    for (const op of ["/", "%"])
      groupOf("zero").add(op === "%" && next() < 0.5 ? `MOD(${a}, ${b})` : `${a} ${op} ${b}`);
// like
const subj = [
  "'abc'",
  "'a%c'",
  "'a_c'",
  "''",
  "'a\\b'",
  "'aé\u{1f600}b'",
  "'AbC'",
  "'a\nb'",
  "CAST(NULL AS STRING)",
  "'a.c'",
  "'100%'",
  "'x+y'",
];
const pats = [
  "'a%'",
  "'%c'",
  "'_b_'",
  "'%'",
  "''",
  "'a!%c'",
  "'a!_c'",
  "'a\\%c'",
  "'!!'",
  "'a_b'",
  "'%\u{1f600}%'",
  "'a.c'",
  "'%b%'",
  "'__'",
  "'100!%'",
  "'abc!'",
  "'%!%%'",
  "'A%'",
  "CAST(NULL AS STRING)",
  "'a\\b'",
  "'a\\\\b'",
];
add("like", 230, () => {
  const r = next();
  if (r < 0.45) return `${pick(subj)} ${pick(["", "NOT "])}LIKE ${pick(pats)}`;
  if (r < 0.8)
    return `${pick(subj)} ${pick(["", "NOT "])}LIKE ${pick(pats)} ESCAPE ${pick(["'!'", "'!'", "'\\'", "''", "'xy'", "'a'", "'%'", "'\u{1f600}'", "NULL"])}`;
  return `${of(pick(["int", "date", "boolean", "string"] as const))} LIKE '${pick(["1%", "%0%", "t%", "20%"])}'`;
});
const sims = [
  "'a|b'",
  "'(ab|cd)%'",
  "'[a-c]+'",
  "'a.c'",
  "'a_c'",
  "'[^a]%'",
  "'abc{1}'",
  "'a{2,3}'",
  "'%(b|d)%'",
  "'[[:ALPHA:]]+'",
  "'[[:DIGIT:]]*'",
  "'a!%c'",
  "'(a'",
  "'[a'",
  "'a*'",
  "'a?bc'",
  "'\\d+'",
  "'a\\%c'",
  "'%'",
  "''",
  "'[a-z&&[^b]]%'",
  "'a!|b'",
];
add("similar", 130, () => {
  const r = next();
  return r < 0.6
    ? `${pick([...subj, "'aaa'", "'ab'", "'cdx'", "'123'"])} ${pick(["", "NOT "])}SIMILAR TO ${pick(sims)}`
    : `${pick([...subj, "'aaa'", "'ab'"])} SIMILAR TO ${pick(sims)} ESCAPE ${pick(["'!'", "'!'", "'\\'", "'xy'", "''"])}`;
});
// functions over wrong or coerced arguments
const fns1 =
  "ABS FLOOR CEIL ROUND SIGN SQRT LN EXP SIN UPPER LOWER TRIM CHAR_LENGTH REVERSE ASCII INITCAP MD5 SHA1 HEX BIN DEGREES RADIANS TO_BASE64 YEAR MONTH QUARTER DAYOFMONTH HOUR CARDINALITY ELEMENT TYPEOF JSON_STRING TRUNCATE CHR INET_NTOA ISNULL TO_DATE TO_TIMESTAMP FROM_UNIXTIME UNIX_TIMESTAMP REGEXP LTRIM NOT LOG10 LOG2".split(
    " ",
  );
add("call", 420, () => {
  const r = next();
  const o = () => (next() < 0.08 ? "NULL" : of(pick(kinds)));
  if (r < 0.5) return `${pick(fns1)}(${o()})`;
  if (r < 0.62)
    return `${pick(["CONCAT", "POWER", "MOD", "LEFT", "RIGHT", "REPEAT", "POSITION", "INSTR", "SUBSTRING", "ROUND", "ATAN2", "LOG", "STARTSWITH", "SPLIT", "ARRAY_CONTAINS", "DATE_FORMAT", "TRUNCATE", "NULLIF", "REGEXP", "TO_TIMESTAMP_LTZ", "CONCAT_WS", "LPAD"])}(${o()}, ${o()}${next() < 0.25 ? `, ${o()}` : ""})`;
  if (r < 0.8) return `${o()} || ${o()}`;
  if (r < 0.87) return `${o()} ${pick(["AND", "OR"])} ${o()}`;
  if (r < 0.93) return `NOT ${o()}`;
  return `${o()} IS ${pick(["TRUE", "NOT TRUE", "NULL", "NOT NULL", "UNKNOWN", "NOT FALSE"])}`;
});
// text order, rows, arrays
const strs = [
  "'a'",
  "'B'",
  "'ä'",
  "'\u{1f600}'",
  "'\uffff'",
  "'a '",
  "'ab'",
  "''",
  "CAST('a' AS CHAR(3))",
  "CAST('a' AS VARCHAR(3))",
  "CAST('a ' AS STRING)",
  "'Z'",
  "'z'",
  "'é'",
  "'e\u0301'",
];
add("collation", 120, () =>
  next() < 0.7
    ? `${pick(strs)} ${pick(ops)} ${pick(strs)}`
    : next() < 0.5
      ? `${pick(["GREATEST", "LEAST"])}(${pick(strs)}, ${pick(strs)})`
      : `${pick(strs)} BETWEEN ${pick(strs)} AND ${pick(strs)}`,
);
const els = [
  "ROW(1, 'a')",
  "ROW(2, 'a')",
  "ROW(1, CAST(NULL AS STRING))",
  "ROW(1.0, 'a')",
  "(1, 'a')",
  "ARRAY[1, 2]",
  "ARRAY[1, 3]",
  "ARRAY[1]",
  "ARRAY[CAST(NULL AS INT)]",
  "MAP['a', 1]",
  "MAP['b', 1]",
  "MAP['a', 1, 'b', 2]",
  "ARRAY[ARRAY[1]]",
  "ARRAY[1.0, 2.0]",
];
add("nested", 150, () => {
  const r = next();
  if (r < 0.5) return `${pick(els)} ${pick(["=", "<>", "="])} ${pick(els)}`;
  if (r < 0.65) return `${pick(els)} IS NOT DISTINCT FROM ${pick(els)}`;
  if (r < 0.8)
    return `CAST(${pick(els)} AS ${pick(["STRING", "ARRAY<STRING>", "ARRAY<BIGINT>", "ARRAY<DOUBLE>", "MAP<STRING, BIGINT>", "ROW<a BIGINT, b STRING>", "ROW<a STRING, b STRING>", "ROW<a INT>", "VARCHAR(5)"])})`;
  if (r < 0.9) return `ARRAY[${pick(els)}, ${pick(els)}]`;
  return `CASE WHEN TRUE THEN ${pick(els)} ELSE ${pick(els)} END`;
});
// intervals and times
const times = [...samples.date, ...samples.timestamp, ...samples.ltz, ...samples.time];
const ivs = [
  "INTERVAL '1' SECOND",
  "INTERVAL '1.5' SECOND",
  "INTERVAL '-1' DAY",
  "INTERVAL '1 2:03:04.567' DAY TO SECOND",
  "INTERVAL '10' HOUR",
  "INTERVAL '1' MONTH",
  "INTERVAL '-1-2' YEAR TO MONTH",
  "INTERVAL '100' YEAR(3)",
  "INTERVAL '400' DAY(3)",
  "INTERVAL '36' HOUR",
];
add("interval", 240, () => {
  const r = next();
  if (r < 0.4) return `${pick(times)} ${pick(["+", "-"])} ${pick(ivs)}`;
  if (r < 0.5) return `${pick(ivs)} ${pick(["+", "-"])} ${pick(ivs)}`;
  if (r < 0.6) return `${pick(ivs)} ${pick(["*", "/"])} ${pick(["2", "3", "1.5", "0", "2e0"])}`;
  if (r < 0.7) return `${pick(ivs)} ${pick(ops)} ${pick(ivs)}`;
  if (r < 0.85)
    return `TIMESTAMPDIFF(${pick(["SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR"])}, ${pick(times)}, ${pick(times)})`;
  if (r < 0.93) return `CAST(${pick(ivs)} AS ${pick(["STRING", "BIGINT", "INT"])})`;
  return `EXTRACT(${pick(["DAY", "HOUR", "YEAR", "MONTH", "SECOND", "WEEK", "DOW", "EPOCH"])} FROM ${pick([...times, ...ivs])})`;
});

for (const group of groups.values()) {
  for (const expression of group) if (!expression.includes("\n")) console.log(expression);
}
