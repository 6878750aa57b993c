import { ScriptSession } from "millrace";
import { expect, test } from "vitest";
import { completionOf } from "./completion.ts";

test("words in the case begun, functions, and names as they are", async () => {
  const reporter = { warn: () => undefined, progress: () => undefined };
  const session = new ScriptSession({ reporter });
  const text = "CREATE TABLE Selected (selectivity INT) WITH ('connector' = 'datagen')";
  for (const statement of session.parse(text)) await session.prepare(statement, text);
  const complete = completionOf(session);
  expect(complete("SELE")).toEqual([["SELECT"], "SELE"]);
  expect(complete("sele")).toEqual([["select", "selectivity"], "sele"]);
  expect(complete("SELECT a FROM Sel")).toEqual([["Selected", "SELECT"].sort(), "Sel"]);
  expect(complete("SELECT CHAR_LEN")[0]).toEqual(["CHAR_LENGTH"]);
  expect(complete("SELECT a, ")).toEqual([[], ""]);
});
