import {
  aggregateChanges,
  change,
  end,
  rows,
  seededRandom,
  type TestRow,
  verifyOperator,
  watermark,
} from "@millrace/testkit";
import { describe, expect, it } from "vitest";
import type { AggregateFunction, AggregateSpec } from "../aggregate/aggregate-spec.ts";
import { aggregateType } from "../aggregate/aggregate-spec.ts";
import { BIGINT, BOOLEAN, DOUBLE, STRING } from "../batch/data-type.ts";
import { createGroupAggregate, type GroupAggregateSpec } from "./group-aggregate.ts";

const fields = [
  { name: "shop", type: BIGINT },
  { name: "day", type: STRING },
  { name: "amount", type: BIGINT },
  { name: "paid", type: BOOLEAN },
  { name: "weight", type: DOUBLE },
];

function call(name: AggregateFunction, args: number[], distinct = false, filter: number | null = null): AggregateSpec {
  const argTypes = args.map((arg) => fields[arg].type);
  return { function: name, args, argTypes, distinct, filter, type: aggregateType(name, argTypes) };
}

function verify(keys: number[], aggregates: AggregateSpec[], inputIsAppendOnly: boolean, emitUpdateBefore = true) {
  const keyFields = keys.map((key) => fields[key]);
  const spec: GroupAggregateSpec = {
    kind: "group-aggregate",
    keys,
    keyFields,
    aggregates,
    inputIsAppendOnly,
    emitUpdateBefore,
  };
  const output = { fields: [...keyFields, ...aggregates.map((one, i) => ({ name: `a${i}`, type: one.type }))] };
  return verifyOperator({
    create: (context) => createGroupAggregate(spec, context),
    inputs: [{ fields }],
    output,
    ...(keys.length > 0 ? { partitionedBy: [keys] } : {}),
  });
}

const sale = (shop: number | null, amount: number | bigint | null, day = "mon", paid = true, weight = 0.5) => [
  shop,
  day,
  amount,
  paid,
  weight,
];

function randomChanges(seed: number, retracts: boolean): TestRow[] {
  const next = seededRandom(seed);
  const int = (n: number) => Math.floor(next() * n);
  const live: unknown[][] = [];
  return Array.from({ length: 200 }, (_, i): TestRow => {
    if (retracts && live.length > 0 && next() < (i > 150 ? 0.9 : 0.4)) {
      const [row] = live.splice(int(live.length), 1);
      return change(next() < 0.5 ? "-U" : "-D", ...row);
    }
    const amount = [null, int(5), int(1e6), 2n ** 62n + BigInt(int(3)), -int(100)][int(5)];
    const row = sale(next() < 0.1 ? null : int(4), amount, ["mon", "tue", "wed"][int(3)], next() < 0.5, int(64) / 8);
    live.push(row);
    return row;
  });
}

const all = [
  call("count", []),
  call("sum", [2]),
  call("avg", [2], false, 3),
  call("min", [2]),
  call("max", [1]),
  call("count", [2], true),
  call("sum", [2], true, 3),
  call("sum", [4]),
  call("array_agg", [2]),
  call("last_value", [1], false, 3),
  call("stddev_pop", [4]),
];

describe("group aggregate", () => {
  it("emits +I for a new group, then -U and +U, once per batch, and nothing where nothing changed", () => {
    const events = [
      rows(0, [sale(1, 10), sale(1, 5), sale(2, 7)]),
      rows(0, [sale(2, 0)]),
      watermark(5),
      rows(0, [sale(1, 1)]),
      end(),
    ];
    verify([0], [call("sum", [2])], true)
      .input(...events)
      .expectTable([1, 16], [2, 7]);
    const only = verify([0], [call("sum", [2])], true).input(events[0], events[4]);
    only.expectTable([1, 15], [2, 7]);
  });

  it("leaves out -U if asked to", () => {
    verify([0], [call("max", [2])], true, false)
      .input(rows(0, [sale(1, 10)]), rows(0, [sale(1, 20)]), rows(0, [sale(1, 15)]), end())
      .expectInOrder([1, 10], change("+U", 1, 20));
  });

  it("emits -D when the last row of a group is taken away, and +I when the group comes again", () => {
    verify([0], [call("count", []), call("sum", [2])], false)
      .input(
        rows(0, [sale(1, 10)]),
        rows(0, [change("-D", ...sale(1, 10))]),
        rows(0, [sale(1, null)]),
        rows(0, [change("+U", ...sale(1, 4))]),
        end(),
      )
      .expectInOrder([1, 1, 10], change("-D", 1, 1, 10), [1, 1, null], change("-U", 1, 1, null), change("+U", 1, 2, 4));
  });

  it("emits nothing for a group that comes and goes within a batch", () => {
    verify([0], [call("count", [])], false)
      .input(rows(0, [sale(1, 10), change("-D", ...sale(1, 10)), sale(2, 1)]), end())
      .expectTable([2, 1]);
  });

  it("gives the value of the only row, a NULL too, and fails at a second one", () => {
    const single = () => verify([0], [call("single_value", [1])], false);
    const nothing = [1, null, 1, true, 0.5];
    single()
      .input(
        rows(0, [sale(1, 5, "mon")]),
        rows(0, [change("-U", ...sale(1, 5, "mon")), change("+U", ...nothing)]),
        rows(0, [change("-D", ...nothing), sale(2, 1, "tue")]),
        rows(0, [change("-D", ...sale(2, 1, "tue")), sale(2, 2, "wed")]),
        end(),
      )
      .expectTable([2, "wed"]);
    expect(() =>
      single()
        .input(rows(0, [sale(1, 5), nothing]), end())
        .expect(),
    ).toThrow("more than one row");
  });

  it("emits each key once without aggregates", () => {
    verify([1], [], true)
      .input(rows(0, [sale(1, 1, "mon"), sale(2, 1, "tue"), sale(3, 1, "mon")]), rows(0, [sale(1, 1, "tue")]), end())
      .expect(["mon"], ["tue"]);
  });

  it("groups NULL keys together", () => {
    verify([0], [call("count", [])], true)
      .input(rows(0, [sale(null, 1), sale(1, 1), sale(null, 1)]), end())
      .expectTable([null, 2], [1, 1]);
  });

  it.each([true, false])("gives one row for everything without keys (append-only: %s)", (inputIsAppendOnly) => {
    const aggregates = [call("count", []), call("sum", [2]), call("min", [1])];
    verify([], aggregates, inputIsAppendOnly)
      .input(rows(0, [sale(1, 4), sale(2, 5, "fri")]), end())
      .expectTable([2, 9, "fri"]);
    verify([], aggregates, inputIsAppendOnly).input(watermark(3), end()).expectInOrder([0, null, null]);
  });

  it("gives the result of nothing when everything was taken away", () => {
    verify([], [call("count", []), call("max", [2])], false)
      .input(rows(0, [sale(1, 4)]), rows(0, [change("-D", ...sale(1, 4))]), end())
      .expectInOrder([1, 4], change("-D", 1, 4), [0, null]);
  });

  it.each([
    [1, [0], true],
    [2, [0], false],
    [3, [1, 0], true],
    [4, [1, 0], false],
    [5, [3], false],
    [6, [], false],
  ])("agrees with aggregates from scratch, seed %i, keys %j, append-only %s", (seed, keys, inputIsAppendOnly) => {
    const changes = randomChanges(seed, !inputIsAppendOnly);
    const groups = aggregateChanges(changes, keys, all);
    verify(keys, all, inputIsAppendOnly)
      .seed(seed)
      .input(rows(0, changes.slice(0, 80)), watermark(1), rows(0, changes.slice(80)), end())
      .expectTable(...groups);
  });

  it("splits what it emits into batches of the allowed size", () => {
    const events = [0, 1].map((amount) =>
      rows(
        0,
        Array.from({ length: 4096 }, (_, i) => sale(i, amount)),
      ),
    );
    const expected = Array.from({ length: 4096 }, (_, i) => [i, 1]);
    verify([0], [call("sum", [2])], true)
      .input(...events, end())
      .expectTable(...expected);
  });
});
