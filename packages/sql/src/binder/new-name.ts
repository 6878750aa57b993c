/** Names of tables, views and databases in statements. */
import type { CatalogEntry } from "@millrace/plan";
import type { QualifiedName } from "../ast/identifier.ts";
import { type BindContext, fail } from "./bind-context.ts";

export function partsOf(name: QualifiedName): readonly string[] {
  return name.parts.map((part) => part.name);
}

/** As the user wrote it. */
export function shownName(name: QualifiedName): string {
  return partsOf(name).join(".");
}

/** The full name of a new table or view; null if there is one already and IF NOT EXISTS allows that. */
export function newName(
  context: BindContext,
  name: QualifiedName,
  ifNotExists: boolean,
  isTemporary = false,
): readonly string[] | null {
  const { catalog } = context.session;
  const path = catalog.resolve(partsOf(name));
  const present = isTemporary ? catalog.findTemporary(path) : catalog.findPermanent(path);
  if (present !== undefined && ifNotExists) return null;
  if (present !== undefined) {
    const kind = isTemporary ? `temporary ${present.kind}` : present.kind;
    fail(context, name.span, `a ${kind} named '${path[2]}' exists already; drop it first or say IF NOT EXISTS`);
  }
  if (name.parts.length > 3) fail(context, name.span, "a name has three parts at most: catalog.database.name");
  if (name.parts.length > 1) knownDatabase(context, partsOf(name).slice(0, -1), name);
  return path;
}

/** Checks that a database exists. */
export function knownDatabase(
  context: BindContext,
  parts: readonly string[],
  name: QualifiedName,
): readonly [catalog: string, database: string] {
  const { catalog } = context.session;
  const path = catalog.resolveDatabase(parts);
  if (parts.length > 2) fail(context, name.span, "the name of a database has two parts at most: catalog.database");
  if (!catalog.catalogNames().includes(path[0])) {
    const names = catalog.catalogNames();
    fail(context, name.span, `catalog '${path[0]}' not found; there is ${names.join(", ")}`, {
      candidates: { word: path[0], names },
    });
  }
  if (!catalog.hasDatabase(path)) {
    const names = catalog.databaseNames(path[0]);
    fail(context, name.span, `database '${parts.join(".")}' not found; ${path[0]} has ${names.join(", ") || "none"}`, {
      candidates: { word: path[1], names },
    });
  }
  return path;
}

/** The table or view of a name. */
export function knownEntry(context: BindContext, name: QualifiedName, what = "table"): CatalogEntry {
  const parts = partsOf(name);
  const { catalog } = context.session;
  const entry = catalog.find(parts);
  if (entry !== undefined) return entry;
  const path = catalog.resolve(parts);
  const database = [path[0], path[1]] as const;
  return fail(context, name.span, `${what} '${parts.join(".")}' not found${elsewhere(context, parts)}`, {
    candidates: { word: path[2] ?? "", names: catalog.names(database) },
  });
}

/** Where a name that is not in the current database is found. */
export function elsewhere({ session: { catalog } }: BindContext, parts: readonly string[]): string {
  if (parts.length > 1) return "";
  const paths = catalog.permanentEntries().filter(({ path }) => path[2] === parts[0]);
  const names = paths.map(({ path }) => (path[0] === catalog.currentCatalog ? path.slice(1) : path).join("."));
  return names.length === 0 ? "" : `; there is ${names.join(", ")}`;
}
