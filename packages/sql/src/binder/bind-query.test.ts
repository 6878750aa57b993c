import { describe, expect, test } from "vitest";
import { printFields, printPlan } from "./fixtures/print-plan.ts";
import { query, testSession } from "./fixtures/session.ts";

const fields = (text: string) => printFields(query(text).plan);
const plan = (text: string) => printPlan(query(text).plan);

describe("literals", () => {
  test.each([
    ["1", "INT NOT NULL", "1"],
    ["-2147483648", "INT NOT NULL", "-2147483648"],
    ["2147483648", "BIGINT NOT NULL", "2147483648"],
    ["9223372036854775807", "BIGINT NOT NULL", "9223372036854775807"],
    ["9223372036854775808", "DECIMAL(19, 0) NOT NULL", "9223372036854775808"],
    ["1.50", "DECIMAL(3, 2) NOT NULL", "150"],
    ["0.908", "DECIMAL(4, 3) NOT NULL", "908"],
    ["-.5", "DECIMAL(1, 1) NOT NULL", "-5"],
    ["1e3", "DOUBLE NOT NULL", "1000"],
    ["'héé'", "CHAR(3) NOT NULL", "'héé'"],
    ["x'0aFF'", "BINARY(2) NOT NULL", "10,255"],
    ["TRUE", "BOOLEAN NOT NULL", "true"],
    ["UNKNOWN", "BOOLEAN", "null"],
    ["NULL", "NULL", "null"],
    ["DATE '1970-01-02'", "DATE NOT NULL", "1"],
    ["TIME '00:01:00'", "TIME(0) NOT NULL", "60000"],
    ["TIMESTAMP '1970-01-01 00:00:01'", "TIMESTAMP(0) NOT NULL", "1000"],
    ["TIMESTAMP '1970-01-01 00:00:01.25'", "TIMESTAMP(2) NOT NULL", "1250"],
    ["INTERVAL '10' SECOND", "INTERVAL DAY TO SECOND(3) NOT NULL", "10000"],
    ["INTERVAL -'1.5' SECOND", "INTERVAL DAY TO SECOND(3) NOT NULL", "-1500"],
    ["INTERVAL '1 2:03:04.5' DAY TO SECOND", "INTERVAL DAY TO SECOND(3) NOT NULL", "93784500"],
    ["INTERVAL '2:03' HOUR TO MINUTE", "INTERVAL DAY TO SECOND(3) NOT NULL", "7380000"],
    ["INTERVAL '1-2' YEAR TO MONTH", "INTERVAL YEAR TO MONTH NOT NULL", "14"],
    ["INTERVAL '3' MONTH", "INTERVAL YEAR TO MONTH NOT NULL", "3"],
  ])("%s is %s", (text, type, value) => {
    const bound = query(`SELECT ${text}`);
    expect(printFields(bound.plan)).toEqual([`EXPR$0 ${type}`]);
    expect(printPlan(bound.plan)).toBe(`values (${value})`);
  });
});

describe("names", () => {
  test("aliases, names of columns and fields, and numbers for the rest", () => {
    expect(
      fields("SELECT price, price AS p, item.name, b.price + 1 FROM bid AS b").map((each) => each.split(" ")[0]),
    ).toEqual(["price", "p", "name", "EXPR$3"]);
  });

  test("names that come twice are numbered at the top, and only there", () => {
    const names = "SELECT a.id, b.id, b.name FROM person AS a JOIN person AS b ON a.id = b.id";
    expect(fields(names).map((each) => each.split(" ")[0])).toEqual(["id", "id0", "name"]);
    expect(fields(`SELECT name FROM (${names})`)).toEqual(["name STRING"]);
  });

  test.each([
    ["bid.price", "#2"],
    ["default_database.bid.price", "#2"],
    ["default_catalog.default_database.bid.item.id", "#5.0"],
    ["item.name", "#5.1"],
    ["bid.item.name", "#5.1"],
    ["(item).name", "#5.1"],
  ])("%s", (name, expression) => {
    expect(plan(`SELECT ${name} FROM bid`).split("\n")[0]).toBe(`project ${expression}`);
  });

  test("a table's name comes before a column of that name, a column where the table has no such column", () => {
    const session = testSession(
      `CREATE TABLE item (id INT, item ROW<id BIGINT, size INT>) WITH ('connector' = 'filesystem')`,
    );
    expect(printFields(query("SELECT item.id FROM item", session).plan)).toEqual(["id INT"]);
    expect(printFields(query("SELECT item.size FROM item", session).plan)).toEqual(["size INT"]);
    expect(printFields(query("SELECT item.item.id FROM item", session).plan)).toEqual(["id BIGINT"]);
  });

  test("an alias hides the table's name; stars give all columns of one or all tables", () => {
    expect(fields("SELECT p.* FROM bid, person AS p")).toEqual(["id BIGINT", "name STRING", "ts TIMESTAMP(3)"]);
    expect(fields("SELECT x.* FROM (SELECT 1, 2) AS x (a, b)")).toEqual(["a INT NOT NULL", "b INT NOT NULL"]);
  });

  test("a nested field of a row that may be NULL may be NULL", () => {
    const session = testSession(
      "CREATE TABLE t (r ROW<a INT NOT NULL> NOT NULL, n ROW<a INT NOT NULL>) WITH ('connector' = 'filesystem')",
    );
    expect(printFields(query("SELECT r.a, n.a AS b FROM t", session).plan)).toEqual(["a INT NOT NULL", "b INT"]);
  });
});

describe("groups", () => {
  test("what is not a column is computed once below the aggregation", () => {
    expect(
      plan(
        "SELECT price + 1, SUM(price + 1), SUM(price + 1) * 2, COUNT(*) FROM bid GROUP BY price + 1 HAVING COUNT(*) > 1",
      )
        .split("\n")
        .slice(0, 4),
    ).toEqual([
      "project #0, #1, *(#1, 2), #2",
      "  filter >(#2, 1)",
      "    aggregate [#0] sum(#0), count()",
      "      project +(#2, 1)",
    ]);
  });

  test("plain columns are grouped as they stand, filters are columns of their own", () => {
    expect(plan("SELECT auction, MAX(price) FROM bid GROUP BY auction").split("\n")[1]).toBe(
      "  aggregate [#0] max(#2)",
    );
    expect(plan("SELECT COUNT(DISTINCT bidder) FILTER (WHERE price > 1) FROM bid").split("\n").slice(1, 3)).toEqual([
      "  aggregate [] count(distinct #0) filter #1",
      "    project #1, >(#2, 1)",
    ]);
  });

  test("fields of grouped rows and expressions over keys are allowed", () => {
    expect(fields("SELECT item.name, auction + 1, COUNT(*) AS n FROM bid GROUP BY item, auction")).toEqual([
      "name STRING",
      "EXPR$1 BIGINT",
      "n BIGINT NOT NULL",
    ]);
  });

  test("SELECT DISTINCT and UNION are aggregations without aggregates", () => {
    expect(plan("SELECT DISTINCT auction FROM bid").split("\n")[0]).toBe("aggregate [#0]");
    expect(plan("SELECT 1 UNION SELECT 2 UNION SELECT 3")).toBe(
      ["aggregate [#0]", "  union", "    values (1)", "    values (2)", "    values (3)"].join("\n"),
    );
  });
});

describe("order and limits", () => {
  test("by alias, position, and what is not selected, which is dropped again", () => {
    expect(
      plan("SELECT price AS p, auction FROM bid ORDER BY p DESC, 2, bidder NULLS LAST LIMIT 5 OFFSET 2")
        .split("\n")
        .slice(0, 4),
    ).toEqual([
      "project #0, #1",
      "  limit 5 offset 2",
      "    sort #0 desc nulls last, #1 asc nulls first, #2 asc nulls last",
      "      project #2, #0, #1",
    ]);
  });

  test("by an aggregate that is not selected", () => {
    expect(
      plan("SELECT auction FROM bid GROUP BY auction ORDER BY COUNT(*) DESC FETCH FIRST 3 ROWS ONLY")
        .split("\n")
        .slice(0, 4),
    ).toEqual(["project #0", "  limit 3 offset 0", "    sort #1 desc nulls last", "      project #0, #1"]);
  });

  test("of a UNION and of VALUES", () => {
    expect(plan("SELECT 1 AS a UNION ALL SELECT 2 ORDER BY a").split("\n")[0]).toBe("sort #0 asc nulls first");
    expect(plan("VALUES (1, 'b'), (2, 'a') ORDER BY 2 LIMIT 1").split("\n").slice(0, 2)).toEqual([
      "limit 1 offset 0",
      "  sort #1 asc nulls first",
    ]);
  });
});

describe("unions and values", () => {
  test("columns take their common type", () => {
    expect(fields("SELECT 1 AS a, NULL AS b UNION ALL SELECT 2.5, 'x'")).toEqual([
      "a DECIMAL(11, 1) NOT NULL",
      "b CHAR(1)",
    ]);
    expect(fields("VALUES (1, 'a'), (NULL, 'bcd')")).toEqual(["EXPR$0 INT", "EXPR$1 VARCHAR(3) NOT NULL"]);
  });

  test("a rowtime stays one if it is one everywhere", () => {
    const both = "SELECT ts FROM bid UNION ALL SELECT ts FROM person";
    expect(fields(both)).toEqual(["ts TIMESTAMP(3) [rowtime]"]);
    expect(fields("SELECT ts FROM bid UNION ALL SELECT at FROM plain")).toEqual(["ts TIMESTAMP(3)"]);
  });
});

describe("joins", () => {
  test("the padded side may be NULL", () => {
    const types = (join: string) => fields(`SELECT a.id, b.id FROM plain AS a ${join} JOIN plain AS b ON a.id = b.id`);
    expect(types("INNER")).toEqual(["id INT NOT NULL", "id0 INT NOT NULL"]);
    expect(types("LEFT")).toEqual(["id INT NOT NULL", "id0 INT"]);
    expect(types("RIGHT")).toEqual(["id INT", "id0 INT NOT NULL"]);
    expect(types("FULL")).toEqual(["id INT", "id0 INT"]);
  });

  test("USING merges columns; NATURAL uses all that both have; a comma is a cross join", () => {
    expect(
      fields("SELECT * FROM (SELECT id, name FROM person) AS a JOIN (SELECT id, rate FROM plain) AS b USING (id)"),
    ).toEqual(["id BIGINT", "name STRING", "rate DOUBLE"]);
    expect(
      plan("SELECT * FROM (SELECT id, ok FROM plain) AS a NATURAL JOIN (SELECT rate, id FROM plain) AS b")
        .split("\n")
        .slice(0, 2),
    ).toEqual(["project #0, #1, #2", "  inner join =(#0, #3)"]);
    expect(plan("SELECT a.id FROM plain AS a, plain AS b WHERE a.id = b.id").split("\n").slice(0, 3)).toEqual([
      "project #0",
      "  filter =(#0, #6)",
      "    inner join",
    ]);
  });

  test("an interval join keeps rowtimes, any other drops them", () => {
    const roles = (on: string) => fields(`SELECT b.ts FROM bid AS b JOIN person AS p ON b.bidder = p.id ${on}`);
    expect(roles("AND b.ts BETWEEN p.ts AND p.ts + INTERVAL '1' HOUR")).toEqual(["ts TIMESTAMP(3) [rowtime]"]);
    expect(roles("AND b.ts >= p.ts")).toEqual(["ts TIMESTAMP(3)"]);
    expect(roles("")).toEqual(["ts TIMESTAMP(3)"]);
  });
});

describe("windows", () => {
  const window = (call: string) => {
    const line = plan(`SELECT * FROM TABLE(${call})`)
      .split("\n")
      .find((each) => each.includes("window"));
    return line?.trim().slice("window ".length);
  };

  test.each([
    [
      "TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '1' MINUTE)",
      '{"kind":"tumble","sizeMs":60000,"offsetMs":0} on #4 event',
    ],
    [
      "TUMBLE(SIZE => INTERVAL '1' HOUR, DATA => TABLE bid, TIMECOL => DESCRIPTOR(ts), OFFSET => INTERVAL -'5' MINUTE)",
      '{"kind":"tumble","sizeMs":3600000,"offsetMs":-300000} on #4 event',
    ],
    [
      "CUMULATE(TABLE bid, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '10' SECOND)",
      '{"kind":"cumulate","sizeMs":10000,"stepMs":2000,"offsetMs":0} on #4 event',
    ],
    [
      "SESSION(TABLE bid PARTITION BY (bidder, auction), DESCRIPTOR(ts), INTERVAL '3' SECOND)",
      '{"kind":"session","gapMs":3000,"partitionKeys":[1,0]} on #4 event',
    ],
    [
      "TUMBLE((SELECT ts, price FROM bid), DESCRIPTOR(ts), INTERVAL '1' SECOND)",
      '{"kind":"tumble","sizeMs":1000,"offsetMs":0} on #0 event',
    ],
  ])("%s", (call, expected) => {
    expect(window(call)).toBe(expected);
  });

  test("the window's time takes over: its columns have roles, the input's have none", () => {
    expect(
      fields(
        "SELECT ts, window_start, window_end, window_time FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '1' DAY))",
      ),
    ).toEqual([
      "ts TIMESTAMP(3)",
      "window_start TIMESTAMP(3) NOT NULL [window_start]",
      "window_end TIMESTAMP(3) NOT NULL [window_end]",
      "window_time TIMESTAMP(3) NOT NULL [window_time]",
    ]);
  });

  test("windows of windows go by window_time", () => {
    const inner = `SELECT window_time AS wt, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '1' SECOND))
      GROUP BY window_start, window_end, window_time`;
    expect(
      fields(
        `SELECT SUM(n) AS n, window_start FROM TABLE(TUMBLE((${inner}), DESCRIPTOR(wt), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end`,
      ),
    ).toEqual(["n BIGINT", "window_start TIMESTAMP(3) NOT NULL [window_start]"]);
  });

  test("grouping by half a window, or by a rowtime, gives ordinary columns", () => {
    const from = "FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '1' SECOND))";
    expect(fields(`SELECT window_start ${from} GROUP BY window_start`)).toEqual(["window_start TIMESTAMP(3) NOT NULL"]);
    expect(fields("SELECT ts FROM bid GROUP BY ts")).toEqual(["ts TIMESTAMP(3)"]);
  });

  test("processing time", () => {
    const session = testSession("CREATE TABLE t (a INT, p AS PROCTIME()) WITH ('connector' = 'filesystem')");
    const bound = query("SELECT * FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(p), INTERVAL '1' SECOND))", session);
    expect(printPlan(bound.plan)).toContain("on #1 processing");
    expect(printFields(query("SELECT p FROM t", session).plan)).toEqual(["p TIMESTAMP_LTZ(3) NOT NULL [proctime]"]);
  });
});

describe("what is used twice is one plan", () => {
  test("a table, unless with other options", () => {
    expect(plan("SELECT 1 FROM bid AS a, bid AS b").match(/scan bid/g)).toHaveLength(1);
    expect(plan("SELECT 1 FROM bid AS a, bid /*+ OPTIONS('path' = 'x') */ AS b").match(/scan bid/g)).toHaveLength(2);
  });

  test("a view and a common table, also across statements", () => {
    const session = testSession();
    const [a, b] = ["1", "2"].map((text) => {
      const bound = query(
        `CREATE VIEW IF NOT EXISTS v AS SELECT auction FROM bid; SELECT auction + ${text} FROM v`,
        session,
      );
      return bound.plan.kind === "project" ? bound.plan.input : null;
    });
    expect(a).not.toBeNull();
    expect(a).toBe(b);
    expect(plan("WITH c AS (SELECT * FROM bid WHERE price > 1) SELECT 1 FROM c, c AS d").match(/filter/g)).toHaveLength(
      1,
    );
  });

  test("a common table hides a table, the inner one the outer one", () => {
    expect(fields("WITH bid AS (SELECT 1 AS a), c AS (SELECT * FROM bid) SELECT * FROM c")).toEqual(["a INT NOT NULL"]);
    expect(fields("WITH c AS (SELECT 1 AS a) SELECT * FROM (WITH c AS (SELECT 'x' AS b) SELECT * FROM c)")).toEqual([
      "b CHAR(1) NOT NULL",
    ]);
  });
});

describe("predicates", () => {
  test.each([
    ["price BETWEEN 1 AND 2", "and(>=(#2, 1), <=(#2, 2))"],
    ["price NOT BETWEEN 1 AND 2", "not(and(>=(#2, 1), <=(#2, 2)))"],
    ["channel IN ('a', 'b')", "in(#3, 'a', 'b')"],
    ["channel IS NOT NULL", "is not null(#3)"],
    ["(price > 1) IS TRUE", "is true(>(#2, 1))"],
    ["channel LIKE 'a%'", "like(#3, 'a%')"],
    ["CASE WHEN price > 1 THEN TRUE END", "case(>(#2, 1), true, null)"],
    ["price > 1 AND price < 9 AND auction = 3", "and(>(#2, 1), <(#2, 9), =(#0, 3))"],
  ])("%s", (condition, expression) => {
    const line = plan(`SELECT 1 FROM bid WHERE ${condition}`).split("\n")[1];
    expect(line.trim()).toBe(`filter ${expression}`);
  });
});
