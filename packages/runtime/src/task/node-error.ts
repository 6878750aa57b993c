import { MillraceError } from "@millrace/core";
import type { TaskNode } from "./task-node.ts";

/** The error as the job reports it: with the operator it came from; what is no MillraceError gets a code by where it was thrown. */
export function nodeError(error: unknown, node: TaskNode): MillraceError {
  if (error instanceof MillraceError) {
    if (error.operatorId !== undefined) return error;
    const { code, message, domain, retry } = error;
    return new MillraceError({ code, message, domain, retry, operatorId: node.id, cause: error });
  }
  const text = error instanceof Error ? error.message : String(error);
  const options = { operatorId: node.id, cause: error };
  if (isSystemError(error) && node.role?.kind === "input") {
    return new MillraceError({ ...options, code: "SOURCE_UNAVAILABLE", message: `${node.id}: cannot read: ${text}` });
  }
  if (isSystemError(error) && node.role?.kind === "output") {
    return new MillraceError({ ...options, code: "SINK_UNAVAILABLE", message: `${node.id}: cannot write: ${text}` });
  }
  return new MillraceError({ ...options, code: "INVARIANT", message: `${node.id} failed: ${text}` });
}

/** Errors of the operating system as Node throws them: ENOENT, ENOSPC, ECONNREFUSED. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && "code" in error;
}
