/** Every *.slt file beside this one, case by case; see README.md for the format. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GoldenRun, goldenVariants, parseGolden } from "@millrace/testkit";
import { afterAll, describe, test } from "vitest";
import { openGoldenSession } from "./golden-session.ts";

const seed = Number(process.env.MILLRACE_TEST_SEED ?? Date.now() & 0x7fffffff);
const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder that no other run of a file sees. */
function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "millrace-golden-"));
  folders.push(folder);
  return folder;
}

for (const name of readdirSync(import.meta.dirname).filter((each) => each.endsWith(".slt"))) {
  const path = `tests/sql/${name}`;
  const records = parseGolden(readFileSync(join(import.meta.dirname, name), "utf8"), path);
  describe(`${name} (seed ${seed})`, () => {
    const run = new GoldenRun(path, records, goldenVariants(seed), (tables) =>
      openGoldenSession(tables, { folder: freshFolder(), greeting: "it's" }),
    );
    for (const record of records) {
      test(`line ${record.line}: ${record.sql.split("\n")[0]}`, () => run.run(record));
    }
  });
}
