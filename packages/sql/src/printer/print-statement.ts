import type { AlterTableAction } from "../ast/alter.ts";
import type { StringLiteral } from "../ast/literal.ts";
import type { Option } from "../ast/option.ts";
import type {
  AlterFunction,
  CreateFunction,
  ExplainStatement,
  InsertStatement,
  ShowStatement,
  Statement,
} from "../ast/statement.ts";
import { printBuckets, printCreateTable, printElement } from "./print-create-table.ts";
import { printIdentifier, printIdentifiers, printQualifiedName, printString } from "./print-name.ts";
import { printHints, printOption } from "./print-table.ts";
import type { Printer } from "./printer.ts";

/** A statement without the semicolon behind it. */
export function printStatement(printer: Printer, statement: Statement): string {
  switch (statement.kind) {
    case "QueryStatement":
      return printer.query(statement.query);
    case "CreateTable":
      return printCreateTable(printer, statement);
    case "CreateView": {
      const { name, temporary, ifNotExists, columns, comment, query } = statement;
      const list = columns.length === 0 ? "" : ` ${printIdentifiers(columns)}`;
      const head = `CREATE${word(temporary, "TEMPORARY")} VIEW${word(ifNotExists, "IF NOT EXISTS")}`;
      return `${head} ${printQualifiedName(name)}${list}${printComment(comment)} AS ${printer.query(query)}`;
    }
    case "CreateFunction":
    case "AlterFunction":
      return printFunction(statement);
    case "CreateDatabase": {
      const head = `CREATE DATABASE${word(statement.ifNotExists, "IF NOT EXISTS")}`;
      return `${head} ${printQualifiedName(statement.name)}${printComment(statement.comment)}${printWith(statement.options)}`;
    }
    case "CreateCatalog": {
      const head = `CREATE CATALOG${word(statement.ifNotExists, "IF NOT EXISTS")}`;
      return `${head} ${printIdentifier(statement.name)}${printComment(statement.comment)}${printWith(statement.options)}`;
    }
    case "DropStatement": {
      const { object, name, temporary, system, ifExists, behavior } = statement;
      const head = `DROP${word(temporary, "TEMPORARY")}${word(system, "SYSTEM")} ${object}${word(ifExists, "IF EXISTS")}`;
      return `${head} ${printQualifiedName(name)}${behavior === null ? "" : ` ${behavior}`}`;
    }
    case "AlterTable": {
      const head = `ALTER TABLE${word(statement.ifExists, "IF EXISTS")} ${printQualifiedName(statement.name)}`;
      return `${head} ${printAction(printer, statement.action)}`;
    }
    case "AlterView": {
      const { action } = statement;
      const head = `ALTER VIEW${word(statement.ifExists, "IF EXISTS")} ${printQualifiedName(statement.name)}`;
      return action.kind === "Query"
        ? `${head} AS ${printer.query(action)}`
        : `${head} ${printAction(printer, action)}`;
    }
    case "AlterDatabase":
      return `ALTER DATABASE ${printQualifiedName(statement.name)} ${printAction(printer, statement.action)}`;
    case "InsertStatement":
      return printInsert(printer, statement);
    case "StatementSet":
      return `EXECUTE STATEMENT SET BEGIN ${statement.inserts.map((insert) => `${printInsert(printer, insert)};`).join(" ")} END`;
    case "SetStatement": {
      const { key, value } = statement;
      return key === null || value === null ? "SET" : `SET ${printString(key)} = ${printString(value)}`;
    }
    case "ResetStatement":
      return statement.key === null ? "RESET" : `RESET ${printString(statement.key)}`;
    case "ExplainStatement":
      return printExplain(printer, statement);
    case "UseStatement":
      return `USE${word(statement.object === "CATALOG", "CATALOG")} ${printQualifiedName(statement.name)}`;
    case "ShowStatement":
      return printShow(statement);
    case "DescribeStatement":
      return `DESCRIBE${word(statement.object !== "TABLE", statement.object)}${word(statement.extended, "EXTENDED")} ${printQualifiedName(statement.name)}`;
  }
}

function word(isThere: boolean, text: string): string {
  return isThere ? ` ${text}` : "";
}

function printComment(comment: StringLiteral | null): string {
  return comment === null ? "" : ` COMMENT ${printString(comment)}`;
}

function printWith(options: readonly Option[]): string {
  return options.length === 0 ? "" : ` WITH (${options.map(printOption).join(", ")})`;
}

function printFunction(statement: CreateFunction | AlterFunction): string {
  const { name, temporary, system, implementation, language } = statement;
  const scope = `${word(temporary, "TEMPORARY")}${word(system, "SYSTEM")} FUNCTION`;
  const head =
    statement.kind === "CreateFunction"
      ? `CREATE${scope}${word(statement.ifNotExists, "IF NOT EXISTS")}`
      : `ALTER${scope}${word(statement.ifExists, "IF EXISTS")}`;
  const tail = language === null ? "" : ` LANGUAGE ${language}`;
  return `${head} ${printQualifiedName(name)} AS ${printString(implementation)}${tail}`;
}

function printAction(printer: Printer, action: AlterTableAction): string {
  switch (action.kind) {
    case "RenameTo":
      return `RENAME TO ${printQualifiedName(action.name)}`;
    case "SetOptions":
      return `SET (${action.options.map(printOption).join(", ")})`;
    case "ResetOptions":
      return `RESET (${action.keys.map(printString).join(", ")})`;
    case "RenameColumn":
      return `RENAME ${printQualifiedName(action.from)} TO ${printIdentifier(action.to)}`;
    case "ChangeColumns": {
      const items = action.columns.map(({ column, position }) => {
        const place = position === null ? "" : position === "FIRST" ? " FIRST" : ` AFTER ${printIdentifier(position)}`;
        return printElement(printer, column) + place;
      });
      if (action.watermark !== null) items.push(printElement(printer, action.watermark));
      if (action.primaryKey !== null) items.push(printElement(printer, action.primaryKey));
      return `${action.operation} (${items.join(", ")})`;
    }
    case "DropColumns":
      return `DROP (${action.columns.map(printQualifiedName).join(", ")})`;
    case "DropConstraint":
      return action.name === null ? "DROP PRIMARY KEY" : `DROP CONSTRAINT ${printIdentifier(action.name)}`;
    case "DropWatermark":
      return "DROP WATERMARK";
    case "ChangeDistribution": {
      const { distribution, operation } = action;
      return `${operation} DISTRIBUTION${distribution === null ? "" : printBuckets(distribution)}`;
    }
  }
}

function printInsert(
  printer: Printer,
  { table, overwrite, hints, partition, columns, query, onConflict }: InsertStatement,
): string {
  const parts = [`INSERT ${overwrite ? "OVERWRITE" : "INTO"} ${printQualifiedName(table)}`];
  if (hints.length > 0) parts.push(printHints(hints));
  if (partition.length > 0) {
    const items = partition.map(({ column, value }) => `${printIdentifier(column)} = ${printer.expression(value)}`);
    parts.push(`PARTITION (${items.join(", ")})`);
  }
  if (columns.length > 0) parts.push(printIdentifiers(columns));
  parts.push(printer.query(query));
  if (onConflict !== null) parts.push(`ON CONFLICT DO ${onConflict.action}`);
  return parts.join(" ");
}

function printExplain(printer: Printer, { details, analyze, statement }: ExplainStatement): string {
  const mode = analyze ? " ANALYZE" : details.length > 0 ? ` ${details.join(", ")}` : "";
  return `EXPLAIN${mode} ${printStatement(printer, statement)}`;
}

function printShow({ object, name, like, notLike, ignoreCase }: ShowStatement): string {
  const isCreate = object.startsWith("CREATE ");
  const place = name === null ? "" : `${isCreate ? "" : " FROM"} ${printQualifiedName(name)}`;
  const filter = like === null ? "" : `${word(notLike, "NOT")} ${ignoreCase ? "ILIKE" : "LIKE"} ${printString(like)}`;
  return `SHOW ${object}${place}${filter}`;
}
