import { existsSync } from "node:fs";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { MillraceError } from "@millrace/core";
import type { CommandContext } from "../command-context.ts";
import { isMillraceError } from "../describe-error.ts";
import { ExitCode } from "../exit-code.ts";
import { onInterruption } from "../interruption.ts";
import { readScript } from "../read-script.ts";
import type { ScriptOptions } from "../script-options.ts";
import { UsageError } from "../usage-error.ts";
import { openSession } from "./open-session.ts";
import { runScript } from "./run-script.ts";
import { withScript } from "./with-script.ts";

/** `millrace run FILE`: a script, or a module that runs its own job. */
export async function runFile(file: string, options: ScriptOptions, context: CommandContext): Promise<number> {
  const extension = extname(file);
  if (/^\.[cm]?[jt]s$/.test(extension)) return runModule(file, options);
  if (extension !== ".sql" && file !== "-") {
    throw new UsageError(`run ${file}: expected a file that ends in .sql, .ts or .js`);
  }
  const script = await readScript(file);
  const interruption = onInterruption();
  return withScript(script, context.verbose, async () => {
    const session = openSession(options, [script.text], script.fileName);
    await runScript(session, script, {}, { out: context.out, signal: interruption.signal });
    return interruption.exitCode ?? ExitCode.done;
  });
}

/** A module is run by importing it; `runSql` and `query` are what it has to work with so far. */
async function runModule(file: string, options: ScriptOptions): Promise<number> {
  if (options.var !== undefined || options.set !== undefined || options.catalog !== undefined) {
    throw new UsageError(
      `run ${file}: --var, --set and --catalog are for .sql scripts; a module gives them to runSql and query`,
    );
  }
  if (!existsSync(file)) {
    throw new MillraceError({ code: "SOURCE_UNAVAILABLE", message: `cannot read ${file}: it does not exist` });
  }
  const before = process.exitCode;
  try {
    const loaded = (await import(pathToFileURL(resolve(file)).href)) as { readonly default?: unknown };
    if (typeof loaded.default === "function") await (loaded.default as () => unknown)();
  } catch (error) {
    if (isMillraceError(error)) throw error;
    const message = `${file} failed: ${error instanceof Error ? error.message : String(error)}; --verbose shows where`;
    throw new MillraceError({ code: "USER_CODE", message, cause: error });
  }
  return process.exitCode === before || process.exitCode === undefined ? ExitCode.done : Number(process.exitCode);
}
