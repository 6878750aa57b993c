/** The modules that CREATE FUNCTION names: `file.ts#export`, from the folder of the script. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type AlterFunction, type CreateFunction, SqlError } from "@millrace/sql";

/** What the module exports under the name; undefined if it has no such export. Errors: SqlError at the path. */
export async function loadFunction(
  { implementation }: CreateFunction | AlterFunction,
  text: string,
  directory: string,
): Promise<unknown> {
  const fail = (message: string, cause?: unknown): never => {
    throw new SqlError({ code: "SQL_BIND", message, text, span: implementation.span, cause });
  };
  const at = implementation.value.lastIndexOf("#");
  const path = at < 0 ? implementation.value : implementation.value.slice(0, at);
  const name = at < 0 ? "default" : implementation.value.slice(at + 1);
  if (!/\.[cm]?[jt]s$/.test(path) || name === "") {
    return fail(
      `'${implementation.value}' is no 'file.ts#export': a file that ends in .ts, .mts, .js or .mjs, and what it exports`,
    );
  }
  const file = resolve(directory, path);
  if (!existsSync(file)) return fail(`cannot load ${file}: it does not exist`);
  let loaded: Readonly<Record<string, unknown>>;
  try {
    loaded = (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    const isOldNode = error instanceof Error && "code" in error && error.code === "ERR_UNKNOWN_FILE_EXTENSION";
    const reason = error instanceof Error ? error.message : String(error);
    return fail(
      isOldNode ? `cannot load ${path}: TypeScript needs Node 22.18 or newer` : `cannot load ${path}: ${reason}`,
      error,
    );
  }
  return loaded[name];
}
