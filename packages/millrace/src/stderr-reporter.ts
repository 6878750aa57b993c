import type { Reporter } from "@millrace/core";

/** Lines for people, where the program says nothing else. */
export const stderrReporter: Reporter = {
  warn: (message) => console.error(`millrace: warning: ${message}`),
  progress: (message) => console.error(`millrace: ${message}`),
};
