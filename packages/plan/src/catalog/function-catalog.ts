/** The functions of users that a session knows. Names are the same in any case. */
import type { UserFunction } from "../user-function/user-function.ts";
import { DEFAULT_CATALOG, DEFAULT_DATABASE } from "./catalog.ts";

/** `system`: for all databases, and in front of the functions built in; the others are of a database. */
export type FunctionScope = "system" | "temporary" | "catalog";

export interface CatalogFunction {
  /** Catalog, database and name; of a system function its name alone. The name is in lower case. */
  readonly path: readonly string[];
  readonly scope: FunctionScope;
  readonly definition: UserFunction;
  /** 'file.ts#export'; null: it was registered by the program. */
  readonly implementation: string | null;
}

export class FunctionCatalog {
  readonly #functions = new Map<string, CatalogFunction>();

  /** Puts the function in, in place of the one of the same name and scope. */
  set(entry: CatalogFunction): void {
    this.#functions.set(keyOf(entry.scope, entry.path), entry);
  }

  /** The function of exactly this scope. */
  get(scope: FunctionScope, path: readonly string[]): CatalogFunction | undefined {
    return this.#functions.get(keyOf(scope, path));
  }

  delete(entry: CatalogFunction): void {
    this.#functions.delete(keyOf(entry.scope, entry.path));
  }

  /** What a name in a query means, apart from the functions built in: temporary functions hide those of the catalog. */
  find(scope: "system" | "database", path: readonly string[]): CatalogFunction | undefined {
    return scope === "system" ? this.get("system", path) : (this.get("temporary", path) ?? this.get("catalog", path));
  }

  /** In the order of creation. */
  entries(): readonly CatalogFunction[] {
    return [...this.#functions.values()];
  }
}

/** A name in full: what is not written is the current catalog and database. */
export function functionPath(
  parts: readonly string[],
  catalog: string = DEFAULT_CATALOG,
  database: string = DEFAULT_DATABASE,
): readonly string[] {
  return [catalog, database].slice(0, Math.max(0, 3 - parts.length)).concat(parts);
}

function keyOf(scope: FunctionScope, path: readonly string[]): string {
  return JSON.stringify([scope, ...path.slice(0, -1), path[path.length - 1].toLowerCase()]);
}
