/** Sessions one after the other, and beside each other, over one catalog file. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ScriptSession } from "./script-session.ts";

let folder = "";
let file = "";
let warnings: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-catalog-"));
  file = join(folder, "catalog.sql");
  warnings = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

function open(savesCatalog = true) {
  const reporter = { warn: (message: string) => void warnings.push(message), progress: () => undefined };
  return new ScriptSession({ reporter, catalogFile: file, savesCatalog, scriptDirectory: folder });
}

/** Prepares all statements; the rows of the last, if it lists. */
async function run(session: ScriptSession, text: string) {
  let rows: readonly (readonly unknown[])[] = [];
  for (const statement of session.parse(text)) {
    const prepared = await session.prepare(statement, text);
    if (prepared.kind === "listing") rows = prepared.rows;
  }
  return rows;
}

const values = "WITH ('connector' = 'values', 'format' = 'csv', 'rows' = '1')";

describe("a catalog file", () => {
  test("keeps databases, tables, views and functions, and nothing temporary", async () => {
    const fixtures = join(import.meta.dirname, "../../fixtures/functions.ts");
    writeFileSync(join(folder, "functions.ts"), `export * from ${JSON.stringify(fixtures)};`);
    await run(
      open(),
      `CREATE TABLE t (id INT COMMENT 'it''s', up AS id + 1, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND,
         PRIMARY KEY (id) NOT ENFORCED) COMMENT 'a table' ${values};
       CREATE DATABASE sales COMMENT 'sold' WITH ('owner' = 'ann');
       USE sales;
       CREATE TABLE s (id INT) ${values};
       CREATE FUNCTION words AS 'functions.ts#words' LANGUAGE TYPESCRIPT;
       CREATE VIEW v AS SELECT s.id, t.up FROM s, default_database.t;
       CREATE TEMPORARY TABLE gone (id INT) ${values};
       CREATE CATALOG lake WITH ('type' = 'generic_in_memory');
       CREATE VIEW lake.\`default\`.w AS SELECT id FROM v`,
    );
    const text = readFileSync(file, "utf8");
    expect(text).toMatch(/^-- Millrace catalog, version 1\./);
    expect(text).not.toContain("gone");
    const again = open();
    expect(await run(again, "SHOW CURRENT DATABASE")).toEqual([["default_database"]]);
    expect(await run(again, "SHOW DATABASES")).toEqual([["default_database"], ["sales"]]);
    expect(await run(again, "SHOW TABLES FROM sales")).toEqual([["s"], ["v"]]);
    expect(await run(again, "DESCRIBE lake.`default`.w")).toEqual([["id", "INT", true, null, null, null]]);
    expect(await run(again, "SHOW USER FUNCTIONS FROM sales")).toEqual([["words"]]);
    const [[create]] = (await run(again, "SHOW CREATE TABLE t")) as [[string]];
    expect(create).toContain("`id` INT NOT NULL COMMENT 'it''s'");
    expect(create).toContain("WATERMARK FOR `ts` AS ts - INTERVAL '1' SECOND");
    // What is read is what was written.
    await run(again, "CREATE DATABASE x; DROP DATABASE x");
    expect(readFileSync(file, "utf8")).toBe(text);
    expect(readdirSync(folder).sort()).toEqual(["catalog.sql", "functions.ts"]);
  });

  test("follows ALTER and DROP; a session that does not save leaves it alone", async () => {
    await run(open(), `CREATE TABLE t (id INT) ${values}; CREATE TABLE u (id INT) ${values}`);
    await run(open(), "ALTER TABLE t ADD name STRING; ALTER TABLE t RENAME TO renamed; DROP TABLE u");
    await run(open(false), "DROP TABLE renamed");
    expect(await run(open(), "SHOW TABLES")).toEqual([["renamed"]]);
    expect(await run(open(), "DESCRIBE renamed")).toHaveLength(2);
  });

  test("CREATE TABLE AS is kept", async () => {
    await run(open(), "CREATE TABLE copied WITH ('connector' = 'blackhole') AS SELECT 1 AS one");
    expect(await run(open(), "SHOW TABLES")).toEqual([["copied"]]);
  });

  test("a view that does not fit any more is told, left out and kept", async () => {
    await run(open(), `CREATE TABLE t (id INT) ${values}; CREATE VIEW v AS SELECT id FROM t; DROP TABLE t`);
    const session = open();
    expect(await run(session, `CREATE TABLE other (id INT) ${values}; SHOW TABLES`)).toEqual([["other"]]);
    expect(warnings).toEqual([
      expect.stringMatching(/catalog\.sql, line \d+: a view does not fit any more: table 't' not found/),
    ]);
    expect(await run(open(), `CREATE TABLE t (id INT) ${values}; SHOW TABLES`)).toEqual([["other"], ["t"]]);
    expect(await run(open(), "SHOW TABLES")).toEqual([["other"], ["t"], ["v"]]);
  });

  test("changes of another process are told, not overwritten", async () => {
    const [first, second] = [open(), open()];
    await run(first, `CREATE TABLE t (id INT) ${values}`);
    await run(second, "SHOW TABLES");
    await run(first, `CREATE TABLE u (id INT) ${values}`);
    await expect(run(second, `CREATE TABLE x (id INT) ${values}`)).rejects.toMatchObject({
      code: "CATALOG_INVALID",
      message: expect.stringContaining("another process has changed it"),
    });
    expect(await run(open(), "SHOW TABLES")).toEqual([["t"], ["u"]]);
  });

  test("a lock of a process that is gone is taken away", async () => {
    writeFileSync(`${file}.lock`, "999999999");
    await run(open(), `CREATE TABLE t (id INT) ${values}`);
    expect(existsSync(`${file}.lock`)).toBe(false);
    expect(await run(open(), "SHOW TABLES")).toEqual([["t"]]);
  });

  test.each([
    ["CREATE TABLE t (id INT);\n", /catalog\.sql, line 1: it does not begin with '-- Millrace catalog, version 1'/],
    ["-- Millrace catalog, version 7.\n", /line 1: it has version 7, this release reads 1/],
    [
      "-- Millrace catalog, version 1.\n\nCREATE TABLE t (id INT) WITH ('connector' = 'values');\nCREATE TABEL u;\n",
      /line 4: unexpected 'TABEL'/,
    ],
    ["-- Millrace catalog, version 1.\n\nCREATE TABLE t (id ITN) WITH ('connector' = 'values');\n", /line 3: /],
  ])("a broken one is told with its line: %j", async (text, message) => {
    writeFileSync(file, text);
    await expect(run(open(), "SHOW TABLES")).rejects.toMatchObject({
      code: "CATALOG_INVALID",
      message: expect.stringMatching(message),
    });
    expect(readFileSync(file, "utf8")).toBe(text);
  });

  test("a folder that is not there is told", async () => {
    file = join(folder, "none", "catalog.sql");
    await expect(run(open(), "SHOW TABLES")).rejects.toThrow("there is no folder");
  });
});

describe("a catalog of type file", () => {
  const create = (name: string, path = "lake.sql") =>
    `CREATE CATALOG ${name} WITH ('type' = 'file', 'path' = '${join(folder, path)}')`;

  test("stands in its own file, without its name, and comes back under another", async () => {
    await run(
      open(),
      `${create("lake")};
       CREATE TABLE outside (id INT) ${values};
       USE CATALOG lake;
       CREATE DATABASE sales;
       CREATE TABLE sales.s (id INT) ${values};
       USE sales;
       CREATE VIEW v AS SELECT id FROM s;
       USE CATALOG default_catalog;
       CREATE VIEW lake.sales.w AS SELECT id FROM outside`,
    );
    const text = readFileSync(join(folder, "lake.sql"), "utf8");
    expect(text).toContain("CREATE TABLE `sales`.`s` (");
    expect(text).not.toContain("lake");
    const main = readFileSync(file, "utf8");
    expect(main).toContain("CREATE CATALOG `lake` WITH (");
    expect(main).not.toContain("sales");
    // With the file of the session it is there at once.
    expect(await run(open(), "SHOW TABLES FROM lake.sales")).toEqual([["s"], ["v"], ["w"]]);
    file = join(folder, "other.sql");
    const other = open();
    expect(await run(other, `${create("pond")}; SHOW TABLES FROM pond.sales`)).toEqual([["s"], ["v"]]);
    expect(warnings).toEqual([expect.stringContaining("a view does not fit any more")]);
    expect(await run(other, "SHOW CURRENT CATALOG")).toEqual([["default_catalog"]]);
    expect(await run(other, "DROP TABLE pond.sales.s; SHOW TABLES FROM pond.sales")).toEqual([["v"]]);
    // The view that does not fit is still in the file.
    expect(readFileSync(join(folder, "lake.sql"), "utf8")).toContain("CREATE VIEW `sales`.`w`");
  });

  test("is let go by DROP CATALOG, which leaves the file", async () => {
    const session = open();
    await run(session, `${create("lake")}; CREATE TABLE lake.\`default\`.t (id INT) ${values}; DROP CATALOG lake`);
    expect(existsSync(join(folder, "lake.sql"))).toBe(true);
    expect(await run(session, `${create("lake")}; SHOW TABLES FROM lake.\`default\``)).toEqual([["t"]]);
  });

  test("is not created of a file that is no such catalog", async () => {
    await run(open(), `CREATE TABLE t (id INT) ${values}`);
    const session = open();
    await expect(run(session, create("lake", "catalog.sql"))).rejects.toThrow(
      `catalog ${file}, line 3: it names a catalog, which the file of a single catalog does not; open it with --catalog`,
    );
    writeFileSync(join(folder, "broken.sql"), "-- Millrace catalog, version 1\nCREATE TABLE x (id INT)");
    await expect(run(session, create("lake", "broken.sql"))).rejects.toThrow("broken.sql, line 2: a table needs WITH");
    expect(await run(session, "SHOW CATALOGS")).toEqual([["default_catalog"]]);
  });
});
