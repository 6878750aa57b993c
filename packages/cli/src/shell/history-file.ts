import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

const MAX_ENTRIES = 1000;

/** Where the shell keeps what was typed: $MILLRACE_HISTORY, or the user's state folder. */
export function historyPath(env: NodeJS.ProcessEnv = process.env): string {
  if (env.MILLRACE_HISTORY !== undefined) return env.MILLRACE_HISTORY;
  if (process.platform === "win32" && env.LOCALAPPDATA !== undefined)
    return join(env.LOCALAPPDATA, "millrace", "history");
  return join(env.XDG_STATE_HOME ?? join(homedir(), ".local", "state"), "millrace", "history");
}

/** The lines typed last, newest first, as readline takes them; none if there is no file yet. */
export function readHistory(path: string): string[] {
  try {
    const lines = readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line !== "");
    return lines.slice(-MAX_ENTRIES).reverse();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Adds a line. Returns why it could not, or null. */
export function appendHistory(path: string, line: string): string | null {
  try {
    mkdirSync(dirname(path), { recursive: true });
    appendFileSync(path, `${line}\n`, { mode: 0o600 });
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
