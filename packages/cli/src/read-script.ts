import { readFile } from "node:fs/promises";
import type { ScriptOrigin } from "./describe-error.ts";

/** The text of a script file; `-` is stdin. Errors: SOURCE_UNAVAILABLE. */
export async function readScript(path: string): Promise<ScriptOrigin> {
  try {
    const text = path === "-" ? await readAll(process.stdin) : await readFile(path, "utf8");
    return { text: text.startsWith("\uFEFF") ? text.slice(1) : text, fileName: path === "-" ? null : path };
  } catch (error) {
    const { sourceUnavailable } = await import("@millrace/connector-basic");
    throw sourceUnavailable(`cannot read ${path}`, error);
  }
}

async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  stream.setEncoding("utf8");
  let text = "";
  for await (const chunk of stream) text += chunk as string;
  return text;
}
