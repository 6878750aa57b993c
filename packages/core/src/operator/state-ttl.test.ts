/** Operators that forget: processing time moves by hand. Entries are gone whether a timer has freed them yet or not. */
import {
  change,
  type OperatorEvent,
  overCall,
  processingTime,
  processingTimer,
  rows,
  seededRandom,
  type TestRow,
  verifyOperator,
} from "@millrace/testkit";
import { describe, expect, it, test } from "vitest";
import type { AggregateFunction, AggregateSpec } from "../aggregate/aggregate-spec.ts";
import { aggregateType } from "../aggregate/aggregate-spec.ts";
import { columnOf } from "../batch/column-builder.ts";
import { BIGINT, type Field, STRING } from "../batch/data-type.ts";
import type { JoinType } from "../batch/join-type.ts";
import { recordBatch } from "../batch/record-batch.ts";
import { createMetricGroup } from "../metrics.ts";
import { createMemoryState, type SnapshotableState } from "../state/memory-state-backend.ts";
import { createChangelogNormalize } from "./changelog-normalize.ts";
import { createGroupAggregate, type GroupAggregateSpec } from "./group-aggregate.ts";
import type { Operator, OperatorContext } from "./operator.ts";
import { createRegularJoin, type RegularJoinSpec } from "./regular-join.ts";
import { createSetOperation } from "./set-operation.ts";
import { createTimeOver } from "./time-over.ts";
import { createTopN, PLACE_TYPE, type TopNSpec } from "./top-n.ts";
import { createTopOne } from "./top-one.ts";
import { createUpdatingOver } from "./updating-over.ts";

const fields: readonly Field[] = [
  { name: "k", type: BIGINT },
  { name: "v", type: BIGINT },
];
const TTL = 100;
const one = (...row: TestRow[]) => rows(0, row);

function call(name: AggregateFunction, args: number[], distinct = false): AggregateSpec {
  const argTypes = args.map((arg) => fields[arg].type);
  return { function: name, args, argTypes, distinct, filter: null, type: aggregateType(name, argTypes) };
}

function aggregateSpec(aggregates: readonly AggregateSpec[], inputIsAppendOnly: boolean): GroupAggregateSpec {
  const base = { keys: [0], keyFields: [fields[0]], aggregates, inputIsAppendOnly };
  return { kind: "group-aggregate", ...base, ttlMs: TTL };
}

function verifyAggregate(aggregates: readonly AggregateSpec[], inputIsAppendOnly: boolean) {
  const spec = aggregateSpec(aggregates, inputIsAppendOnly);
  const output = { fields: [fields[0], ...aggregates.map(({ type }, i) => ({ name: `a${i}`, type }))] };
  const create = (context: OperatorContext) => createGroupAggregate(spec, context);
  return verifyOperator({ create, inputs: [{ fields }], output, partitionedBy: [[0]] });
}

describe("group aggregate", () => {
  test("a group lives from its last row on, and then begins anew without a word", () => {
    for (const swept of [processingTime, processingTimer]) {
      verifyAggregate([call("sum", [1])], true)
        .input(one([1, 10]), processingTime(99), one([1, 5]), processingTime(198), one([1, 1]), one([2, 7]))
        .input(swept(298), one([1, 4]), one([2, 1]))
        .expect(
          [1, 10],
          change("-U", 1, 10),
          change("+U", 1, 15),
          change("-U", 1, 15),
          change("+U", 1, 16),
          [2, 7],
          [1, 4],
          [2, 1],
        );
    }
  });

  test("a result comes out at each touch, so that what is kept of it lives as long", () => {
    verifyAggregate([call("max", [1])], true)
      .input(one([1, 10]), one([1, 5]))
      .expect([1, 10], change("-U", 1, 10), change("+U", 1, 10));
  });

  test("what is taken away from a group that was forgotten is left out; the update counts", () => {
    const update = [change("-U", 1, 10), change("+U", 1, 12)] as const;
    verifyAggregate([call("sum", [1]), call("min", [1])], false)
      .input(one([1, 10]), processingTime(100), one(...update), one(change("-D", 1, 12)), one(change("-D", 2, 1)))
      .expect([1, 10, 10], [1, 12, 12], change("-D", 1, 12, 12));
  });

  test("distinct values of rows that are only added live from when they were first seen, as in Flink", () => {
    verifyAggregate([call("count", [1], true)], true)
      .input(one([1, 10]), processingTime(60), one([1, 10]), processingTime(120), one([1, 10]))
      .expect([1, 1], change("-U", 1, 1), change("+U", 1, 1), change("-U", 1, 1), change("+U", 1, 2));
  });

  test("DISTINCT gives a row again once it was forgotten", () => {
    verifyAggregate([], true)
      .input(
        one([1, 1]),
        processingTime(60),
        one([1, 2]),
        processingTime(159),
        one([1, 3]),
        processingTimer(259),
        one([1, 4]),
      )
      .expect([1], [1]);
  });
});

function verifyTopN(more: Partial<TopNSpec>) {
  const spec: TopNSpec = {
    kind: "top-n",
    fields,
    keys: [0],
    order: [{ column: 1, descending: true, nullsFirst: false }],
    start: 1,
    end: 2,
    outputs: [0, 1],
    withPlace: true,
    inputIsAppendOnly: true,
    ttlMs: TTL,
    ...more,
  };
  const create = (context: OperatorContext) => createTopN(spec, context);
  const output = { fields: [...fields, { name: "place", type: PLACE_TYPE }] };
  return verifyOperator({ create, inputs: [{ fields }], output, partitionedBy: [[0]] });
}

describe("Top-N", () => {
  test.each([true, false])("the rows of a key live from the last change of its list on; append only: %s", (append) => {
    for (const swept of [processingTime, processingTimer]) {
      verifyTopN({ inputIsAppendOnly: append })
        .input(one([1, 10]), processingTime(60), one([1, 20]), processingTime(120), one([1, 15]))
        .input(swept(220), one([1, 3]), one([1, 2]))
        .expect(
          [1, 10, 1],
          change("-U", 1, 10, 1),
          change("+U", 1, 20, 1),
          [1, 10, 2],
          change("-U", 1, 10, 2),
          change("+U", 1, 15, 2),
          [1, 3, 1],
          [1, 2, 2],
        );
    }
  });

  test("a row that does not enter the list keeps nothing alive", () => {
    verifyTopN({ end: 1 })
      .input(one([1, 10]), processingTime(60), one([1, 5]), processingTime(100), one([1, 5]))
      .expect([1, 10, 1], [1, 5, 1]);
  });

  test("Top-1: a row lives from when it was written", () => {
    const order = [{ column: 1, descending: true, nullsFirst: false }];
    const base = { fields, keys: [0], order, outputs: [0, 1], keepsLast: false };
    verifyOperator({
      create: (context) => createTopOne({ kind: "top-one", ...base, ttlMs: TTL }, context),
      inputs: [{ fields }],
      output: { fields },
      partitionedBy: [[0]],
    })
      .input(one([1, 10]), processingTime(60), one([1, 5]), one([2, 1]), processingTime(100), one([1, 4]), one([2, 2]))
      .input(processingTimer(300), one([2, 1]))
      .expect([1, 10], [2, 1], [1, 4], change("-U", 2, 1), change("+U", 2, 2), [2, 1]);
  });
});

test("INTERSECT: a row is known from when it last came", () => {
  const create = (context: OperatorContext) =>
    createSetOperation({ kind: "set-operation", operation: "intersect", all: false, fields, ttlMs: TTL }, context);
  verifyOperator({ create, inputs: [{ fields }, { fields }], output: { fields }, partitionedBy: [[0], [0]] })
    .input(rows(0, [[1, 1]]), processingTime(99), rows(1, [[1, 1]]), rows(0, [[2, 2]]), processingTimer(199))
    .input(rows(1, [[2, 2]]), rows(0, [[1, 1]]), rows(1, [[1, 1]]))
    .expect([1, 1], [1, 1]);
});

test("changes by key: a key is known from its last row on", () => {
  const create = (context: OperatorContext) =>
    createChangelogNormalize({ kind: "changelog-normalize", fields, keys: [0], ttlMs: TTL }, context);
  for (const swept of [processingTime, processingTimer]) {
    verifyOperator({ create, inputs: [{ fields }], output: { fields }, partitionedBy: [[0]] })
      .input(one([1, 1]), processingTime(60), one([1, 1]), processingTime(159), one([1, 2]))
      .input(swept(259), one(change("-D", 1, null)), one([1, 3]))
      .expect(
        [1, 1],
        change("-U", 1, 1),
        change("+U", 1, 1),
        change("-U", 1, 1),
        change("+U", 1, 2),
        // Forgotten: its end takes nothing away, its next row is new.
        [1, 3],
      );
  }
});

function joinSpec(joinType: JoinType, leftTtlMs?: number, rightTtlMs?: number): RegularJoinSpec {
  const base = { joinType, leftFields: fields, rightFields: fields, leftKeys: [0], rightKeys: [0] };
  const ttl = {
    ...(leftTtlMs === undefined ? {} : { leftTtlMs }),
    ...(rightTtlMs === undefined ? {} : { rightTtlMs }),
  };
  return { kind: "regular-join", ...base, leftPruning: null, rightPruning: null, ...ttl };
}

function verifyJoin(joinType: JoinType, leftTtlMs?: number, rightTtlMs?: number) {
  const spec = joinSpec(joinType, leftTtlMs, rightTtlMs);
  const create = (context: OperatorContext) => createRegularJoin(spec, context);
  const output = { fields: joinType === "semi" || joinType === "anti" ? fields : [...fields, ...fields] };
  return verifyOperator({ create, inputs: [{ fields }, { fields }], output, partitionedBy: [[0], [0]] });
}

const left = (...row: TestRow[]) => rows(0, row);
const right = (...row: TestRow[]) => rows(1, row);

describe("regular join", () => {
  test("each side forgets by its own time; pairs that were given stand", () => {
    for (const swept of [processingTime, processingTimer]) {
      verifyJoin("inner", 100, 300)
        .input(left([1, 1]), right([1, 2]), swept(100), right([1, 3]), left([1, 4]), swept(399), left([1, 5]))
        .input(swept(400), left([1, 6]))
        .expect([1, 1, 1, 2], [1, 4, 1, 2], [1, 4, 1, 3], [1, 5, 1, 3]);
    }
  });

  test("one side alone may forget", () => {
    verifyJoin("inner", undefined, 100)
      .input(left([1, 1]), right([1, 2]), processingTimer(1000), right([1, 3]), left([1, 4]))
      .expect([1, 1, 1, 2], [1, 1, 1, 3], [1, 4, 1, 3]);
  });

  test("a match keeps a row of the outer side alive: its count is written", () => {
    verifyJoin("left", 100, 100)
      .input(left([1, 1]), processingTime(60), right([1, 2]), processingTime(120), right([1, 3]))
      .input(processingTime(220), right([1, 4]), left(change("-D", 1, 1)))
      .expect(
        [1, 1, null, null],
        change("-D", 1, 1, null, null),
        [1, 1, 1, 2],
        [1, 1, 1, 3],
        // The left row is forgotten; what is taken back of it is still taken from what matches now.
        change("-D", 1, 1, 1, 4),
      );
  });

  test("rows that are the same live as long as the newest of them", () => {
    verifyJoin("inner", 100, 100)
      .input(left([1, 1]), processingTime(60), left([1, 1]), processingTimer(120), right([1, 2]))
      .expect([1, 1, 1, 2], [1, 1, 1, 2]);
    verifyJoin("inner", 100, 100)
      .input(left([1, 1], [1, 1]), processingTime(60), left(change("-D", 1, 1)), processingTimer(120), right([1, 2]))
      .expect([1, 1, 1, 2]);
  });

  test("semi join: a row that was forgotten does not come back", () => {
    verifyJoin("semi", 100, 100)
      .input(left([1, 1]), processingTime(100), right([1, 2]), left([1, 3]), processingTimer(300), left([1, 4]))
      .expect([1, 3]);
  });

  it.each([1, 2, 3, 4, 5, 6])("agrees with a naive join with times, seed %i", (seed) => {
    const next = seededRandom(seed);
    const int = (n: number) => Math.floor(next() * n);
    const events: OperatorEvent[] = [];
    const expected: TestRow[] = [];
    const held: { side: number; k: number; v: number; at: number }[] = [];
    let now = 0;
    for (let step = 0; step < 60; step++) {
      if (int(3) === 0) {
        now += int(70);
        events.push(int(2) === 0 ? processingTime(now) : processingTimer(now));
        continue;
      }
      const side = int(2);
      const same = held.filter((row) => row.side === side && now < row.at + TTL);
      const isDelete = int(4) === 0 && same.length > 0;
      const { k, v } = isDelete ? same[int(same.length)] : { k: int(3), v: int(4) };
      const kind = isDelete ? "-D" : "+I";
      events.push(rows(side, [change(kind, k, v)]));
      for (const other of held) {
        if (other.side === side || other.k !== k || now >= other.at + TTL) continue;
        expected.push(side === 0 ? change(kind, k, v, k, other.v) : change(kind, k, other.v, k, v));
      }
      const equal = held.filter((row) => row.side === side && row.k === k && row.v === v && now < row.at + TTL);
      // A row that is written again, or one fewer of it, is written as a whole.
      for (const row of equal) row.at = now;
      if (isDelete) held.splice(held.indexOf(equal[0]), 1);
      else held.push({ side, k, v, at: now });
    }
    verifyJoin("inner", TTL, TTL)
      .input(...events)
      .expect(...expected);
  });
});

/** A round of sweeping takes a second. */
const LONG_TTL = 8000;

describe("what is forgotten is freed", () => {
  function open(create: (context: OperatorContext) => Operator) {
    const state = createMemoryState();
    let now = 0;
    let timer = Number.POSITIVE_INFINITY;
    const setTimer = (at: number) => {
      timer = at;
    };
    const operator = create({
      operatorId: "op",
      state,
      metrics: createMetricGroup(),
      processingTime: { now: () => now, setTimer },
    });
    let rings = 0;
    return {
      state,
      push(from: number, count: number, input = 0) {
        const keys = Array.from({ length: count }, (_, i) => from + i);
        const columns = [
          columnOf(BIGINT, keys),
          columnOf(
            STRING,
            keys.map((key) => `value ${key}`),
          ),
        ];
        for (const _ of operator.onBatch(recordBatch(count, columns), input));
      },
      advance(to: number) {
        while (timer <= to) {
          now = timer;
          for (const _ of operator.onTimer?.(timer, "processing") ?? []);
          rings++;
        }
        now = to;
      },
      rings: () => rings,
    };
  }
  const texts: readonly Field[] = [fields[0], { name: "v", type: STRING }];
  const over = {
    fields: texts,
    keys: [1],
    order: [{ column: 0, descending: false, nullsFirst: true }],
    calls: [overCall("sum", 0), overCall("count", 0, { distinct: true })],
    ttlMs: LONG_TTL,
  };

  function entriesOf(state: SnapshotableState): number {
    return [...state.snapshot().keyGroups.values()].reduce((sum, bytes) => sum + bytes.length, 0);
  }

  test.each<[string, (context: OperatorContext) => Operator]>([
    [
      "join",
      (context) =>
        createRegularJoin({ ...joinSpec("left", LONG_TTL, LONG_TTL), leftFields: texts, rightFields: texts }, context),
    ],
    [
      "group aggregate",
      (context) =>
        createGroupAggregate({ ...aggregateSpec([call("count", [0], true)], true), ttlMs: LONG_TTL }, context),
    ],
    [
      "Top-N",
      (context) => {
        const order = [{ column: 0, descending: true, nullsFirst: false }];
        const base = { fields: texts, keys: [1], order, outputs: [0, 1], withPlace: false, inputIsAppendOnly: true };
        return createTopN({ kind: "top-n", ...base, start: 1, end: 3, ttlMs: LONG_TTL }, context);
      },
    ],
    [
      "OVER in the order of time",
      (context) => createTimeOver({ kind: "time-over", ...over, timeDomain: "processing" }, context),
    ],
    [
      "OVER in any order",
      (context) => createUpdatingOver({ kind: "updating-over", ...over, inputIsAppendOnly: true }, context),
    ],
  ])("%s: state of a steady stream stays as large as a time to live needs", (_, create) => {
    const run = open(create);
    const sizes: number[] = [];
    for (let step = 0; step < 60; step++) {
      run.push(step * 1000, 1000);
      run.advance((step + 1) * 1000);
      sizes.push(run.state.byteSize);
    }
    // Held: a time to live of rows, an eighth more until they are swept, and what arrays double by.
    expect(sizes[59]).toBeLessThanOrEqual(sizes[20] * 1.1);
    run.advance(80_000);
    expect(entriesOf(run.state)).toBe(0);
  });

  test("chunks are given back once their rows are gone, in slices", () => {
    const run = open((context) =>
      createRegularJoin({ ...joinSpec("inner", LONG_TTL, LONG_TTL), leftFields: texts, rightFields: texts }, context),
    );
    for (let from = 0; from < 200_000; from += 4000) run.push(from, 4000);
    const full = run.state.byteSize;
    run.advance(LONG_TTL * 1.3);
    expect(entriesOf(run.state)).toBe(0);
    expect(run.state.byteSize).toBeLessThan(full / 20);
    // 4,096 rows at a time.
    expect(run.rings()).toBeGreaterThanOrEqual(200_000 / 4096);
  });
});

test("without processing time there is no time to live", () => {
  const context = { operatorId: "op", state: createMemoryState(), metrics: createMetricGroup() };
  expect(() => createGroupAggregate(aggregateSpec([], true), context)).toThrow(/op needs processing time/);
});
