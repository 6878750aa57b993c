import type { CommandContext } from "../command-context.ts";
import type { ScriptOrigin } from "../describe-error.ts";
import { ExitCode } from "../exit-code.ts";
import { onInterruption } from "../interruption.ts";
import { readScript } from "../read-script.ts";
import type { SqlOptions } from "../script-options.ts";
import { UsageError } from "../usage-error.ts";
import { openSession } from "./open-session.ts";
import { runScript } from "./run-script.ts";
import { withScript } from "./with-script.ts";

export async function runSqlCommand(
  file: string | undefined,
  given: SqlOptions,
  context: CommandContext,
): Promise<number> {
  if (file !== undefined && (given.file ?? given.execute) !== undefined) {
    throw new UsageError("give one of FILE, -e and -f");
  }
  const options = file === undefined ? given : { ...given, file };
  if (options.execute === undefined && options.file === undefined) {
    const { runShell } = await import("../shell/shell.ts");
    return runShell(openSession(options), options, context);
  }
  const script = await scriptOf(options);
  const interruption = onInterruption();
  return withScript(script, context.verbose, async () => {
    const { result, format } = options;
    const session = openSession(options, [script.text], script.fileName);
    await runScript(session, script, { result, format }, { out: context.out, signal: interruption.signal });
    return interruption.exitCode ?? ExitCode.done;
  });
}

/** The text of -e or -f. */
export async function scriptOf(options: Pick<SqlOptions, "execute" | "file">): Promise<ScriptOrigin> {
  if (options.execute !== undefined && options.file !== undefined)
    throw new UsageError("give either -e or -f, not both");
  return options.file === undefined ? { text: options.execute ?? "", fileName: null } : readScript(options.file);
}
