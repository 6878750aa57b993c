import { type Change, change, end, rows, seededRandom, verifyOperator } from "@millrace/testkit";
import { describe, expect, it } from "vitest";
import { BIGINT, type Field, STRING } from "../batch/data-type.ts";
import { createUpsertMaterialize } from "./upsert-materialize.ts";

const fields: readonly Field[] = [
  { name: "id", type: BIGINT },
  { name: "target", type: STRING },
];

function verify() {
  return verifyOperator({
    create: (context) => createUpsertMaterialize({ kind: "upsert-materialize", fields, keys: [1] }, context),
    inputs: [{ fields }],
    output: { fields },
    partitionedBy: [[1]],
  });
}

describe("upsert-materialize", () => {
  it("keeps a key that another row has taken", () => {
    verify()
      .input(
        rows(0, [[1, "x"]]),
        rows(0, [[2, "y"]]),
        // 1 goes from x to y, then 2 from y to x.
        rows(0, [change("-U", 1, "x")]),
        rows(0, [change("+U", 1, "y")]),
        rows(0, [change("-U", 2, "y")]),
        rows(0, [change("+U", 2, "x")]),
        end(),
      )
      .expect([1, "x"], [2, "y"], change("-D", 1, "x"), change("+U", 1, "y"), [2, "x"]);
  });

  it("goes back to the row before, and ends with the last", () => {
    verify()
      .input(
        rows(0, [[1, "x"]]),
        rows(0, [[2, "x"]]),
        rows(0, [change("-D", 2, "x")]),
        rows(0, [change("-D", 9, "x")]),
        rows(0, [change("-D", 1, "x")]),
        rows(0, [change("-D", 1, "never")]),
        end(),
      )
      .expect([1, "x"], change("+U", 2, "x"), change("+U", 1, "x"), change("-D", 1, "x"));
  });

  it("leaves at each key one of the rows that are left", () => {
    const next = seededRandom(11);
    const live: (readonly unknown[])[] = [];
    const input: Change[] = [];
    for (let i = 0; i < 400; i++) {
      if (next() < 0.45 && live.length > 0) {
        const [values] = live.splice(Math.floor(next() * live.length), 1);
        input.push({ kind: 3, values });
      } else {
        const values = [i, `k${Math.floor(next() * 12)}`];
        live.push(values);
        input.push({ kind: 0, values });
      }
    }
    const last = new Map(live.map((values) => [values[1], values]));
    expect(last.size).toBeGreaterThan(0);
    verify()
      .input(rows(0, input), end())
      .expectTableByKey([1], ...last.values());
  });
});
