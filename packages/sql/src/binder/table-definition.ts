/** Tables of the catalog as the trees of their CREATE TABLE, which LIKE and ALTER TABLE change and bind again. */
import type { CatalogTable } from "@millrace/plan";
import type { CreateTable } from "../ast/create-table.ts";
import { parseStatement } from "../parser/parse.ts";
import { printSql } from "../printer/print-sql.ts";
import type { Span } from "../text/span.ts";
import { SqlError } from "../text/sql-error.ts";
import { type BindContext, fail } from "./bind-context.ts";
import { printCreateTable } from "./print-create.ts";

export function definitionOf(table: CatalogTable): CreateTable {
  const statement = parseStatement(printCreateTable(table));
  if (statement.kind !== "CreateTable") throw new Error("a table is printed as CREATE TABLE");
  return statement;
}

/** Binds a changed definition; what does not fit is told at `place` of the statement that changed it. */
export function bindDefinition(
  context: BindContext,
  definition: CreateTable,
  place: Span,
  bind: (context: BindContext, statement: CreateTable) => CatalogTable,
): CatalogTable {
  const text = printSql(definition);
  try {
    return bind({ ...context, text }, parseStatement(text) as CreateTable);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    return fail(context, place, error.message, {
      code: error.code === "SQL_UNSUPPORTED" ? error.code : "SQL_BIND",
      cause: error,
    });
  }
}
