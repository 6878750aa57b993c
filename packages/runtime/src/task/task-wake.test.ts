import {
  createMapAsyncRecords,
  createMemoryState,
  MAX_TIMESTAMP,
  MIN_TIMESTAMP,
  type RecordBatch,
  valueBatch,
  valuesOf,
} from "@millrace/core";
import { expect, test } from "vitest";
import { Task } from "./task.ts";
import { TaskNode } from "./task-node.ts";

/** Rising numbers, one a batch; event time is the number given last. Wants to commit after each `commitEvery`. */
function inputOf(count: number, log: string[], commitEvery = 0) {
  let next = 0;
  return {
    isCommitDue: false,
    poll(): RecordBatch | null {
      if (next === count) return null;
      log.push(`poll ${next}`);
      this.isCommitDue = commitEvery > 0 && (next + 1) % commitEvery === 0;
      this.recordsRead++;
      return valueBatch(1, [next++], null);
    },
    recordsRead: 0,
    prepareCommit() {
      this.isCommitDue = false;
      log.push(`commit ${next}`);
      return null;
    },
    get watermark() {
      return next === count ? MAX_TIMESTAMP : next === 0 ? MIN_TIMESTAMP : next - 1;
    },
    idle: false,
    get ended() {
      return next === count;
    },
    waitFor: (wake: () => void) => wake(),
    watermarks: () => [],
    close: () => Promise.resolve(),
  };
}

/** An input, an operator that asks outside, an output; `turns` says how many turns of the event loop an answer takes. */
function taskOf(count: number, log: string[], turns: (record: number) => number, capacity: number, commitEvery = 0) {
  const [source, operator, sink] = ["in", "op", "out"].map((id) => new TaskNode(id, () => 0));
  source.feed(operator);
  operator.feed(sink);
  source.role = { kind: "input", input: inputOf(count, log, commitEvery) };
  const ask = async (record: unknown) => {
    for (let i = turns(record as number); i > 0; i--) await new Promise((resolve) => setImmediate(resolve));
    return record;
  };
  const onError = { retries: 0, otherwise: "fail" } as const;
  operator.role = {
    kind: "operator",
    operator: createMapAsyncRecords(
      { kind: "map-async-records", capacity, isOrdered: true, onError, deadLetters: 0 },
      { ask, close: () => undefined },
      { operatorId: "op", state: createMemoryState(), metrics: operator.metrics, wake: operator.wake },
    ),
  };
  sink.role = {
    kind: "output",
    output: {
      write: (batch) => void log.push(...valuesOf(batch).map((value) => `write ${String(value)}`)),
      onWatermark: (watermark) => void log.push(`watermark ${watermark}`),
      end: () => void log.push("end"),
      close: () => Promise.resolve(),
    },
  };
  return new Task([source, operator, sink]);
}

test("an answer that comes while the task sleeps is put out, with the watermark behind it, and the end last", async () => {
  const log: string[] = [];
  const task = taskOf(2, log, () => 20, 10);
  expect(await task.run(new AbortController().signal)).toBe("finished");
  expect(log).toEqual([
    "poll 0",
    "poll 1",
    "write 0",
    "watermark 0",
    "write 1",
    `watermark ${MAX_TIMESTAMP}`,
    "end",
    "commit 2",
  ]);
});

test("nothing is read while the operator is full", async () => {
  const log: string[] = [];
  await taskOf(5, log, () => 3, 2).run(new AbortController().signal);
  let waiting = 0;
  for (const line of log) {
    if (line.startsWith("poll")) waiting++;
    if (line.startsWith("write")) waiting--;
    expect(waiting).toBeLessThanOrEqual(2);
  }
  expect(log.filter((line) => line.startsWith("write"))).toEqual([0, 1, 2, 3, 4].map((n) => `write ${n}`));
});

test("a commit waits until all that was read is out, and nothing is read meanwhile", async () => {
  const log: string[] = [];
  await taskOf(6, log, (record) => (record * 7) % 5, 10, 2).run(new AbortController().signal);
  const steps = log.filter((line) => !line.startsWith("watermark"));
  expect(steps).toEqual([
    ...["poll 0", "poll 1", "write 0", "write 1", "commit 2"],
    ...["poll 2", "poll 3", "write 2", "write 3", "commit 4"],
    ...["poll 4", "poll 5", "write 4", "write 5", "end", "commit 6", "commit 6"],
  ]);
});

test("a task that is cancelled does not wait for answers", async () => {
  const abort = new AbortController();
  const task = taskOf(3, [], () => 1e9, 1);
  const running = task.run(abort.signal);
  await new Promise((resolve) => setImmediate(resolve));
  abort.abort();
  expect(await running).toBe("cancelled");
  expect(await task.close()).toEqual([]);
});
