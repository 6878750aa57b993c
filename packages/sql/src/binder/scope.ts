/** The columns that a name in an expression may mean. */
import { column, type Expression, type PlanField } from "@millrace/plan";
import type { Identifier } from "../ast/identifier.ts";
import { type BindContext, fail } from "./bind-context.ts";

export interface ScopeColumn {
  readonly name: string;
  /** Over the plan that the scope belongs to. */
  readonly expression: Expression;
}

/** One table of FROM: `path` is its alias, or its full name (of which any tail names it). */
export interface ScopeTable {
  readonly path: readonly string[];
  readonly columns: readonly ScopeColumn[];
}

export interface Scope {
  readonly tables: readonly ScopeTable[];
  /** What `*` stands for and bare names mean: the columns of all tables, those of USING merged. */
  readonly columns: readonly ScopeColumn[];
  /** The fields of the plan, where it is known which of them are time attributes. */
  readonly fields?: readonly PlanField[];
}

export const EMPTY_SCOPE: Scope = { tables: [], columns: [] };

/** The scope of one table. */
export function tableScope(path: readonly string[], fields: readonly PlanField[]): Scope {
  const columns = fields.map((field, index) => ({ name: field.name, expression: column(index, field.type) }));
  return { tables: [{ path, columns }], columns };
}

/** What a dotted name means, and which of its parts lead into nested fields. */
export interface Resolved {
  readonly column: ScopeColumn;
  /** Parts behind the column: fields of ROWs. */
  readonly rest: readonly Identifier[];
}

/**
 * Finds the column of `a.b.c`. As in Flink the longest qualifier that names a table comes first; where none does, the first
 * part is a column and the others are fields in it.
 */
export function resolveColumn(context: BindContext, scope: Scope, parts: readonly Identifier[]): Resolved {
  const names = parts.map((part) => part.name);
  let missingIn: ScopeTable | undefined;
  for (let length = names.length - 1; length > 0; length--) {
    const tables = tablesNamed(scope, names.slice(0, length));
    if (tables.length === 0) continue;
    const found = tables.flatMap((table) => table.columns.filter((each) => each.name === names[length]));
    if (found.length > 1) ambiguous(context, scope, parts[length]);
    if (found.length === 1) return { column: found[0], rest: parts.slice(length + 1) };
    missingIn ??= tables[0];
  }
  const found = scope.columns.filter((each) => each.name === names[0]);
  if (found.length === 1 && (missingIn === undefined || hasField(found[0], names[1]))) {
    return { column: found[0], rest: parts.slice(1) };
  }
  if (found.length > 1) ambiguous(context, scope, parts[0]);
  if (missingIn !== undefined) {
    const part = parts[missingIn.path.length] ?? parts[parts.length - 1];
    const table = missingIn.path[missingIn.path.length - 1];
    const known = missingIn.columns.map((each) => each.name);
    return fail(context, part.span, `column '${part.name}' not found in table '${table}'${listed(known)}`, {
      candidates: { word: part.name, names: known },
    });
  }
  return notFound(context, scope, parts);
}

/**
 * The one of several scopes, the innermost first, that a dotted name belongs to: the first with such a table, or else with such
 * a column; null if there is none.
 */
export function scopeOf<S extends { readonly scope: Scope }>(
  scopes: readonly S[],
  parts: readonly Identifier[],
): S | null {
  const names = parts.map((part) => part.name);
  const hasTable = ({ scope }: S) =>
    names.some((_, length) => length > 0 && tablesNamed(scope, names.slice(0, length)).length > 0);
  const hasColumn = ({ scope }: S) => scope.columns.some((each) => each.name === names[0]);
  return scopes.find(hasTable) ?? scopes.find(hasColumn) ?? null;
}

function notFound(context: BindContext, scope: Scope, parts: readonly Identifier[]): never {
  const [first] = parts;
  const known = scope.columns.map((each) => each.name);
  // A sub-query without an alias has no name.
  const tables = scope.tables.flatMap(({ path }) => path.at(-1) ?? []);
  if (scope.tables.length === 0) {
    fail(context, first.span, `column '${first.name}' not found: there is no FROM, or names cannot be used here`);
  }
  if (parts.length > 1) {
    fail(context, first.span, `table or column '${first.name}' not found${listed([...tables, ...known])}`, {
      candidates: { word: first.name, names: [...tables, ...known] },
    });
  }
  fail(context, first.span, `column '${first.name}' not found${listed(known)}`, {
    candidates: { word: first.name, names: known },
  });
}

function ambiguous(context: BindContext, scope: Scope, part: Identifier): never {
  const owners = scope.tables
    .filter((table) => table.columns.some((each) => each.name === part.name))
    .map(({ path }) => (path.length === 0 ? "that of a query without a name" : `${path.at(-1)}.${part.name}`));
  const distinct = [...new Set(owners)];
  const which =
    distinct.length > 1
      ? `it may be ${distinct.join(" or ")}`
      : "its table has several columns of that name; give them aliases";
  return fail(context, part.span, `column '${part.name}' is ambiguous: ${which}`);
}

/** The tables of a scope that a qualifier names. */
export function tablesNamed(scope: Scope, qualifier: readonly string[]): readonly ScopeTable[] {
  return scope.tables.filter(({ path }) => {
    const start = path.length - qualifier.length;
    return start >= 0 && qualifier.every((part, i) => part === path[start + i]);
  });
}

function hasField(each: ScopeColumn, name: string): boolean {
  const { type } = each.expression;
  return type.kind === "row" && type.fields.some((field) => field.name === name);
}

const mostListed = 12;

function listed(names: readonly string[]): string {
  if (names.length === 0) return "";
  const shown = names.slice(0, mostListed).join(", ");
  return `; known are ${shown}${names.length > mostListed ? ", …" : ""}`;
}
