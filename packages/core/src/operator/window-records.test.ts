/** What the property test does not see: the clock, state of windows, errors, sessions with triggers of one's own. */
import { end, processingTimer, rows, verifyRecords, watermark } from "@millrace/testkit";
import { describe, it } from "vitest";
import type { AnyAggregate } from "../record/accumulators.ts";
import { collect } from "../record/aggregate/collect.ts";
import { count } from "../record/aggregate/count.ts";
import { sum } from "../record/aggregate/sum.ts";
import type { ValueState } from "../record/state-declaration.ts";
import { earlyTrigger, eventTimeTrigger, neverTrigger, processingTimeTrigger, purging } from "../record/triggers.ts";
import { FAIL } from "../record/user-code.ts";
import type { WindowContext } from "../record/window-firing.ts";
import type { AnyTrigger } from "../record/window-trigger.ts";
import { createAggregateRecords } from "./aggregate-records.ts";
import { createTimeWindowRecords, type TimeWindowRecordsSpec } from "./time-window-records.ts";
import { createWindowRecords, type WindowRecordsSpec } from "./window-records.ts";

const keyOf = (record: unknown) => (record as readonly unknown[])[0];
const told = (contents: readonly unknown[], { key, window }: WindowContext) => [
  [key, window.start, window.end, ...contents],
];
const counted = [count() as AnyAggregate];
const tumble = { kind: "tumble", sizeMs: 10, offsetMs: 0 } as const;
const result = {
  keyOf,
  states: {},
  windowStates: {},
  outputs: [],
  late: { output: 1, isTaken: false },
  onError: FAIL,
  deadLetters: 0,
  allowedLatenessMs: 0,
  onWindow: told,
};

const plain = (spec: Partial<TimeWindowRecordsSpec> = {}) =>
  verifyRecords(
    (context) =>
      createTimeWindowRecords(
        { ...result, kind: "time-window-records", window: tumble, domain: "event", aggregates: counted, ...spec },
        context,
      ),
    [keyOf],
  );
const general = (spec: Partial<WindowRecordsSpec>) =>
  verifyRecords(
    (context) =>
      createWindowRecords(
        {
          ...result,
          kind: "window-records",
          windows: { kind: "time", window: tumble, domain: "event" },
          trigger: eventTimeTrigger() as AnyTrigger,
          evictor: null,
          aggregates: counted,
          ...spec,
        },
        context,
      ),
    [keyOf],
  );

describe("time windows", () => {
  it("drop late records and count them", () => {
    plain()
      .input(rows(0, [[["a"], 5]]), watermark(9), rows(0, [[["a"], 6]]), rows(0, [[["a"], 10]]), end())
      .metrics({ numLateRecordsDropped: 1 })
      .expect([0, ["a", 0, 10, 1], 9], [0, ["a", 10, 20, 1], 19]);
  });

  it("end when time is past their last ms, not before", () => {
    plain()
      .input(rows(0, [[["a"], 5]]), watermark(8), rows(0, [[["a"], 6]]), watermark(9), rows(0, [[["a"], 15]]))
      .expect([0, ["a", 0, 10, 2], 9]);
  });

  it("go by the clock, which the end of all input stops", () => {
    for (const verification of [
      plain({ domain: "processing" }),
      general({
        windows: { kind: "time", window: tumble, domain: "processing" },
        trigger: processingTimeTrigger() as AnyTrigger,
      }),
    ]) {
      verification
        .input(
          processingTimer(3),
          rows(0, [[["a"], 1000]]),
          processingTimer(9),
          rows(0, [[["a"], null]]),
          watermark(5000),
          processingTimer(10),
          rows(0, [[["b"], null]]),
          end(),
        )
        .expectInOrder([0, ["a", 0, 10, 2], 9], [0, ["b", 10, 20, 1], 19]);
    }
  });

  it("have all records under one key where none is given", () => {
    const one = { keyOf: null };
    verifyRecords((context) =>
      createTimeWindowRecords(
        { ...result, ...one, kind: "time-window-records", window: tumble, domain: "event", aggregates: counted },
        context,
      ),
    )
      .input(rows(0, [[["a"], 5]]), rows(0, [[["b"], 5]]), end())
      .expect([0, [null, 0, 10, 2], 9]);
  });

  it("leave nothing of a record that is refused, and go on", () => {
    const aggregates = [count(), sum((record) => (record as readonly number[])[1])] as AnyAggregate[];
    const letters = {
      outputs: ["late", "letters"],
      deadLetters: 2,
      onError: { retries: 1, otherwise: "skip" },
    } as const;
    plain({ ...letters, aggregates })
      .input(
        rows(0, [[["a", 1], 5]]),
        rows(0, [[["a", "no"], 5]]),
        rows(0, [[["b", "no"], 5]]),
        rows(0, [[["a", 2], null]]),
        end(),
      )
      .metrics({ numRecordsFailed: 3 })
      .expect([0, ["a", 0, 10, 1, 1], 9]);
  });

  it("whose function fails are left out, the others are not", () => {
    const onWindow = (contents: readonly unknown[], context: WindowContext) => {
      context.emit("never seen");
      if (context.key === "a") throw new Error("not this one");
      return told(contents, context);
    };
    const onError = { retries: 0, otherwise: "skip" } as const;
    for (const verification of [plain({ onWindow, onError }), general({ onWindow, onError })]) {
      verification
        .input(rows(0, [[["a"], 5]]), rows(0, [[["b"], 5]]), end())
        .metrics({ numRecordsFailed: 1 })
        .expect([0, "never seen", 9], [0, ["b", 0, 10, 1], 9]);
    }
  });
});

describe("windows with state", () => {
  const n = { kind: "value", initial: () => 0, ttl: null } as const;

  it("of the key over all windows, and of each window from firing to firing", () => {
    general({
      allowedLatenessMs: 5,
      states: { all: n },
      windowStates: { own: n },
      onWindow: ([contents], { key, window, state, windowState }) => {
        const all = (state.all as ValueState<number>).update((times) => times + 1);
        const own = (windowState.own as ValueState<number>).update((times) => times + 1);
        return [[key, window.end, contents, all, own]];
      },
    })
      .input(
        rows(0, [[["a"], 5]]),
        watermark(9),
        rows(0, [[["a"], 6]]),
        rows(0, [[["a"], 12]]),
        watermark(19),
        rows(0, [[["b"], 19]]),
        end(),
      )
      .expect(
        [0, ["a", 10, 1, 1, 1], 9],
        [0, ["a", 10, 2, 2, 2], 9],
        [0, ["a", 20, 1, 3, 1], 19],
        [0, ["b", 20, 1, 1, 1], 19],
      );
  });
});

describe("sessions", () => {
  const sessions = { windows: { kind: "session", gapMs: () => 10, domain: "event" } } as const;

  it("touch and become one, also by a record in between; its time counts on", () => {
    general({ ...sessions, aggregates: [collect((record) => (record as readonly unknown[])[1]) as AnyAggregate] })
      .input(
        rows(0, [[["a", 1], 0]]),
        rows(0, [[["a", 2], 20]]),
        rows(0, [[["a", 3], 10]]),
        rows(0, [[["b", 4], 0]]),
        watermark(9),
        end(),
      )
      .expect([0, ["b", 0, 10, [4]], 9], [0, ["a", 0, 30, [1, 2, 3]], 29]);
  });

  it("take a late record in as long as they are there, and alone it is late", () => {
    general({ ...sessions, allowedLatenessMs: 5 })
      .input(
        rows(0, [[["a"], 0]]),
        watermark(12),
        rows(0, [[["a"], 8]]),
        watermark(17),
        rows(0, [[["a"], 2]]),
        rows(0, [[["b"], 2]]),
        end(),
      )
      .metrics({ numLateRecordsDropped: 1 })
      .expect([0, ["a", 0, 10, 1], 9], [0, ["a", 0, 18, 2], 17], [0, ["a", 0, 18, 3], 17]);
  });

  it("merge what a trigger keeps", () => {
    const trigger: AnyTrigger = {
      create: () => 0,
      onRecord: (_record, _timestamp, context) => {
        context.state = (context.state as number) + 1;
        return (context.state as number) >= 3 ? "fire" : "continue";
      },
      onEventTime: () => "continue",
      onProcessingTime: () => "continue",
      merge: (a, b) => (a as number) + (b as number),
    };
    general({ ...sessions, trigger })
      .input(rows(0, [[["a"], 0]]), rows(0, [[["a"], 20]]), rows(0, [[["a"], 10]]), end())
      .expect([0, ["a", 0, 30, 3], 29]);
  });
});

describe("early firings", () => {
  it("in processing time tell what there is every so often until the end, then late ones", () => {
    general({ trigger: earlyTrigger(100, "processing") as AnyTrigger, allowedLatenessMs: 50 })
      .input(
        processingTimer(1050),
        rows(0, [[["a"], 5]]),
        processingTimer(1099),
        processingTimer(1101),
        rows(0, [[["a"], 6]]),
        processingTimer(1201),
        watermark(9),
        processingTimer(1301),
        processingTimer(1401),
        rows(0, [[["a"], 7]]),
        end(),
      )
      .expectInOrder(
        [0, ["a", 0, 10, 1], 9],
        [0, ["a", 0, 10, 2], 9],
        [0, ["a", 0, 10, 2], 9],
        [0, ["a", 0, 10, 3], 9],
      );
  });

  it("that purge tell what came since", () => {
    general({ trigger: purging(earlyTrigger(4, "event")) as AnyTrigger })
      .input(rows(0, [[["a"], 1]]), watermark(4), rows(0, [[["a"], 5]]), rows(0, [[["a"], 6]]), end())
      .expectInOrder([0, ["a", 0, 10, 1], 9], [0, ["a", 0, 10, 2], 9]);
  });
});

describe("triggers that fail", () => {
  it("are tried again; the record counts once", () => {
    let calls = 0;
    const trigger: AnyTrigger = {
      ...eventTimeTrigger(),
      onRecord: (record, timestamp, context) => {
        if ((record as readonly unknown[])[1] === "odd" && calls++ % 2 === 0) throw new Error("not the first time");
        return (eventTimeTrigger() as AnyTrigger).onRecord(record, timestamp, context);
      },
    } as AnyTrigger;
    general({ trigger, onError: { retries: 1, otherwise: "skip" } })
      .input(rows(0, [[["a", "odd"], 1]]), rows(0, [[["a"], 2]]), end())
      .metrics({ numRecordsFailed: 0 })
      .expect([0, ["a", 0, 10, 2], 9]);
  });

  it("leave the record in its window where they are given up", () => {
    const trigger = {
      ...eventTimeTrigger(),
      onRecord: () => {
        throw new Error("never");
      },
      onEventTime: () => "fire",
    } as AnyTrigger;
    general({ trigger, onError: { retries: 0, otherwise: "skip" } })
      .input(rows(0, [[["a"], 1]]), rows(0, [[["a"], 2]]), end())
      .metrics({ numRecordsFailed: 2 })
      .expect([0, ["a", 0, 10, 2], 9]);
  });
});

describe("windows without bounds", () => {
  it("give results the time of the record that fired them; at the end what waits is gone", () => {
    general({
      windows: { kind: "global" },
      trigger: purging({
        ...neverTrigger(),
        onRecord: (record) => ((record as readonly unknown[])[1] === "now" ? "fire" : "continue"),
      }) as AnyTrigger,
      onWindow: (contents, { key }) => [[key, ...contents]],
    })
      .input(
        rows(0, [[["a"], 1]]),
        rows(0, [[["a", "now"], 7]]),
        rows(0, [[["a"], 9]]),
        rows(0, [[["b", "now"], null]]),
        end(),
      )
      .expect([0, ["a", 2], 7], [0, ["b", 1], null]);
  });

  it("with the trigger of event time tell everything at the end of all input", () => {
    general({ windows: { kind: "global" }, onWindow: (contents, { key }) => [[key, ...contents]] })
      .input(rows(0, [[["a"], 1]]), rows(0, [[["a"], 7]]), watermark(50), end())
      .expect([0, ["a", 2], Number.POSITIVE_INFINITY]);
  });
});

describe("running aggregates", () => {
  it("give the results so far for each record; what fails leaves nothing", () => {
    verifyRecords(
      (context) =>
        createAggregateRecords(
          {
            kind: "aggregate-records",
            keyOf,
            aggregates: [count(), sum((record) => (record as readonly number[])[1])] as AnyAggregate[],
            resultOf: (key, results) => [key, ...results],
            onError: { retries: 0, otherwise: "dead-letter" },
            deadLetters: 0,
          },
          context,
        ),
      [keyOf],
    )
      .input(rows(0, [[["a", 1], 5]]), rows(0, [[["b", 2], null]]), rows(0, [[["a", 3], 7]]), end())
      .expectInOrder([0, ["a", 1, 1], 5], [0, ["b", 1, 2], null], [0, ["a", 2, 4], 7]);
  });
});
