/**
 * The catalogs of a session, their databases, and the tables and views in these. Names are case-sensitive; tables and views of a
 * database share one name space. A temporary one hides the other of its name, and needs no database.
 *
 * Invariant  there is always a current catalog; its current database exists, or is null where the catalog has none.
 */
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
  /** The catalog and the database that names in the query are looked up in; the default ones if absent. */
  readonly home?: readonly [catalog: string, database: string];
  /** The columns of the query, in the order of the plan's; those of the plan if absent. */
  readonly queryColumns?: readonly string[];
  readonly comment?: string;
}

export type CatalogObject =
  | { readonly kind: "table"; readonly table: CatalogTable }
  | { readonly kind: "view"; readonly view: CatalogView };

export type CatalogEntry = CatalogObject & {
  /** Catalog, database and name. */
  readonly path: readonly string[];
  readonly isTemporary: boolean;
};

export interface CatalogDatabase {
  readonly name: string;
  readonly comment?: string;
  readonly options: { readonly [name: string]: string };
  readonly entries: Map<string, CatalogEntry>;
}

interface SingleCatalog {
  readonly databases: Map<string, CatalogDatabase>;
  readonly options: { readonly [name: string]: string };
  /** The one that USE CATALOG goes to. */
  current: string;
}

export class Catalog {
  readonly #catalogs = new Map<string, SingleCatalog>();
  readonly #temporary = new Map<string, CatalogEntry>();
  currentCatalog: string = DEFAULT_CATALOG;
  /** How often something has changed, and how often something that is not temporary. */
  changes = 0;
  version = 0;

  constructor() {
    this.createCatalog(DEFAULT_CATALOG, { type: "generic_in_memory" });
    this.version = 0;
  }

  #changed(): void {
    this.changes++;
    this.version++;
  }

  get currentDatabase(): string {
    return this.#catalogs.get(this.currentCatalog)?.current ?? DEFAULT_DATABASE;
  }

  /** The database that USE CATALOG goes to; null: there is no such catalog. */
  currentDatabaseOf(catalog: string): string | null {
    return this.#catalogs.get(catalog)?.current ?? null;
  }

  /** A name in full: catalog, database and name. */
  resolve(parts: readonly string[]): readonly string[] {
    if (parts.length >= 3) return parts;
    return parts.length === 2 ? [this.currentCatalog, ...parts] : [this.currentCatalog, this.currentDatabase, ...parts];
  }

  /** The full name of a database, from one or two parts. */
  resolveDatabase(parts: readonly string[]): readonly [catalog: string, database: string] {
    return parts.length === 1 ? [this.currentCatalog, parts[0]] : [parts[0], parts[1]];
  }

  /** The table or view of a name such as ["t"] or ["default_database", "t"]; undefined if there is none. */
  find(parts: readonly string[]): CatalogEntry | undefined {
    const path = this.resolve(parts);
    return this.#temporary.get(keyOf(path)) ?? this.findPermanent(path);
  }

  findTemporary(parts: readonly string[]): CatalogEntry | undefined {
    return this.#temporary.get(keyOf(this.resolve(parts)));
  }

  findPermanent(parts: readonly string[]): CatalogEntry | undefined {
    const [catalog, database, name] = this.resolve(parts);
    return this.#catalogs.get(catalog)?.databases.get(database)?.entries.get(name);
  }

  /** As `find`. @throws MillraceError SQL_BIND with the nearest known name */
  lookup(parts: readonly string[]): CatalogEntry {
    const entry = this.find(parts);
    if (entry !== undefined) return entry;
    const known = this.names();
    throw bindError(
      known.length === 0
        ? `table '${parts.join(".")}' does not exist; no table has been created yet`
        : `table '${parts.join(".")}' does not exist${suggest(parts[parts.length - 1], known)}; known are ${known.join(", ")}`,
    );
  }

  /** Puts a table or view in. @throws MillraceError SQL_BIND if its name is taken, or its database does not exist */
  create(object: CatalogObject, parts: readonly string[], isTemporary = false): void {
    const path = this.resolve(parts);
    const present = isTemporary ? this.findTemporary(path) : this.findPermanent(path);
    if (present !== undefined) {
      const kind = isTemporary ? `temporary ${present.kind}` : present.kind;
      throw bindError(`a ${kind} named '${path[2]}' exists already; drop it first or say IF NOT EXISTS`);
    }
    this.#put({ ...object, path, isTemporary });
  }

  createTable(table: CatalogTable): void {
    this.create({ kind: "table", table }, [table.name]);
  }

  createView(view: CatalogView): void {
    this.create({ kind: "view", view }, [view.name]);
  }

  /** Puts another definition in the place of one. */
  replace(entry: CatalogEntry, object: CatalogObject): void {
    this.#put({ ...object, path: entry.path, isTemporary: entry.isTemporary });
  }

  #put(entry: CatalogEntry): void {
    if (entry.isTemporary) {
      this.#temporary.set(keyOf(entry.path), entry);
      this.changes++;
      return;
    }
    this.#database(entry.path).entries.set(entry.path[2], entry);
    this.#changed();
  }

  #database([catalog, database]: readonly string[]): CatalogDatabase {
    const found = this.#catalogs.get(catalog)?.databases.get(database);
    if (found === undefined) throw bindError(`database '${catalog}.${database}' does not exist`);
    return found;
  }

  /** Takes a table or view out. @throws MillraceError SQL_BIND if it is not there or of the other kind */
  drop(kind: CatalogEntry["kind"], parts: readonly string[]): void {
    const entry = this.lookup(parts);
    if (entry.kind !== kind) {
      const name = entry.path[2];
      throw bindError(`'${name}' is a ${entry.kind}, not a ${kind}; use DROP ${entry.kind.toUpperCase()}`);
    }
    this.remove(entry);
  }

  remove(entry: CatalogEntry): void {
    if (entry.isTemporary) {
      this.#temporary.delete(keyOf(entry.path));
      this.changes++;
      return;
    }
    this.#database(entry.path).entries.delete(entry.path[2]);
    this.#changed();
  }

  /** Of all databases, or of one: what is permanent in the order of creation, then what is temporary. */
  entries(database?: readonly [catalog: string, database: string]): readonly CatalogEntry[] {
    const databases =
      database === undefined
        ? [...this.#catalogs.values()].flatMap((each) => [...each.databases.values()])
        : [this.#database(database)];
    const isIn = ({ path }: CatalogEntry) =>
      database === undefined || (path[0] === database[0] && path[1] === database[1]);
    const temporary = [...this.#temporary.values()].filter(isIn);
    const hidden = new Set(temporary.map(({ path }) => keyOf(path)));
    const permanent = databases.flatMap(({ entries }) => [...entries.values()]);
    return [...permanent.filter(({ path }) => !hidden.has(keyOf(path))), ...temporary];
  }

  /** Of all databases, those that temporary ones hide included. */
  permanentEntries(): readonly CatalogEntry[] {
    const databases = [...this.#catalogs.values()].flatMap((each) => [...each.databases.values()]);
    return databases.flatMap(({ entries }) => [...entries.values()]);
  }

  /** Of a database, or of the current one, as statements may name them. */
  names(database: readonly [string, string] = [this.currentCatalog, this.currentDatabase]): readonly string[] {
    return this.hasDatabase(database) ? this.entries(database).map(({ path }) => path[2]) : [];
  }

  catalogNames(): readonly string[] {
    return [...this.#catalogs.keys()];
  }

  catalogOptions(name: string): { readonly [name: string]: string } | undefined {
    return this.#catalogs.get(name)?.options;
  }

  /** With a database `default`, as Flink's in memory has; the default catalog's is default_database. */
  createCatalog(name: string, options: { readonly [name: string]: string }): void {
    const current = options["default-database"] ?? (name === DEFAULT_CATALOG ? DEFAULT_DATABASE : "default");
    const databases = new Map([[current, { name: current, options: {}, entries: new Map() }]]);
    this.#catalogs.set(name, { databases, options, current });
    this.#changed();
  }

  dropCatalog(name: string): void {
    this.#catalogs.delete(name);
    this.#changed();
  }

  useCatalog(name: string): void {
    this.currentCatalog = name;
  }

  useDatabase([catalog, database]: readonly [string, string]): void {
    const target = this.#catalogs.get(catalog);
    if (target === undefined) throw bindError(`catalog '${catalog}' does not exist`);
    target.current = database;
    this.currentCatalog = catalog;
  }

  hasDatabase([catalog, database]: readonly [string, string]): boolean {
    return this.#catalogs.get(catalog)?.databases.has(database) === true;
  }

  database([catalog, database]: readonly [string, string]): CatalogDatabase | undefined {
    return this.#catalogs.get(catalog)?.databases.get(database);
  }

  databaseNames(catalog: string = this.currentCatalog): readonly string[] {
    return [...(this.#catalogs.get(catalog)?.databases.keys() ?? [])];
  }

  /** Creates a database, or gives one other options; what is in it stays. */
  putDatabase(catalog: string, { name, comment, options }: Omit<CatalogDatabase, "entries">): void {
    const databases = this.#catalogs.get(catalog)?.databases;
    if (databases === undefined) throw bindError(`catalog '${catalog}' does not exist`);
    const entries = databases.get(name)?.entries ?? new Map<string, CatalogEntry>();
    databases.set(name, { name, options, entries, ...(comment === undefined ? {} : { comment }) });
    this.#changed();
  }

  dropDatabase([catalog, database]: readonly [string, string]): void {
    this.#catalogs.get(catalog)?.databases.delete(database);
    this.#changed();
  }
}

function keyOf(path: readonly string[]): string {
  return JSON.stringify(path);
}

function bindError(message: string): MillraceError {
  return new MillraceError({ code: "SQL_BIND", message });
}
