/** The tables and views that a session knows, under `default_catalog.default_database`. */
import { MillraceError, suggest } from "@millrace/core";
import type { LogicalPlan } from "../logical/logical-plan.ts";
import type { CatalogTable } from "./catalog-table.ts";

export const DEFAULT_CATALOG = "default_catalog";
export const DEFAULT_DATABASE = "default_database";

/** A view keeps its bound plan: each use of it is this very node, so that what views share is computed once. */
export interface CatalogView {
  readonly name: string;
  readonly plan: LogicalPlan;
  /** The query as written, for SHOW CREATE VIEW. */
  readonly query: string;
  readonly comment?: string;
}

export type CatalogEntry =
  | { readonly kind: "table"; readonly table: CatalogTable }
  | { readonly kind: "view"; readonly view: CatalogView };

/** Names are case-sensitive; tables and views share one name space. */
export class Catalog {
  readonly #entries = new Map<string, CatalogEntry>();

  /** The table or view of a name such as ["t"] or ["default_database", "t"]; undefined if there is none. */
  find(path: readonly string[]): CatalogEntry | undefined {
    return isHere(path.slice(0, -1)) ? this.#entries.get(path[path.length - 1]) : undefined;
  }

  /** As `find`. @throws MillraceError SQL_BIND with the nearest known name */
  lookup(path: readonly string[]): CatalogEntry {
    const entry = this.find(path);
    if (entry !== undefined) return entry;
    const known = [...this.#entries.keys()];
    throw bindError(
      known.length === 0
        ? `table '${path.join(".")}' does not exist; no table has been created yet`
        : `table '${path.join(".")}' does not exist${suggest(path[path.length - 1], known)}; known are ${known.join(", ")}`,
    );
  }

  createTable(table: CatalogTable): void {
    this.#add(table.name, { kind: "table", table });
  }

  createView(view: CatalogView): void {
    this.#add(view.name, { kind: "view", view });
  }

  /** Takes a table or view out of the catalog. @throws MillraceError SQL_BIND if it is not there or of the other kind */
  drop(kind: CatalogEntry["kind"], path: readonly string[]): void {
    const entry = this.lookup(path);
    const name = path[path.length - 1];
    if (entry.kind !== kind) {
      throw bindError(`'${name}' is a ${entry.kind}, not a ${kind}; use DROP ${entry.kind.toUpperCase()}`);
    }
    this.#entries.delete(name);
  }

  /** In the order of creation. */
  entries(): readonly CatalogEntry[] {
    return [...this.#entries.values()];
  }

  /** Names of tables and views, in the order of creation. */
  names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  #add(name: string, entry: CatalogEntry): void {
    const present = this.#entries.get(name);
    if (present !== undefined) {
      throw bindError(`a ${present.kind} named '${name}' exists already; drop it first or say IF NOT EXISTS`);
    }
    this.#entries.set(name, entry);
  }
}

/** Whether a qualifier, which may be empty, names the one database there is. */
function isHere(qualifier: readonly string[]): boolean {
  const here = [DEFAULT_CATALOG, DEFAULT_DATABASE];
  return qualifier.length <= 2 && qualifier.every((part, i) => part === here[here.length - qualifier.length + i]);
}

function bindError(message: string): MillraceError {
  return new MillraceError({ code: "SQL_BIND", message });
}
