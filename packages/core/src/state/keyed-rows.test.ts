import { batchOf, randomValue, seededRandom } from "@millrace/testkit";
import { describe, expect, test } from "vitest";
import { BIGINT, BOOLEAN, type DataType, DOUBLE, type Field, INT, STRING } from "../batch/data-type.ts";
import { hashRows } from "../batch/hash-rows.ts";
import { sameJavaScriptValue } from "../batch/same-value.ts";
import { KeyedRows } from "./keyed-rows.ts";

type Row = readonly unknown[];

function fieldsOf(...types: readonly DataType[]): readonly Field[] {
  return types.map((type, i) => ({ name: `c${i}`, type: { ...type, nullable: true } }));
}

/** For each row to look up, the numbers of the rows found. */
function found(rows: readonly Row[], fields: readonly Field[], keys: readonly number[], wanted: readonly Row[]) {
  const index = new KeyedRows(batchOf({ fields }, rows), keys);
  const { columns, length } = batchOf({ fields: keys.map((key) => fields[key]) }, wanted);
  const hashes = new Int32Array(length);
  const firsts = new Int32Array(length).fill(77);
  hashRows(columns, length, hashes);
  index.find(columns, hashes, length, firsts);
  return Array.from(firsts, (first) => {
    const ids: number[] = [];
    for (let id = first; id >= 0; id = index.next(id)) ids.push(id);
    return ids;
  });
}

describe("KeyedRows", () => {
  test("finds all rows of a number in their order, none of NULL", () => {
    const rows = [[7], [1], [null], [7], [-0], [Number.NaN], [7], [2 ** 40]];
    const wanted = [[7], [2], [null], [0], [Number.NaN], [2 ** 40], [1]];
    expect(found(rows, fieldsOf(DOUBLE), [0], wanted)).toEqual([[0, 3, 6], [], [], [4], [5], [7], [1]]);
  });

  test("finds numbers outside of the safe range, whatever column holds them", () => {
    const big = 9_007_199_254_740_993n;
    expect(found([[big], [5n], [big]], fieldsOf(BIGINT), [0], [[5n], [big], [6n]])).toEqual([[1], [0, 2], []]);
    expect(found([[5n]], fieldsOf(BIGINT), [0], [[big], [5n]])).toEqual([[], [0]]);
  });

  test("finds nothing in nothing", () => {
    expect(found([], fieldsOf(INT, STRING), [1], [["a"], [null]])).toEqual([[], []]);
  });

  const keyTypes: readonly (readonly DataType[])[] = [[INT], [STRING], [INT, STRING], [BOOLEAN, DOUBLE], [BIGINT]];
  for (const [i, types] of keyTypes.entries()) {
    const seed = Number(process.env.MILLRACE_TEST_SEED ?? 41) + i;
    test(`as a search through all rows, keys ${types.map((type) => type.kind).join(", ")}, seed ${seed}`, () => {
      const random = seededRandom(seed);
      const fields = fieldsOf(STRING, ...types);
      const keys = types.map((_, place) => place + 1);
      const pool = Array.from({ length: 12 }, () => types.map((type) => randomValue(type, random)));
      const any = () => pool[Math.floor(random() * pool.length)].map((value) => (random() < 0.1 ? null : value));
      const rows = Array.from({ length: 300 }, (_, row) => [`row ${row}`, ...any()]);
      const wanted = Array.from({ length: 100 }, any);
      const expected = wanted.map((key) =>
        rows.flatMap((row, id) =>
          key.every((value, k) => value !== null && sameJavaScriptValue(value, row[keys[k]])) ? [id] : [],
        ),
      );
      expect(found(rows, fields, keys, wanted)).toEqual(expected);
    });
  }
});
