import type { ScriptSession } from "millrace";
import type { CommandContext } from "../command-context.ts";
import { describeError, type ScriptOrigin } from "../describe-error.ts";
import { ExitCode } from "../exit-code.ts";
import { readScript } from "../read-script.ts";
import type { ScriptOptions } from "../script-options.ts";
import { openSession } from "./open-session.ts";

/** `millrace check`: every file is looked at, whatever the others hold. */
export async function runCheck(
  files: readonly string[],
  options: ScriptOptions,
  { out, verbose }: CommandContext,
): Promise<number> {
  let exitCode: number = ExitCode.done;
  const failed = async (error: unknown, script?: ScriptOrigin): Promise<void> => {
    process.stderr.write(await describeError(error, verbose, script));
    exitCode = ExitCode.failed;
  };
  const scripts: ScriptOrigin[] = [];
  for (const file of files) {
    try {
      scripts.push(await readScript(file));
    } catch (error) {
      await failed(error);
    }
  }
  const texts = scripts.map(({ text }) => text);
  for (const [i, script] of scripts.entries()) {
    try {
      // The first session tells which variables none of the scripts uses.
      const count = await checkScript(
        openSession(options, i === 0 ? texts : undefined, script.fileName, false),
        script.text,
      );
      await out.write(`${script.fileName ?? "stdin"}: OK, ${count} statement${count === 1 ? "" : "s"}\n`);
    } catch (error) {
      await failed(error, script);
    }
  }
  return exitCode;
}

async function checkScript(session: ScriptSession, text: string): Promise<number> {
  const statements = session.parse(text);
  for (const statement of statements) await session.prepare(statement, text);
  return statements.length;
}
