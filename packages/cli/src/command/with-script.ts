import { describeError, type ScriptOrigin } from "../describe-error.ts";
import { ExitCode } from "../exit-code.ts";
import { UsageError } from "../usage-error.ts";

/** Runs what works on a script; an error is told with its place in the script. Resolves to the exit code. */
export async function withScript(
  script: ScriptOrigin,
  verbose: boolean,
  action: () => Promise<number>,
): Promise<number> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    process.stderr.write(await describeError(error, verbose, script));
    return ExitCode.failed;
  }
}
