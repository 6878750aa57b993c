import { type ErrorCode, MillraceError } from "@millrace/core";

/** Conditions that pass by themselves: a full table of open files, a network folder that is away. */
const transientCodes: readonly (string | undefined)[] = [
  "EMFILE",
  "ENFILE",
  "EAGAIN",
  "EIO",
  "ESTALE",
  "ETIMEDOUT",
  "EBUSY",
];

const reasons: Record<string, string> = {
  ENOENT: "it does not exist",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EISDIR: "it is a folder",
  EEXIST: "a part of the path is not a folder",
  ENOTDIR: "a part of the path is not a folder",
  ENOSPC: "the disk is full",
  EROFS: "the file system is read-only",
};

/** The error of a file that cannot be read; `what` says of what: "cannot read in.jsonl". */
export function sourceUnavailable(what: string, error: unknown): MillraceError {
  return fileError("SOURCE_UNAVAILABLE", what, error);
}

/** As `sourceUnavailable`, of one that cannot be written. */
export function sinkUnavailable(what: string, error: unknown): MillraceError {
  return fileError("SINK_UNAVAILABLE", what, error);
}

function fileError(code: ErrorCode, what: string, error: unknown): MillraceError {
  if (error instanceof MillraceError) return error;
  const { code: reason, message } = error as NodeJS.ErrnoException;
  return new MillraceError({
    code,
    message: `${what}: ${reasons[reason ?? ""] ?? message}`,
    retry: transientCodes.includes(reason) ? "backoff" : "never",
    cause: error,
  });
}
