import { MAX_TIMESTAMP, MIN_TIMESTAMP, NO_BATCHES, type Operator, type RecordBatch, recordBatch } from "@millrace/core";
import { ManualClock } from "@millrace/testkit";
import { expect, test } from "vitest";
import { Task } from "./task.ts";
import type { TaskInput } from "./task-input.ts";
import { TaskNode } from "./task-node.ts";

const row = () => recordBatch(1, []);

/** An input that gives nothing, or a row at each poll, until `end` is set. */
function endlessInput(isBusy: boolean) {
  const input = {
    end: false,
    polls: 0,
    poll: (): RecordBatch | null => {
      input.polls++;
      return isBusy && !input.end ? row() : null;
    },
    recordsRead: 0,
    get watermark() {
      return input.end ? MAX_TIMESTAMP : MIN_TIMESTAMP;
    },
    idle: false,
    get ended() {
      return input.end;
    },
    waitFor: () => undefined,
    watermarks: () => [],
    close: () => Promise.resolve(),
  };
  return input;
}

function start(clock: ManualClock, input: TaskInput, makeOperator: (node: TaskNode) => Operator) {
  const [source, operator, sink] = ["in", "op", "out"].map((id) => new TaskNode(id, () => clock.now()));
  source.feed(operator);
  operator.feed(sink);
  source.role = { kind: "input", input };
  operator.role = { kind: "operator", operator: makeOperator(operator) };
  let written = 0;
  const write = (batch: RecordBatch) => {
    written += batch.length;
  };
  sink.role = { kind: "output", output: { write, end: () => undefined, close: () => Promise.resolve() } };
  const abort = new AbortController();
  const task = new Task([source, operator, sink], clock);
  return { running: task.run(abort.signal), abort, written: () => written };
}

test("a timer rings when its time has come, and what it gives goes on", async () => {
  const clock = new ManualClock(1000);
  const rung: number[] = [];
  const { running, abort, written } = start(clock, endlessInput(false), ({ processingTime }) => {
    processingTime.setTimer(1500);
    return {
      onBatch: () => NO_BATCHES,
      onWatermark: () => NO_BATCHES,
      onTimer(at, domain) {
        expect(domain).toBe("processing");
        rung.push(at, processingTime.now());
        if (rung.length < 4) processingTime.setTimer(at + 100);
        return [row()];
      },
    };
  });
  await clock.advance(499);
  expect(rung).toEqual([]);
  await clock.advance(1);
  expect(rung).toEqual([1500, 1500]);
  await clock.advance(1000);
  expect(rung).toEqual([1500, 1500, 1600, 1600]);
  expect(written()).toBe(2);
  abort.abort();
  expect(await running).toBe("cancelled");
  expect(clock.sleepers).toBe(0);
});

test("a timer that is always due does not keep the task from reading, nor from ending", async () => {
  const clock = new ManualClock();
  const input = endlessInput(true);
  let rung = 0;
  const { running } = start(clock, input, ({ processingTime }) => {
    processingTime.setTimer(0);
    return {
      onBatch: () => NO_BATCHES,
      onWatermark: () => NO_BATCHES,
      onTimer() {
        processingTime.setTimer(0);
        if (++rung === 100) input.end = true;
        return NO_BATCHES;
      },
    };
  });
  expect(await running).toBe("finished");
  expect(input.polls).toBeGreaterThan(50);
});

test("time does not go back with the clock", () => {
  let now = 5;
  const { processingTime } = new TaskNode("op", () => now);
  expect(processingTime.now()).toBe(5);
  now = 3;
  expect(processingTime.now()).toBe(5);
});

test("the timer of an output: what it asks to wait for holds the reading up", async () => {
  const clock = new ManualClock(0);
  const input = endlessInput(true);
  const [source, sink] = ["in", "out"].map((id) => new TaskNode(id, () => clock.now()));
  source.feed(sink);
  source.role = { kind: "input", input };
  const { promise, resolve } = Promise.withResolvers<void>();
  const rung: number[] = [];
  const onTimer = (at: number) => {
    rung.push(at);
    return promise;
  };
  sink.role = {
    kind: "output",
    output: { write: () => undefined, onTimer, end: () => undefined, close: () => Promise.resolve() },
  };
  sink.processingTime.setTimer(50);
  const running = new Task([source, sink], clock).run(new AbortController().signal);
  await clock.advance(50);
  expect(rung).toEqual([50]);
  const { polls } = input;
  await clock.advance(100);
  expect(input.polls).toBe(polls);
  resolve();
  await clock.advance(0);
  expect(input.polls).toBeGreaterThan(polls);
  input.end = true;
  expect(await running).toBe("finished");
});
