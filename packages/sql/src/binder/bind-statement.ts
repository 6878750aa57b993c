import type { Query } from "../ast/query.ts";
import type { DropStatement, ExplainStatement, Statement } from "../ast/statement.ts";
import { alterTable } from "./bind-alter-table.ts";
import { type BindContext, fail } from "./bind-context.ts";
import { bindCreateTable } from "./bind-create-table.ts";
import { alterFunction, createFunction, describeFunction, dropFunction } from "./bind-function-statement.ts";
import { bindInsert } from "./bind-insert.ts";
import { alterDatabase, createCatalog, createDatabase, dropCatalog, dropDatabase, use } from "./bind-namespace.ts";
import { bindNestedQuery, bindQuery } from "./bind-query.ts";
import { bindReset, bindSet } from "./bind-set.ts";
import { bindDescribe, bindShow, describeNamespace } from "./bind-show.ts";
import { createTableAs, explainTableAs } from "./bind-table-as.ts";
import { alterView, createView } from "./bind-view.ts";
import type { BoundExplain, BoundQuery, BoundStatement } from "./bound-statement.ts";
import { uniquelyNamed } from "./build-plan.ts";
import { knownEntry, partsOf, shownName } from "./new-name.ts";
import type { Session } from "./session.ts";

/**
 * Binds one statement against what the session knows. DDL and SET are applied to the session at once.
 *
 * @param text the script that the statement was parsed from, as the user wrote it (its spans are of it)
 * @throws SqlError with the place of what does not fit
 */
export function bindStatement(statement: Statement, session: Session, text: string): BoundStatement {
  const context: BindContext = { session, text, commonTables: new Map(), outer: null, bindQuery: bindNestedQuery };
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
      return statement.query === null
        ? { kind: "ddl", summary: bindCreateTable(context, statement) }
        : createTableAs(context, statement, statement.query);
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
      if (statement.object === "FUNCTION") return describeFunction(context, statement);
      return statement.object === "TABLE" ? bindDescribe(context, statement) : describeNamespace(context, statement);
    case "CreateFunction":
      return { kind: "ddl", summary: createFunction(context, statement) };
    case "AlterFunction":
      return { kind: "ddl", summary: alterFunction(context, statement) };
    case "CreateDatabase":
      return { kind: "ddl", summary: createDatabase(context, statement) };
    case "CreateCatalog":
      return { kind: "ddl", summary: createCatalog(context, statement) };
    case "AlterTable":
      return { kind: "ddl", summary: alterTable(context, statement) };
    case "AlterView":
      return { kind: "ddl", summary: alterView(context, statement) };
    case "AlterDatabase":
      return { kind: "ddl", summary: alterDatabase(context, statement) };
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
      return { kind: "explain", target: explainTableAs(context, statement), details, analyze };
  }
}

function drop(context: BindContext, statement: DropStatement): string {
  const { object, name, ifExists, temporary } = statement;
  if (object === "FUNCTION") return dropFunction(context, statement);
  if (object === "DATABASE") return dropDatabase(context, statement);
  if (object === "CATALOG") return dropCatalog(context, statement);
  const shown = shownName(name);
  const { catalog } = context.session;
  const what = object === "TABLE" ? "table" : "view";
  const temporaryEntry = catalog.findTemporary(partsOf(name));
  const entry = temporary ? temporaryEntry : catalog.findPermanent(partsOf(name));
  if (!temporary && temporaryEntry?.kind === what) {
    fail(context, name.span, `a temporary ${what} named '${shown}' stands before it; DROP TEMPORARY ${object} first`);
  }
  if (entry === undefined) {
    if (ifExists) return `There is no ${what} ${shown}.`;
    if (temporary) fail(context, name.span, `temporary ${what} '${shown}' not found`);
    return knownEntry(context, name, what).path.join(".");
  }
  if (entry.kind !== what) {
    fail(context, name.span, `'${shown}' is a ${entry.kind}; use DROP ${entry.kind.toUpperCase()}`);
  }
  catalog.remove(entry);
  return `${what === "table" ? "Table" : "View"} ${shown} dropped.`;
}
