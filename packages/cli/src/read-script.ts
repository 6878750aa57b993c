import { readFile } from "node:fs/promises";
import { MillraceError } from "@millrace/core";
import type { ScriptOrigin } from "./describe-error.ts";

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "permission denied",
};

/** The text of a script file; `-` is stdin. Errors: SOURCE_UNAVAILABLE. */
export async function readScript(path: string): Promise<ScriptOrigin> {
  try {
    const text = path === "-" ? await readAll(process.stdin) : await readFile(path, "utf8");
    return { text: text.startsWith("\uFEFF") ? text.slice(1) : text, fileName: path === "-" ? null : path };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = reasons[code ?? ""] ?? message;
    throw new MillraceError({ code: "SOURCE_UNAVAILABLE", message: `cannot read ${path}: ${reason}`, cause: error });
  }
}

async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  stream.setEncoding("utf8");
  let text = "";
  for await (const chunk of stream) text += chunk as string;
  return text;
}
