import { dirname } from "node:path";
import { ScriptSession } from "millrace";
import type { ScriptOptions } from "../script-options.ts";
import { stderrReporter } from "../stderr-reporter.ts";

/**
 * The session that statements of a command run in. Says which --var no script uses: it is a slip of the pen, and a script
 * that has a default elsewhere would not tell.
 *
 * @param scripts the texts that it will see; undefined if they are not known yet
 * @param savesCatalog whether statements change the file of --catalog
 * @param fileName of the script, whose folder the files of CREATE FUNCTION are relative to
 */
export function openSession(
  options: ScriptOptions,
  scripts?: readonly string[],
  fileName: string | null = null,
  savesCatalog = true,
): ScriptSession {
  const variables = options.var ?? {};
  for (const name of Object.keys(variables)) {
    if (scripts !== undefined && !scripts.some((text) => uses(text, name))) {
      stderrReporter.warn(`--var ${name}: the script has no \${${name}}`);
    }
  }
  return new ScriptSession({
    variables,
    settings: options.set ?? {},
    reporter: stderrReporter,
    ...(options.catalog === undefined ? {} : { catalogFile: options.catalog, savesCatalog }),
    ...(fileName === null ? {} : { scriptDirectory: dirname(fileName) }),
  });
}

function uses(script: string, variable: string): boolean {
  return script.split("${").some((text, i) => i > 0 && text.slice(0, text.indexOf("}")).trim() === variable);
}
