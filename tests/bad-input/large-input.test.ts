/** Records of 64 MiB, records that are too long, and files in which nearly all is bad. */
import { describe, expect, test } from "vitest";
import { type Policy, readWith } from "./policy-run.ts";

const MIB = 1 << 20;
const policies: readonly Policy[] = ["fail", "skip", "dead-letter"];
const text = Buffer.alloc(64 * MIB, "0123456789abcdef");
const textWithLines = Buffer.from(text).fill("\n", 4 * MIB, 4 * MIB + 100);
const lines = (...parts: (string | Uint8Array)[]) => Buffer.concat(parts.map((part) => Buffer.from(part)));

describe.each([
  ["json", lines('{"id":1,"name":"a"}\n{"id":2,"name":"', text, '"}\n{"id":3,"name":"b"}\n')],
  ["csv", lines("1,a\n2,", text, "\n3,b\n")],
  ["csv", lines('1,a\n2,"', textWithLines, '"\n3,b\n')],
] as const)("a good %s record of 64 MiB", (format, content) => {
  test("is read", async () => {
    const columns = "id BIGINT, name STRING";
    const select = "id, CHAR_LENGTH(name) AS size";
    const { rows, error } = await readWith("fail", { format, columns, content, select });
    expect(error).toBeNull();
    expect(rows).toEqual([
      { id: 1, size: 1 },
      { id: 2, size: 64 * MIB },
      { id: 3, size: 1 },
    ]);
  });
});

describe.each([
  ["json", lines('{"id":1}\n{"id":2,"name":"', text, '\n{"id":3}\n'), /truncated JSON: ends inside a string/],
  ["csv", lines("1\n2,", text, "\n3\n"), /2 fields instead of 1/],
] as const)("a bad %s record of 64 MiB", (format, content, reason) => {
  test.each(policies)("%s", async (policy) => {
    const { rows, error, warnings, dead } = await readWith(policy, { format, columns: "id BIGINT", content });
    if (policy === "fail") {
      expect(error?.message).toMatch(new RegExp(`^table 'input', input:2: .*(${reason.source})`));
      expect(error?.message.length).toBeLessThan(300);
      return;
    }
    expect(error).toBeNull();
    expect(rows).toEqual([{ id: 1 }, { id: 3 }]);
    expect(warnings).toEqual([expect.stringMatching(/^table 'input': 1 bad record .* the first at input:2: /)]);
    if (policy === "skip") return;
    expect(dead.map(({ position }) => position)).toEqual(["input:2"]);
    expect(dead[0].text?.length).toBeGreaterThan(64 * MIB);
  });
});

describe.each(["json", "csv"] as const)("a %s line beyond max-record-size", (format) => {
  const good = (id: number) => (format === "json" ? `{"id":${id}}\n` : `${id}\n`);
  const content = lines(good(1), text, "\n", good(3));

  test.each(policies)("%s", async (policy) => {
    const options = { "max-record-size": "10 mb", "source.chunk-size": "64 kb" };
    const { rows, error, dead } = await readWith(policy, { format, columns: "id BIGINT", content, options });
    const reason = /the record is longer than 'max-record-size' = 10485760 bytes; raise it, or check the line ends/;
    if (policy === "fail")
      return expect(error?.message).toMatch(new RegExp(`^table 'input', input:2: ${reason.source}`));
    expect(error).toBeNull();
    expect(rows).toEqual([{ id: 1 }, { id: 3 }]);
    if (policy === "skip") return;
    expect(dead).toEqual([
      { table: "input", position: "input:2", reason: expect.stringMatching(reason), text: expect.any(String) },
    ]);
    expect(dead[0].text?.length).toBeLessThanOrEqual(65_536);
  });
});

describe.each(["json", "csv"] as const)("%s: 200,000 bad records and a few good ones", (format) => {
  const good = (id: number) => (format === "json" ? `{"id":${id}}\n` : `${id}\n`);
  const count = 200_000;
  const content = Array.from({ length: count }, (_, i) => (i % 20_000 === 7 ? good(i) : "{no\n")).join("");
  const rows = Array.from({ length: count / 20_000 }, (_, i) => ({ id: i * 20_000 + 7 }));

  test.each(["skip", "dead-letter"] as const)("%s", async (policy) => {
    const outcome = await readWith(policy, { format, columns: "id BIGINT", content });
    expect(outcome.error).toBeNull();
    expect(outcome.rows).toEqual(rows);
    expect(outcome.warnings.at(-1)).toContain(`${count - rows.length} bad records`);
    // One line at the first, one a second, one at the end.
    expect(outcome.warnings.length).toBeLessThan(20);
    if (policy === "dead-letter") expect(outcome.dead.length).toBe(count - rows.length);
  });
});
