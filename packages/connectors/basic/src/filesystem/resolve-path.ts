import { resolve } from "node:path";
import { MillraceError } from "@millrace/core";

/** The absolute path of option `path`: a path relative to the base directory, or a `file:` URI. Globs pass unchanged. */
export function resolvePath(text: string, baseDirectory: string): string {
  // Not by `new URL`: in a glob, "?" and "#" are part of the name.
  const uri = /^file:(?:\/\/(?=\/|$))?(.*)$/s.exec(text);
  if (uri === null) {
    const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(text)?.[1];
    if (scheme === undefined) return resolve(baseDirectory, text);
    throw invalidPath(text, `'${scheme}://' is not supported; give a path or a file:// URI`);
  }
  if (uri[1].startsWith("//")) throw invalidPath(text, "a file URI has no host; write file:///folder/file");
  try {
    return resolve(baseDirectory, decodeURIComponent(uri[1]));
  } catch (error) {
    if (error instanceof URIError) throw invalidPath(text, "the URI has a malformed % escape");
    throw error;
  }
}

function invalidPath(text: string, reason: string): MillraceError {
  return new MillraceError({ code: "OPTION_INVALID", message: `option 'path' = '${text}': ${reason}` });
}
