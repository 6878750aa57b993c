import { end, processingTimer, rows, verifyRecords, watermark } from "@millrace/testkit";
import { describe, expect, it } from "vitest";
import { valueBatch, valuesOf } from "../batch/record-batch.ts";
import { createMetricGroup } from "../metrics.ts";
import type { ProcessContext } from "../record/process-context.ts";
import type { ListState, MapState, ValueState } from "../record/state-declaration.ts";
import { FAIL } from "../record/user-code.ts";
import { createMemoryState } from "../state/memory-state-backend.ts";
import { createProcessRecords, type ProcessRecordsSpec } from "./process-records.ts";

const base: ProcessRecordsSpec = {
  kind: "process-records",
  inputs: [],
  onTimer: null,
  onEnd: null,
  states: {},
  outputs: [],
  onError: FAIL,
  deadLetters: 0,
};

interface Order {
  readonly shop: string | readonly number[];
  readonly amount: number;
}

const keyOf = (record: unknown) => (record as Order).shop;
const total = { kind: "value", initial: () => 0, ttl: null } as const;

function verification(spec: Partial<ProcessRecordsSpec>, keys = [keyOf, keyOf]) {
  return verifyRecords((context) => createProcessRecords({ ...base, ...spec }, context), keys);
}

const summing: Partial<ProcessRecordsSpec> = {
  states: { total },
  inputs: [
    {
      keyOf,
      onRecord: (record, { state, key }) => {
        const sum = state.total as ValueState<number>;
        sum.set(sum.get() + (record as Order).amount);
        return [{ key, total: sum.get() }];
      },
    },
  ],
};

describe("state", () => {
  it("is by key, compared by value", () => {
    verification(summing)
      .input(
        rows(0, [
          [{ shop: "a", amount: 1 }, 10],
          [{ shop: [1, 2], amount: 2 }, 11],
          [{ shop: "a", amount: 3 }, 12],
          [{ shop: [1, 2], amount: 4 }, 13],
        ]),
        end(),
      )
      .expectInOrder(
        [0, { key: "a", total: 1 }, 10],
        [0, { key: [1, 2], total: 2 }, 11],
        [0, { key: "a", total: 4 }, 12],
        [0, { key: [1, 2], total: 6 }, 13],
      );
  });

  it("of two inputs is shared", () => {
    verification({
      states: { seen: { kind: "list", ttl: null }, counts: { kind: "map", ttl: null } },
      inputs: [
        {
          keyOf,
          onRecord: (record, { state }) => {
            (state.seen as ListState<number>).add((record as Order).amount);
            const counts = state.counts as MapState<string, number>;
            counts.set("n", (counts.get("n") ?? 0) + 1);
          },
        },
        {
          keyOf,
          onRecord: (_, { state, emit, key }) => {
            void emit;
            return [
              [
                key,
                [...(state.seen as ListState<number>).get()],
                (state.counts as MapState<string, number>).get("n") ?? 0,
              ],
            ];
          },
        },
      ],
    })
      .input(
        rows(0, [[{ shop: "a", amount: 1 }, 10]]),
        rows(0, [[{ shop: "b", amount: 7 }, 10]]),
        rows(0, [[{ shop: "a", amount: 2 }, 11]]),
        rows(1, [[{ shop: "a", amount: 0 }, 12]]),
        rows(1, [[{ shop: "c", amount: 0 }, null]]),
        end(),
      )
      .expectInOrder([0, ["a", [1, 2], 2], 12], [0, ["c", [], 0], null]);
  });

  it("that has lived its time is gone", () => {
    verification({ ...summing, states: { total: { ...total, ttl: { ttlMs: 1000, refresh: "write" } } } })
      .input(
        rows(0, [[{ shop: "a", amount: 1 }, 10]]),
        processingTimer(999),
        rows(0, [[{ shop: "a", amount: 2 }, 11]]),
        processingTimer(1998),
        rows(0, [[{ shop: "a", amount: 3 }, 12]]),
        processingTimer(2998),
        rows(0, [[{ shop: "a", amount: 4 }, 13]]),
        end(),
      )
      .expectInOrder(
        [0, { key: "a", total: 1 }, 10],
        [0, { key: "a", total: 3 }, 11],
        [0, { key: "a", total: 6 }, 12],
        [0, { key: "a", total: 4 }, 13],
      );
  });
});

describe("timers", () => {
  const remind: Partial<ProcessRecordsSpec> = {
    inputs: [
      {
        keyOf,
        onRecord: (record, context) => {
          const { amount } = record as Order;
          if (amount < 0) context.clearTimer(-amount);
          else context.setTimer(amount);
        },
      },
    ],
    onTimer: (at, { key, timestamp, setTimer }) => {
      void setTimer;
      return [[key, at, timestamp]];
    },
  };

  it("ring once, in the order of time, with the key they were set for", () => {
    verification(remind)
      .input(
        rows(0, [
          [{ shop: "a", amount: 300 }, 1],
          [{ shop: "b", amount: 200 }, 2],
          [{ shop: "a", amount: 100 }, 3],
          [{ shop: "a", amount: 300 }, 4],
          [{ shop: "b", amount: 250 }, 5],
          [{ shop: "b", amount: -250 }, 6],
        ]),
        watermark(99),
        watermark(250),
        end(),
      )
      .expectInOrder([0, ["a", 100, 100], 100], [0, ["b", 200, 200], 200], [0, ["a", 300, 300], 300]);
  });

  it("ring in front of the record that comes after their time, in the middle of a batch", () => {
    const spec = {
      ...base,
      ...remind,
      inputs: [
        {
          keyOf,
          onRecord: (record: unknown, context: ProcessContext) => {
            context.setTimer((record as Order).amount);
            return [`record ${(record as Order).amount}`];
          },
        },
      ],
    };
    const context = { operatorId: "p", state: createMemoryState(), metrics: createMetricGroup() };
    const operator = createProcessRecords(spec, context);
    const records = [50, 200, 300].map((amount) => ({ shop: "a", amount }));
    const watermarks = Float64Array.of(Number.NEGATIVE_INFINITY, 49, 200);
    const batch = valueBatch(3, records, Float64Array.of(1, 50, 201), undefined, 0, watermarks);
    const [out] = [...operator.onBatch(batch, 0)];
    expect(valuesOf(out)).toEqual(["record 50", "record 200", ["a", 50, 50], ["a", 200, 200], "record 300"]);
    // A timer's record stands in front of the watermark that made it ring.
    expect([...(out.watermarks ?? [])]).toEqual([Number.NEGATIVE_INFINITY, 49, 49, 49, 200]);
    expect([...operator.onWatermark(250)]).toEqual([]);
  });

  it("set by timers ring in the same go, if they are due", () => {
    verification({
      ...remind,
      onTimer: (at, context) => {
        if (at < 50) context.setTimer(at + 10);
        context.emit(at);
      },
    })
      .input(rows(0, [[{ shop: "a", amount: 15 }, 1]]), watermark(36), watermark(100), end())
      .expectInOrder([0, 15, 15], [0, 25, 25], [0, 35, 35], [0, 45, 45], [0, 55, 55]);
  });

  it("of processing time go by the clock, and give no event time", () => {
    verification({
      ...remind,
      inputs: [{ keyOf, onRecord: (record, context) => void context.setTimer((record as Order).amount, "processing") }],
    })
      .input(
        rows(0, [
          [{ shop: "a", amount: 500 }, 1],
          [{ shop: "b", amount: 700 }, 1],
        ]),
        watermark(10_000),
        processingTimer(500),
        processingTimer(699),
        processingTimer(900),
        end(),
      )
      .expectInOrder([0, ["a", 500, undefined], null], [0, ["b", 700, undefined], null]);
  });
});

describe("broadcast state", () => {
  interface Rule {
    readonly name: string;
    readonly limit: number | null;
  }
  const alerting: Partial<ProcessRecordsSpec> = {
    states: { total },
    broadcast: ["rules"],
    inputs: [
      {
        keyOf,
        onRecord: (record, { state, key, broadcast }) => {
          const sum = state.total as ValueState<number>;
          sum.set(sum.get() + (record as Order).amount);
          return [...broadcast.rules.entries()]
            .filter(([, limit]) => sum.get() > (limit as number))
            .map(([name]) => `${String(key)} ${String(name)} ${sum.get()}`);
        },
      },
      {
        keyOf: null,
        isBroadcast: true,
        onRecord: (record, { broadcast: { rules } }) => {
          const { name, limit } = record as Rule;
          if (limit === null) rules.delete(name);
          else rules.set(name, limit);
        },
      },
    ],
  };

  it("is the same for all keys, on every instance, from the record that changed it on", () => {
    verifyRecords((context) => createProcessRecords({ ...base, ...alerting }, context), [keyOf, null])
      .input(
        rows(0, [
          [{ shop: "a", amount: 50 }, 1],
          [{ shop: "b", amount: 1 }, 2],
        ]),
        rows(1, [[{ name: "large", limit: 40 }, 3]]),
        rows(0, [
          [{ shop: "a", amount: 1 }, 4],
          [{ shop: "b", amount: 1 }, 5],
          [{ shop: "c", amount: 41 }, 5],
        ]),
        rows(1, [
          [{ name: "any", limit: 0 }, 6],
          [{ name: "large", limit: null }, 6],
        ]),
        rows(0, [
          [{ shop: "a", amount: 1 }, 7],
          [{ shop: "d", amount: 2 }, 8],
        ]),
        end(),
      )
      .expect([0, "a large 51", 4], [0, "c large 41", 5], [0, "a any 52", 7], [0, "d any 2", 8]);
  });

  it("a broadcast record may visit and change the state of each key", () => {
    const resetting: Partial<ProcessRecordsSpec> = {
      ...summing,
      inputs: [
        ...(summing.inputs ?? []),
        {
          keyOf: null,
          isBroadcast: true,
          onRecord: (_, context) => {
            context.forEachKey((key, state) => {
              const sum = state.total as ValueState<number>;
              context.emit(`${String(key)} had ${sum.get()}`);
              sum.clear();
            });
            return undefined;
          },
        },
      ],
    };
    verifyRecords((context) => createProcessRecords({ ...base, ...resetting }, context), [keyOf, null])
      .input(
        rows(0, [
          [{ shop: "a", amount: 1 }, 1],
          [{ shop: "b", amount: 2 }, 2],
        ]),
        rows(1, [["reset", 3]]),
        rows(0, [[{ shop: "a", amount: 5 }, 4]]),
        end(),
      )
      .expect(
        [0, { key: "a", total: 1 }, 1],
        [0, { key: "b", total: 2 }, 2],
        [0, "a had 1", 3],
        [0, "b had 2", 3],
        [0, { key: "a", total: 5 }, 4],
      );
  });

  it("cannot be changed, nor keys be visited, by records that only one instance gets", () => {
    const call = (act: (context: ProcessContext) => void) => () =>
      verification({ broadcast: ["rules"], inputs: [{ keyOf, onRecord: (_, context) => void act(context) }] })
        .input(rows(0, [[{ shop: "a", amount: 1 }, 1]]))
        .expect();
    expect(call(({ broadcast }) => broadcast.rules.set("a", 1))).toThrow(
      "broadcast state 'rules' can be changed in onBroadcast only",
    );
    expect(call(({ broadcast }) => void broadcast.rules.delete("a"))).toThrow("in onBroadcast only");
    expect(call(({ broadcast }) => broadcast.rules.clear())).toThrow("in onBroadcast only");
    expect(call((context) => context.forEachKey(() => undefined))).toThrow("forEachKey is there in onBroadcast only");
  });
});

describe("errors", () => {
  const failing: Partial<ProcessRecordsSpec> = {
    outputs: ["late", "letters"],
    inputs: [
      {
        keyOf,
        onRecord: (record, context) => {
          context.emit((record as Order).amount);
          context.output("late", (record as Order).amount);
          if ((record as Order).amount === 2) throw new Error("no twos");
        },
      },
    ],
  };
  const input = [1, 2, 3].map((amount) => [{ shop: "a", amount }, amount]);

  it("what a failed record has emitted is taken back, the others come", () => {
    verification({ ...failing, onError: { retries: 2, otherwise: "skip" } })
      .input(rows(0, input), end())
      .metrics({ numRecordsFailed: 1 })
      .expect([0, 1, 1], [1, 1, 1], [0, 3, 3], [1, 3, 3]);
  });

  it("name operator and record", () => {
    expect(() => verification(failing).input(rows(0, input)).expect()).toThrow(
      'operator failed on {"shop":"a","amount":2}: no twos',
    );
  });
});
