/**
 * Look-ups in state tables, per kind of key and number of keys.
 *
 *     node --conditions=millrace-source benchmarks/micro/state-table.ts
 */
import {
  BIGINT,
  type Column,
  columnOf,
  createMemoryState,
  type DataType,
  MAX_BATCH_ROWS,
  STRING,
} from "@millrace/core";
import { seededRandom } from "@millrace/testkit";
import { measure } from "./measure.ts";

const random = seededRandom(1);

function batches(count: number, columnsOf: (keys: number[]) => Column[], keyCount: number): Column[][] {
  return Array.from({ length: count }, () =>
    columnsOf(Array.from({ length: MAX_BATCH_ROWS }, () => Math.floor(random() * keyCount))),
  );
}

const kinds: [string, DataType[], (keys: number[]) => Column[]][] = [
  ["one BIGINT", [BIGINT], (keys) => [columnOf(BIGINT, keys)]],
  [
    "one STRING",
    [STRING],
    (keys) => [
      columnOf(
        STRING,
        keys.map((key) => `user-${key}`),
      ),
    ],
  ],
  [
    "BIGINT and STRING",
    [BIGINT, STRING],
    (keys) => [
      columnOf(BIGINT, keys),
      columnOf(
        STRING,
        keys.map((key) => `c${key % 10}`),
      ),
    ],
  ],
];

for (const [name, types, columnsOf] of kinds) {
  for (const keyCount of [1_000, 100_000, 1_000_000]) {
    const table = createMemoryState().table({
      name: "t",
      key: types.map((type, i) => ({ name: `k${i}`, type })),
      values: [],
    });
    const input = batches(64, columnsOf, keyCount);
    const slots = new Int32Array(MAX_BATCH_ROWS);
    let next = 0;
    measure(
      `look-up by ${name}, ${keyCount} keys`,
      MAX_BATCH_ROWS,
      () => {
        table.slotsOf(input[next++ % input.length], MAX_BATCH_ROWS, slots);
      },
      500,
    );
  }
}
