import { end, type OperatorEvent, rows, seededRandom, verifyRecords, watermark } from "@millrace/testkit";
import { describe, expect, it } from "vitest";
import type { Float64Column } from "../batch/column.ts";
import type { PairPredicate } from "../batch/join-type.ts";
import { FAIL } from "../record/user-code.ts";
import { createIntervalJoin } from "./interval-join.ts";
import { createJoinRecords, JOINED_FIELDS, type JoinRecordsSpec } from "./join-records.ts";
import { createTemporalJoin } from "./temporal-join.ts";

interface Item {
  readonly key: unknown;
  readonly id: string;
}

const keyOf = (record: unknown) => (record as Item).key;
const timesOf = (batch: Parameters<PairPredicate>[0]) => (batch.columns[2] as Float64Column).values;
const idOf = (record: unknown) => (record === null ? "-" : (record as Item).id);

const sides = {
  leftFields: JOINED_FIELDS,
  rightFields: JOINED_FIELDS,
  leftKeys: [0],
  rightKeys: [0],
  leftTime: 2,
  rightTime: 2,
} as const;

const base: JoinRecordsSpec = {
  kind: "join-records",
  keysOf: [keyOf, keyOf],
  join: (left, right) => `${idOf(left)} ${idOf(right)}`,
  keepsUnmatched: false,
  time: "latest",
  onError: FAIL,
  deadLetters: 1,
};

type Kind = "inner" | "left" | "right" | "full";

function interval(joinType: Kind, lowerMs: number, upperMs: number, spec: Partial<JoinRecordsSpec> = {}) {
  const isClose: PairPredicate = (left, l, right, r) => {
    const distance = timesOf(right)[r] - timesOf(left)[l];
    return distance >= lowerMs && distance <= upperMs;
  };
  return verifyRecords(
    (context) =>
      createJoinRecords(
        { ...base, keepsUnmatched: joinType !== "inner", ...spec },
        createIntervalJoin({ kind: "interval-join", joinType, ...sides, lowerMs, upperMs }, context, isClose),
        context,
      ),
    [keyOf, keyOf],
  );
}

function asOf(joinType: "inner" | "left", toleranceMs: number) {
  const isClose: PairPredicate = (left, l, right, r) => timesOf(left)[l] - timesOf(right)[r] <= toleranceMs;
  return verifyRecords(
    (context) =>
      createJoinRecords(
        { ...base, time: "left" },
        createTemporalJoin({ kind: "temporal-join", joinType, ...sides }, context, isClose),
        context,
      ),
    [keyOf, keyOf],
  );
}

/** Random records of a few keys, some of them out of order but none late. */
function randomEvents(seed: number): { readonly events: OperatorEvent[]; readonly all: [Item, number][][] } {
  const next = seededRandom(seed);
  const keys = ["a", [1, 2], { k: "v" }, 7];
  const events: OperatorEvent[] = [];
  const all: [Item, number][][] = [[], []];
  for (let time = 0; time < 200; time += 10) {
    for (const input of [0, 1]) {
      const list = Array.from({ length: Math.floor(next() * 4) }, (): [Item, number] => {
        const at = time + Math.floor(next() * 30);
        const item = { key: keys[Math.floor(next() * keys.length)], id: `${input}/${all[input].length}` };
        all[input].push([item, at]);
        return [item, at];
      });
      if (list.length > 0) events.push(rows(input, list));
    }
    events.push(watermark(time + 9));
  }
  events.push(end());
  return { events, all };
}

const sameKey = (a: Item, b: Item) => JSON.stringify(a.key) === JSON.stringify(b.key);

describe("interval join", () => {
  it.each([
    ["inner", 1],
    ["left", 2],
    ["right", 3],
    ["full", 4],
    ["full", 5],
  ] as const)("%s equals the join of all records, seed %i", (kind, seed) => {
    const { events, all } = randomEvents(seed);
    const [lefts, rights] = all;
    const expected: [number, string, number][] = [];
    const matched = new Set<Item>();
    for (const [left, l] of lefts) {
      for (const [right, r] of rights) {
        if (!sameKey(left, right) || r - l < -12 || r - l > 5) continue;
        expected.push([0, `${left.id} ${right.id}`, Math.max(l, r)]);
        matched.add(left).add(right);
      }
    }
    if (kind === "left" || kind === "full") {
      for (const [left, l] of lefts) if (!matched.has(left)) expected.push([0, `${left.id} -`, l]);
    }
    if (kind === "right" || kind === "full") {
      for (const [right, r] of rights) if (!matched.has(right)) expected.push([0, `- ${right.id}`, r]);
    }
    interval(kind, -12, 5)
      .seed(seed)
      .input(...events)
      .expect(...expected);
  });

  it("a null key matches nothing, and is no error", () => {
    interval("full", -10, 10)
      .input(
        rows(0, [[{ key: null, id: "l" }, 1]]),
        rows(1, [
          [{ key: null, id: "r" }, 1],
          [{ key: undefined, id: "u" }, 2],
        ]),
        end(),
      )
      .expect([0, "l -", 1], [0, "- r", 1], [0, "- u", 2]);
  });

  it("errors follow the policy, and take no other pair with them", () => {
    interval("inner", -10, 10, {
      onError: { retries: 0, otherwise: "skip" },
      keysOf: [
        (record) => {
          if ((record as Item).id === "no key") throw new Error("no key");
          return keyOf(record);
        },
        keyOf,
      ],
      join: (left, right) => {
        if (idOf(right) === "bad") throw new Error("bad");
        return `${idOf(left)} ${idOf(right)}`;
      },
    })
      .input(
        rows(0, [
          [{ key: 1, id: "a" }, 1],
          [{ key: 1, id: "no key" }, 1],
          [{ key: 1, id: "no time" }, null],
        ]),
        rows(1, [
          [{ key: 1, id: "bad" }, 2],
          [{ key: 1, id: "good" }, 3],
        ]),
        end(),
      )
      .metrics({ numRecordsFailed: 3 })
      .expect([0, "a good", 3]);
    expect(() =>
      interval("inner", 0, 0)
        .input(rows(0, [[{ key: 1, id: "x" }, null]]))
        .expect(),
    ).toThrow("the record has no event time, which this join goes by");
  });
});

describe("as-of join", () => {
  it.each([
    ["left", 7, 1000],
    ["inner", 8, 1000],
    ["left", 9, 6],
    ["inner", 10, 6],
  ] as const)("%s gives the latest at the time of the record, seed %i, tolerance %i", (kind, seed, tolerance) => {
    const { events, all } = randomEvents(seed);
    const [lefts, rights] = all;
    const expected: [number, string, number][] = [];
    for (const [left, l] of lefts) {
      let best: readonly [Item, number] | null = null;
      for (const [right, r] of rights) {
        if (sameKey(left, right) && r <= l && (best === null || r >= best[1])) best = [right, r];
      }
      if (best !== null && l - best[1] <= tolerance) expected.push([0, `${left.id} ${best[0].id}`, l]);
      else if (kind === "left") expected.push([0, `${left.id} -`, l]);
    }
    asOf(kind, tolerance)
      .seed(seed)
      .input(...events)
      .expect(...expected);
  });
});
