import {
  batchOf,
  change,
  end,
  overCall,
  overFields,
  overRow,
  type ReferenceOver,
  randomOverCall,
  rangeFrame,
  referenceOver,
  remainingRows,
  rows,
  rowsFrame,
  seededRandom,
  type TestRow,
  verifyOver,
} from "@millrace/testkit";
import { describe, expect, it } from "vitest";
import { compareValues } from "../batch/compare-values.ts";
import { BIGINT } from "../batch/data-type.ts";
import type { SortKey } from "../batch/row-order.ts";
import { createMetricGroup } from "../metrics.ts";
import { type OverCallSpec, type OverFrame, overFunctionNames } from "../over/over-call.ts";
import { createMemoryState } from "../state/memory-state-backend.ts";
import { createUpdatingOver, type UpdatingOverSpec } from "./updating-over.ts";

const fields = overFields(BIGINT);
const by = (column: number, descending = false, nullsFirst = !descending): SortKey => ({
  column,
  descending,
  nullsFirst,
});

type Given = ReferenceOver & { readonly inputIsAppendOnly: boolean };

function verify(given: Given) {
  const spec: UpdatingOverSpec = { kind: "updating-over", fields, ...given };
  return verifyOver((context) => createUpdatingOver(spec, context), spec);
}

const each = (list: readonly TestRow[]) => list.map((one) => rows(0, [one]));

describe("window functions over rows in any order", () => {
  it("emit a row, and those whose values it changes", () => {
    verify({ keys: [0], order: [by(1)], calls: [overCall("sum", 2)], inputIsAppendOnly: true })
      .input(...each([overRow(1, 10, 5), overRow(1, 30, 7), overRow(1, 20, 2), overRow(2, 10, 1)]), end())
      .expectTable(
        [...overRow(1, 10, 5), 5],
        [...overRow(1, 20, 2), 7],
        [...overRow(1, 30, 7), 14],
        [...overRow(2, 10, 1), 1],
      );
  });

  it("leave rows alone whose values stay", () => {
    const given: Given = {
      keys: [0],
      order: [by(1)],
      calls: [overCall("max", 2), overCall("lag", 2, { parameters: [1] })],
      inputIsAppendOnly: true,
    };
    const setup = verify(given);
    setup
      .input(rows(0, [overRow(1, 10, 9), overRow(1, 30, 7), overRow(1, 40, 8)]), rows(0, [overRow(1, 20, 2)]))
      .expectTable(
        [...overRow(1, 10, 9), 9, null],
        [...overRow(1, 20, 2), 9, 9],
        [...overRow(1, 30, 7), 9, 2],
        [...overRow(1, 40, 8), 9, 7],
      );
  });

  it("take back a row that goes, and give way to its followers", () => {
    verify({ keys: [0], order: [by(1)], calls: [overCall("row_number", null)], inputIsAppendOnly: false })
      .input(...each([overRow(1, 10, 5), overRow(1, 20, 6), change("-D", ...overRow(1, 10, 5))]), end())
      .expectTable([...overRow(1, 20, 6), 1]);
  });

  it("ignore the removal of a row that is not there", () => {
    verify({ keys: [0], order: [by(1)], calls: [overCall("count", null)], inputIsAppendOnly: false })
      .input(...each([change("-D", ...overRow(1, 10, 5)), overRow(1, 20, 6)]), end())
      .expectTable([...overRow(1, 20, 6), 1]);
  });
});

/** The order of rows that are equal in the order: by what is in them. */
function byContent(a: readonly unknown[], b: readonly unknown[]): number {
  for (const [i, x] of a.entries()) {
    const y = b[i];
    if (x === y) continue;
    if (x === null || y === null) return x === null ? -1 : 1;
    const order = compareValues(x, y);
    if (order !== 0) return order;
  }
  return 0;
}

function randomRows(random: () => number, count: number, keyCount: number, retracts: boolean): TestRow[] {
  const below = (limit: number) => Math.floor(random() * limit);
  const values = [null, 1, 2, 3, 9007199254740993n, -4];
  const live: (readonly unknown[])[] = [];
  return Array.from({ length: count }, () => {
    if (retracts && live.length > 0 && below(5) < 2) return change("-D", ...live.splice(below(live.length), 1)[0]);
    const next = [
      below(20) === 0 ? null : below(keyCount),
      below(8) === 0 ? null : below(25),
      values[below(values.length)],
      below(6) === 0 ? null : below(40) / 4,
      [null, "", "a", "b", "é"][below(5)],
    ];
    live.push(next);
    return next;
  });
}

function randomFrame(random: () => number, canRange: boolean): OverFrame {
  const bound = () => (random() < 0.25 ? null : Math.floor(random() * 7) - 3);
  let [start, end] = [bound(), bound()];
  if (start !== null && end !== null && start > end) [start, end] = [end, start];
  if (random() < 0.1) return rowsFrame(0, -1);
  if (random() < 0.5) return rowsFrame(start, end);
  const plain = (value: number | null) => (value === null ? null : 0);
  return canRange ? rangeFrame(start, end) : rangeFrame(plain(start), plain(end));
}

function randomCall(random: () => number, canRange: boolean): OverCallSpec {
  const names = [
    ...overFunctionNames,
    ...(["count", "sum", "avg", "min", "max", "first_value", "last_value"] as const),
    ...(["sum", "avg", "min", "count", "var_pop", "stddev_samp", "array_agg", "listagg", "percentile"] as const),
  ];
  const frame = randomFrame(random, canRange);
  return randomOverCall(random, names[Math.floor(random() * names.length)], frame);
}

describe("window functions agree with their definitions on random changes", () => {
  const first = Number(process.env.MILLRACE_TEST_SEED ?? 1);
  for (let seed = first; seed < first + 16; seed++) {
    const retracts = seed % 2 === 0;
    it(`${retracts ? "changes" : "rows"}, seed ${seed}`, () => {
      const random = seededRandom(seed);
      const keys = random() < 0.8 ? [0] : [];
      const order = [[by(1)], [by(1, true)], [by(3)], [by(4), by(1)], [by(1, false, false)], []][
        Math.floor(random() * 6)
      ];
      const canRange = order.length === 1;
      const calls = Array.from({ length: 1 + Math.floor(random() * 4) }, () => randomCall(random, canRange));
      const input = randomRows(random, 100, 4, retracts);
      const left = retracts ? remainingRows(input).toSorted(byContent) : (input as readonly (readonly unknown[])[]);
      verify({ keys, order, calls, inputIsAppendOnly: !retracts })
        .seed(seed)
        .input(rows(0, input), end())
        .expectTable(...referenceOver(left, { keys, order, calls }));
    });
  }

  for (const [seed, calls] of [
    [1, [overCall("max", 3), overCall("row_number", null)]],
    [2, [overCall("min", 3, { frame: rangeFrame(null, 0) }), overCall("dense_rank", null)]],
    [
      3,
      [
        overCall("max", 4, { frame: rangeFrame(null, -3) }),
        overCall("first_value", 3, { frame: rowsFrame(null, -40) }),
      ],
    ],
    [4, [overCall("last_value", 4), overCall("sum", 2, { frame: rowsFrame(-2, 1) }), overCall("min", 2)]],
  ] as const) {
    it(`with many rows of one partition, seed ${seed}`, () => {
      const random = seededRandom(seed);
      const input = randomRows(random, 700, 1, seed % 2 === 0);
      const wide = input.map((each): TestRow => {
        const values = "kind" in each ? each.values : each;
        const spread = values.with(
          1,
          values[1] === null ? null : (values[1] as number) * 7 + Number(values[3] ?? 0) * 4,
        );
        return "kind" in each ? { ...each, values: spread } : spread;
      });
      const left = seed % 2 === 0 ? remainingRows(wide).toSorted(byContent) : (wide as readonly (readonly unknown[])[]);
      verify({ keys: [], order: [by(1)], calls, inputIsAppendOnly: seed % 2 === 1 })
        .seed(seed)
        .input(rows(0, wide), end())
        .expectTable(...referenceOver(left, { keys: [], order: [by(1)], calls }));
    });
  }

  it("emits nothing for rows behind whose values stay", () => {
    const spec: UpdatingOverSpec = {
      kind: "updating-over",
      fields,
      keys: [],
      order: [by(1)],
      calls: [overCall("max", 2)],
      inputIsAppendOnly: true,
    };
    const context = { operatorId: "over", state: createMemoryState(), metrics: createMetricGroup() };
    const operator = createUpdatingOver(spec, context);
    const send = (list: readonly TestRow[]) =>
      [...operator.onBatch(batchOf({ fields }, list), 0)].reduce((sum, { length }) => sum + length, 0);
    expect(send(Array.from({ length: 3000 }, (_, i) => overRow(1, i * 2, i === 0 ? 9 : 1)))).toBe(3000);
    expect(send([overRow(1, 1001, 8)])).toBe(1);
    expect(send([overRow(1, 1003, 10)])).toBe(1 + 2 * 2498);
  });
});
