import type { MillraceError } from "@millrace/core";
import type { SqlError } from "@millrace/sql";
import { UsageError } from "./usage-error.ts";

/** The script that an error may point into. */
export interface ScriptOrigin {
  readonly text: string;
  /** Null for text from the command line or the shell. */
  readonly fileName: string | null;
}

/** What stderr shows of an error: one line with the code, the place and the fix; a caret for SQL; the stack if `verbose`. */
export async function describeError(error: unknown, verbose: boolean, origin?: ScriptOrigin): Promise<string> {
  const lines = [await headOf(error, origin)];
  if (verbose) lines.push(stackOf(error));
  return `${lines.join("\n")}\n`;
}

async function headOf(error: unknown, origin: ScriptOrigin | undefined): Promise<string> {
  if (error instanceof UsageError) return `millrace: ${error.message}`;
  if (isMillraceError(error)) {
    if (error.name === "SqlError") {
      const { formatSqlError } = await import("@millrace/sql");
      const text = formatSqlError(error as SqlError, origin?.text ?? "", origin?.fileName ?? undefined);
      return `millrace: ${error.code}: ${text}`;
    }
    const hint = error.domain === "internal" ? bugHint : "";
    return `millrace: ${error.code}: ${error.message}${hint}`;
  }
  return `millrace: INVARIANT: ${error instanceof Error ? error.message : String(error)}${bugHint}`;
}

/** Whether it is one of ours. By name: a module that `millrace run` imports has the packages' own classes, the command may have those of its bundle. */
export function isMillraceError(error: unknown): error is MillraceError {
  return error instanceof Error && ["MillraceError", "SqlError"].includes(error.name) && "domain" in error;
}

const bugHint = "; this is a bug in Millrace: please report it with the output of --verbose";

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
