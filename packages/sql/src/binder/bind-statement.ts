import type { Query } from "../ast/query.ts";
import type { CreateView, DropStatement, ExplainStatement, Statement, UseStatement } from "../ast/statement.ts";
import { type BindContext, fail, unsupported } from "./bind-context.ts";
import { bindCreateTable } from "./bind-create-table.ts";
import { alterFunction, createFunction, describeFunction, dropFunction } from "./bind-function-statement.ts";
import { bindInsert } from "./bind-insert.ts";
import { bindQuery } from "./bind-query.ts";
import { bindReset, bindSet } from "./bind-set.ts";
import { bindDescribe, bindShow } from "./bind-show.ts";
import type { BoundExplain, BoundQuery, BoundStatement } from "./bound-statement.ts";
import { uniquelyNamed } from "./build-plan.ts";
import { isHere, newName } from "./new-name.ts";
import { renamed } from "./rename-columns.ts";
import type { Session } from "./session.ts";

/**
 * Binds one statement against what the session knows. DDL and SET are applied to the session at once.
 *
 * @param text the script that the statement was parsed from, as the user wrote it (its spans are of it)
 * @throws SqlError with the place of what does not fit
 */
export function bindStatement(statement: Statement, session: Session, text: string): BoundStatement {
  const context: BindContext = { session, text, commonTables: new Map(), outer: null, bindQuery };
  switch (statement.kind) {
    case "QueryStatement":
      return boundQuery(context, statement.query);
    case "InsertStatement":
      return { kind: "insert", sinks: [bindInsert(context, statement)] };
    case "StatementSet":
      return { kind: "insert", sinks: statement.inserts.map((insert) => bindInsert(context, insert)) };
    case "ExplainStatement":
      return explain(context, statement);
    case "CreateTable":
      return { kind: "ddl", summary: bindCreateTable(context, statement) };
    case "CreateView":
      return { kind: "ddl", summary: createView(context, statement) };
    case "DropStatement":
      return { kind: "ddl", summary: drop(context, statement) };
    case "UseStatement":
      return { kind: "ddl", summary: use(context, statement) };
    case "SetStatement":
      return bindSet(context, statement);
    case "ResetStatement":
      return bindReset(context, statement);
    case "ShowStatement":
      return bindShow(context, statement);
    case "DescribeStatement":
      return statement.object === "FUNCTION" ? describeFunction(context, statement) : bindDescribe(context, statement);
    case "CreateFunction":
      return { kind: "ddl", summary: createFunction(context, statement) };
    case "AlterFunction":
      return { kind: "ddl", summary: alterFunction(context, statement) };
    case "CreateDatabase":
      return unsupported(context, statement.span, "CREATE DATABASE", "all tables are in default_database");
    case "CreateCatalog":
      return unsupported(context, statement.span, "CREATE CATALOG", "all tables are in default_catalog");
    case "AlterTable":
      return unsupported(context, statement.span, "ALTER TABLE", "drop the table and create it anew");
    case "AlterView":
      return unsupported(context, statement.span, "ALTER VIEW", "drop the view and create it anew");
    case "AlterDatabase":
      return unsupported(context, statement.span, "ALTER DATABASE");
  }
}

function boundQuery(context: BindContext, query: Query): BoundQuery {
  const plan = uniquelyNamed(bindQuery(context, query));
  return { kind: "query", plan, fields: plan.fields };
}

function explain(context: BindContext, { statement, details, analyze }: ExplainStatement): BoundExplain {
  switch (statement.kind) {
    case "QueryStatement":
      return { kind: "explain", target: boundQuery(context, statement.query), details, analyze };
    case "InsertStatement":
      return { kind: "explain", target: { kind: "insert", sinks: [bindInsert(context, statement)] }, details, analyze };
    case "StatementSet": {
      const sinks = statement.inserts.map((insert) => bindInsert(context, insert));
      return { kind: "explain", target: { kind: "insert", sinks }, details, analyze };
    }
    case "CreateTable":
      return unsupported(context, statement.span, "EXPLAIN of CREATE TABLE … AS");
  }
}

function createView(context: BindContext, statement: CreateView): string {
  const name = newName(context, statement.name, statement.ifNotExists);
  if (name === null) return `View ${statement.name.parts.map((part) => part.name).join(".")} exists already.`;
  const bound = bindQuery(context, statement.query);
  const plan = uniquelyNamed(renamed(context, bound, statement.columns, statement.name.span, `view '${name}'`));
  const query = context.text.slice(statement.query.span.start, statement.query.span.end);
  const comment = statement.comment === null ? {} : { comment: statement.comment.value };
  context.session.catalog.createView({ name, plan, query, ...comment });
  return `View ${name} created.`;
}

function drop(context: BindContext, statement: DropStatement): string {
  const { object, name, ifExists } = statement;
  if (object === "FUNCTION") return dropFunction(context, statement);
  if (object !== "TABLE" && object !== "VIEW") return unsupported(context, statement.span, `DROP ${object}`);
  const parts = name.parts.map((part) => part.name);
  const shown = parts.join(".");
  const { catalog } = context.session;
  const entry = catalog.find(parts);
  const what = object === "TABLE" ? "table" : "view";
  if (entry === undefined) {
    if (ifExists) return `There is no ${what} ${shown}.`;
    const names = catalog.names();
    return fail(context, name.span, `${what} '${shown}' not found`, {
      candidates: { word: parts[parts.length - 1], names },
    });
  }
  if (entry.kind !== what) {
    fail(context, name.span, `'${shown}' is a ${entry.kind}; use DROP ${entry.kind.toUpperCase()}`);
  }
  catalog.drop(what, parts);
  return `${what === "table" ? "Table" : "View"} ${shown} dropped.`;
}

function use(context: BindContext, { object, name }: UseStatement): string {
  const shown = name.parts.map((part) => part.name).join(".");
  const isKnown = object === "CATALOG" ? shown === "default_catalog" : isHere(name.parts.map((part) => part.name));
  if (isKnown) return `${object === "CATALOG" ? "Catalog" : "Database"} ${shown} in use.`;
  const only = object === "CATALOG" ? "default_catalog" : "default_database";
  return fail(context, name.span, `${object.toLowerCase()} '${shown}' not found; there is only ${only}`);
}
