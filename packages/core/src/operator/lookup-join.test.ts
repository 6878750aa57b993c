import { batchOf, change, changesOf, end, rows, type TestRow, verifyOperator, watermark } from "@millrace/testkit";
import { describe, expect, it } from "vitest";
import type { Column } from "../batch/column.ts";
import { BIGINT, type Field, STRING } from "../batch/data-type.ts";
import { selectRows } from "../batch/gather.ts";
import type { PairPredicate } from "../batch/join-type.ts";
import { MAX_BATCH_ROWS, type RecordBatch } from "../batch/record-batch.ts";
import { KeyedRows } from "../state/keyed-rows.ts";
import { createLookupJoin, type LookupJoinSpec, type LookupTable, NO_ROW } from "./lookup-join.ts";
import type { AsyncOperator, Operator } from "./operator.ts";

const left: readonly Field[] = [
  { name: "id", type: STRING },
  { name: "k", type: BIGINT },
];
const right: readonly Field[] = [
  { name: "key", type: BIGINT },
  { name: "name", type: STRING },
];
const output = { fields: [...left, ...right] };
const none = [null, null];

function spec(joinType: LookupJoinSpec["joinType"], isOrdered = true): LookupJoinSpec {
  return { kind: "lookup-join", joinType, passed: 2, leftKeys: [1], isOrdered };
}

/** Rows that are all at hand, or whose keys are answered when a test says so. */
class TableOf implements LookupTable {
  readonly #index: KeyedRows;
  readonly #pending = new Map<number, number>();
  readonly #answered = new Set<number>();
  #wake: () => void = () => undefined;
  released = 0;

  /** `answersLater`: keys that are not at hand. */
  constructor(list: readonly TestRow[], answersLater: readonly bigint[] = []) {
    this.#index = new KeyedRows(batchOf({ fields: right }, list), [0]);
    this.later = answersLater.map(Number);
  }

  readonly later: readonly number[];

  ready(): null {
    return null;
  }

  find(keys: readonly Column[], hashes: Int32Array, length: number, firsts: Int32Array): void {
    this.#index.find(keys, hashes, length, firsts);
    for (let row = 0; row < length; row++) {
      const [key] = keys;
      const value = key.kind === "float64" ? key.values[row] : Number.NaN;
      if (key.nulls?.[row] === 1 || !this.later.includes(value) || this.#answered.has(value)) continue;
      const number = NO_ROW - 1 - value;
      this.#pending.set(number, firsts[row]);
      firsts[row] = number;
    }
  }

  answerKey(key: number): void {
    this.#answered.add(key);
    this.#wake();
  }

  resolve(first: number): number {
    return this.#answered.has(NO_ROW - 1 - first) ? (this.#pending.get(first) as number) : first;
  }

  answer(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  next(id: number): number {
    return this.#index.next(id);
  }

  batchOf(): RecordBatch {
    return this.#index.rows;
  }

  rowOf(id: number): number {
    return id;
  }

  gather(ids: Int32Array, length: number): Column[] {
    return this.#index.rows.columns.map((column) => selectRows(column, ids, length));
  }

  release(): void {
    this.released++;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** For tables that answer at once. */
function synchronous(operator: AsyncOperator): Operator {
  return {
    *onBatch(batch, input) {
      for (const each of operator.onBatch(batch, input)) {
        if (each instanceof Promise) throw new Error("the operator waits");
        yield each;
      }
    },
    onWatermark: (at) => operator.onWatermark(at),
  };
}

const table: readonly TestRow[] = [
  [1n, "one"],
  [2n, "two"],
  [2n, "zwei"],
  [null, "nothing"],
];

function verify(joinType: LookupJoinSpec["joinType"], residual: PairPredicate | null = null) {
  const create = () => synchronous(createLookupJoin(spec(joinType), new TableOf(table), residual));
  return verifyOperator({ create, inputs: [{ fields: left }], output, partitionedBy: [[1]] });
}

describe("a lookup join", () => {
  it("gives each row with the rows of its key, in their order", () => {
    verify("inner")
      .input(
        rows(0, [
          ["a", 2n],
          ["b", 3n],
          ["c", 1n],
        ]),
        watermark(5),
        rows(0, [
          ["d", null],
          ["e", 2n],
        ]),
        end(),
      )
      .expectInOrder(
        ["a", 2n, 2n, "two"],
        ["a", 2n, 2n, "zwei"],
        ["c", 1n, 1n, "one"],
        ["e", 2n, 2n, "two"],
        ["e", 2n, 2n, "zwei"],
      );
  });

  it("left: gives rows without a partner with NULLs", () => {
    verify("left")
      .input(
        rows(0, [
          ["a", 3n],
          ["b", 1n],
          ["c", null],
        ]),
        end(),
      )
      .expectInOrder(["a", 3n, ...none], ["b", 1n, 1n, "one"], ["c", null, ...none]);
  });

  it("passes on the kinds of rows", () => {
    verify("inner")
      .input(rows(0, [["a", 1n], change("-U", "a", 1n), change("+U", "a", 2n), change("-D", "x", 9n)]), end())
      .expectInOrder(
        ["a", 1n, 1n, "one"],
        change("-U", "a", 1n, 1n, "one"),
        change("+U", "a", 2n, 2n, "two"),
        change("+U", "a", 2n, 2n, "zwei"),
      );
  });

  it("tries a further condition on each pair", () => {
    const isLonger: PairPredicate = (a, l, b, r) => {
      const [id, name] = [a.columns[0], b.columns[1]];
      if (id.kind !== "utf8" || name.kind !== "utf8") throw new Error("strings");
      return name.ends[r] - name.starts[r] > id.ends[l] - id.starts[l];
    };
    verify("left", isLonger)
      .input(
        rows(0, [
          ["abc", 2n],
          ["abcd", 1n],
          ["a", 1n],
        ]),
        end(),
      )
      .expectInOrder(["abc", 2n, 2n, "zwei"], ["abcd", 1n, ...none], ["a", 1n, 1n, "one"]);
  });

  it("gives more pairs than fit into a batch", () => {
    const many = Array.from({ length: MAX_BATCH_ROWS + 10 }, (_, i): TestRow => [1n, `row ${i}`]);
    const operator = synchronous(createLookupJoin(spec("inner"), new TableOf(many)));
    const sizes = Array.from(
      operator.onBatch(
        batchOf({ fields: left }, [
          ["a", 1n],
          ["b", 1n],
        ]),
        0,
      ),
      ({ length }) => length,
    );
    expect(sizes).toEqual([MAX_BATCH_ROWS, MAX_BATCH_ROWS, 20]);
  });
});

/** What an operator has emitted of a batch when it waits, answer by answer. */
function emitted(isOrdered: boolean, answers: readonly number[]) {
  const pending = new TableOf(table, [1n, 2n, 3n]);
  const operator = createLookupJoin(spec("left", isOrdered), pending);
  const batch = batchOf({ fields: left }, [
    ["a", 4n],
    ["b", 2n],
    ["c", 1n],
    ["d", 2n],
    ["e", 3n],
  ]);
  const iterator = operator.onBatch(batch, 0)[Symbol.iterator]();
  const steps: string[] = [];
  const pull = () => {
    const names: unknown[] = [];
    for (;;) {
      const { done, value } = iterator.next();
      if (done === true || value instanceof Promise) break;
      names.push(...changesOf(value, output).map(({ values }) => `${values[0]}${values[3] ?? "-"}`));
    }
    steps.push(names.join(" "));
  };
  pull();
  for (const key of answers) {
    pending.answerKey(key);
    pull();
  }
  expect(pending.released).toBe(1);
  return steps;
}

describe("a lookup join whose answers are still to come", () => {
  it("gives rows as far as all before them are answered", () => {
    expect(emitted(true, [1, 3, 2])).toEqual(["a-", "", "", "btwo bzwei cone dtwo dzwei e-"]);
    expect(emitted(true, [2, 1, 3])).toEqual(["a-", "btwo bzwei", "cone dtwo dzwei", "e-"]);
  });

  it("without an order gives rows as they are answered", () => {
    expect(emitted(false, [1, 3, 2])).toEqual(["a-", "cone", "e-", "btwo bzwei dtwo dzwei"]);
  });
});
