import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { csv, fields, file, json, pipeline, type StandardSchema, text, types } from "../index.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-file-"));
afterAll(() => rmSync(folder, { recursive: true }));

function given(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
  return path;
}

interface Order {
  readonly id: number;
  readonly shop: string;
}

/** A validator as libraries make them. */
const Order: StandardSchema<Order> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) => {
      const { id, shop } = value as Partial<Order>;
      if (typeof id !== "number") return { issues: [{ message: "expected a number", path: ["id"] }] };
      return { value: { id, shop: String(shop) } };
    },
  },
};

describe("files", () => {
  it("of JSON values, as they are", async () => {
    const path = given("values.jsonl", ['{"id": 1}', "", "[2, null]", '"é"']);
    const records = await pipeline("p")
      .from(file({ path, format: json() }))
      .toArray();
    expect(records).toEqual([{ id: 1 }, [2, null], "é"]);
  });

  it("of JSON, validated; a bad record ends the job with its place", async () => {
    const path = given("orders.jsonl", ['{"id": 1, "shop": 7}', '{"id": "x"}']);
    const orders = pipeline("p").from(file({ path, format: json(Order) }));
    await expect(orders.toArray()).rejects.toThrow(/orders\.jsonl:2: id: expected a number/);
    const skipping = pipeline("p").from(file({ path, format: json(Order), badRecords: "skip" }));
    const lines: string[] = [];
    const seen: Order[] = [];
    const job = pipeline("p");
    job.from(file({ path, format: json(Order), badRecords: "skip" })).forEach((order) => void seen.push(order));
    await job.run({ reporter: { warn: (line) => void lines.push(line), progress: () => undefined } });
    expect(seen).toEqual([{ id: 1, shop: "7" }]);
    expect(lines[0]).toContain("1 bad record skipped");
    void skipping;
  });

  it("of JSON with fields: objects of one shape, with their types", async () => {
    const path = given("typed.jsonl", [
      '{"id": 12345678901234567890, "n": 1, "at": "2026-01-01 00:00:01"}',
      '{"n": null}',
    ]);
    const Typed = fields({ n: types.DOUBLE, at: types.TIMESTAMP(3), "odd name": types.STRING });
    const records = await pipeline("p")
      .from(file({ path, format: json(Typed) }))
      .toArray();
    expect(records).toEqual([
      { n: 1, at: new Date("2026-01-01T00:00:01Z"), "odd name": null },
      { n: null, at: null, "odd name": null },
    ]);
  });

  it("of CSV and of text, through and out again", async () => {
    const path = given("in.csv", ["1;a", "2;b c"]);
    const Row = fields({ n: types.BIGINT.notNull(), s: types.STRING.notNull() });
    const out = join(folder, "out.csv");
    const job = pipeline("p");
    const rows = job.from(file({ path, format: csv(Row, { delimiter: ";" }) }));
    rows.map(({ n, s }) => ({ n: n + 1n, s: s.toUpperCase() })).to(file.sink({ path: out, format: csv(Row) }));
    rows.map(({ n }) => ({ n })).to(file.sink({ path: join(folder, "out.json"), format: json() }));
    await job.run();
    expect(readFileSync(out, "utf8")).toBe('2,A\n3,"B C"\n'.replaceAll('"', ""));
    expect(readFileSync(join(folder, "out.json"), "utf8")).toBe('{"n":1}\n{"n":2}\n');
    expect(
      await pipeline("p")
        .from(file({ path: out, format: text() }))
        .toArray(),
    ).toEqual(["2,A", "3,B C"]);
  });

  it("an operator that fails names the line", async () => {
    const path = given("lines.txt", ["a", "b", "c"]);
    const failing = pipeline("p")
      .from(file({ path, format: text() }))
      .filter((line) => line !== "a")
      .map((line) => {
        if (line === "c") throw new Error("no c");
        return line;
      });
    await expect(failing.toArray()).rejects.toThrow(/^map-1 failed on "c" \(.*lines\.txt:3\): no c$/);
  });

  it("a record that does not fit the sink's fields is an error that names the field", async () => {
    const Row = fields({ n: types.INT });
    const job = pipeline("p");
    job.from([{ n: 1.5 }]).to(file.sink({ path: join(folder, "bad.json"), format: json(Row) }));
    await expect(job.run()).rejects.toThrow("field 'n' of a record gave 1.5, which is no INT");
  });
});
