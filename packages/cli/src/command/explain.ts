import type { CommandContext } from "../command-context.ts";
import { ExitCode } from "../exit-code.ts";
import { onInterruption } from "../interruption.ts";
import type { SqlOptions } from "../script-options.ts";
import { UsageError } from "../usage-error.ts";
import { openSession } from "./open-session.ts";
import { scriptOf } from "./sql.ts";
import { withScript } from "./with-script.ts";

/** `millrace explain`: the plans of a script's queries and inserts; DDL takes effect, nothing but EXPLAIN ANALYZE is run. */
export async function runExplain(
  file: string | undefined,
  options: SqlOptions,
  { out, verbose }: CommandContext,
): Promise<number> {
  if (file !== undefined && (options.file ?? options.execute) !== undefined) {
    throw new UsageError("give one of FILE, -e and -f");
  }
  const chosen = file === undefined ? options : { file };
  if ((chosen.file ?? options.execute) === undefined)
    throw new UsageError("explain what? Give FILE, -f FILE or -e SQL");
  const script = await scriptOf(chosen);
  const interruption = onInterruption();
  return withScript(script, verbose, async () => {
    const { explainJob } = await import("@millrace/plan");
    const session = openSession(options, [script.text], script.fileName, false);
    let isFirst = true;
    for (const statement of session.parse(script.text)) {
      const prepared = await session.prepare(statement, script.text);
      const text =
        prepared.kind === "job"
          ? explainJob(prepared.plan)
          : prepared.kind === "explained"
            ? prepared.text
            : prepared.kind === "analysis"
              ? await prepared.run({ signal: interruption.signal })
              : null;
      if (text === null) continue;
      await out.write(`${isFirst ? "" : "\n"}${text.trimEnd()}\n`);
      isFirst = false;
    }
    if (isFirst) process.stderr.write("millrace: there is no query and no INSERT INTO to explain\n");
    return ExitCode.done;
  });
}
