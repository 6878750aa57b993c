/** Both operators of windows against a naive evaluator: random windows, triggers, evictors, lateness and order of records. */
import {
  type Change,
  compareRows,
  end,
  type OperatorEvent,
  rows,
  seededRandom,
  type TestRow,
  verifyRecords,
  watermark,
} from "@millrace/testkit";
import { describe, expect, it } from "vitest";
import { type RecordBatch, valueBatch, valuesOf } from "../batch/record-batch.ts";
import { createMetricGroup } from "../metrics.ts";
import type { AnyAggregate } from "../record/accumulators.ts";
import { collect } from "../record/aggregate/collect.ts";
import { count } from "../record/aggregate/count.ts";
import { sum } from "../record/aggregate/sum.ts";
import type { RecordWindows } from "../record/record-windows.ts";
import { countTrigger, earlyTrigger, eventTimeTrigger, purging } from "../record/triggers.ts";
import { FAIL } from "../record/user-code.ts";
import { countEvictor, timeEvictor } from "../record/window-evictor.ts";
import type { WindowContext } from "../record/window-firing.ts";
import type { AnyTrigger } from "../record/window-trigger.ts";
import { createMemoryState } from "../state/memory-state-backend.ts";
import type { OperatorFactory } from "./operator.ts";
import { createTimeWindowRecords } from "./time-window-records.ts";
import { createWindowRecords } from "./window-records.ts";

interface Item {
  readonly key: string;
  readonly n: number;
}

interface Case {
  readonly windows: RecordWindows;
  readonly trigger: { readonly kind: "default" | "early" | "count"; readonly by: number; readonly purges: boolean };
  readonly evictor: { readonly kind: "none" | "count" | "time"; readonly by: number };
  readonly latenessMs: number;
  readonly events: readonly OperatorEvent[];
}

interface Open {
  readonly key: string;
  start: number;
  end: number;
  elements: { readonly n: number; readonly at: number }[];
  count: number;
  next: number | null;
  timers: number[];
}

/** By the definition: all open windows in a list, looked through for each record and each timer. */
function naive({ windows, trigger, evictor, latenessMs, events }: Case): TestRow[] {
  const out: TestRow[] = [];
  let open: Open[] = [];
  let reached = Number.NEGATIVE_INFINITY;
  const isTimed = windows.kind !== "global";
  const isLate = (windowEnd: number) => isTimed && windowEnd - 1 + latenessMs <= reached;
  const fire = (window: Open, at: number) => {
    let { elements } = window;
    if (elements.length === 0) return;
    if (evictor.kind === "count") elements = elements.slice(-evictor.by);
    if (evictor.kind === "time") {
      const latest = Math.max(...elements.map((element) => element.at));
      elements = elements.filter((element) => element.at > latest - evictor.by);
    }
    const [from, to] = isTimed ? [window.start, window.end] : [null, null];
    out.push([0, [window.key, from, to, elements.map(({ n }) => n)], isTimed ? window.end - 1 : at]);
    window.elements = trigger.purges ? [] : elements;
  };
  const setNext = (window: Open, from: number) => {
    // Else an end of all input would go on for ever.
    if (!isTimed && reached === Number.POSITIVE_INFINITY) return;
    window.next = Math.min(from + trigger.by, window.end - 1);
    window.timers.push(window.next);
  };
  const take = (item: Item, at: number) => {
    let wasTaken = false;
    for (let window of windowsOf(windows, at).map((each) => ({ ...empty(item.key), ...each }))) {
      const touching = open.filter(
        (each) =>
          each.key === item.key &&
          (windows.kind === "session"
            ? each.start <= window.end && each.end >= window.start
            : each.start === window.start && each.end === window.end),
      );
      if (touching.length === 0 && isLate(window.end)) continue;
      wasTaken = true;
      const [known] = touching;
      if (touching.length === 1 && known.start <= window.start && known.end >= window.end) window = known;
      else {
        open = open.filter((each) => !touching.includes(each));
        touching.sort((a, b) => a.start - b.start);
        const nexts = touching.flatMap(({ next }) => (next === null ? [] : [next]));
        window = {
          key: item.key,
          start: Math.min(window.start, ...touching.map((each) => each.start)),
          end: Math.max(window.end, ...touching.map((each) => each.end)),
          elements: touching.flatMap((each) => each.elements),
          count: touching.reduce((n, each) => n + each.count, 0),
          next: nexts.length === 0 ? null : Math.min(...nexts),
          timers: [],
        };
        if (touching.length > 0 && trigger.kind !== "count") {
          if (window.end - 1 > reached) window.timers.push(window.end - 1);
          if (window.next !== null) window.timers.push(window.next);
        }
        open.push(window);
      }
      window.elements.push({ n: item.n, at });
      if (trigger.kind === "count") {
        window.count++;
        if (window.count < trigger.by) continue;
        window.count = 0;
        fire(window, at);
      } else if (window.end - 1 <= reached) fire(window, at);
      else {
        window.timers.push(window.end - 1);
        if (trigger.kind === "early" && window.next === null) setNext(window, Math.floor(at / trigger.by) * trigger.by);
      }
    }
    if (!wasTaken && isTimed && at + latenessMs <= reached) out.push([1, item, at]);
  };
  const ring = (at: number) => {
    for (const window of [...open]) {
      if (!window.timers.includes(at)) continue;
      window.timers = window.timers.filter((timer) => timer !== at);
      if (trigger.kind === "count") continue;
      if (at === window.end - 1) fire(window, at);
      else if (at === window.next) {
        setNext(window, at);
        fire(window, at);
      }
    }
    open = open.filter((window) => !isTimed || window.end - 1 + latenessMs > at);
  };
  for (const event of events) {
    if (event.kind === "rows")
      for (const row of event.rows) take((row as [Item, number])[0], (row as [Item, number])[1]);
    if (event.kind !== "watermark" && event.kind !== "end") continue;
    reached = event.kind === "end" ? Number.POSITIVE_INFINITY : event.at;
    for (;;) {
      const due = open
        .flatMap((window) => [...window.timers, ...(isTimed ? [window.end - 1 + latenessMs] : [])])
        .filter((at) => at <= reached);
      if (due.length === 0) break;
      ring(Math.min(...due));
      if (Math.min(...due) === Number.POSITIVE_INFINITY) break;
    }
  }
  return out;
}

function empty(key: string): Open {
  return { key, start: 0, end: 0, elements: [], count: 0, next: null, timers: [] };
}

function windowsOf(windows: RecordWindows, at: number): { start: number; end: number }[] {
  if (windows.kind === "global") return [{ start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY }];
  if (windows.kind === "session") return [{ start: at, end: at + windows.gapMs({ n: 0 }) }];
  const { window } = windows;
  const every = window.kind === "hop" ? window.slideMs : window.sizeMs;
  const found: { start: number; end: number }[] = [];
  const nearest = Math.floor((at - window.offsetMs) / every);
  for (let k = nearest - Math.ceil(window.sizeMs / every) - 1; k <= nearest + 1; k++) {
    const start = k * every + window.offsetMs;
    if (start <= at && at < start + window.sizeMs) found.push({ start, end: start + window.sizeMs });
  }
  return found;
}

const keyOf = (record: unknown) => (record as Item).key;
const told = (records: unknown, { key, window }: WindowContext) => {
  const isBounded = window.end !== Number.POSITIVE_INFINITY;
  return [[key, isBounded ? window.start : null, isBounded ? window.end : null, records]];
};
const result = {
  states: {},
  windowStates: {},
  outputs: ["lateRecords"],
  late: { output: 1, isTaken: true },
  onError: FAIL,
  deadLetters: 0,
};

function triggerOf({ kind, by, purges }: Case["trigger"]): AnyTrigger {
  const trigger =
    kind === "default" ? eventTimeTrigger() : kind === "count" ? countTrigger(by) : earlyTrigger(by, "event");
  return (purges ? purging(trigger as AnyTrigger) : trigger) as AnyTrigger;
}

function randomCase(seed: number, isPlain: boolean): Case {
  const random = seededRandom(seed);
  const upTo = (n: number) => Math.floor(random() * n);
  const pick = <T>(...choices: readonly T[]): T => choices[upTo(choices.length)];
  const sizeMs = 2 + upTo(20);
  const kind = isPlain ? pick("tumble", "hop") : pick("tumble", "hop", "session", "session", "global");
  const windows: RecordWindows =
    kind === "global"
      ? { kind }
      : kind === "session"
        ? { kind, gapMs: () => sizeMs, domain: "event" }
        : kind === "tumble"
          ? { kind: "time", window: { kind, sizeMs, offsetMs: upTo(5) }, domain: "event" }
          : { kind: "time", window: { kind, sizeMs, slideMs: 1 + upTo(24), offsetMs: upTo(5) }, domain: "event" };
  const trigger = isPlain
    ? { kind: "default" as const, by: 0, purges: false }
    : { kind: pick("default" as const, "early" as const, "count" as const), by: 1 + upTo(6), purges: random() < 0.3 };
  const evictor = isPlain
    ? { kind: "none" as const, by: 0 }
    : { kind: pick("none" as const, "none" as const, "count" as const, "time" as const), by: 1 + upTo(6) };
  const events: OperatorEvent[] = [];
  let time = upTo(30) - 10;
  let n = 0;
  for (let i = 0; i < 12; i++) {
    const list: TestRow[] = Array.from({ length: upTo(8) }, () => {
      time += upTo(4);
      return [{ key: pick("a", "b", "c"), n: n++ }, time - (random() < 0.4 ? upTo(40) : 0)];
    });
    if (list.length > 0) events.push(rows(0, list));
    time += random() < 0.2 ? upTo(40) : 0;
    const at = time - upTo(10);
    const last = events.findLast((event) => event.kind === "watermark");
    if (last === undefined || at > last.at) events.push(watermark(at));
  }
  return { windows, trigger, evictor, latenessMs: pick(0, 0, upTo(10), upTo(40)), events: [...events, end()] };
}

function createGeneral(each: Case, keepsRecords: boolean): OperatorFactory {
  const evictor =
    each.evictor.kind === "none"
      ? null
      : each.evictor.kind === "count"
        ? countEvictor(each.evictor.by)
        : timeEvictor(each.evictor.by);
  const spec = {
    ...result,
    kind: "window-records",
    keyOf,
    windows: each.windows,
    allowedLatenessMs: each.latenessMs,
    trigger: triggerOf(each.trigger),
    evictor,
    aggregates: keepsRecords ? null : [collect((record) => (record as Item).n) as AnyAggregate],
    onWindow: (contents: readonly unknown[], context: WindowContext) =>
      told(keepsRecords ? contents.map((record) => (record as Item).n) : contents[0], context),
  } as const;
  return (context) => createWindowRecords(spec, context);
}

function createPlain(each: Case, hasPanes: boolean): OperatorFactory {
  if (each.windows.kind !== "time") throw new Error("unreachable");
  const { window, domain } = each.windows;
  const aggregates = hasPanes
    ? [count() as AnyAggregate, sum((record) => (record as Item).n) as AnyAggregate]
    : [collect((record) => (record as Item).n) as AnyAggregate];
  const spec = {
    ...result,
    kind: "time-window-records",
    keyOf,
    window,
    domain,
    allowedLatenessMs: each.latenessMs,
    aggregates,
    onWindow: (contents: readonly unknown[], context: WindowContext) =>
      told(hasPanes ? contents : contents[0], context),
  } as const;
  return (context) => createTimeWindowRecords(spec, context);
}

/** What is expected where records are counted and added up. */
function summed(row: TestRow): TestRow {
  const [output, value, at] = row as readonly unknown[];
  if (output === 1) return row;
  const [key, from, to, all] = value as [string, number, number, number[]];
  return [output, [key, from, to, [all.length, all.reduce((a, b) => a + b, 0)]], at];
}

describe("windows under any trigger", () => {
  for (let seed = 1; seed <= 150; seed++) {
    it(`as the naive evaluator, seed ${seed}`, () => {
      const each = randomCase(seed, false);
      verifyRecords(createGeneral(each, seed % 2 === 0), [keyOf])
        .seed(seed)
        .input(...each.events)
        .expect(...naive(each));
    });
  }
});

describe("time windows under the default trigger", () => {
  for (let seed = 1; seed <= 100; seed++) {
    const hasPanes = seed % 2 === 0;
    it(`as the naive evaluator, ${hasPanes ? "by panes" : "by windows"}, seed ${seed}`, () => {
      const each = randomCase(seed, true);
      verifyRecords(createPlain(each, hasPanes), [keyOf])
        .seed(seed)
        .input(...each.events)
        .expect(...(hasPanes ? naive(each).map(summed) : naive(each)));
    });
  }
});

describe("records that say how far event time has come", () => {
  for (let seed = 1; seed <= 100; seed++) {
    it(`give the same however they are cut, seed ${seed}`, () => {
      const isPlain = seed % 2 === 0;
      const random = seededRandom(seed);
      const events = randomCase(seed, isPlain).events.flatMap((event) => {
        if (event.kind !== "rows") return [];
        // The order of their times is none; in front of each stands some time that has been reached.
        return event.rows.flatMap((row) => [row as readonly [Item, number]]);
      });
      let reached = Number.NEGATIVE_INFINITY;
      const watermarks = events.map(([, at]) => {
        if (random() < 0.4) reached = Math.max(reached, at - Math.floor(random() * 20));
        return reached;
      });
      const told = events.flatMap((row, i): OperatorEvent[] => [
        ...(watermarks[i] > (watermarks[i - 1] ?? Number.NEGATIVE_INFINITY) ? [watermark(watermarks[i])] : []),
        rows(0, [row]),
      ]);
      const each = { ...randomCase(seed, isPlain), events: [...told, end()] };
      const create = isPlain ? createPlain(each, seed % 4 === 0) : createGeneral(each, seed % 3 === 0);
      const operator = create({ operatorId: "w", state: createMemoryState(), metrics: createMetricGroup() });
      const out: TestRow[] = [];
      const take = (batches: Iterable<RecordBatch>) => {
        for (const batch of batches)
          for (let row = 0; row < batch.length; row++) {
            const at = batch.timestamps?.[row] ?? Number.NaN;
            out.push([batch.output ?? 0, valuesOf(batch)[row], Number.isNaN(at) ? null : at]);
          }
      };
      for (let from = 0; from < events.length; ) {
        const to = Math.min(events.length, from + 1 + Math.floor(random() * 9));
        const part = events.slice(from, to);
        const times = Float64Array.from(part, ([, at]) => at);
        const said = Float64Array.from(watermarks.slice(from, to));
        const items = part.map(([item]) => item);
        take(operator.onBatch(valueBatch(part.length, items, times, undefined, 0, said), 0));
        if (random() < 0.3 && watermarks[to - 1] > Number.NEGATIVE_INFINITY)
          take(operator.onWatermark(watermarks[to - 1]));
        from = to;
      }
      take(operator.onWatermark(Number.POSITIVE_INFINITY));
      const expected = isPlain && seed % 4 === 0 ? naive(each).map(summed) : naive(each);
      expect(compareRows(out.map(asChange), expected)).toBeNull();
    });
  }
});

function asChange(row: TestRow): Change {
  return { kind: 0, values: row as readonly unknown[] };
}
