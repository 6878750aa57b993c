import { describe, expect, test } from "vitest";
import { bindScript } from "./bind-script.ts";
import type { BoundRows, BoundStatement } from "./bound-statement.ts";
import { printFields, printPlan } from "./fixtures/print-plan.ts";
import { query, tables, testSession } from "./fixtures/session.ts";
import type { Session } from "./session.ts";

function last(script: string, session: Session = testSession()): BoundStatement {
  return bindScript(script, session).slice(-1)[0];
}

function rowsOf(script: string, session?: Session): BoundRows["rows"] {
  const bound = last(script, session);
  if (bound.kind !== "show" && bound.kind !== "describe") throw new Error(`${script} gives ${bound.kind}`);
  return bound.rows;
}

function sinkOf(script: string, session?: Session) {
  const bound = last(script, session);
  if (bound.kind !== "insert") throw new Error(`${script} gives ${bound.kind}`);
  return bound.sinks[0];
}

const kafka = `CREATE TABLE k (
  at TIMESTAMP(3) METADATA FROM 'timestamp',
  a INT, b AS a + 1, \`partition\` INT METADATA VIRTUAL, c STRING COMMENT 'its name',
  WATERMARK FOR at AS at - INTERVAL '1' SECOND, PRIMARY KEY (a) NOT ENFORCED
) COMMENT 'it''s one' WITH ('connector' = 'kafka', 'topic' = 't');`;

describe("CREATE TABLE", () => {
  test("a table of physical columns is its scan", () => {
    expect(printPlan(query("SELECT * FROM plain").plan)).toBe("project #0, #1, #2, #3, #4, #5\n  scan plain");
  });

  test("the scan reads physical and metadata columns as they come; a projection restores what was declared", () => {
    const { plan } = query("TABLE k", testSession(kafka));
    expect(printPlan(plan)).toBe(
      [
        "project cast(#0 as TIMESTAMP(3) NOT NULL), #1, +(#1, 1), #2, #3 watermark -(cast(#0 as TIMESTAMP(3) NOT NULL), 1000)",
        "  scan k",
      ].join("\n"),
    );
    expect(printFields(plan)).toEqual([
      "at TIMESTAMP(3) [rowtime]",
      "a INT NOT NULL",
      "b INT NOT NULL",
      "partition INT",
      "c STRING",
    ]);
    if (plan.kind !== "project") throw new Error("no projection");
    expect(printFields(plan.input)).toEqual([
      "at TIMESTAMP_LTZ(3) NOT NULL",
      "a INT NOT NULL",
      "partition INT NOT NULL",
      "c STRING",
    ]);
  });

  test("without columns of its own it takes the connector's; computed ones and a watermark may be added", () => {
    const session = testSession("CREATE TABLE c (n AS 1, WATERMARK FOR at AS at) WITH ('connector' = 'clock')");
    expect(printFields(query("SELECT * FROM c", session).plan)).toEqual([
      "at TIMESTAMP(3) [rowtime]",
      "text STRING",
      "n INT NOT NULL",
    ]);
  });

  test("IF NOT EXISTS and IF EXISTS", () => {
    const session = testSession();
    const create = "CREATE TABLE IF NOT EXISTS bid (x INT) WITH ('connector' = 'filesystem')";
    expect(last(create, session)).toEqual({ kind: "ddl", summary: "Table bid exists already." });
    expect(last("DROP TABLE bid", session)).toEqual({ kind: "ddl", summary: "Table bid dropped." });
    expect(last("DROP TABLE IF EXISTS bid", session)).toEqual({ kind: "ddl", summary: "There is no table bid." });
    expect(last(create, session)).toEqual({ kind: "ddl", summary: "Table bid created." });
  });
});

describe("INSERT INTO", () => {
  test("columns that fit go in as they are", () => {
    const sink = sinkOf("INSERT INTO person SELECT id, name, ts FROM person");
    expect(printPlan(sink).split("\n").slice(0, 2)).toEqual(["sink person", "  project #0, #1, #2"]);
    expect(sink.table.name).toBe("person");
  });

  test("types are cast where that is allowed, columns left out are NULL", () => {
    const session = testSession(`${tables}
      CREATE TABLE sink (a BIGINT, b STRING, c DECIMAL(8, 3), d DOUBLE) WITH ('connector' = 'filesystem');`);
    const sink = sinkOf("INSERT INTO sink (c, a) SELECT amount, id FROM plain", session);
    expect(printPlan(sink).split("\n")[1].trim()).toBe(
      "project cast(#1 as BIGINT NOT NULL), null, cast(#0 as DECIMAL(8, 3)), null",
    );
    expect(printFields(sink)).toEqual(["a BIGINT NOT NULL", "b STRING", "c DECIMAL(8, 3)", "d DOUBLE"]);
  });

  test("persisted columns in declared order: written metadata as the connector takes it, computed and virtual left out", () => {
    const sink = sinkOf("INSERT INTO k SELECT at, 7, 'x' FROM plain", testSession(tables + kafka));
    expect(printFields(sink)).toEqual(["at TIMESTAMP_LTZ(3)", "a INT NOT NULL", "c STRING NOT NULL"]);
    expect(printPlan(sink).split("\n")[1].trim()).toBe("project cast(#0 as TIMESTAMP_LTZ(3)), #1, #2");
  });

  test("a statement set gives all its sinks, a shared view once", () => {
    const bound = last(`CREATE VIEW v AS SELECT id, name, ts FROM person;
      EXECUTE STATEMENT SET BEGIN INSERT INTO person TABLE v; INSERT INTO person SELECT * FROM v; END`);
    if (bound.kind !== "insert") throw new Error(bound.kind);
    const [first, second] = bound.sinks.map((sink) => sink.input);
    expect(second.kind === "project" && second.input).toBe(first);
  });

  test("hints of the target go to the sink", () => {
    expect(sinkOf("INSERT INTO person /*+ OPTIONS('path' = 'x') */ SELECT * FROM person").hints).toEqual({ path: "x" });
  });
});

describe("EXPLAIN", () => {
  test("holds what is explained", () => {
    const bound = last("EXPLAIN CHANGELOG_MODE SELECT 1 AS a");
    if (bound.kind !== "explain" || bound.target.kind !== "query") throw new Error(bound.kind);
    expect(bound.details).toEqual(["CHANGELOG_MODE"]);
    expect(bound.analyze).toBe(false);
    expect(bound.target.fields.map((field) => field.name)).toEqual(["a"]);
  });
});

describe("SET and RESET", () => {
  test("known keys are kept, Flink's tuning is taken with a note", () => {
    const session = testSession("");
    expect(last("SET 'parallelism.default' = '3'", session)).toEqual({
      kind: "set",
      key: "parallelism.default",
      value: "3",
      note: null,
    });
    expect(last("SET 'table.exec.mini-batch.enabled' = 'true'", session)).toMatchObject({
      note: "ignored: rows are always processed in batches here",
    });
    bindScript("SET 'table.local-time-zone' = 'Europe/Paris'; SET 'table.exec.source.idle-timeout' = '30 s'", session);
    expect(rowsOf("SET", session)).toEqual([
      ["parallelism.default", "3"],
      ["table.exec.mini-batch.enabled", "true"],
      ["table.exec.source.idle-timeout", "30 s"],
      ["table.local-time-zone", "Europe/Paris"],
    ]);
    bindScript("RESET 'parallelism.default'", session);
    expect(session.settings.has("parallelism.default")).toBe(false);
    bindScript("RESET", session);
    expect(rowsOf("SET", session)).toEqual([]);
  });
});

describe("SHOW and DESCRIBE", () => {
  const session = testSession(`${tables}${kafka}CREATE VIEW v AS SELECT ts AS t, price FROM bid;`);

  test("names, with LIKE", () => {
    expect(rowsOf("SHOW TABLES", session)).toEqual([["bid"], ["k"], ["person"], ["plain"], ["v"]]);
    expect(rowsOf("SHOW TABLES LIKE 'p%'", session)).toEqual([["person"], ["plain"]]);
    expect(rowsOf("SHOW TABLES NOT LIKE 'p%'", session)).toEqual([["bid"], ["k"], ["v"]]);
    expect(rowsOf("SHOW VIEWS", session)).toEqual([["v"]]);
    expect(rowsOf("SHOW FUNCTIONS LIKE 'c%s%'", session)).toContainEqual(["coalesce"]);
    expect(rowsOf("SHOW CURRENT DATABASE", session)).toEqual([["default_database"]]);
  });

  test("columns of tables and views", () => {
    expect(rowsOf("DESCRIBE k", session)).toEqual([
      ["at", "TIMESTAMP(3) *ROWTIME*", true, null, "METADATA FROM 'timestamp'", "at - INTERVAL '1' SECOND"],
      ["a", "INT", false, "PRI(a)", null, null],
      ["b", "INT", false, null, "AS a + 1", null],
      ["partition", "INT", true, null, "METADATA VIRTUAL", null],
      ["c", "STRING", true, null, null, null],
    ]);
    expect(rowsOf("DESC v", session)).toEqual([
      ["t", "TIMESTAMP(3) *ROWTIME*", true, null, null, null],
      ["price", "BIGINT", true, null, null, null],
    ]);
    expect(rowsOf("SHOW COLUMNS FROM v LIKE 'p%'", session).map(([name]) => name)).toEqual(["price"]);
  });

  test("a printed CREATE TABLE makes the same table", () => {
    const [[text]] = rowsOf("SHOW CREATE TABLE k", session);
    const again = testSession(text as string);
    expect(rowsOf("SHOW CREATE TABLE k", again)).toEqual([[text]]);
    expect(again.catalog.find(["k"])).toEqual(session.catalog.find(["k"]));
  });

  test("a printed CREATE VIEW makes the same view", () => {
    const [[text]] = rowsOf("SHOW CREATE VIEW v", session);
    expect(text).toBe(
      "CREATE VIEW `default_catalog`.`default_database`.`v` (`t`, `price`) AS\nSELECT ts AS t, price FROM bid",
    );
  });
});
