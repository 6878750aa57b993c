import {
  BIGINT,
  type ConnectorFactory,
  columnOf,
  MillraceError,
  NO_BATCHES,
  type Operator,
  type RecordBatch,
  RowKind,
  recordBatch,
  type SnapshotableState,
  type TableContext,
  valueAt,
} from "@millrace/core";
import {
  type CalcKernel,
  type CalcSpec,
  column,
  evaluate,
  literal,
  type PhysicalPlan,
  type PhysicalSink,
} from "@millrace/plan";
import { ManualClock, settle, TestSink, TestSource } from "@millrace/testkit";
import { describe, expect, test } from "vitest";
import { Registry } from "../registry.ts";
import type { JobHandle } from "./job-handle.ts";
import type { JobOptions } from "./job-options.ts";
import type { PlanCompiler } from "./plan-compiler.ts";
import { startJob } from "./start-job.ts";

function batch(...values: number[]): RecordBatch {
  return recordBatch(values.length, [columnOf(BIGINT, values)]);
}

function valuesOf(batches: readonly RecordBatch[]): unknown[] {
  return batches.flatMap((rows) => Array.from({ length: rows.length }, (_, i) => valueAt(rows.columns[0], i, BIGINT)));
}

/** Passes rows on; the watermark of a batch is its largest value. */
function kernelOf(spec: CalcSpec): CalcKernel {
  let watermark = Number.NEGATIVE_INFINITY;
  return {
    run(rows) {
      watermark = Number.NEGATIVE_INFINITY;
      if (spec.watermark !== null) watermark = Math.max(...(valuesOf([rows]) as number[]));
      return rows;
    },
    get watermark() {
      return watermark;
    },
    source: "",
  };
}

const fields = [{ name: "ts", type: BIGINT }];
const calc: CalcSpec = {
  inputTypes: [BIGINT],
  filter: null,
  projections: [column(0, BIGINT)],
  watermark: column(0, BIGINT),
};

const table = (name: string, options: Record<string, string> = {}) => ({
  name,
  columns: [{ kind: "physical" as const, name: "ts", type: BIGINT }],
  watermark: null,
  primaryKey: [],
  partitionKeys: [],
  options: { connector: "test", ...options },
});

function scan(name: string, idleTimeoutMs = 0, options: Record<string, string> = {}): PhysicalPlan {
  return {
    kind: "scan",
    id: `scan-${name}`,
    fields,
    changelogMode: "append",
    table: table(name, options),
    options: {},
    readFields: [{ path: ["ts"], type: BIGINT }],
    metadata: [],
    predicates: [],
    calc,
    idleTimeoutMs,
  };
}

function sink(input: PhysicalPlan, name: string | null = "out"): PhysicalSink {
  const { changelogMode } = input;
  const target = name === null ? null : table(name);
  return {
    kind: "sink",
    id: `sink-${name}`,
    fields,
    changelogMode,
    input,
    table: target,
    options: {},
    overwrite: false,
  };
}

function groupBy(input: PhysicalPlan): PhysicalPlan {
  const aggregates = [{ name: "count", args: [], distinct: false, filter: null, type: BIGINT }];
  return {
    kind: "group-aggregate",
    id: "group-aggregate-1",
    fields,
    changelogMode: "retract",
    input,
    keys: [],
    aggregates,
    stateTtlMs: 0,
  };
}

function union(...inputs: PhysicalPlan[]): PhysicalPlan {
  return { kind: "union", id: "union", fields, changelogMode: "append", inputs };
}

/** Runs plans over the given sources and sinks, which the connector `test` finds by the table's name. */
class Harness {
  readonly clock = new ManualClock(1_000_000);
  readonly lines: string[] = [];
  readonly contexts: TableContext[] = [];
  readonly sources: Record<string, TestSource> = {};
  readonly sinks: Record<string, TestSink> = {};
  readonly operators: Record<string, Operator> = {};

  start(plans: PhysicalPlan | readonly PhysicalPlan[], options: Partial<JobOptions> = {}): JobHandle {
    const connector: ConnectorFactory = {
      name: "test",
      options: {},
      createSource: (_, context) => {
        this.contexts.push(context);
        return this.sources[context.tableName];
      },
      createSink: (context) => {
        this.contexts.push(context);
        return this.sinks[context.tableName];
      },
    };
    const compiler: PlanCompiler = {
      evaluate: (expression) => evaluate(expression, []),
      calc: kernelOf,
      pairPredicate: () => () => true,
      operator: (node) => () =>
        this.operators[node.id] ?? { onBatch: (rows: RecordBatch) => [rows], onWatermark: () => NO_BATCHES },
    };
    const reporter = {
      warn: (line: string) => void this.lines.push(line),
      progress: (line: string) => void this.lines.push(line),
    };
    const registry = new Registry([connector]);
    const withDefaults = { registry, clock: this.clock, reporter, ...options };
    return startJob(plans, withDefaults, compiler, () => ({}) as SnapshotableState);
  }

  /** Source `in` with the given splits into sink `out`. */
  static simple(splits: readonly string[], options: { boundedness?: "bounded" | "unbounded" } = {}): Harness {
    const harness = new Harness();
    harness.sources.in = new TestSource({ splits, ...options });
    harness.sinks.out = new TestSink("append");
    return harness;
  }
}

const unreachable = (message = "kafka 127.0.0.1:9092 is not reachable") =>
  new MillraceError({ code: "SOURCE_UNAVAILABLE", message, retry: "backoff" });

const watermarksOf = (log: readonly string[]) => log.filter((line) => line.startsWith("watermark"));

describe("a bounded job", () => {
  test("reads all splits, writes all rows, flushes, closes everything and leaves no timer", async () => {
    const job = Harness.simple(["a", "b"]);
    const { in: source } = job.sources;
    source.push("a", batch(1), batch(5));
    source.push("b", batch(2), batch(3));
    source.end("a");
    source.end("b");
    const handle = job.start(sink(scan("in")));
    const summary = await handle.done;
    expect(valuesOf(job.sinks.out.batches)).toEqual([1, 2, 5, 3]);
    expect(summary).toMatchObject({ state: "finished", durationMs: 0, badRecords: 0 });
    expect(
      summary.operators.map(({ operatorId, recordsIn, recordsOut }) => [operatorId, recordsIn, recordsOut]),
    ).toEqual([
      ["scan-in", 4, 4],
      ["sink-out", 4, 4],
    ]);
    // Minimum over both splits: 1 (b has not begun), 1|2 -> 1, 5|2 -> 2, 5|3 -> 3, a ended, end.
    expect(job.sinks.out.log).toEqual([
      "open",
      "write 1",
      "write 1",
      "watermark 1",
      "write 1",
      "watermark 2",
      "write 1",
      "watermark 3",
      "watermark Infinity",
      "flush",
      "close",
    ]);
    expect(source.log.filter((line) => line.startsWith("close"))).toEqual(["close a", "close b", "close source"]);
    expect(job.clock.sleepers).toBe(0);
    expect(handle.progress()).toMatchObject({ recordsIn: 4, recordsOut: 4, watermark: Number.POSITIVE_INFINITY });
    expect(handle.progress().sources[0]).toMatchObject({ table: "in", done: 4, total: 4, unit: "records" });
  });

  test("a source without splits ends at once", async () => {
    const job = Harness.simple([]);
    expect((await job.start(sink(scan("in"))).done).state).toBe("finished");
    expect(job.sinks.out.log).toEqual(["open", "watermark Infinity", "flush", "close"]);
  });

  test("VALUES goes to the caller, whose promise holds it back", async () => {
    const job = new Harness();
    const values: PhysicalPlan = {
      kind: "values",
      id: "values",
      fields,
      changelogMode: "append",
      rows: [[literal(1, BIGINT)], [literal(null, BIGINT)]],
    };
    const seen: unknown[] = [];
    let release: () => void = () => undefined;
    const handle = job.start(sink(values, null), {
      collect: (rows, target) => {
        seen.push([target.id, ...valuesOf([rows])]);
        return new Promise((resolve) => {
          release = resolve;
        });
      },
    });
    let isDone = false;
    void handle.done.then(() => {
      isDone = true;
    });
    await settle();
    expect(seen).toEqual([["sink-null", 1, null]]);
    expect(isDone).toBe(false);
    release();
    expect((await handle.done).state).toBe("finished");
  });

  test("a statement set reads a shared source once; plans that share nothing do not hold each other up", async () => {
    const job = Harness.simple(["a"]);
    job.sinks.second = new TestSink("append");
    job.sources.other = new TestSource({ splits: ["x"] });
    job.sinks.third = new TestSink("append");
    job.sinks.second.hold();
    job.sources.in.push("a", batch(1), batch(2));
    job.sources.in.end("a");
    job.sources.other.push("x", batch(9));
    job.sources.other.end("x");
    const shared = scan("in");
    const handle = job.start([sink(shared, "out"), sink(shared, "second"), sink(scan("other"), "third")]);
    await settle();
    expect(job.sources.in.log.filter((line) => line.startsWith("open"))).toEqual(["open a@0"]);
    expect(valuesOf(job.sinks.out.batches)).toEqual([1]);
    expect(job.sinks.third.log.at(-1)).toBe("flush");
    job.sinks.second.release();
    await handle.done;
    expect(valuesOf(job.sinks.out.batches)).toEqual([1, 2]);
    expect(valuesOf(job.sinks.second.batches)).toEqual([1, 2]);
  });

  test("a slow sink bounds what is read: one batch at a time", async () => {
    const job = Harness.simple(["a"]);
    const { out } = job.sinks;
    out.hold();
    job.sources.in.push("a", ...Array.from({ length: 20 }, (_, i) => batch(i)));
    job.sources.in.end("a");
    const handle = job.start(sink(scan("in")));
    for (let written = 1; written <= 20; written++) {
      await settle(3);
      expect(out.waiting).toBe(1);
      expect(job.sources.in.log.filter((line) => line === "poll a").length).toBe(written);
      out.letOne();
    }
    expect((await handle.done).state).toBe("finished");
  });
});

describe("event time", () => {
  test("a quiet split is left out after the idle timeout, one that is merely not polled is not", async () => {
    const job = Harness.simple(["a", "b"], { boundedness: "unbounded" });
    const { in: source } = job.sources;
    const { out } = job.sinks;
    source.push("a", batch(10));
    source.push("b", batch(20));
    const handle = job.start(sink(scan("in", 1000)));
    await settle();
    expect(watermarksOf(out.log)).toEqual(["watermark 10"]);
    await job.clock.advance(500);
    source.push("b", batch(30));
    await job.clock.advance(499);
    expect(watermarksOf(out.log)).toEqual(["watermark 10"]);
    await job.clock.advance(1);
    expect(watermarksOf(out.log)).toEqual(["watermark 10", "watermark 30"]);

    // b has a row ready while the sink is slow for longer than the timeout: it is not idle and time waits for its 32.
    out.hold();
    source.push("a", batch(35));
    await settle();
    source.push("b", batch(32));
    await job.clock.advance(5000);
    out.release();
    await settle();
    expect(watermarksOf(out.log).slice(2)).toEqual(["watermark 32"]);
    handle.cancel();
    await handle.done;
  });

  test("says which split holds time back and since when", async () => {
    const job = Harness.simple(["a", "b"], { boundedness: "unbounded" });
    job.sources.in.push("a", batch(10));
    job.sources.in.push("b", batch(20));
    const handle = job.start(sink(scan("in")));
    await settle();
    await job.clock.advance(3000);
    job.sources.in.push("b", batch(50));
    await settle();
    const scanned = handle.watermarks().find(({ operatorId }) => operatorId === "scan-in");
    expect(scanned).toMatchObject({ watermark: 10, inputKind: "split" });
    expect(scanned?.inputs.map(({ name, watermark, advancedAt }) => [name, watermark, advancedAt])).toEqual([
      ["a", 10, 1_000_000],
      ["b", 50, 1_003_000],
    ]);
    handle.cancel();
    await handle.done;
  });

  test("new splits are found from time to time and hold time back until they have rows", async () => {
    const job = new Harness();
    job.sources.in = new TestSource({ splits: ["a"], boundedness: "unbounded", discoveryIntervalMs: 1000 });
    job.sinks.out = new TestSink("append");
    job.sources.in.push("a", batch(1));
    const handle = job.start(sink(scan("in")));
    await settle();
    job.sources.in.addSplit("b");
    await job.clock.advance(1000);
    job.sources.in.push("a", batch(10));
    await settle();
    expect(watermarksOf(job.sinks.out.log)).toEqual(["watermark 1"]);
    job.sources.in.push("b", batch(5));
    await settle();
    expect(watermarksOf(job.sinks.out.log)).toEqual(["watermark 1", "watermark 5"]);
    handle.cancel();
    await handle.done;
  });

  test("a bounded input beside an unbounded one: time goes on, the end does not come", async () => {
    const job = Harness.simple(["a"]);
    job.sources.live = new TestSource({ splits: ["x"], boundedness: "unbounded" });
    job.sources.in.push("a", batch(1));
    job.sources.in.end("a");
    job.sources.live.push("x", batch(3));
    const handle = job.start(sink(union(scan("in"), scan("live"))));
    await settle();
    expect(watermarksOf(job.sinks.out.log).at(-1)).toBe("watermark 3");
    job.sources.live.push("x", batch(8));
    await settle();
    expect(watermarksOf(job.sinks.out.log).at(-1)).toBe("watermark 8");
    expect(job.sinks.out.log).not.toContain("flush");
    handle.cancel();
    expect((await handle.done).state).toBe("cancelled");
  });
});

describe("outages", () => {
  test("a reader is made again at its position, with growing pauses and one line per change", async () => {
    const job = Harness.simple(["a"]);
    const { in: source } = job.sources;
    source.push("a", batch(1), unreachable(), unreachable(), batch(2));
    source.end("a");
    const handle = job.start(sink(scan("in")));
    await settle();
    expect(job.lines).toEqual(["kafka 127.0.0.1:9092 is not reachable: retrying in 1 s"]);
    await job.clock.advance(999);
    expect(source.log.filter((line) => line.startsWith("open"))).toEqual(["open a@0"]);
    await job.clock.advance(1);
    expect(source.log.filter((line) => line.startsWith("open"))).toEqual(["open a@0", "open a@1"]);
    await job.clock.advance(1999);
    expect(source.log.filter((line) => line.startsWith("open")).length).toBe(2);
    await job.clock.advance(1);
    await handle.done;
    expect(valuesOf(job.sinks.out.batches)).toEqual([1, 2]);
    expect(job.lines.slice(1)).toEqual(["table 'in': reachable again after 3 s"]);
    expect(job.clock.sleepers).toBe(0);
  });

  test("partitions that fail together count as one failure", async () => {
    const job = Harness.simple(["a", "b", "c"]);
    for (const split of ["a", "b", "c"]) {
      job.sources.in.push(split, unreachable(), batch(1));
      job.sources.in.end(split);
    }
    const settings = { "restart-strategy.type": "fixed-delay", "restart-strategy.fixed-delay.attempts": "1" };
    const handle = job.start(sink(scan("in")), { settings });
    await job.clock.advance(1000);
    await handle.done;
    expect(job.lines.length).toBe(2);
    expect(valuesOf(job.sinks.out.batches)).toEqual([1, 1, 1]);
  });

  test("gives up after the attempts allowed, with the reason; closes all", async () => {
    const job = Harness.simple(["a"]);
    job.sources.in.push("a", unreachable(), unreachable(), unreachable());
    const settings = { "restart-strategy.exponential-delay.attempts": "2" };
    const handle = job.start(sink(scan("in")), { settings });
    const failed = expect(handle.done).rejects.toMatchObject({
      code: "SOURCE_UNAVAILABLE",
      operatorId: "scan-in",
      message: "kafka 127.0.0.1:9092 is not reachable: given up after 2 tries in 3 s",
    });
    await job.clock.advance(10_000);
    await failed;
    expect(job.sinks.out.log.at(-1)).toBe("close");
    expect(job.sources.in.log.at(-1)).toBe("close source");
    expect(job.clock.sleepers).toBe(0);
  });

  test("discovery and sinks that cannot be reached at the start are tried again; other errors are not", async () => {
    const job = Harness.simple(["a"]);
    job.sources.in.discoveryErrors.push(unreachable());
    job.sources.in.end("a");
    job.sinks.out.openErrors.push(unreachable("postgres is not reachable"));
    const handle = job.start(sink(scan("in")));
    await job.clock.advance(2000);
    expect((await handle.done).state).toBe("finished");
    expect(job.lines).toEqual([
      "postgres is not reachable: retrying in 1 s",
      "table 'out': reachable again after 1 s",
      "kafka 127.0.0.1:9092 is not reachable: retrying in 1 s",
      "table 'in': reachable again after 1 s",
    ]);

    const broken = Harness.simple(["a"]);
    broken.sinks.out.openErrors.push(new MillraceError({ code: "SINK_UNAVAILABLE", message: "no such folder" }));
    await expect(broken.start(sink(scan("in"))).done).rejects.toMatchObject({ message: "no such folder" });
    expect(broken.sources.in.log).toEqual(["close source"]);
  });
});

describe("failure", () => {
  test("a sink for inserts refuses updates before anything is opened, and says why", async () => {
    const job = Harness.simple(["a"]);
    await expect(job.start(sink(groupBy(scan("in")))).done).rejects.toMatchObject({
      code: "SQL_UNSUPPORTED",
      message:
        "sink 'out' takes inserts only, but the query updates rows: GROUP BY without a window emits a new result for each " +
        "change (group-aggregate-1); use an upsert sink with a primary key, or aggregate by window",
    });
    expect(job.sinks.out.log).toEqual([]);
  });

  test.each([
    ["drop", [1, 3, 4], [RowKind.insert, RowKind.updateAfter, RowKind.delete]],
    ["delete", [1, 2, 3, 4], [RowKind.insert, RowKind.delete, RowKind.updateAfter, RowKind.delete]],
  ] as const)("an upsert sink gets no -U: %s", async (updateBefore, values, expected) => {
    const job = Harness.simple(["a"]);
    job.sinks.out = new TestSink("upsert");
    const kinds = Uint8Array.of(RowKind.insert, RowKind.updateBefore, RowKind.updateAfter, RowKind.delete);
    job.sources.in.push("a", recordBatch(4, [columnOf(BIGINT, [1, 2, 3, 4])], kinds));
    job.sources.in.end("a");
    await job.start({ ...sink(groupBy(scan("in"))), updateBefore }).done;
    expect(valuesOf(job.sinks.out.batches)).toEqual(values);
    expect([...(job.sinks.out.batches[0].kinds ?? [])]).toEqual(expected);
  });

  test("the first error ends all tasks and is the job's; the rest is told", async () => {
    const job = Harness.simple(["a"]);
    job.sources.other = new TestSource({ splits: ["x"], boundedness: "unbounded" });
    job.sinks.second = new TestSink("append");
    job.sources.in.push("a", batch(1));
    job.sinks.out.writeError = new Error("disk full");
    const handle = job.start([sink(scan("in")), sink(scan("other"), "second")]);
    await expect(handle.done).rejects.toMatchObject({ operatorId: "sink-out", message: "sink-out failed: disk full" });
    expect(job.sinks.second.log).toEqual(["open", "close"]);
    expect(job.sources.other.log.at(-1)).toBe("close source");
  });

  test("an unknown option stops the job with all known names", async () => {
    const job = Harness.simple(["a"]);
    await expect(job.start(sink(scan("in", 0, { "bad-record": "skip" }))).done).rejects.toMatchObject({
      code: "OPTION_INVALID",
      message:
        "table 'in', connector 'test': unknown option 'bad-record' (did you mean 'bad-records'?). Known options: " +
        "bad-records, bad-records.path, scan.watermark.idle-timeout",
    });
  });
});

describe("cancel", () => {
  test("before the start nothing is opened", async () => {
    const job = Harness.simple(["a"]);
    const summary = await job.start(sink(scan("in")), { signal: AbortSignal.abort() }).done;
    expect(summary.state).toBe("cancelled");
    expect(job.sinks.out.log).toEqual([]);
  });

  test.each([
    ["while a sink is being retried", (job: Harness) => void job.sinks.out.openErrors.push(unreachable())],
    ["while a source is being retried", (job: Harness) => void job.sources.in.discoveryErrors.push(unreachable())],
    ["while waiting for rows", () => undefined],
    ["while a split is being retried", (job: Harness) => job.sources.in.push("a", batch(1), unreachable())],
  ])("%s: everything is closed and no timer is left", async (_, arrange) => {
    const job = Harness.simple(["a"], { boundedness: "unbounded" });
    arrange(job);
    const abort = new AbortController();
    const handle = job.start(sink(scan("in", 1000)), { signal: abort.signal, onProgress: () => undefined });
    await settle();
    abort.abort();
    expect((await handle.done).state).toBe("cancelled");
    expect(job.sources.in.log.at(-1)).toBe("close source");
    const { log } = job.sinks.out;
    expect(log.length === 0 || log.at(-1) === "close").toBe(true);
    expect(job.clock.sleepers).toBe(0);
    expect(job.contexts.every((context) => context.signal.aborted)).toBe(true);
  });

  test("while a sink is slow: its write is waited for, up to the close timeout", async () => {
    const job = Harness.simple(["a"], { boundedness: "unbounded" });
    job.sinks.out.hold();
    job.sources.in.push("a", batch(1), batch(2));
    const patient = job.start(sink(scan("in")));
    await settle();
    patient.cancel();
    await settle();
    expect(job.sinks.out.log).toEqual(["open", "write 1"]);
    job.sinks.out.release();
    expect((await patient.done).state).toBe("cancelled");
    expect(job.sinks.out.log).toEqual(["open", "write 1", "close"]);

    const stuck = Harness.simple(["a"], { boundedness: "unbounded" });
    stuck.sinks.out.hold();
    stuck.sources.in.push("a", batch(1));
    const handle = stuck.start(sink(scan("in")), { closeTimeoutMs: 5000 });
    await settle();
    handle.cancel();
    await stuck.clock.advance(5000);
    expect((await handle.done).state).toBe("cancelled");
    expect(stuck.lines).toEqual(["a source or sink did not close within 5000 ms; its last rows may be missing"]);
    expect(stuck.clock.sleepers).toBe(0);
  });
});

test("progress is told about once a second and at the end", async () => {
  const job = Harness.simple(["a"]);
  job.sources.in.push("a", batch(1));
  const seen: number[] = [];
  const handle = job.start(sink(scan("in")), { onProgress: ({ recordsIn }) => void seen.push(recordsIn) });
  await job.clock.advance(2500);
  expect(seen).toEqual([1, 1]);
  job.sources.in.push("a", batch(2));
  job.sources.in.end("a");
  await handle.done;
  expect(seen).toEqual([1, 1, 2]);
});
