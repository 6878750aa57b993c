/** The bounded side input of q13: a CSV file of keys 0 to 9,999, each with a value, as Nexmark's own generator makes. */
import { existsSync, mkdirSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const KEYS = 10_000;

/** The path of the file; makes it first if it is not there. */
export async function provideSideInputFile(): Promise<string> {
  const path = join(tmpdir(), "millrace", `nexmark-side-input-${KEYS}.csv`);
  if (existsSync(path)) return path;
  mkdirSync(dirname(path), { recursive: true });
  const lines = Array.from({ length: KEYS }, (_, key) => `${key},value of ${key}\n`);
  const partial = `${path}.${process.pid}.partial`;
  await writeFile(partial, lines.join(""));
  await rename(partial, path);
  return path;
}
