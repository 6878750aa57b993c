import type { Reporter } from "@millrace/core";

/** Lines for the person who runs the job, on stderr. */
export const stderrReporter: Reporter = {
  warn: (message) => void process.stderr.write(`millrace: warning: ${message}\n`),
  progress: (message) => void process.stderr.write(`millrace: ${message}\n`),
};
