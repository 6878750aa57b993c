/**
 * What of a session's catalog stands in a file: all of it, or one catalog of `CREATE CATALOG name WITH ('type' = 'file', ...)`, whose
 * statements do not name the catalog, so that it may have another name elsewhere.
 */
import type { MillraceError } from "@millrace/core";
import type { Catalog } from "@millrace/plan";
import { parseScript, SqlError, type Statement } from "@millrace/sql";
import { CatalogFile } from "./catalog-file.ts";

/** What the session does for it. */
export interface CatalogHost {
  readonly catalog: Catalog;
  /** Binds a statement of the file; `folder`: what functions are relative to. */
  bind(statement: Statement, text: string, folder: string): Promise<unknown>;
  warn(message: string): void;
}

type Home = readonly [catalog: string, database: string];

interface PendingView {
  readonly statement: Statement;
  readonly home: Home;
}

export class StoredCatalog {
  readonly file: CatalogFile;
  /** The catalog that the file holds; null: all of the session. */
  readonly name: string | null;
  /** Views of the file that do not fit what is there now; they stay in it. */
  readonly #unfitting: string[] = [];

  constructor(path: string, name: string | null = null) {
    this.file = new CatalogFile(path);
    this.name = name;
  }

  /** Runs the script in the file. Views may stand before what they read. Errors: CATALOG_INVALID. */
  async load({ bind, catalog, warn }: CatalogHost): Promise<void> {
    const { file, name } = this;
    const text = file.read();
    const current: Home = [catalog.currentCatalog, catalog.currentDatabase];
    const own = name === null ? null : catalog.currentDatabaseOf(name);
    try {
      if (name !== null) catalog.useCatalog(name);
      const views = await this.#loadTables(text, bind, catalog);
      for (const { statement, home, error } of await this.#loadViews(views, text, bind, catalog)) {
        warn(`catalog ${file.path}, line ${error.line}: a view does not fit any more: ${error.message}`);
        this.#unfitting.push(`${this.#use(home)}${text.slice(statement.span.start, statement.span.end)};\n`);
      }
    } finally {
      if (name !== null && own !== null) catalog.useDatabase([name, own]);
      catalog.useDatabase(current);
    }
  }

  /** Errors: CATALOG_INVALID, SINK_UNAVAILABLE. */
  save(statements: string): void {
    this.file.write([statements, ...this.#unfitting].filter((part) => part !== "").join("\n"));
  }

  /** All but the views, which are given back with where their names are looked up. */
  async #loadTables(text: string, bind: CatalogHost["bind"], catalog: Catalog): Promise<readonly PendingView[]> {
    const views: PendingView[] = [];
    try {
      for (const written of parseScript(text)) {
        const statement = this.#inOwnCatalog(written, text);
        const home: Home = [catalog.currentCatalog, catalog.currentDatabase];
        if (statement.kind === "CreateView") views.push({ statement, home });
        else await bind(statement, text, this.file.folder);
      }
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      throw this.file.invalid(error.line, error.message, error);
    }
    return views;
  }

  /** Those that do not fit, whatever their order. */
  async #loadViews(views: readonly PendingView[], text: string, bind: CatalogHost["bind"], catalog: Catalog) {
    let pending: readonly (PendingView & { readonly error?: SqlError })[] = views;
    for (;;) {
      const failed: (PendingView & { readonly error: SqlError })[] = [];
      for (const { statement, home } of pending) {
        catalog.useDatabase(home);
        try {
          await bind(statement, text, this.file.folder);
        } catch (error) {
          if (!(error instanceof SqlError)) throw error;
          failed.push({ statement, home, error });
        }
      }
      if (failed.length === 0 || failed.length === pending.length) return failed;
      pending = failed;
    }
  }

  /** The statement with the name of the catalog in front of its own, which in the file of one catalog it does not have. */
  #inOwnCatalog(statement: Statement, text: string): Statement {
    const { name } = this;
    if (name === null || !("name" in statement) || statement.name === null || !("parts" in statement.name)) {
      if (name === null || statement.kind !== "CreateCatalog") return statement;
      throw this.#notOwn(statement, text);
    }
    const { parts, span } = statement.name;
    const isDatabase = ["CreateDatabase", "AlterDatabase", "UseStatement"].includes(statement.kind);
    const own = isDatabase ? 1 : 2;
    if (parts.length > own && statement.kind !== "UseStatement") throw this.#notOwn(statement, text);
    if (parts.length !== own) return statement;
    const catalog = { kind: "Identifier" as const, span, name, quoted: true };
    return { ...statement, name: { ...statement.name, parts: [catalog, ...parts] } } as Statement;
  }

  #notOwn({ span }: Statement, text: string): MillraceError {
    const line = text.slice(0, span.start).split("\n").length;
    const why = "it names a catalog, which the file of a single catalog does not; open it with --catalog";
    return this.file.invalid(line, why);
  }

  #use([catalog, database]: Home): string {
    const path = catalog === this.name ? [database] : [catalog, database];
    return `USE ${path.map((part) => `\`${part.replaceAll("`", "``")}\``).join(".")};\n\n`;
  }
}
