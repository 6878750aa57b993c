import { describeError } from "./describe-error.ts";
import { ExitCode } from "./exit-code.ts";
import { isVerbose, runProgram } from "./program.ts";
import { UsageError } from "./usage-error.ts";

const args = process.argv.slice(2);
try {
  process.exitCode = await runProgram(args);
} catch (error) {
  process.stderr.write(await describeError(error, isVerbose(args)));
  process.exitCode = error instanceof UsageError ? ExitCode.usage : ExitCode.failed;
}
