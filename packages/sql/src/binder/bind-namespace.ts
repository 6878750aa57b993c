/** Catalogs and databases: CREATE, ALTER, DROP, USE. */

import type { AlterDatabase } from "../ast/alter.ts";
import type { Option } from "../ast/option.ts";
import type { CreateCatalog, CreateDatabase, DropStatement, UseStatement } from "../ast/statement.ts";
import { type BindContext, fail } from "./bind-context.ts";
import { knownDatabase, partsOf, shownName } from "./new-name.ts";

export function createDatabase(context: BindContext, statement: CreateDatabase): string {
  const { name, ifNotExists, comment } = statement;
  const { catalog } = context.session;
  if (name.parts.length > 2) fail(context, name.span, "the name of a database has two parts at most: catalog.database");
  const path = catalog.resolveDatabase(partsOf(name));
  if (!catalog.catalogNames().includes(path[0])) {
    const names = catalog.catalogNames();
    fail(context, name.span, `catalog '${path[0]}' not found`, { candidates: { word: path[0], names } });
  }
  if (catalog.hasDatabase(path)) {
    if (ifNotExists) return `Database ${shownName(name)} exists already.`;
    fail(
      context,
      name.span,
      `a database named '${shownName(name)}' exists already; drop it first or say IF NOT EXISTS`,
    );
  }
  const options = optionsOf(context, statement.options);
  catalog.putDatabase(path[0], {
    name: path[1],
    options,
    ...(comment === null ? {} : { comment: comment.value }),
  });
  return `Database ${shownName(name)} created.`;
}

export function alterDatabase(context: BindContext, { name, action }: AlterDatabase): string {
  const path = knownDatabase(context, partsOf(name), name);
  const { catalog } = context.session;
  const database = catalog.database(path);
  if (database === undefined) throw new Error("a known database");
  const options = { ...database.options, ...optionsOf(context, action.options) };
  catalog.putDatabase(path[0], { ...database, options });
  return `Database ${shownName(name)} altered.`;
}

/** RESTRICT, the default, refuses where there is something in it; CASCADE drops that too. */
export function dropDatabase(context: BindContext, { name, ifExists, behavior }: DropStatement): string {
  const { catalog, functions } = context.session;
  const path = catalog.resolveDatabase(partsOf(name));
  if (ifExists && name.parts.length <= 2 && !catalog.hasDatabase(path))
    return `There is no database ${shownName(name)}.`;
  knownDatabase(context, partsOf(name), name);
  if (path[0] === catalog.currentCatalog && path[1] === catalog.currentDatabase) {
    fail(context, name.span, `database '${shownName(name)}' is in use; USE another one first`);
  }
  const tables = [...(catalog.database(path)?.entries.values() ?? [])];
  const own = functions.entries().filter((each) => each.path[0] === path[0] && each.path[1] === path[1]);
  if (behavior !== "CASCADE" && tables.length + own.length > 0) {
    const held = [...tables.map((each) => each.path[2]), ...own.map((each) => each.path[2])];
    fail(
      context,
      name.span,
      `database '${shownName(name)}' is not empty: it has ${held.join(", ")}; say CASCADE to drop these too`,
    );
  }
  for (const each of own) functions.delete(each);
  catalog.dropDatabase(path);
  return `Database ${shownName(name)} dropped.`;
}

/** The options of each type of catalog, besides `type` and `default-database`. */
const catalogTypes: Readonly<Record<string, readonly string[]>> = { generic_in_memory: [], file: ["path"] };

export function createCatalog(context: BindContext, statement: CreateCatalog): string {
  const { name, ifNotExists } = statement;
  const { catalog } = context.session;
  if (catalog.catalogNames().includes(name.name)) {
    if (ifNotExists) return `Catalog ${name.name} exists already.`;
    fail(context, name.span, `a catalog named '${name.name}' exists already; drop it first or say IF NOT EXISTS`);
  }
  const options = optionsOf(context, statement.options);
  const type = statement.options.find((option) => option.key.value === "type");
  const types = Object.keys(catalogTypes);
  if (type === undefined) {
    return fail(context, name.span, `a catalog needs WITH ('type' = '…'); there is ${types.join(", ")}`);
  }
  const { value } = type.value;
  if (!types.includes(value)) {
    fail(context, type.value.span, `unknown type of catalog '${value}'; there is ${types.join(", ")}`, {
      candidates: { word: value, names: types },
    });
  }
  const known = ["type", "default-database", ...catalogTypes[value]];
  const other = statement.options.find(({ key }) => !known.includes(key.value));
  if (other !== undefined) {
    fail(context, other.key.span, `unknown option '${other.key.value}' of a catalog; there is ${known.join(", ")}`, {
      candidates: { word: other.key.value, names: known },
    });
  }
  const missing = catalogTypes[value].find((key) => !Object.hasOwn(options, key));
  if (missing !== undefined) fail(context, name.span, `a catalog of type ${value} needs the option '${missing}'`);
  catalog.createCatalog(name.name, options);
  return `Catalog ${name.name} created.`;
}

export function dropCatalog(context: BindContext, { name, ifExists }: DropStatement): string {
  const { catalog, functions } = context.session;
  const shown = shownName(name);
  const names = catalog.catalogNames();
  if (!names.includes(shown)) {
    if (ifExists) return `There is no catalog ${shown}.`;
    fail(context, name.span, `catalog '${shown}' not found`, { candidates: { word: shown, names } });
  }
  if (shown === catalog.currentCatalog)
    fail(context, name.span, `catalog '${shown}' is in use; USE CATALOG another first`);
  for (const each of functions.entries()) if (each.path[0] === shown && each.path.length === 3) functions.delete(each);
  catalog.dropCatalog(shown);
  return `Catalog ${shown} dropped.`;
}

export function use(context: BindContext, { object, name }: UseStatement): string {
  const { catalog } = context.session;
  if (object === "DATABASE") {
    catalog.useDatabase(knownDatabase(context, partsOf(name), name));
    return `Database ${shownName(name)} in use.`;
  }
  const shown = shownName(name);
  const names = catalog.catalogNames();
  if (!names.includes(shown)) {
    fail(context, name.span, `catalog '${shown}' not found; there is ${names.join(", ")}`, {
      candidates: { word: shown, names },
    });
  }
  catalog.useCatalog(shown);
  return `Catalog ${shown} in use.`;
}

/** Options as a record; none may be given twice. */
export function optionsOf(context: BindContext, given: readonly Option[]): Readonly<Record<string, string>> {
  const options: Record<string, string> = {};
  for (const { key, value } of given) {
    if (Object.hasOwn(options, key.value)) fail(context, key.span, `option '${key.value}' is given twice`);
    options[key.value] = value.value;
  }
  return options;
}
