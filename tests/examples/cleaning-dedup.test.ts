import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "millrace";
import { testPipeline } from "millrace/testing";
import { afterAll, expect, test } from "vitest";
import { cleaning } from "../../examples/cleaning-dedup/cleaning.ts";
import { repositoryRoot } from "../../scripts/source-tree.ts";
import { runExample } from "./run-example.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-cleaning-"));
afterAll(() => rmSync(folder, { recursive: true }));

const recordsIn = (name: string) =>
  readFileSync(join(folder, name), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test("the example writes clean contacts, and what is wrong with its reason", async () => {
  await runExample("cleaning-dedup", join(repositoryRoot, "examples", "cleaning-dedup", "contacts.jsonl"), folder);
  expect(recordsIn("contacts.jsonl")).toEqual([
    { email: "ann@example.com", name: "Ann Lee", phone: "+49301234567", at: Date.UTC(2026, 0, 1, 10) },
    { email: "cem@example.com", name: "Cem", phone: "+902125550100", at: 1767261610000 },
  ]);
  const rejected = recordsIn("rejected.jsonl");
  expect(rejected).toHaveLength(1);
  expect(rejected[0]).toMatchObject({ reason: "'not a number' is no telephone number" });
  expect(rejected[0].position).toMatch(/contacts\.jsonl:3$/);
  expect(recordsIn("unreadable.jsonl").map(({ reason }) => reason)).toEqual([
    expect.stringContaining("JSON"),
    "email: expected an address",
  ]);
});

test("an address is forgotten after a day", async () => {
  const job = pipeline("test");
  const { unique } = cleaning(job, []);
  const test = await testPipeline(job, { outputs: { unique } });
  const contact = { email: "a@b", at: 0 };
  await test.send("contacts", contact, contact);
  await test.advance("23h");
  await test.send("contacts", contact);
  expect(test.outputs.unique).toHaveLength(1);
  await test.advance("1h");
  await test.send("contacts", contact);
  expect(test.outputs.unique).toHaveLength(2);
  await test.close();
});
