import { change, end, rows, seededRandom, verifyOperator } from "@millrace/testkit";
import { describe, it } from "vitest";
import { BIGINT, BOOLEAN, DOUBLE, STRING } from "../batch/data-type.ts";
import type { SortKey } from "../batch/row-order.ts";
import { createSort } from "./sort.ts";

const fields = [
  { name: "a", type: BIGINT },
  { name: "b", type: STRING },
  { name: "c", type: DOUBLE },
  { name: "d", type: BOOLEAN },
];
const by = (column: number, descending = false, nullsFirst = !descending): SortKey => ({
  column,
  descending,
  nullsFirst,
});
const verify = (...keys: SortKey[]) =>
  verifyOperator({
    create: (context) => createSort({ kind: "sort", fields, keys }, context),
    inputs: [{ fields }],
    output: { fields },
  });

describe("sort", () => {
  it("emits rows in order at the end", () => {
    const list = [
      [2, "b", 1, true],
      [1, "é", 1, null],
      [2, "a", Number.NaN, false],
      [null, "z", 1, true],
      [2n ** 60n, "z", 1, true],
      [-5, null, -0.5, true],
    ];
    const at = (...indexes: number[]) => indexes.map((i) => list[i]);
    verify(by(0), by(1))
      .input(rows(0, list), end())
      .expectInOrder(...at(3, 5, 1, 2, 0, 4));
    verify(by(0, true), by(1))
      .input(rows(0, list), end())
      .expectInOrder(...at(4, 2, 0, 1, 5, 3));
    verify(by(0, false, false), by(1, true))
      .input(rows(0, list), end())
      .expectInOrder(...at(5, 1, 0, 2, 4, 3));
    verify(by(2, true), by(1))
      .input(rows(0, list), end())
      .expectInOrder(...at(2, 0, 3, 4, 1, 5));
    verify(by(3), by(0))
      .input(rows(0, list), end())
      .expectInOrder(...at(1, 2, 3, 5, 0, 4));
  });

  it("keeps strings in the order of their code points", () => {
    const list = ["\u{10000}", "\uffee", "b", "", "ab"].map((text) => [1, text, 1, true]);
    verify(by(1)).input(rows(0, list), end()).expectInOrder(list[3], list[4], list[2], list[1], list[0]);
  });

  it("emits equal rows as often as they came, and ties in order of arrival", () => {
    verify(by(0))
      .input(
        rows(0, [
          [1, "x", 0, true],
          [1, "b", 0, true],
          [1, "x", 0, true],
          [0, "q", 0, true],
        ]),
        end(),
      )
      .expectInOrder([0, "q", 0, true], [1, "x", 0, true], [1, "x", 0, true], [1, "b", 0, true]);
  });

  it("leaves out rows that were taken away again", () => {
    verify(by(0))
      .input(
        rows(0, [[3, "x", 0, true], [2, "y", 0, true], change("-D", 3, "x", 0, true)]),
        rows(0, [change("-U", 2, "y", 0, true), change("+U", 1, "y", 0, true)]),
        end(),
      )
      .expectInOrder([1, "y", 0, true]);
  });

  it("emits nothing of nothing, and more rows than one batch holds", () => {
    verify(by(0)).input(end()).expectInOrder();
    const next = seededRandom(3);
    const list = Array.from({ length: 5000 }, () => [Math.floor(next() * 1e6), "x", 0, true]);
    const sorted = [...list].sort((x, y) => (x[0] as number) - (y[0] as number));
    verify(by(0))
      .input(rows(0, list.slice(0, 4096)), rows(0, list.slice(4096)), end())
      .expectInOrder(...sorted);
  });
});
