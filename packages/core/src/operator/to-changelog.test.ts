import { change, end, rows, verifyOperator, watermark } from "@millrace/testkit";
import { describe, expect, it } from "vitest";
import { BIGINT, type Field, STRING } from "../batch/data-type.ts";
import { createFromChangelog, type FromChangelogSpec } from "./from-changelog.ts";
import { createToChangelog } from "./to-changelog.ts";

const fields: readonly Field[] = [
  { name: "id", type: BIGINT },
  { name: "name", type: STRING },
];
const op: Field = { name: "op", type: STRING };

const toChangelog = (codes: readonly (string | null)[]) =>
  verifyOperator({
    create: () => createToChangelog({ kind: "to-changelog", codes }),
    inputs: [{ fields }],
    output: { fields: [op, ...fields] },
  });

const names = [
  { code: "c", kind: 0 },
  { code: "ré", kind: 0 },
  { code: "ub", kind: 1 },
  { code: "ua", kind: 2 },
  { code: "d", kind: 3 },
] as const;

const fromChangelog = (codes: FromChangelogSpec["codes"] = names) =>
  verifyOperator({
    create: () => createFromChangelog({ kind: "from-changelog", column: 1, columnName: "op", codes }),
    inputs: [{ fields: [fields[0], op, fields[1]] }],
    output: { fields },
  });

const changes = [
  rows(0, [
    [1, "a"],
    [2, null],
  ]),
  watermark(5),
  rows(0, [change("-U", 1, "a"), change("+U", 1, "b"), change("-D", 2, null)]),
  end(),
];

describe("to-changelog", () => {
  it("says what each change does", () => {
    toChangelog(["INSERT", "BEFORE", "", "DELETE"])
      .input(...changes)
      .expect(["INSERT", 1, "a"], ["INSERT", 2, null], ["BEFORE", 1, "a"], ["", 1, "b"], ["DELETE", 2, null]);
  });

  it("leaves out changes without a text", () => {
    toChangelog([null, null, "U", "é"])
      .input(...changes)
      .expect(["U", 1, "b"], ["é", 2, null]);
  });
});

describe("from-changelog", () => {
  it("gives the changes that the column tells of", () => {
    fromChangelog()
      .input(
        rows(0, [
          [1, "c", "a"],
          [2, "ré", null],
        ]),
        watermark(5),
        rows(0, [
          [1, "ub", "a"],
          [1, "ua", "b"],
          [2, "d", null],
        ]),
        end(),
      )
      .expect([1, "a"], [2, null], change("-U", 1, "a"), change("+U", 1, "b"), change("-D", 2, null));
  });

  it("fails on what the column does not say", () => {
    const told = (value: unknown) => () =>
      fromChangelog()
        .input(rows(0, [[1, value, "a"]]), end())
        .expect();
    expect(told(null)).toThrow("FROM_CHANGELOG: column 'op' is NULL: it has to say what a row does");
    expect(told("r")).toThrow("FROM_CHANGELOG: 'r' in column 'op' is no change; known are c, ré, ub, ua, d");
    expect(told("")).toThrow("'' in column 'op' is no change");
  });
});
