/** All that is permanent in a session, as the statements that make it anew: databases, functions, tables, then views. */
import { type CatalogFunction, DEFAULT_CATALOG, DEFAULT_DATABASE } from "@millrace/plan";
import { printCreateCatalog, printCreateDatabase, printCreateTable, printCreateView, quoted } from "./print-create.ts";
import type { Session } from "./session.ts";

/** `implementationOf` gives the 'file.ts#export' of a function as it is to be written. */
export function printCatalog(
  { catalog, functions }: Session,
  implementationOf: (entry: CatalogFunction) => string,
): string {
  const statements: string[] = [];
  for (const name of catalog.catalogNames()) {
    if (name !== DEFAULT_CATALOG) statements.push(printCreateCatalog(name, catalog.catalogOptions(name) ?? {}));
    for (const database of catalog.databaseNames(name)) {
      const entry = catalog.database([name, database]);
      if (entry === undefined) continue;
      const isGiven =
        name === DEFAULT_CATALOG ? database === DEFAULT_DATABASE : isFirst(catalog.databaseNames(name), database);
      if (isGiven && Object.keys(entry.options).length === 0 && entry.comment === undefined) continue;
      const path = [name, database].map(quoted).join(".");
      statements.push(isGiven ? alterDatabase(path, entry.options) : printCreateDatabase(path, entry));
    }
  }
  for (const entry of functions.entries()) {
    if (entry.scope !== "catalog" || entry.implementation === null) continue;
    const implementation = implementationOf(entry).replaceAll("'", "''");
    statements.push(`CREATE FUNCTION ${entry.path.map(quoted).join(".")} AS '${implementation}' LANGUAGE TYPESCRIPT`);
  }
  const entries = catalog.permanentEntries();
  for (const entry of entries) if (entry.kind === "table") statements.push(printCreateTable(entry.table, entry.path));
  let home = [DEFAULT_CATALOG, DEFAULT_DATABASE].join("\0");
  for (const entry of entries) {
    if (entry.kind !== "view") continue;
    const own = entry.view.home ?? [DEFAULT_CATALOG, DEFAULT_DATABASE];
    if (own.join("\0") !== home) statements.push(`USE ${own.map(quoted).join(".")}`);
    home = own.join("\0");
    statements.push(printCreateView(entry.view, entry.path));
  }
  return statements.map((each) => `${each};\n`).join("\n");
}

function alterDatabase(path: string, options: Readonly<Record<string, string>>): string {
  const list = Object.entries(options).map(
    ([key, value]) => `'${key.replaceAll("'", "''")}' = '${value.replaceAll("'", "''")}'`,
  );
  return `ALTER DATABASE ${path} SET (${list.join(", ")})`;
}

function isFirst(names: readonly string[], name: string): boolean {
  return names[0] === name;
}
