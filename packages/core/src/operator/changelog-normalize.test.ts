import { type Change, change, end, rows, seededRandom, verifyOperator } from "@millrace/testkit";
import { describe, expect, it } from "vitest";
import { BIGINT, type Field, STRING } from "../batch/data-type.ts";
import { createChangelogNormalize } from "./changelog-normalize.ts";

const fields: readonly Field[] = [
  { name: "v", type: BIGINT },
  { name: "k", type: STRING },
  { name: "s", type: STRING },
];

function verify(keepsHistory = false) {
  return verifyOperator({
    create: (context) =>
      createChangelogNormalize({ kind: "changelog-normalize", fields, keys: [1], keepsHistory }, context),
    inputs: [{ fields }],
    output: { fields },
    partitionedBy: [[1]],
  });
}

describe("changelog-normalize", () => {
  it("tells the row before of a key that changes or goes", () => {
    verify()
      .input(
        rows(0, [[1, "a", "x"]]),
        rows(0, [change("+U", 2, "a", "y")]),
        rows(0, [change("-D", null, "a", null)]),
        rows(0, [[3, "a", "z"]]),
        end(),
      )
      .expect([1, "a", "x"], change("-U", 1, "a", "x"), change("+U", 2, "a", "y"), change("-D", 2, "a", "y"), [
        3,
        "a",
        "z",
      ]);
  });

  it("emits nothing for a row as before, the end of an unknown key, and the row before", () => {
    verify()
      .input(
        rows(0, [[1, "a", null]]),
        rows(0, [change("+U", 1, "a", null)]),
        rows(0, [change("-D", null, "b", null)]),
        rows(0, [change("-U", 1, "a", null)]),
        rows(0, [change("-U", 1, "c", null)]),
        rows(0, [[5, null, "null is a key"]]),
        end(),
      )
      .expect([1, "a", null], [5, null, "null is a key"]);
  });

  it("tells each change of a batch where history counts", () => {
    const changes = [change("+U", 1, "a", "x"), change("+U", 2, "b", "y"), change("+U", 3, "a", "x")];
    const last = [change("-D", null, "a", null), change("+U", 4, "a", "z"), change("-D", null, "c", null)];
    verify(true)
      .input(rows(0, [...changes, ...last]), end())
      .expect(
        [1, "a", "x"],
        [2, "b", "y"],
        change("-U", 1, "a", "x"),
        change("+U", 3, "a", "x"),
        change("-D", 3, "a", "x"),
        [4, "a", "z"],
      );
  });

  it("leaves the last row of each key, whatever comes", () => {
    const next = seededRandom(7);
    const final = new Map<string, Change>();
    const input: Change[] = [];
    for (let i = 0; i < 500; i++) {
      const key = `k${Math.floor(next() * 30)}`;
      const row = next() < 0.3 ? change("-D", null, key, null) : change("+U", Math.floor(next() * 3), key, "s");
      input.push(row);
      if (row.kind === 3) final.delete(key);
      else final.set(key, row);
    }
    const expected = [...final.values()].map(({ values }) => values);
    verify()
      .input(rows(0, input), end())
      .expectTable(...expected);
    expect(expected.length).toBeGreaterThan(0);
  });
});
