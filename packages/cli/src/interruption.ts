/**
 * SIGINT and SIGTERM: the first asks for a graceful end, a second one ends the process at once.
 */
import { ExitCode } from "./exit-code.ts";

export interface Interruption {
  /** Aborts at the first signal. */
  readonly signal: AbortSignal;
  /** How a process that was stopped ends: 130 for SIGINT, 143 for SIGTERM; null while no signal came. */
  readonly exitCode: ExitCode | null;
  /** Gives the signals back to Node's default. */
  dispose(): void;
}

export function onInterruption(): Interruption {
  const abort = new AbortController();
  let exitCode: ExitCode | null = null;
  const handler = (signal: NodeJS.Signals) => {
    const code = signal === "SIGINT" ? ExitCode.interrupted : ExitCode.terminated;
    if (abort.signal.aborted) process.exit(code);
    exitCode = code;
    abort.abort();
  };
  process.on("SIGINT", handler);
  process.on("SIGTERM", handler);
  return {
    signal: abort.signal,
    get exitCode() {
      return exitCode;
    },
    dispose() {
      process.off("SIGINT", handler);
      process.off("SIGTERM", handler);
    },
  };
}
