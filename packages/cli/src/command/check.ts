import { ScriptSession } from "millrace";
import type { CommandContext } from "../command-context.ts";
import { describeError } from "../describe-error.ts";
import { ExitCode } from "../exit-code.ts";
import { readScript } from "../read-script.ts";
import type { ScriptOptions } from "../script-options.ts";
import { stderrReporter } from "../stderr-reporter.ts";

/** `millrace check`: every file is looked at, whatever the others hold. */
export async function runCheck(
  files: readonly string[],
  options: ScriptOptions,
  { out, verbose }: CommandContext,
): Promise<number> {
  let exitCode: number = ExitCode.done;
  for (const file of files) {
    let script: Awaited<ReturnType<typeof readScript>> | undefined;
    try {
      script = await readScript(file);
      const count = await checkScript(script.text, options);
      await out.write(`${file}: OK, ${count} statement${count === 1 ? "" : "s"}\n`);
    } catch (error) {
      process.stderr.write(await describeError(error, verbose, script));
      exitCode = ExitCode.failed;
    }
  }
  return exitCode;
}

async function checkScript(text: string, options: ScriptOptions): Promise<number> {
  const session = new ScriptSession({
    variables: options.var ?? {},
    settings: options.set ?? {},
    reporter: stderrReporter,
  });
  const statements = session.parse(text);
  for (const statement of statements) await session.prepare(statement, text);
  return statements.length;
}
