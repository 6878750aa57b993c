import {
  end,
  type MappedRow,
  type OperatorEvent,
  type OperatorSetup,
  processingTimer,
  referenceMatches,
  rows,
  seededRandom,
  verifyOperator,
  watermark,
} from "@millrace/testkit";
import { describe, expect, test } from "vitest";
import { columnOf } from "../batch/column-builder.ts";
import { BIGINT, BOOLEAN, type DataType, type Field, STRING, TIMESTAMP_3 } from "../batch/data-type.ts";
import { recordBatch } from "../batch/record-batch.ts";
import { createMetricGroup } from "../metrics.ts";
import { type MatchPath, rowsOfPath } from "../pattern/match-path.ts";
import type { MatchProgramFactory } from "../pattern/match-program.ts";
import type { AfterMatchSkip, RowPattern } from "../pattern/row-pattern.ts";
import { createMemoryState } from "../state/memory-state-backend.ts";
import { createMatchRecognize, type MatchRecognizeSpec } from "./match-recognize.ts";
import type { Operator } from "./operator.ts";

const variable = (number: number): RowPattern => ({ kind: "variable", variable: number });
const sequence = (...patterns: RowPattern[]): RowPattern => ({ kind: "sequence", patterns });
const repeated = (pattern: RowPattern, least: number, most: number | null = null): RowPattern => ({
  kind: "repetition",
  pattern,
  least,
  most,
  reluctant: false,
  exclusive: false,
});

const INPUT: readonly Field[] = [
  { name: "symbol", type: STRING },
  { name: "ts", type: TIMESTAMP_3 },
  { name: "price", type: BIGINT },
  { name: "is_high", type: BOOLEAN },
];
/** Stored: symbol's rank in the order of equal times (price), price. */
const PRICE = 0;

interface Given {
  readonly pattern: RowPattern;
  readonly spec?: Partial<MatchRecognizeSpec>;
  /** Conditions by variable over the price, the prices mapped before it, and the price `offset` rows away. */
  readonly holds?: (
    variable: number,
    price: number,
    mapped: readonly number[],
    at: (offset: number) => number | null,
  ) => boolean;
  readonly withPaths?: boolean;
}

const TEXT = (name: string): Field => ({ name, type: STRING });

/** Measures: the prices of the match with the variables they are mapped to, `A10 B9`; the price of the row; the number. */
const MEASURES: readonly Field[] = [TEXT("rows"), { name: "price", type: BIGINT }, { name: "number", type: BIGINT }];

function program({ holds }: Given): MatchProgramFactory {
  return ({ columns, slotAt }) => {
    const priceAt = (slot: number): number | null => (slot < 0 ? null : (columns[PRICE].get(slot) as number));
    return {
      conditions: {
        extend: (previous, chosen, isExcluded, slot, position) => {
          if (holds !== undefined) {
            const mapped = rowsOfPath(previous).map((row) => priceAt(row.slot) as number);
            const at = (offset: number) => priceAt(slotAt(position + offset));
            if (!holds(chosen, priceAt(slot) as number, mapped, at)) return null;
          }
          return { previous, variable: chosen, isExcluded, slot, position };
        },
        hasSameFuture: holds === undefined ? null : () => false,
      },
      measure: (last, current, slot, { number }, out) => {
        const text = (path: MatchPath | null) =>
          rowsOfPath(path)
            .map((row) => `${"ABCD"[row.variable]}${priceAt(row.slot)}`)
            .join(" ");
        out[0] = text(last);
        out[1] = current === null ? null : priceAt(slot);
        out[2] = number;
      },
    };
  };
}

function specOf({ pattern, spec }: Given): MatchRecognizeSpec {
  return {
    kind: "match-recognize",
    inputFields: INPUT,
    partitionBy: [0],
    timeColumn: 1,
    timeDomain: "event",
    stored: [2],
    orderBy: [],
    flagColumns: [],
    flagOf: [0, 0, 0, 0],
    pattern,
    choice: "preferred",
    skip: { kind: "past-last-row" },
    withinMs: null,
    output: "one-row",
    lookBehind: 0,
    lookAhead: 0,
    countsMatches: false,
    measures: MEASURES,
    ...spec,
  };
}

function setup(given: Given): OperatorSetup {
  const spec = specOf(given);
  const output = { fields: [...spec.partitionBy.map((column) => INPUT[column]), ...MEASURES] };
  return {
    create: (context) => createMatchRecognize(spec, context, program(given)),
    inputs: [{ fields: INPUT }],
    output,
    ...(spec.partitionBy.length > 0 ? { partitionedBy: [spec.partitionBy] } : {}),
  };
}

/** Rows `[symbol, time, price]`; `is_high` from 10 on. */
const ticks = (list: readonly (readonly [string | null, number, number])[]): OperatorEvent =>
  rows(
    0,
    list.map(([symbol, time, price]) => [symbol, time, price, price >= 10]),
  );

/** START, one or more falling prices, a rising one. */
const valley: Given = {
  pattern: sequence(variable(0), repeated(variable(1), 1), variable(2)),
  holds: (chosen, price, mapped) => {
    const last = mapped.at(-1);
    if (chosen === 0 || last === undefined) return chosen === 0;
    return chosen === 1 ? price < last : price > last;
  },
};

describe("MATCH_RECOGNIZE", () => {
  test("finds matches in the order of time, whatever the order of arrival, each partition by itself", () => {
    verifyOperator(setup(valley))
      .input(
        ticks([
          ["x", 3, 15],
          ["y", 1, 9],
          ["x", 1, 20],
          ["x", 2, 17],
          [null, 1, 4],
        ]),
        watermark(2),
        ticks([
          ["y", 3, 5],
          ["x", 4, 16],
          [null, 3, 2],
        ]),
        watermark(3),
        ticks([
          ["x", 3, 1], // late: left out, and counted
          ["y", 4, 6],
          [null, 5, 7],
          ["x", 5, 3],
        ]),
        watermark(4),
        end(),
      )
      .metrics({ numLateRecordsDropped: 1 })
      .expect(["x", "A20 B17 B15 C16", 16, 0], ["y", "A9 B5 C6", 6, 0], [null, "A4 B2 C7", 7, 0]);
  });

  test("orders rows of one time by the further columns, then by arrival", () => {
    const spec = { orderBy: [{ column: PRICE, descending: true, nullsFirst: false }] };
    verifyOperator(setup({ pattern: repeated(variable(0), 3, 3), spec }))
      .input(
        ticks([
          ["x", 1, 1],
          ["x", 1, 3],
          ["x", 1, 2],
        ]),
        watermark(1),
        end(),
      )
      .expect(["x", "A3 A2 A1", 1, 0]);
    verifyOperator(setup({ pattern: repeated(variable(0), 3, 3) }))
      .input(
        ticks([
          ["x", 1, 1],
          ["x", 1, 3],
          ["x", 1, 2],
        ]),
        watermark(1),
        end(),
      )
      .expect(["x", "A1 A3 A2", 2, 0]);
  });

  test("without a partition all rows are in one", () => {
    const given = setup({ ...valley, spec: { partitionBy: [] } });
    verifyOperator(given)
      .input(
        ticks([
          ["x", 1, 3],
          ["y", 2, 2],
          ["z", 3, 4],
        ]),
        end(),
      )
      .expect(["A3 B2 C4", 4, 0]);
  });

  test("conditions on single rows come as columns", () => {
    const spec = { flagColumns: [3], flagOf: [1, 0] };
    verifyOperator(setup({ pattern: sequence(variable(0), variable(1)), spec }))
      .input(
        ticks([
          ["x", 1, 3],
          ["x", 2, 10],
          ["x", 3, 4],
          ["x", 4, 12],
        ]),
        watermark(4),
        ticks([["x", 5, 30]]),
        end(),
      )
      .expect(["x", "A10 B4", 4, 0], ["x", "A12 B30", 30, 0]);
  });

  test("all rows of a match come out but for the excluded ones; matches are counted across restores", () => {
    const pattern = sequence(variable(0), { kind: "exclusion", pattern: variable(1) }, variable(2));
    verifyOperator(setup({ pattern, spec: { output: "all-rows", countsMatches: true } }))
      .input(
        ticks([
          ["x", 1, 1],
          ["x", 2, 2],
          ["x", 3, 3],
        ]),
        watermark(3),
        ticks([
          ["x", 4, 4],
          ["x", 5, 5],
          ["x", 6, 6],
        ]),
        end(),
      )
      .expectInOrder(
        ["x", "A1 B2 C3", 1, 1],
        ["x", "A1 B2 C3", 3, 1],
        ["x", "A4 B5 C6", 4, 2],
        ["x", "A4 B5 C6", 6, 2],
      );
  });

  test("a match may be empty, and longer than a batch", () => {
    const high: Given = {
      pattern: repeated(variable(0), 0),
      spec: { flagColumns: [3], flagOf: [1], output: "all-rows" },
    };
    verifyOperator(setup(high))
      .input(
        ticks([
          ["x", 1, 1],
          ["x", 2, 10],
        ]),
        end(),
      )
      .expectInOrder(["x", "", null, 0], ["x", "A10", 10, 0]);
    const operator = open({ pattern: repeated(variable(0), 1), spec: { output: "all-rows" } }).operator;
    const many = 4500;
    for (let from = 0; from < many; from += 500) {
      const list = Array.from({ length: 500 }, (_, i) => ["x", from + i, 5, true]);
      for (const _ of operator.onBatch(batch(list), 0)) throw new Error("nothing is due");
    }
    const lengths = [...operator.onWatermark(Number.POSITIVE_INFINITY)].map(({ length }) => length);
    expect(lengths).toEqual([4096, many - 4096]);
  });

  test("PREV sees rows before the match, and those of the match before", () => {
    // B rises over the row before it; A is any row whose row before is higher, or not there.
    const given: Given = {
      pattern: sequence(variable(0), variable(1)),
      spec: { lookBehind: 1 },
      holds: (chosen, price, _, at) => {
        const before = at(-1);
        return chosen === 0 ? before === null || before > price : before !== null && before < price;
      },
    };
    verifyOperator(setup(given))
      .input(
        ticks([
          ["x", 1, 5],
          ["x", 2, 7],
        ]),
        watermark(2),
        ticks([
          ["x", 3, 6],
          ["y", 3, 1],
        ]),
        watermark(3),
        ticks([
          ["x", 4, 9],
          ["x", 5, 9],
          ["y", 5, 0],
          ["x", 6, 10],
        ]),
        end(),
      )
      .expect(["x", "A5 B7", 7, 0], ["x", "A6 B9", 9, 0]);
  });

  test("NEXT waits for the row it looks at, and at the end does without", () => {
    // A before a rise, or at the end.
    const given: Given = {
      pattern: variable(0),
      spec: { lookAhead: 1 },
      holds: (_chosen, price, _mapped, at) => (at(1) ?? Number.POSITIVE_INFINITY) > price,
    };
    verifyOperator(setup(given))
      .input(
        ticks([
          ["x", 1, 5],
          ["x", 2, 7],
        ]),
        watermark(2),
        ticks([["x", 3, 6]]),
        watermark(3),
        end(),
      )
      .expect(["x", "A5", 5, 0], ["x", "A6", 6, 0]);
  });

  test("processing time: rows count as they come", () => {
    const given = setup({ ...valley, spec: { timeDomain: "processing", withinMs: 10 } });
    verifyOperator(given)
      .input(
        ticks([
          ["x", 1, 3],
          ["x", 2, 2],
          ["x", 1, 4],
          ["x", 3, 9],
          ["x", 4, 8],
          ["x", 13, 10], // 10 ms after the 9, which is too long
        ]),
        processingTimer(20),
        end(),
      )
      .expect(["x", "A3 B2 C4", 4, 0]);
  });

  test("a NULL time fails", () => {
    const { operator } = open(valley);
    expect(() => [...operator.onBatch(batch([["x", null, 1, false]]), 0)]).toThrow(/rowtime is NULL/);
  });

  test("skipping to the first row of the match, or to none, fails", () => {
    const skipping = (pattern: RowPattern, skip: AfterMatchSkip): (() => unknown) => {
      const { operator } = open({ pattern, spec: { skip } });
      const list = [1, 2, 3].map((time) => ["x", time, 1, false]);
      return () => {
        for (const _ of operator.onBatch(batch(list), 0)) throw new Error("nothing is due");
        return [...operator.onWatermark(10)];
      };
    };
    const two = sequence(repeated(variable(0), 0, 1), variable(1));
    expect(skipping(two, { kind: "to-first", variables: [0], name: "A" })).toThrow(
      "AFTER MATCH SKIP TO FIRST A: a match begins with that row",
    );
    const other = sequence(variable(0), repeated(variable(2), 0, 0), variable(1));
    expect(skipping(other, { kind: "to-last", variables: [2], name: "C" })).toThrow(
      "AFTER MATCH SKIP TO LAST C: a match has no row of C",
    );
  });
});

const types: readonly DataType[] = INPUT.map((field) => field.type);

function batch(list: readonly (readonly unknown[])[]) {
  return recordBatch(
    list.length,
    types.map((type, c) =>
      columnOf(
        type,
        list.map((row) => row[c]),
      ),
    ),
  );
}

function open(given: Given): { operator: Operator; rowsKept: () => number; partitionsKept: () => number } {
  const state = createMemoryState();
  const spec = specOf(given);
  const context = { operatorId: "match", state, metrics: createMetricGroup() };
  const operator = createMatchRecognize(spec, context, program(given));
  const counted = (name: string) => state.table({ name, key: [], values: [] }).size;
  return { operator, rowsKept: () => counted("rows"), partitionsKept: () => counted("partitions") };
}

describe("the state of MATCH_RECOGNIZE", () => {
  const pass = (operator: Operator, list: readonly (readonly unknown[])[], at: number) => {
    for (const _ of operator.onBatch(batch(list), 0)) throw new Error("nothing is due");
    for (const _ of operator.onWatermark(at));
  };

  test("holds no row of a partition in which nothing has begun", () => {
    const { operator, rowsKept, partitionsKept } = open({
      pattern: sequence(variable(0), variable(1)),
      spec: { flagColumns: [3], flagOf: [1, 0] },
    });
    for (let round = 0; round < 50; round++) {
      const list = Array.from({ length: 1000 }, (_, i) => [`k${round}-${i}`, round * 1000 + i, 1, false]);
      pass(operator, list, round * 1000 + 999);
      expect(rowsKept()).toBe(0);
    }
    // Of 50,000 partitions; those that were there just now may stay a while.
    expect(partitionsKept()).toBeLessThan(2048);
    pass(operator, [["a", 60_000, 10, true]], 60_000);
    expect(rowsKept()).toBe(1);
  });

  test("with WITHIN is freed by the watermark alone", () => {
    const { operator, rowsKept } = open({
      pattern: sequence(variable(0), variable(1), variable(2)),
      spec: { withinMs: 1000 },
    });
    for (let round = 0; round < 30; round++) {
      const list = Array.from({ length: 500 }, (_, i) => [`k${round}-${i}`, round * 1000 + i, 1, false]);
      pass(operator, list, round * 1000 + 999);
      expect(rowsKept()).toBeLessThanOrEqual(1000);
    }
    for (const _ of operator.onWatermark(60_000));
    expect(rowsKept()).toBe(0);
  });

  test("at the end is empty", () => {
    const { operator, rowsKept, partitionsKept } = open(valley);
    pass(
      operator,
      [
        ["x", 1, 5, false],
        ["y", 1, 5, false],
        ["x", 2, 4, false],
      ],
      2,
    );
    expect(rowsKept()).toBe(3);
    for (const _ of operator.onWatermark(Number.POSITIVE_INFINITY));
    expect([rowsKept(), partitionsKept()]).toEqual([0, 0]);
  });
});

describe("MATCH_RECOGNIZE against backtracking", () => {
  test("random patterns, rows out of order, snapshots in between", () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    for (let i = 0; i < 60; i++) {
      const random = seededRandom(seed + i);
      const pick = (below: number) => Math.floor(random() * below);
      const keys = ["x", "y", null];
      const history = random() < 0.5;
      const pattern = randomPattern(random);
      const withinMs = random() < 0.4 ? 5 + pick(20) : null;
      const skip: AfterMatchSkip = { kind: random() < 0.5 ? "past-last-row" : "to-next-row" };
      const choice = random() < 0.5 ? "preferred" : "earliest";
      const delay = pick(6);
      const list = Array.from({ length: 25 }, (_, n) => ({
        key: keys[pick(3)],
        time: n + pick(delay + 1),
        price: pick(4),
      }));
      const holds = (chosen: number, price: number, mapped: readonly number[]) =>
        (price + chosen) % 3 !== 0 && (!history || mapped.length === 0 || (mapped.at(-1) as number) !== price);

      const expected = keys.flatMap((key) => {
        const own = list.filter((row) => row.key === key).sort((a, b) => a.time - b.time);
        const matches = referenceMatches({
          pattern,
          holds: (chosen, mapped, row) =>
            holds(
              chosen,
              own[row].price,
              mapped.map((each: MappedRow) => own[each.row].price),
            ),
          times: own.map(({ time }) => time),
          withinMs,
          choice,
          skip,
        });
        return matches.map((match, number) => [
          key,
          match.rows.map((row) => `${"ABCD"[row.variable]}${own[row.row].price}`).join(" "),
          match.rows.length === 0 ? null : own[match.rows[match.rows.length - 1].row].price,
          number + 1,
        ]);
      });

      const events: OperatorEvent[] = [];
      for (let from = 0; from < list.length; ) {
        const size = 1 + pick(6);
        events.push(ticks(list.slice(from, from + size).map(({ key, time, price }) => [key as string, time, price])));
        from += size;
        // Of rows still to come the n-th has time n at least.
        events.push(watermark(Math.min(from, list.length) - 1));
      }
      try {
        verifyOperator(setup({ pattern, holds, spec: { withinMs, choice, skip, countsMatches: true } }))
          .seed(seed + i)
          .input(...events, end())
          .expect(...expected);
      } catch (cause) {
        throw new Error(`seed ${seed + i}: ${JSON.stringify({ pattern, withinMs, choice, skip, list })}`, { cause });
      }
    }
  });
});

function randomPattern(random: () => number, depth = 2): RowPattern {
  const choice = random();
  if (depth === 0 || choice < 0.2) return variable(Math.floor(random() * 4));
  const parts = () => Array.from({ length: 2 + Math.floor(random() * 2) }, () => randomPattern(random, depth - 1));
  if (choice < 0.6) return sequence(...parts());
  if (choice < 0.75) return { kind: "alternation", patterns: parts() };
  const least = Math.floor(random() * 2);
  return {
    kind: "repetition",
    pattern: randomPattern(random, depth - 1),
    least,
    most: random() < 0.5 ? null : least + 1,
    reluctant: random() < 0.4,
    exclusive: random() < 0.3,
  };
}
