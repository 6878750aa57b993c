/** SHOW and DESCRIBE: what the session knows, as rows. */
import { BOOLEAN, formatType, STRING, withNullable } from "@millrace/core";
import type { CatalogTable, PlanField } from "@millrace/plan";
import type { QualifiedName } from "../ast/identifier.ts";
import type { DescribeStatement, ShowStatement } from "../ast/statement.ts";
import { type BindContext, fail, unsupported } from "./bind-context.ts";
import { showCreateFunction } from "./bind-function-statement.ts";
import { viewPlan } from "./bind-view.ts";
import type { BoundRows } from "./bound-statement.ts";
import { knownDatabase, knownEntry, partsOf, shownName } from "./new-name.ts";
import { printCreateCatalog, printCreateDatabase, printCreateTable, printCreateView, quoted } from "./print-create.ts";
import { tablePlan } from "./table-plan.ts";
import { functionNames } from "./typed-call.ts";

export function bindShow(context: BindContext, statement: ShowStatement): BoundRows {
  const { object, name } = statement;
  const { catalog } = context.session;
  const list = (title: string, names: readonly string[]): BoundRows => ({
    kind: "show",
    fields: [{ name: title, type: STRING }],
    rows: names.filter((each) => matches(statement, each)).map((each) => [each]),
  });
  const database = (): readonly [string, string] =>
    name === null ? [catalog.currentCatalog, catalog.currentDatabase] : knownDatabase(context, partsOf(name), name);
  const userFunctions = () => {
    const [ownCatalog, ownDatabase] = database();
    const isIn = (path: readonly string[]) => path.length < 3 || (path[0] === ownCatalog && path[1] === ownDatabase);
    const entries = context.session.functions.entries().filter(({ path }) => isIn(path));
    return entries.map(({ path }) => path[path.length - 1]);
  };
  switch (object) {
    case "TABLES":
      return list("table name", [...catalog.names(database())].sort());
    case "VIEWS": {
      const views = catalog.entries(database()).filter(({ kind }) => kind === "view");
      return list("view name", views.map(({ path }) => path[2]).sort());
    }
    case "FUNCTIONS": {
      const names = [...functionNames(), ...userFunctions()].map((each) => each.toLowerCase());
      return list("function name", [...new Set(names)].sort());
    }
    case "USER FUNCTIONS":
      return list("function name", [...new Set(userFunctions())].sort());
    case "CREATE FUNCTION":
      return showCreateFunction(context, name as QualifiedName);
    case "DATABASES":
      if (name !== null) knownCatalog(context, name);
      return list("database name", [...catalog.databaseNames(name === null ? undefined : shownName(name))].sort());
    case "CATALOGS":
      return list("catalog name", [...catalog.catalogNames()].sort());
    case "CURRENT DATABASE":
      return list("current database name", [catalog.currentDatabase]);
    case "CURRENT CATALOG":
      return list("current catalog name", [catalog.currentCatalog]);
    case "COLUMNS":
      return describe(context, name as QualifiedName, "show", (each) => matches(statement, each));
    case "CREATE TABLE":
    case "CREATE VIEW":
    case "CREATE DATABASE":
    case "CREATE CATALOG":
      return { kind: "show", fields: [{ name: "result", type: STRING }], rows: [[createText(context, statement)]] };
    case "JOBS":
      return unsupported(context, statement.span, "SHOW JOBS");
  }
}

function createText(context: BindContext, { object, name }: ShowStatement): string {
  const { catalog } = context.session;
  if (name === null) throw new Error("SHOW CREATE has a name");
  if (object === "CREATE DATABASE") {
    const path = knownDatabase(context, partsOf(name), name);
    const database = catalog.database(path);
    if (database === undefined) throw new Error("a known database");
    return printCreateDatabase(path.map(quoted).join("."), database);
  }
  if (object === "CREATE CATALOG") return printCreateCatalog(shownName(name), knownCatalog(context, name));
  const entry = knownEntry(context, name);
  const wanted = object === "CREATE TABLE" ? "table" : "view";
  if (entry.kind !== wanted) {
    fail(context, name.span, `that is a ${entry.kind}; use SHOW CREATE ${entry.kind.toUpperCase()}`);
  }
  const full = entry.path.map(quoted).join(".");
  return entry.kind === "table"
    ? printCreateTable(entry.table, full, entry.isTemporary)
    : printCreateView(entry.view, full, entry.isTemporary);
}

/** The options of a catalog. */
function knownCatalog(context: BindContext, name: QualifiedName): Readonly<Record<string, string>> {
  const { catalog } = context.session;
  const shown = shownName(name);
  const options = catalog.catalogOptions(shown);
  if (options !== undefined) return options;
  const names = catalog.catalogNames();
  return fail(context, name.span, `catalog '${shown}' not found; there is ${names.join(", ")}`, {
    candidates: { word: shown, names },
  });
}

/** DESCRIBE DATABASE and CATALOG: what is known of it, in two columns. */
export function describeNamespace(context: BindContext, { object, name, extended }: DescribeStatement): BoundRows {
  const { catalog } = context.session;
  const rows: string[][] = [];
  let options: Readonly<Record<string, string>> = {};
  if (object === "CATALOG") {
    options = knownCatalog(context, name);
    rows.push(["name", shownName(name)], ["type", options.type ?? ""]);
  } else {
    const path = knownDatabase(context, partsOf(name), name);
    const database = catalog.database(path);
    rows.push(["name", path[1]], ["catalog", path[0]], ["comment", database?.comment ?? ""]);
    options = database?.options ?? {};
  }
  if (extended) for (const [key, value] of Object.entries(options)) rows.push([`option:${key}`, value]);
  const fields = ["info name", "info value"].map((each) => ({ name: each, type: STRING }));
  return { kind: "describe", fields, rows };
}

export function bindDescribe(context: BindContext, { name }: DescribeStatement): BoundRows {
  return describe(context, name, "describe", () => true);
}

function describe(
  context: BindContext,
  name: QualifiedName,
  kind: BoundRows["kind"],
  isShown: (column: string) => boolean,
): BoundRows {
  const entry = knownEntry(context, name);
  const { fields } =
    entry.kind === "table" ? tablePlan(context.session, entry.table, {}) : viewPlan(context, entry.view, name.span);
  const table = entry.kind === "table" ? entry.table : null;
  return {
    kind,
    fields: [
      { name: "name", type: STRING },
      { name: "type", type: STRING },
      { name: "null", type: BOOLEAN },
      { name: "key", type: STRING },
      { name: "extras", type: STRING },
      { name: "watermark", type: STRING },
    ],
    rows: fields.flatMap((field, index) =>
      isShown(field.name)
        ? [
            [
              field.name,
              typeText(field),
              field.type.nullable,
              keyOf(table, field),
              extrasOf(table, index),
              watermarkOf(table, index),
            ],
          ]
        : [],
    ),
  };
}

function typeText({ type, role }: PlanField): string {
  const text = formatType(withNullable(type, true));
  return role === "rowtime" || role === "proctime" ? `${text} *${role.toUpperCase()}*` : text;
}

function keyOf(table: CatalogTable | null, field: PlanField): string | null {
  return table?.primaryKey.includes(field.name) === true ? `PRI(${table.primaryKey.join(", ")})` : null;
}

function extrasOf(table: CatalogTable | null, index: number): string | null {
  const declared = table?.columns[index];
  if (declared?.kind === "computed") return `AS ${declared.text}`;
  if (declared?.kind !== "metadata") return null;
  const from = declared.key === declared.name ? "" : ` FROM '${declared.key}'`;
  return `METADATA${from}${declared.virtual ? " VIRTUAL" : ""}`;
}

function watermarkOf(table: CatalogTable | null, index: number): string | null {
  return table?.watermark?.column === index ? table.watermark.text : null;
}

/** LIKE of SHOW: % and _ are wild. */
function matches({ like, notLike, ignoreCase }: ShowStatement, name: string): boolean {
  if (like === null) return true;
  const pattern = like.value
    .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
    .replaceAll("%", ".*")
    .replaceAll("_", ".");
  return new RegExp(`^${pattern}$`, ignoreCase ? "is" : "s").test(name) !== notLike;
}
