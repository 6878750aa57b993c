/** Bad input through real files and SQL, with each policy: what is told, and that no good record is lost. */
import { describe, expect, test } from "vitest";
import { csvCases } from "./csv-cases.ts";
import { jsonCases } from "./json-cases.ts";
import { readWith } from "./policy-run.ts";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function contentOf(bytes: Uint8Array): object {
  try {
    return { text: strict.decode(bytes) };
  } catch {
    return { base64: Buffer.from(bytes).toString("base64") };
  }
}

describe.each([...jsonCases, ...csvCases])("$name", (file) => {
  const { rows, bad } = file;

  test("fail", async () => {
    const { error, warnings } = await readWith("fail", file);
    expect(warnings).toEqual([]);
    if (bad.length === 0) expect(error).toBeNull();
    else {
      expect(error?.code).toBe("DATA_INVALID");
      expect(error?.message).toMatch(new RegExp(`^table 'input', input:${bad[0].line}: .*${bad[0].reason.source}`));
      expect(error?.message).not.toContain("\n");
    }
  });

  test("skip", async () => {
    const outcome = await readWith("skip", file);
    expect(outcome.error).toBeNull();
    expect(outcome.rows).toEqual(rows);
    const records = bad.length === 1 ? "1 bad record" : `${bad.length} bad records`;
    if (bad.length === 0) expect(outcome.warnings).toEqual([]);
    else {
      expect(outcome.warnings.at(-1)).toMatch(
        new RegExp(`^table 'input': ${records} skipped; the first at input:${bad[0].line}: .*${bad[0].reason.source}`),
      );
    }
  });

  test("dead-letter", async () => {
    const outcome = await readWith("dead-letter", file);
    expect(outcome.error).toBeNull();
    expect(outcome.rows).toEqual(rows);
    expect(outcome.dead).toEqual(
      bad.map(({ line, reason, content }) => ({
        table: "input",
        position: `input:${line}`,
        reason: expect.stringMatching(reason),
        ...contentOf(content),
      })),
    );
  });
});
