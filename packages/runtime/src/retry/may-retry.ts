import { MillraceError } from "@millrace/core";

/** Whether trying again may help: something outside the process failed, and not for good. */
export function mayRetry(error: unknown): error is MillraceError {
  return error instanceof MillraceError && error.domain === "external" && error.retry === "backoff";
}
