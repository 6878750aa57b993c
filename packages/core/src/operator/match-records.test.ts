import { end, rows, verifyRecords, watermark } from "@millrace/testkit";
import { describe, expect, it } from "vitest";
import type { EventStage } from "../pattern/event-pattern.ts";
import { FAIL } from "../record/user-code.ts";
import { createMatchRecords, type MatchRecordsSpec } from "./match-records.ts";

type Event = readonly [key: string, text: string];

const keyOf = (record: unknown) => (record as Event)[0];
const stageOf = (name: string, change: Partial<EventStage> = {}): EventStage => ({
  name,
  condition: (event) => (event as Event)[1].startsWith(name),
  contiguity: "relaxed",
  least: 1,
  most: 1,
  isOptional: false,
  isGreedy: false,
  inner: "relaxed",
  until: null,
  ...change,
});

const texts = (matched: object) => (Object.values(matched) as Event[][]).flat().map(([, text]) => text);

const base: MatchRecordsSpec = {
  kind: "match-records",
  keyOf,
  pattern: {
    stages: [stageOf("a", { contiguity: "strict" }), stageOf("b", { most: null }), stageOf("c")],
    withinMs: 100,
    skip: { kind: "none" },
  },
  select: (matched, key) => [`${String(key)}: ${texts(matched).join(" ")}`],
  onTimeout: (matched, key, at) => [`${String(key)} until ${at}: ${texts(matched).join(" ")}`],
  onError: FAIL,
  timedOut: 1,
  late: 2,
  deadLetters: 3,
};

const verification = (spec: Partial<MatchRecordsSpec> = {}) =>
  verifyRecords((context) => createMatchRecords({ ...base, ...spec }, context), [keyOf]);

describe("patterns of events", () => {
  it("match by key, in the order of event time, however batches are cut, over restores and rescales", () => {
    verification()
      .input(
        rows(0, [
          [["x", "b1"], 20],
          [["x", "a1"], 10],
          [["y", "a2"], 11],
        ]),
        watermark(15),
        rows(0, [
          [["x", "c1"], 40],
          [["x", "b2"], 30],
        ]),
        watermark(30),
        rows(0, [[["y", "b3"], 50]]),
        watermark(60),
        rows(0, [[["z", "a3"], 90]]),
        watermark(115),
        end(),
      )
      .expect(
        [0, "x: a1 b1 c1", 40],
        [0, "x: a1 b1 b2 c1", 40],
        [1, "x until 110: a1 b1 b2", 110],
        [1, "y until 111: a2 b3", 111],
        [1, "z until 190: a3", 190],
      );
  });

  it("late records go to a side output, and records of one time keep their order", () => {
    verification()
      .input(
        watermark(10),
        rows(0, [
          [["x", "a1"], 10],
          [["x", "a2"], 11],
          [["x", "b"], 11],
          [["x", "c"], 11],
        ]),
        watermark(50),
        end(),
      )
      .metrics({ numLateRecords: 1 })
      .expect([2, ["x", "a1"], 10], [0, "x: a2 b c", 11], [1, "x until 111: a2 b", 111]);
  });

  it("errors follow the policy: of conditions, of the function, of records without time", () => {
    const spec: Partial<MatchRecordsSpec> = {
      onError: { retries: 0, otherwise: "skip" },
      pattern: {
        ...base.pattern,
        stages: [
          stageOf("a", { contiguity: "strict" }),
          stageOf("b", {
            condition: (event) => {
              if ((event as Event)[1] === "bad") throw new Error("bad");
              return (event as Event)[1].startsWith("b");
            },
          }),
        ],
      },
      select: (matched) => {
        if (texts(matched).includes("a2")) throw new Error("no a2");
        return [texts(matched).join(" ")];
      },
    };
    const input = rows(0, [
      [["x", "a1"], 1],
      [["x", "bad"], 2],
      [["x", "b1"], 3],
      [["x", "a2"], 4],
      [["x", "b2"], 5],
      [["x", "a3"], null],
    ]);
    verification(spec).input(input, end()).metrics({ numRecordsFailed: 3 }).expect([0, "a1 b1", 3]);
    expect(() =>
      verification({ ...spec, onError: FAIL })
        .input(input, end())
        .expect(),
    ).toThrow("operator failed on");
  });

  it("a match that waits for an earlier partial match is kept in a snapshot", () => {
    const first = stageOf("first", { contiguity: "strict", condition: (event) => /[ab]/.test((event as Event)[1]) });
    const second = stageOf("second", {
      condition: (event, { first: [began] }) => (event as Event)[1] === ((began as Event)[1] === "a" ? "z" : "c"),
    });
    const pattern = { stages: [first, second], withinMs: 100, skip: { kind: "past-last" } } as const;
    verification({ pattern })
      .input(
        rows(0, [
          [["x", "a"], 1],
          [["x", "b"], 2],
          [["x", "c"], 3],
        ]),
        watermark(50),
        watermark(101),
        end(),
      )
      .expect([1, "x until 101: a", 101], [0, "x: b c", 101]);
  });
});
