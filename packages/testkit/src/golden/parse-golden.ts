import type { GoldenRecord, QueryOption } from "./golden-record.ts";
import { queryOptions } from "./golden-record.ts";

const SEPARATOR = "----";

/**
 * The records of a golden file: blocks between blank lines. Throws with file and line for a block that is none.
 *
 * @param path for messages
 */
export function parseGolden(text: string, path: string): GoldenRecord[] {
  const lines = text.split("\n").map((line) => line.trimEnd());
  const records: GoldenRecord[] = [];
  let at = 0;
  const fail = (reason: string): never => {
    throw new Error(`${path}:${at + 1}: ${reason}`);
  };
  /** The lines up to one that ends the block, which is not taken. */
  const take = (isEnd: (line: string) => boolean): string[] => {
    const from = at;
    while (at < lines.length && !isEnd(lines[at])) at++;
    return lines.slice(from, at);
  };
  while (at < lines.length) {
    if (lines[at] === "" || lines[at].startsWith("#")) {
      at++;
      continue;
    }
    const [kind, ...words] = lines[at].split(/ +/);
    if (kind !== "query" && words.length > 0) fail(`'${kind}' takes no options`);
    const wrong = words.find((word) => !(queryOptions as readonly string[]).includes(word));
    if (wrong !== undefined) fail(`unknown option '${wrong}'; known are ${queryOptions.join(", ")}`);
    at++;
    const line = at + 1;
    const sql = take((each) => each === "" || each === SEPARATOR).join("\n");
    if (sql === "") fail(`no SQL behind '${kind}'`);
    if (kind === "statement") {
      if (lines[at] === SEPARATOR) fail("a statement has no expected lines; use 'query', 'text' or 'error'");
      records.push({ kind, line, sql });
      continue;
    }
    if (lines[at] !== SEPARATOR) fail(`expected ${SEPARATOR}`);
    at++;
    if (kind === "error") records.push({ kind, line, sql, expected: take((each) => each === "") });
    else if (kind === "text") {
      // Text has blank lines of its own.
      const expected = take((each) => each === SEPARATOR);
      if (at === lines.length) fail(`expected ${SEPARATOR} behind the text of line ${line}`);
      at++;
      records.push({ kind, line, sql, expected });
    } else if (kind === "query") {
      const expected = take((each) => each === "");
      const header = expected[0]?.startsWith(": ") ? (expected.shift() ?? "").slice(2) : null;
      records.push({ kind, line, sql, options: new Set(words as QueryOption[]), header, expected });
    } else fail(`unknown record '${kind}'; known are statement, error, text, query`);
  }
  return records;
}
