/** Views: CREATE, ALTER, and their plans, which follow the tables that they read. */
import { type CatalogView, column, type LogicalPlan } from "@millrace/plan";
import type { AlterView } from "../ast/alter.ts";
import type { Query } from "../ast/query.ts";
import type { CreateView } from "../ast/statement.ts";
import { parseQuery } from "../parser/parse.ts";
import type { Span } from "../text/span.ts";
import { SqlError } from "../text/sql-error.ts";
import { type BindContext, fail } from "./bind-context.ts";
import { project, uniquelyNamed } from "./build-plan.ts";
import { knownEntry, newName, partsOf, shownName } from "./new-name.ts";
import { renamed } from "./rename-columns.ts";

export function createView(context: BindContext, statement: CreateView): string {
  const { name, temporary, ifNotExists, columns, comment } = statement;
  const path = newName(context, name, ifNotExists, temporary);
  if (path === null) return `View ${shownName(name)} exists already.`;
  const view = bindView(context, path[2], statement.query, columns, name.span);
  const commented = comment === null ? view : { ...view, comment: comment.value };
  put(context, path, commented, temporary);
  return `View ${shownName(name)} created.`;
}

function put(
  { session: { catalog, viewPlans } }: BindContext,
  path: readonly string[],
  view: CatalogView,
  isTemporary: boolean,
) {
  catalog.create({ kind: "view", view }, path, isTemporary);
  viewPlans.set(view, { changes: catalog.changes, plan: view.plan });
}

function bindView(
  context: BindContext,
  name: string,
  query: Query,
  columns: CreateView["columns"],
  place: Span,
): CatalogView {
  const { catalog } = context.session;
  const bound = uniquelyNamed(context.bindQuery(context, query));
  const plan = uniquelyNamed(renamed(context, bound, columns, place, `view '${name}'`));
  return {
    name,
    plan,
    query: context.text.slice(query.span.start, query.span.end),
    home: [catalog.currentCatalog, catalog.currentDatabase],
    queryColumns: bound.fields.map((field) => field.name),
  };
}

/** The plan of a view: that of its creation, unless something has changed since; then its query is bound anew. */
export function viewPlan(context: BindContext, view: CatalogView, place: Span): LogicalPlan {
  const { catalog, viewPlans } = context.session;
  const known = viewPlans.get(view);
  if (known?.changes === catalog.changes) return known.plan;
  const plan = rebound(context, view, place);
  viewPlans.set(view, { changes: catalog.changes, plan });
  return plan;
}

function rebound(context: BindContext, view: CatalogView, place: Span): LogicalPlan {
  const bound = boundAtHome(context, view, place);
  const { fields } = view.plan;
  const names = view.queryColumns ?? fields.map(({ name }) => name);
  const indexes = names.map((name) => {
    const index = bound.fields.findIndex((field) => field.name === name);
    if (index >= 0) return index;
    return fail(context, place, `view '${view.name}' has lost column '${name}'; ALTER VIEW ${view.name} AS …`);
  });
  const isSame =
    bound.fields.length === fields.length &&
    indexes.every((index, i) => index === i && bound.fields[i].name === fields[i].name);
  if (isSame) return bound;
  const expressions = indexes.map((index) => column(index, bound.fields[index].type));
  return project(
    bound,
    fields.map(({ name }) => name),
    expressions,
  );
}

/** The query of a view, with names looked up where it was created. */
function boundAtHome(context: BindContext, view: CatalogView, place: Span): LogicalPlan {
  const { catalog } = context.session;
  const before = [catalog.currentCatalog, catalog.currentDatabase] as const;
  const ofHome = view.home === undefined ? null : catalog.database(view.home);
  const homeBefore = view.home === undefined ? null : catalog.currentDatabaseOf(view.home[0]);
  try {
    if (view.home !== undefined && ofHome !== undefined) catalog.useDatabase(view.home);
    const own: BindContext = { ...context, text: view.query, commonTables: new Map(), outer: null };
    return uniquelyNamed(own.bindQuery(own, parseQuery(view.query)));
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    return fail(context, place, `view '${view.name}' does not fit any more: ${error.message}`, { cause: error });
  } finally {
    if (view.home !== undefined && homeBefore !== null) catalog.useDatabase([view.home[0], homeBefore]);
    catalog.useDatabase(before);
  }
}

export function alterView(context: BindContext, statement: AlterView): string {
  const { name, ifExists, action } = statement;
  const { catalog } = context.session;
  if (ifExists && catalog.find(partsOf(name)) === undefined) return `There is no view ${shownName(name)}.`;
  const entry = knownEntry(context, name, "view");
  if (entry.kind !== "view") return fail(context, name.span, `'${shownName(name)}' is a table; use ALTER TABLE`);
  if (action.kind === "Query") {
    const { comment } = entry.view;
    const view = bindView(context, entry.view.name, action, [], name.span);
    refuseItself(context, entry.path, action);
    catalog.replace(entry, { kind: "view", view: comment === undefined ? view : { ...view, comment } });
    return `View ${shownName(name)} altered.`;
  }
  const path = newName(context, inPlaceOf(entry.path, action.name), false, entry.isTemporary);
  if (path === null) throw new Error("without IF NOT EXISTS there is a name");
  catalog.remove(entry);
  put(context, path, { ...entry.view, name: path[2] }, entry.isTemporary);
  return `View ${shownName(name)} renamed to ${path[2]}.`;
}

/** A new name without a database is in that of the old one. */
export function inPlaceOf(path: readonly string[], name: CreateView["name"]): CreateView["name"] {
  if (name.parts.length > 1) return name;
  const qualifier = path.slice(0, 2).map((part) => ({ ...name.parts[0], name: part }));
  return { ...name, parts: [...qualifier, ...name.parts] };
}

/** A view that reads itself, through others too, would never end. */
function refuseItself(context: BindContext, path: readonly string[], query: Query): void {
  const { catalog } = context.session;
  const seen = new Set<string>();
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) for (const each of node) visit(each);
    if (typeof node !== "object" || node === null || Array.isArray(node)) return;
    if ("kind" in node && node.kind === "TableReference" && "name" in node) {
      const name = node.name as CreateView["name"];
      const entry = catalog.find(partsOf(name));
      if (entry?.path.join("\0") === path.join("\0")) fail(context, query.span, `view '${path[2]}' would read itself`);
      if (entry?.kind === "view" && !seen.has(entry.path.join("\0"))) {
        seen.add(entry.path.join("\0"));
        visit(parseQuery(entry.view.query));
      }
    }
    for (const value of Object.values(node)) visit(value);
  };
  visit(query);
}
