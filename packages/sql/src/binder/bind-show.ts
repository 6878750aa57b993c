/** SHOW and DESCRIBE: what the session knows, as rows. */
import { BOOLEAN, formatType, STRING, withNullable } from "@millrace/core";
import type { CatalogEntry, CatalogTable, PlanField } from "@millrace/plan";
import type { QualifiedName } from "../ast/identifier.ts";
import type { DescribeStatement, ShowStatement } from "../ast/statement.ts";
import { type BindContext, fail, unsupported } from "./bind-context.ts";
import { showCreateFunction } from "./bind-function-statement.ts";
import { userFunctionNames } from "./bind-user-function.ts";
import type { BoundRows } from "./bound-statement.ts";
import { isHere } from "./new-name.ts";
import { printCreateTable, printCreateView } from "./print-create.ts";
import { tablePlan } from "./table-plan.ts";
import { functionNames } from "./typed-call.ts";

export function bindShow(context: BindContext, statement: ShowStatement): BoundRows {
  const { object, name } = statement;
  const { catalog } = context.session;
  const ofDatabase = ["TABLES", "VIEWS", "FUNCTIONS", "USER FUNCTIONS"].includes(object);
  if (ofDatabase && name !== null && !isHere(name.parts.map((part) => part.name))) {
    fail(
      context,
      name.span,
      `database '${name.parts.map((part) => part.name).join(".")}' not found; there is only default_database`,
    );
  }
  const list = (title: string, names: readonly string[]): BoundRows => ({
    kind: "show",
    fields: [{ name: title, type: STRING }],
    rows: names.filter((each) => matches(statement, each)).map((each) => [each]),
  });
  switch (object) {
    case "TABLES":
      return list("table name", [...catalog.names()].sort());
    case "VIEWS":
      return list(
        "view name",
        catalog
          .entries()
          .flatMap((each) => (each.kind === "view" ? [each.view.name] : []))
          .sort(),
      );
    case "FUNCTIONS": {
      const names = [...functionNames(), ...userFunctionNames(context)].map((each) => each.toLowerCase());
      return list("function name", [...new Set(names)].sort());
    }
    case "USER FUNCTIONS":
      return list("function name", [...new Set(userFunctionNames(context))].sort());
    case "CREATE FUNCTION":
      return showCreateFunction(context, name as QualifiedName);
    case "DATABASES":
      return list("database name", ["default_database"]);
    case "CATALOGS":
      return list("catalog name", ["default_catalog"]);
    case "CURRENT DATABASE":
      return list("current database name", ["default_database"]);
    case "CURRENT CATALOG":
      return list("current catalog name", ["default_catalog"]);
    case "COLUMNS":
      return describe(context, name as QualifiedName, "show", (each) => matches(statement, each));
    case "CREATE TABLE":
    case "CREATE VIEW": {
      const entry = entryOf(context, name as QualifiedName);
      const wanted = object === "CREATE TABLE" ? "table" : "view";
      if (entry.kind !== wanted) {
        fail(
          context,
          (name as QualifiedName).span,
          `that is a ${entry.kind}; use SHOW CREATE ${entry.kind.toUpperCase()}`,
        );
      }
      const text = entry.kind === "table" ? printCreateTable(entry.table) : printCreateView(entry.view);
      return { kind: "show", fields: [{ name: "result", type: STRING }], rows: [[text]] };
    }
    case "JOBS":
      return unsupported(context, statement.span, "SHOW JOBS");
  }
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
  const entry = entryOf(context, name);
  const { fields } = entry.kind === "table" ? tablePlan(context.session, entry.table, {}) : entry.view.plan;
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

function entryOf(context: BindContext, name: QualifiedName): CatalogEntry {
  const parts = name.parts.map((part) => part.name);
  const entry = context.session.catalog.find(parts);
  if (entry !== undefined) return entry;
  const names = context.session.catalog.names();
  return fail(context, name.span, `table '${parts.join(".")}' not found`, {
    candidates: { word: parts[parts.length - 1], names },
  });
}

/** LIKE of SHOW: % and _ are wild. */
function matches({ like, notLike }: ShowStatement, name: string): boolean {
  if (like === null) return true;
  const pattern = like.value
    .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
    .replaceAll("%", ".*")
    .replaceAll("_", ".");
  return new RegExp(`^${pattern}$`, "s").test(name) !== notLike;
}
