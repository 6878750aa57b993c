import { describe, expect, test } from "vitest";
import { SqlError } from "../text/sql-error.ts";
import { bindScript } from "./bind-script.ts";
import { tables, testSession } from "./fixtures/session.ts";

/** A script with «…» around the place that is to be blamed, and a part of the message. */
type Case = [script: string, message: string, suggestion?: string | undefined];

function errorOf(script: string): SqlError {
  try {
    bindScript(script, testSession());
  } catch (error) {
    if (error instanceof SqlError) return error;
    throw error;
  }
  throw new Error(`no error in: ${script}`);
}

function check([marked, message, suggestion]: Case): void {
  const start = marked.indexOf("«");
  const end = marked.indexOf("»") - 1;
  const error = errorOf(marked.replace("«", "").replace("»", ""));
  expect(error.message).toContain(message);
  expect([error.span.start, error.span.end]).toEqual([start, end]);
  const before = marked.slice(0, start).split("\n");
  expect([error.line, error.column]).toEqual([before.length, (before.at(-1) as string).length + 1]);
  if (suggestion !== undefined) expect(error.suggestion).toBe(suggestion);
  expect(error.code).toBe("SQL_BIND");
}

describe("names", () => {
  test.each<Case>([
    ["SELECT «prise» FROM bid", "column 'prise' not found", "price"],
    ["SELECT auction,\n  «bd».price FROM bid", "table or column 'bd' not found", "bid"],
    ["SELECT b.«prise» FROM bid AS b", "column 'prise' not found in table 'b'", "price"],
    ["SELECT «bid».price FROM bid AS b", "table or column 'bid' not found"],
    ["SELECT item.«nam» FROM bid", "field 'nam' not found; the ROW has id, name", "name"],
    ["SELECT price.«x» FROM bid", "'x' is no field: what stands before it is BIGINT, not a ROW"],
    ["SELECT «ts» FROM bid, person", "column 'ts' is ambiguous: it may be bid.ts or person.ts"],
    ["SELECT «id» FROM (SELECT a.id, b.id FROM person AS a, person AS b)", "column 'id' is ambiguous"],
    ["SELECT 1 FROM «bit»", "table 'bit' not found", "bid"],
    ["SELECT «persn.*» FROM person", "table 'persn' not found in FROM"],
    ["SELECT «*»", "SELECT * needs a FROM"],
    ["SELECT «a»", "column 'a' not found: there is no FROM"],
    ["SELECT «UPPR»(channel) FROM bid", "function 'UPPR' not found", "UPPER"],
    ["SELECT * FROM bid, «bid»", "table 'bid' stands twice in FROM"],
    ["SELECT * FROM «bid AS b (x, y)»", "alias b lists 2 column(s), its query has 6"],
    ["WITH «c» (x) AS (SELECT 1, 2) SELECT * FROM c", "WITH c lists 1 column(s), its query has 2"],
  ])("%s", (marked, message, suggestion) => check([marked, message, suggestion]));
});

describe("groups", () => {
  test.each<Case>([
    ["SELECT «price», COUNT(*) FROM bid GROUP BY auction", "Expression 'price' is not being grouped"],
    ["SELECT «b.price» FROM bid AS b GROUP BY b.auction", "Expression 'b.price' is not being grouped"],
    ["SELECT auction + «price» FROM bid GROUP BY auction", "Expression 'price' is not being grouped"],
    ["SELECT «*» FROM person GROUP BY id", "Expression 'name' is not being grouped"],
    ["SELECT auction FROM bid GROUP BY auction HAVING «price» > 1", "Expression 'price' is not being grouped"],
    ["SELECT COUNT(*) FROM bid ORDER BY «price»", "Expression 'price' is not being grouped"],
    ["SELECT «auction» FROM bid GROUP BY 1", "Expression 'auction' is not being grouped"],
    ["SELECT auction AS a FROM bid GROUP BY «a»", "column 'a' not found"],
    ["SELECT SUM(«MAX(price)») FROM bid", "Aggregate expressions cannot be nested"],
    ["SELECT auction FROM bid WHERE «COUNT(*)» > 1", "aggregate COUNT is not allowed in WHERE; use HAVING"],
    ["SELECT 1 FROM bid GROUP BY «SUM(price)»", "aggregate SUM is not allowed in GROUP BY"],
    ["SELECT «SUM(*)» FROM bid", "SUM(*) has no meaning"],
    ["SELECT «COUNT()» FROM bid", "COUNT() lacks its argument"],
    ["SELECT COUNT(*) FILTER (WHERE «price») FROM bid", "the condition of FILTER must be BOOLEAN"],
    ["SELECT «UPPER(DISTINCT channel)» FROM bid", "UPPER is no aggregate function, so it takes no DISTINCT"],
    ["SELECT DISTINCT auction FROM bid ORDER BY «price»", "with SELECT DISTINCT, ORDER BY may only use"],
  ])("%s", (marked, message, suggestion) => check([marked, message, suggestion]));
});

describe("types", () => {
  test.each<Case>([
    ["SELECT 1 FROM bid WHERE «price»", "the condition of WHERE must be BOOLEAN, not BIGINT"],
    ["SELECT 1 FROM bid WHERE «price» AND TRUE", "an operand of AND must be BOOLEAN, not BIGINT"],
    ["SELECT 1 FROM bid JOIN person ON «price»", "the condition of ON must be BOOLEAN, not BIGINT"],
    [
      "SELECT «CASE WHEN TRUE THEN 1 ELSE 'a' END»",
      "the results of CASE have types without a common one: INT, CHAR(1)",
    ],
    ["SELECT «price IN (1, TRUE)» FROM bid", "the values of IN have types without a common one: BIGINT, INT, BOOLEAN"],
    ["VALUES (1, 2), «(3)»", "this row of VALUES has 1 column(s), the first has 2"],
    ["«VALUES (1), ('a')»", "column 1 of VALUES have types without a common one"],
    ["SELECT 1 UNION ALL «SELECT 1, 2»", "this query of UNION has 2 column(s), the first has 1"],
    [
      "«SELECT auction FROM bid UNION SELECT name FROM person»",
      "column 'auction' of UNION has types without a common one",
    ],
    ["SELECT * FROM bid LIMIT «-1»", "LIMIT takes a whole number that is not negative"],
    ["SELECT auction FROM bid ORDER BY «2»", "ORDER BY 2: the SELECT list has 1 column(s)"],
    ["SELECT CAST(1 AS «DECIMAL(40, 2)»)", "DECIMAL: the precision must be between 1 and 38, not 40"],
    ["SELECT CAST(1 AS «DECIMAL(4, 5)»)", "DECIMAL: the scale must be between 0 and 4, not 5"],
    ["SELECT «TIMESTAMP '2020-02-30 00:00:00'»", "'2020-02-30 00:00:00' is no TIMESTAMP"],
    ["SELECT «INTERVAL '1:2:3' DAY TO HOUR»", "'1:2:3' is no interval of DAY TO HOUR"],
    ["SELECT «12345678901234567890123456789012345678.5»", "the number has 39 digits"],
    ["SELECT «ARRAY[]»", "an empty ARRAY[] has no type"],
  ])("%s", (marked, message, suggestion) => check([marked, message, suggestion]));
});

describe("windows", () => {
  const size = "INTERVAL '10' SECOND";
  test.each<Case>([
    [
      `SELECT * FROM TABLE(TUMBLE(TABLE plain, DESCRIPTOR(«at»), ${size}))`,
      "'at' is TIMESTAMP(3) but no time attribute",
    ],
    [`SELECT * FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(«price»), ${size}))`, "here 'ts' is one"],
    [`SELECT * FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(«tss»), ${size}))`, "column 'tss' not found", "ts"],
    [`SELECT * FROM TABLE(TUMBLE(TABLE bid, «ts», ${size}))`, "TUMBLE wants the time column as DESCRIPTOR(column)"],
    [`SELECT * FROM TABLE(TUMBLE(«bid», DESCRIPTOR(ts), ${size}))`, "the first argument of TUMBLE is a table"],
    [`SELECT * FROM TABLE(«TUMBL»(TABLE bid, DESCRIPTOR(ts), ${size}))`, "table function 'TUMBL' not found", "TUMBLE"],
    ["SELECT * FROM «TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts)))»", "TUMBLE lacks its argument SIZE"],
    ["SELECT * FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), «10»))", "SIZE of TUMBLE is a constant interval"],
    [
      "SELECT * FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), «INTERVAL '1' MONTH»))",
      "SIZE of TUMBLE is a constant interval",
    ],
    [
      "SELECT * FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), «INTERVAL '0' SECOND»))",
      "SIZE of TUMBLE must be more than 0",
    ],
    [
      `SELECT * FROM TABLE(HOP(TABLE bid, DESCRIPTOR(ts), INTERVAL '3' SECOND, «${size}»))`,
      "SIZE of HOP (10000 ms) must be a multiple of SLIDE (3000 ms)",
    ],
    [
      `SELECT * FROM TABLE(TUMBLE(DATA => TABLE bid, TIMECOL => DESCRIPTOR(ts), «SIZ => ${size}»))`,
      "TUMBLE has no argument SIZ",
      "SIZE",
    ],
    [
      `SELECT * FROM TABLE(TUMBLE(TABLE bid PARTITION BY «auction», DESCRIPTOR(ts), ${size}))`,
      "only SESSION takes PARTITION BY",
    ],
  ])("%s", (marked, message, suggestion) => check([marked, message, suggestion]));
});

describe("group windows", () => {
  const day = "INTERVAL '1' DAY";
  test.each<Case>([
    [`SELECT «TUMBLE_START(ts, ${day})» FROM bid`, "GROUP BY must have TUMBLE(…) with the same arguments"],
    [
      `SELECT «TUMBLE_START(ts, INTERVAL '1' HOUR)» FROM bid GROUP BY TUMBLE(ts, ${day})`,
      "GROUP BY must have TUMBLE(…) with the same arguments",
    ],
    [`SELECT «TUMBLE(ts, ${day})» FROM bid GROUP BY TUMBLE(ts, ${day})`, "TUMBLE(…) can only stand in GROUP BY"],
    [`SELECT «TUMBLE_PROCTIME(ts, ${day})» FROM bid GROUP BY TUMBLE(ts, ${day})`, "the window is over event time"],
    [`SELECT 1 FROM bid GROUP BY TUMBLE(ts, ${day}), «HOP(ts, ${day}, ${day})»`, "GROUP BY takes one window"],
    [`SELECT 1 FROM bid GROUP BY ROLLUP(«TUMBLE(ts, ${day})»)`, "a window in GROUPING SETS"],
    [`SELECT 1 FROM bid GROUP BY TUMBLE(«auction», ${day})`, "but no time attribute, which TUMBLE needs"],
    ["SELECT 1 FROM bid GROUP BY «TUMBLE(ts)»", "TUMBLE in GROUP BY is TUMBLE(time, size)"],
  ])("%s", (marked, message) => check([marked, message]));
});

describe("what is not there yet", () => {
  test.each<Case>([["SELECT * FROM plain, «UNNEST(tags, tags)»", "UNNEST of several values is not supported yet"]])(
    "%s",
    (marked, message) => {
      const start = marked.indexOf("«");
      const error = errorOf(marked.replace("«", "").replace("»", ""));
      expect(error.message).toContain(message);
      expect(error.code).toBe("SQL_UNSUPPORTED");
      expect([error.span.start, error.span.end]).toEqual([start, marked.indexOf("»") - 1]);
    },
  );
});

describe("tables", () => {
  const filesystem = "WITH ('connector' = 'filesystem')";
  const kafka = "WITH ('connector' = 'kafka')";
  test.each<Case>([
    ["CREATE TABLE «t» (a INT)", "a table needs WITH ('connector' = '…'); known connectors: clock, filesystem, kafka"],
    [
      "CREATE TABLE t (a INT) WITH ('connector' = «'kafk'»)",
      "unknown connector 'kafk'; known connectors: clock, filesystem, kafka",
      "kafka",
    ],
    [
      "CREATE TABLE t (a INT) WITH ('connector' = 'kafka', «'connector'» = 'kafka')",
      "option 'connector' is given twice",
    ],
    [`CREATE TABLE «bid» (a INT) ${filesystem}`, "a table named 'bid' exists already"],
    [`CREATE TABLE «other.t» (a INT) ${filesystem}`, "database 'other' not found"],
    [`CREATE TABLE t (a INT, «a» STRING) ${filesystem}`, "column 'a' stands twice in table 't'"],
    [`CREATE TABLE «t» ${filesystem}`, "table 't' has no columns, and connector 'filesystem' knows none of its own"],
    [
      `CREATE TABLE t (a INT, b AS a + 1, c AS «b» + 1) ${filesystem}`,
      "computed column 'c' refers to computed column 'b'",
    ],
    [`CREATE TABLE t (a INT, b AS «x» + 1) ${filesystem}`, "column 'x' not found"],
    [`CREATE TABLE t (a INT, «o» BIGINT METADATA) ${kafka}`, "connector 'kafka' has no metadata 'o'"],
    [
      `CREATE TABLE t (a INT, o BIGINT METADATA FROM «'offse'») ${kafka}`,
      "it has timestamp, offset, partition",
      "offset",
    ],
    [`CREATE TABLE t (a TIMESTAMP(3), WATERMARK FOR «b» AS b) ${filesystem}`, "column 'b' not found; the table has a"],
    [`CREATE TABLE t (a BIGINT, WATERMARK FOR «a» AS a) ${filesystem}`, "with p from 0 to 3, not BIGINT"],
    [`CREATE TABLE t (a TIMESTAMP(6), WATERMARK FOR «a» AS a) ${filesystem}`, "with p from 0 to 3, not TIMESTAMP(6)"],
    [`CREATE TABLE t (a TIMESTAMP(3), WATERMARK FOR a AS «1») ${filesystem}`, "a watermark must be TIMESTAMP(p)"],
    [`CREATE TABLE t (a INT, PRIMARY KEY («b») NOT ENFORCED) ${filesystem}`, "column 'b' not found"],
    [
      `CREATE TABLE t (a INT, b AS a, PRIMARY KEY («b») NOT ENFORCED) ${filesystem}`,
      "a primary key is made of physical columns",
    ],
    ["CREATE VIEW «bid» AS SELECT 1", "a table named 'bid' exists already"],
    ["CREATE VIEW «v» (a) AS SELECT 1, 2", "view 'v' lists 1 column(s), its query has 2"],
    ["DROP VIEW «bid»", "'bid' is a table; use DROP TABLE"],
    ["DROP TABLE «bit»", "table 'bit' not found", "bid"],
    ["DESCRIBE «bit»", "table 'bit' not found", "bid"],
    ["USE «other»", "database 'other' not found; default_catalog has default_database"],
    ["SHOW CREATE VIEW «bid»", "that is a table; use SHOW CREATE TABLE"],
  ])("%s", (marked, message, suggestion) => check([marked, message, suggestion]));
});

describe("inserts", () => {
  test.each<Case>([
    ["INSERT INTO «sink» SELECT 1", "table 'sink' not found"],
    [
      "INSERT INTO person «SELECT 1»",
      "it gives 1 column(s), the table takes 3. Query schema: [EXPR$0: INT NOT NULL] Sink schema: [id: BIGINT, name: STRING, ts: TIMESTAMP(3)]",
    ],
    [
      "INSERT INTO person (id, name) «SELECT 1, 2»",
      "column 2 ('EXPR$1') is INT NOT NULL, 'name' takes STRING; use CAST",
    ],
    ["INSERT INTO person (id, «nam») SELECT 1, 'x'", "column 'nam' not found in table 'person'", "name"],
    ["INSERT INTO person (id, «id») SELECT 1, 1", "column 'id' is given twice"],
    ["INSERT INTO «plain» (rate) SELECT 1", "column 'id' is NOT NULL and must be given a value"],
  ])("%s", (marked, message, suggestion) => check([marked, message, suggestion]));

  test("metadata that can only be read is not written", () => {
    const script = `${tables}CREATE TABLE k (a INT, o BIGINT METADATA FROM 'offset') WITH ('connector' = 'kafka');
      INSERT INTO k SELECT 1, 2`;
    const session = testSession("");
    expect(() => bindScript(script, session)).toThrow("which can only be read; declare it VIRTUAL");
  });

  test("a view is no target", () => {
    expect(() => bindScript("CREATE VIEW v AS SELECT 1; INSERT INTO v SELECT 1", testSession())).toThrow(
      "'v' is a view",
    );
  });
});

describe("settings", () => {
  test.each<Case>([
    ["SET «'paralelism.default'» = '2'", "unknown setting 'paralelism.default'", "parallelism.default"],
    ["SET 'parallelism.default' = «'0'»", "must be at least 1"],
    ["SET 'restart-strategy.fixed-delay.attempts' = «'0'»", "must be at least 1"],
    ["SET 'execution.runtime-mode' = «'fast'»", "expected one of streaming, batch"],
    ["SET 'table.local-time-zone' = «'Europe/Pari'»", "'Europe/Pari'"],
    ["RESET «'pipeline.nam'»", "unknown setting 'pipeline.nam'", "pipeline.name"],
  ])("%s", (marked, message, suggestion) => check([marked, message, suggestion]));
});
