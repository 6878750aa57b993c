/** All that is permanent in a session, as the statements that make it anew: databases, functions, tables, then views. */
import { type Catalog, type CatalogFunction, DEFAULT_CATALOG, DEFAULT_DATABASE } from "@millrace/plan";
import { printCreateCatalog, printCreateDatabase, printCreateTable, printCreateView, quoted } from "./print-create.ts";
import type { Session } from "./session.ts";

/**
 * @param implementationOf gives the 'file.ts#export' of a function as it is to be written
 * @param single a catalog that is printed alone, without its name; null: all but what is in catalogs with files of their own
 */
export function printCatalog(
  { catalog, functions }: Session,
  implementationOf: (entry: CatalogFunction) => string,
  single: string | null = null,
): string {
  const isOwn = (name: string) => (single === null ? catalog.catalogOptions(name)?.type !== "file" : name === single);
  const nameOf = (path: readonly string[]) => (path[0] === single ? path.slice(1) : path).map(quoted).join(".");
  const statements: string[] = [];
  const createCatalog = (name: string) => printCreateCatalog(name, catalog.catalogOptions(name) ?? {});
  for (const name of catalog.catalogNames().filter(isOwn)) {
    if (name !== DEFAULT_CATALOG && single === null) statements.push(createCatalog(name));
    statements.push(...databasesOf(catalog, name, single === null, nameOf));
  }
  for (const entry of functions.entries()) {
    if (entry.scope !== "catalog" || entry.implementation === null || !isOwn(entry.path[0])) continue;
    const implementation = implementationOf(entry).replaceAll("'", "''");
    statements.push(`CREATE FUNCTION ${nameOf(entry.path)} AS '${implementation}' LANGUAGE TYPESCRIPT`);
  }
  const entries = catalog.permanentEntries().filter(({ path }) => isOwn(path[0]));
  for (const entry of entries)
    if (entry.kind === "table") statements.push(printCreateTable(entry.table, nameOf(entry.path)));
  // Behind the tables, which views of other files may read.
  if (single === null)
    statements.push(
      ...catalog
        .catalogNames()
        .filter((name) => !isOwn(name))
        .map(createCatalog),
    );
  const first = [DEFAULT_CATALOG, DEFAULT_DATABASE];
  let home = single === null ? nameOf(first) : "";
  for (const entry of entries) {
    if (entry.kind !== "view") continue;
    const own = nameOf(entry.view.home ?? first);
    if (own !== home) statements.push(`USE ${own}`);
    home = own;
    statements.push(printCreateView(entry.view, nameOf(entry.path)));
  }
  return statements.map((each) => `${each};\n`).join("\n");
}

/** `isNamed`: the catalog is created with its first database by its name. */
function databasesOf(
  catalog: Catalog,
  name: string,
  isNamed: boolean,
  nameOf: (path: readonly string[]) => string,
): readonly string[] {
  const names = catalog.databaseNames(name);
  return names.flatMap((database) => {
    const entry = catalog.database([name, database]);
    if (entry === undefined) return [];
    const path = nameOf([name, database]);
    const isGiven = database === (name === DEFAULT_CATALOG ? DEFAULT_DATABASE : names[0]);
    const isPlain = Object.keys(entry.options).length === 0 && entry.comment === undefined;
    if (!isGiven) return [printCreateDatabase(path, entry)];
    if (!isNamed)
      return [printCreateDatabase(path, entry, true), ...(isPlain ? [] : [alterDatabase(path, entry.options)])];
    return isPlain ? [] : [alterDatabase(path, entry.options)];
  });
}

function alterDatabase(path: string, options: Readonly<Record<string, string>>): string {
  const list = Object.entries(options).map(
    ([key, value]) => `'${key.replaceAll("'", "''")}' = '${value.replaceAll("'", "''")}'`,
  );
  return `ALTER DATABASE ${path} SET (${list.join(", ")})`;
}
