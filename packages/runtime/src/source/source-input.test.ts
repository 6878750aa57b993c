import {
  BIGINT,
  columnOf,
  createMetricGroup,
  MAX_TIMESTAMP,
  MIN_TIMESTAMP,
  MillraceError,
  type RecordBatch,
  recordBatch,
  type SplitPosition,
  valueAt,
} from "@millrace/core";
import type { CalcKernel } from "@millrace/plan";
import { ManualClock, settle, TestSource } from "@millrace/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SourceInput, type SourceInputSpec } from "./source-input.ts";

const retryPolicy = { attempts: 3, initialDelayMs: 100, maxDelayMs: 1000, multiplier: 2 };

function batch(...values: number[]): RecordBatch {
  return recordBatch(values.length, [columnOf(BIGINT, values)]);
}

function valuesOf(rows: RecordBatch): number[] {
  return Array.from({ length: rows.length }, (_, i) => valueAt(rows.columns[0], i, BIGINT) as number);
}

function inputOf(source: TestSource, rest: Partial<SourceInputSpec> = {}) {
  const clock = new ManualClock();
  const lines: string[] = [];
  const metrics = createMetricGroup();
  const input = new SourceInput({
    owner: "table 't'",
    source,
    kernel: null,
    idleTimeoutMs: 0,
    retryPolicy,
    clock,
    reporter: { warn: (line) => void lines.push(line), progress: () => undefined },
    metrics,
    ...rest,
  });
  return { input, clock, lines };
}

/** Polls until there is nothing to be had without time or the outside. */
async function drain(input: SourceInput): Promise<number[]> {
  const rows: number[] = [];
  for (let empty = 0; empty < 3 && !input.ended; ) {
    const polled = input.poll();
    if (polled !== null) rows.push(...valuesOf(polled));
    else {
      empty++;
      input.waitFor(() => undefined);
      await settle(2);
    }
  }
  return rows;
}

const unreachable = (message = "broker is down") =>
  new MillraceError({ code: "SOURCE_UNAVAILABLE", message, retry: "backoff" });

describe("splits", () => {
  test("many bounded splits are opened a few at a time; those not open yet hold the watermark", async () => {
    const ids = Array.from({ length: 100 }, (_, i) => `file-${i}`);
    const source = new TestSource({ splits: ids });
    for (const [i, id] of ids.entries()) source.push(id, batch(i + 1));
    const kernel = maxKernel();
    const { input } = inputOf(source, { kernel });
    await drain(input);
    expect(source.log.filter((line) => line.startsWith("open")).length).toBe(64);
    expect(input.watermark).toBe(MIN_TIMESTAMP);
    for (const id of ids) source.end(id);
    await drain(input);
    expect(input.recordsRead).toBe(100);
    expect(input.ended).toBe(true);
    expect(input.watermark).toBe(MAX_TIMESTAMP);
    expect(source.log.filter((line) => line.startsWith("close")).length).toBe(100);
  });

  test("splits take turns though one always has more", async () => {
    const source = new TestSource({ splits: ["a", "b"] });
    source.push("a", batch(1), batch(2), batch(3));
    source.push("b", batch(11), batch(12));
    const { input } = inputOf(source);
    expect(await drain(input)).toEqual([1, 11, 2, 12, 3]);
  });

  test("tells where each stands", async () => {
    const source = new TestSource({ splits: ["a", "b"] });
    source.push("a", batch(1), batch(2));
    source.end("a");
    source.push("b", batch(3));
    const { input } = inputOf(source);
    await drain(input);
    expect(input.splits().map(({ split, position, ended }) => [split.id, position, ended])).toEqual([
      ["a", 2, true],
      ["b", 1, false],
    ]);
    await input.close();
    await input.close();
    expect(source.log.filter((line) => line.startsWith("close"))).toEqual(["close a", "close b", "close source"]);
  });

  test("a watermark advances though the filter leaves no row", async () => {
    const source = new TestSource({ splits: ["a"] });
    source.push("a", batch(7));
    const { input } = inputOf(source, { kernel: maxKernel(() => false) });
    expect(await drain(input)).toEqual([]);
    expect(input.recordsRead).toBe(1);
    expect(input.watermark).toBe(7);
  });
});

describe("commits", () => {
  class CommittingSource extends TestSource {
    readonly commitIntervalMs = 100;
    readonly commits: Record<string, SplitPosition>[] = [];
    error: Error | null = null;

    commit(positions: ReadonlyMap<string, SplitPosition>): Promise<void> {
      if (this.error !== null) return Promise.reject(this.error);
      this.commits.push(Object.fromEntries(positions));
      return Promise.resolve();
    }
  }

  test("are due an interval after something new was polled, and tell what has moved", async () => {
    const source = new CommittingSource({ splits: ["a", "b"] });
    const { input, clock } = inputOf(source);
    await drain(input);
    await clock.advance(1000);
    expect(input.isCommitDue).toBe(false);
    source.push("a", batch(1), batch(2));
    await drain(input);
    expect(input.isCommitDue).toBe(false);
    await clock.advance(100);
    expect(input.isCommitDue).toBe(true);
    const commit = input.prepareCommit();
    source.push("a", batch(3));
    source.push("b", batch(4));
    await drain(input);
    await commit?.();
    expect(source.commits).toEqual([{ a: 2, b: 0 }]);
    await input.prepareCommit()?.();
    expect(source.commits[1]).toEqual({ a: 3, b: 1 });
    expect(input.prepareCommit()).toBe(null);
  });

  test("wake a task that waits", async () => {
    const source = new CommittingSource({ splits: ["a"] });
    const { input, clock } = inputOf(source);
    source.push("a", batch(1));
    await drain(input);
    let woken = 0;
    input.waitFor(() => woken++);
    await clock.advance(99);
    await settle(2);
    expect(woken).toBe(0);
    await clock.advance(1);
    await settle(2);
    expect(woken).toBe(1);
  });

  test("that fail are told, and tried again with the next", async () => {
    const source = new CommittingSource({ splits: ["a"] });
    const { input, lines } = inputOf(source);
    source.push("a", batch(1));
    await drain(input);
    source.error = new Error("no coordinator");
    await input.prepareCommit()?.();
    expect(lines).toEqual(["table 't': no coordinator (how far it has been read is not committed)"]);
    source.error = null;
    await input.prepareCommit()?.();
    expect(source.commits).toEqual([{ a: 1 }]);
  });
});

describe("outages", () => {
  test("one partition that stays away does not hide behind others that work: attempts go on counting", async () => {
    const source = new TestSource({ splits: ["a", "b"] });
    source.push("a", ...Array.from({ length: 20 }, (_, i) => batch(i)));
    source.push("b", unreachable(), unreachable(), unreachable(), unreachable());
    const { input, clock, lines } = inputOf(source);
    expect((await drain(input)).length).toBe(20);
    for (const delayMs of [100, 200]) {
      await clock.advance(delayMs);
      await drain(input);
    }
    await clock.advance(400);
    await expect(drain(input)).rejects.toThrow("broker is down: given up after 3 tries in 700 ms");
    expect(lines).toEqual(["broker is down: retrying in 100 ms"]);
    await input.close();
  });

  test("a change of the reason is told", async () => {
    const source = new TestSource({ splits: ["a"] });
    source.push("a", unreachable(), unreachable("no leader for partition 0"), batch(1));
    source.end("a");
    const { input, clock, lines } = inputOf(source);
    await drain(input);
    await clock.advance(100);
    await drain(input);
    await clock.advance(200);
    expect(await drain(input)).toEqual([1]);
    expect(lines).toEqual([
      "broker is down: retrying in 100 ms",
      "no leader for partition 0: retrying in 200 ms",
      "table 't': reachable again after 300 ms",
    ]);
    expect(clock.sleepers).toBe(0);
  });

  test("errors that trying again cannot help are thrown at once", async () => {
    const source = new TestSource({ splits: ["a"] });
    source.push("a", new MillraceError({ code: "DATA_INVALID", message: "line 3" }));
    const { input } = inputOf(source);
    await expect(drain(input)).rejects.toThrow("line 3");
  });

  test("whatever fails when, the rows of each split come once and in order, and time never outruns a split", async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.constant("batch") },
      { weight: 1, arbitrary: fc.constant("fail") },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(step, { maxLength: 8 }), { minLength: 1, maxLength: 4 }), async (scripts) => {
        const source = new TestSource({ splits: scripts.map((_, i) => `${i}`) });
        const expected = scripts.map((steps, i) => {
          const rows: number[] = [];
          for (const kind of steps) {
            if (kind === "fail") source.push(`${i}`, unreachable());
            else {
              // Split i has the numbers i, i + 10, i + 20 ...
              rows.push(rows.length * 10 + i);
              source.push(`${i}`, batch(rows[rows.length - 1]));
            }
          }
          source.end(`${i}`);
          return rows;
        });
        const policy = { ...retryPolicy, attempts: 100 };
        const { input, clock } = inputOf(source, { kernel: maxKernel(), retryPolicy: policy });
        const got: number[][] = scripts.map(() => []);
        for (let round = 0; !input.ended; round++) {
          expect(round).toBeLessThan(100);
          const before = input.watermark;
          for (const value of await drain(input)) {
            expect(value).toBeGreaterThan(before);
            got[value % 10].push(value);
          }
          await clock.advance(1000);
        }
        expect(got).toEqual(expected);
        await input.close();
        expect(clock.sleepers).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});

/** Passes on rows that satisfy `keep`; the watermark of a batch is its largest value. */
function maxKernel(keep: (value: number) => boolean = () => true): CalcKernel & { watermark: number } {
  return {
    watermark: MIN_TIMESTAMP,
    source: "",
    run(rows) {
      const values = valuesOf(rows);
      this.watermark = Math.max(...values);
      const kept = values.filter(keep);
      return kept.length === 0 ? null : batch(...kept);
    },
  };
}
