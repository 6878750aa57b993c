import { type Change, change, end, rows, seededRandom, verifyOperator, watermark } from "@millrace/testkit";
import { describe, expect, it } from "vitest";
import { BIGINT, type Field, STRING } from "../batch/data-type.ts";
import { type CompactingMaterializeSpec, createCompactingMaterialize } from "./compacting-materialize.ts";

const fields: readonly Field[] = [
  { name: "id", type: BIGINT },
  { name: "target", type: STRING },
  { name: "v", type: STRING },
];

function verify(spec: Partial<CompactingMaterializeSpec> = {}) {
  const kind = "compacting-materialize";
  return verifyOperator({
    create: (context) =>
      createCompactingMaterialize({ kind, fields, keys: [1], upsertKey: [0], onConflict: "nothing", ...spec }, context),
    inputs: [{ fields }],
    output: { fields },
    partitionedBy: [[1]],
  });
}

describe("compacting-materialize", () => {
  it("emits nothing before the watermark, then what is left of the changes", () => {
    verify()
      .input(
        rows(0, [
          [1, "x", "a"],
          [2, "y", "b"],
        ]),
        rows(0, [change("-D", 2, "y", "b")]),
        watermark(10),
        // An update, its two halves in different batches; the same row again.
        rows(0, [change("-U", 1, "x", "a")]),
        rows(0, [change("+U", 1, "x", "A")]),
        watermark(20),
        rows(0, [change("-U", 1, "x", "A")]),
        rows(0, [change("+U", 1, "x", "A")]),
        watermark(30),
        rows(0, [change("-D", 1, "x", "A")]),
        end(),
      )
      .expect([1, "x", "a"], change("+U", 1, "x", "A"), change("-D", 1, "x", "A"));
  });

  it("sees no conflict where a row ends before the next, or after it but before the watermark", () => {
    verify({ onConflict: "error" })
      .input(
        rows(0, [[1, "x", "a"]]),
        watermark(10),
        rows(0, [[3, "x", "c"], change("-U", 1, "x", "a"), change("+U", 1, "y", "a")]),
        end(),
      )
      .expect([1, "x", "a"], change("+U", 3, "x", "c"), [1, "y", "a"]);
  });

  it("keeps the first of rows that meet, and knows nothing of the others later", () => {
    verify()
      .input(
        rows(0, [
          [1, "x", "a"],
          [2, "x", "b"],
        ]),
        watermark(10),
        rows(0, [[3, "x", "c"]]),
        watermark(20),
        rows(0, [change("-D", 2, "x", "b"), change("-D", 3, "x", "c")]),
        watermark(30),
        // The first goes: the others were passed over.
        rows(0, [change("-D", 1, "x", "a")]),
        watermark(40),
        rows(0, [[4, "x", "d"]]),
        end(),
      )
      .expect([1, "x", "a"], change("-D", 1, "x", "a"), [4, "x", "d"]);
  });

  it("takes the first of those that come where the one before has gone", () => {
    verify()
      .input(
        rows(0, [[1, "x", "a"]]),
        watermark(10),
        rows(0, [change("-D", 1, "x", "a"), [2, "x", "b"], [3, "x", "c"]]),
        end(),
      )
      .expect([1, "x", "a"], change("+U", 2, "x", "b"));
  });

  it("fails, with the key, where rows meet", () => {
    const input = [rows(0, [[1, "x", "a"]]), watermark(10), rows(0, [[2, "x", "b"]]), end()];
    expect(() =>
      verify({ onConflict: "error" })
        .input(...input)
        .expect(),
    ).toThrow("different rows meet at the primary key target = x");
  });

  it("tells rows apart by all columns where there is no key", () => {
    const twice = [rows(0, [[1, "x", "a"]]), rows(0, [[1, "x", "a"]]), end()];
    verify({ upsertKey: null })
      .input(...twice)
      .expect([1, "x", "a"]);
    expect(() =>
      verify({ upsertKey: null, onConflict: "error" })
        .input(...twice)
        .expect(),
    ).toThrow("different rows meet");
  });

  it("leaves what a naive list of the rows at each key leaves", () => {
    const next = seededRandom(17);
    const live: (readonly unknown[])[] = [];
    const events = [];
    // By key: the row that was emitted, and the rows that stand there until the next watermark.
    const emitted = new Map<unknown, readonly unknown[]>();
    let standing = new Map<unknown, (readonly unknown[])[]>();
    const at = (key: unknown) => {
      const first = emitted.get(key);
      const found = standing.get(key) ?? (first === undefined ? [] : [first]);
      standing.set(key, found);
      return found;
    };
    for (let round = 1; round <= 40; round++) {
      const changes: Change[] = [];
      for (let i = 0; i < 12; i++) {
        if (next() < 0.45 && live.length > 0) {
          const [values] = live.splice(Math.floor(next() * live.length), 1);
          changes.push({ kind: 3, values });
          const found = at(values[1]);
          const place = found.findIndex((each) => each[0] === values[0]);
          if (place >= 0) found.splice(place, 1);
        } else {
          const values = [round * 100 + i, `k${Math.floor(next() * 8)}`, "v"];
          live.push(values);
          changes.push({ kind: 0, values });
          at(values[1]).push(values);
        }
      }
      events.push(rows(0, changes), watermark(round));
      for (const [key, [first]] of standing) {
        if (first === undefined) emitted.delete(key);
        else emitted.set(key, first);
      }
      standing = new Map();
    }
    expect(emitted.size).toBeGreaterThan(0);
    verify()
      .input(...events, end())
      .expectTableByKey([1], ...emitted.values());
  });
});
