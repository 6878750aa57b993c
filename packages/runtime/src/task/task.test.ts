import {
  BIGINT,
  columnOf,
  MAX_TIMESTAMP,
  MIN_TIMESTAMP,
  MillraceError,
  NO_BATCHES,
  type Operator,
  type RecordBatch,
  recordBatch,
  valueAt,
} from "@millrace/core";
import { describe, expect, test } from "vitest";
import { Task } from "./task.ts";
import type { TaskInput } from "./task-input.ts";
import { TaskNode, type TaskNodeRole } from "./task-node.ts";
import type { TaskOutput } from "./task-output.ts";

function batch(...values: number[]): RecordBatch {
  return recordBatch(values.length, [columnOf(BIGINT, values)]);
}

function valuesOf(rows: RecordBatch): unknown[] {
  return Array.from({ length: rows.length }, (_, i) => valueAt(rows.columns[0], i, BIGINT));
}

type Step = RecordBatch | { readonly watermark: number } | { readonly idle: boolean };

/** Gives its steps one per poll; a watermark or a change of idleness comes with the batch before it, or alone. */
class ScriptedInput implements TaskInput {
  readonly #steps: Step[];
  readonly #isBounded: boolean;
  watermark = MIN_TIMESTAMP;
  idle = false;
  recordsRead = 0;
  polls = 0;
  closed = 0;
  error: unknown = null;
  #wake: () => void = () => undefined;

  constructor(steps: Step[], isBounded = true) {
    this.#steps = steps;
    this.#isBounded = isBounded;
  }

  get ended(): boolean {
    return this.#isBounded && this.#steps.length === 0;
  }

  add(...steps: Step[]): void {
    this.#steps.push(...steps);
    this.#wake();
  }

  poll(): RecordBatch | null {
    this.polls++;
    if (this.error !== null) throw this.error;
    const step = this.#steps.shift();
    if (step === undefined) return null;
    if ("length" in step) {
      this.recordsRead += step.length;
      this.#status();
      if (this.ended) this.watermark = MAX_TIMESTAMP;
      return step;
    }
    this.#steps.unshift(step);
    this.#status();
    if (this.ended) this.watermark = MAX_TIMESTAMP;
    return null;
  }

  #status(): void {
    for (let next = this.#steps[0]; next !== undefined && !("length" in next); next = this.#steps[0]) {
      if ("watermark" in next) this.watermark = next.watermark;
      else this.idle = next.idle;
      this.#steps.shift();
    }
  }

  waitFor(wake: () => void): void {
    this.#wake = wake;
  }

  watermarks() {
    return [];
  }

  close(): Promise<void> {
    this.closed++;
    return Promise.resolve();
  }
}

/** Writes everything that happens to `log`; `wait` makes each write return a promise. */
class LoggingOutput implements TaskOutput {
  readonly #log: string[];
  readonly #name: string;
  gate: (() => Promise<void>) | null = null;

  constructor(log: string[], name = "out") {
    this.#log = log;
    this.#name = name;
  }

  write(rows: RecordBatch): void | Promise<void> {
    this.#log.push(`${this.#name} ${valuesOf(rows).join(",")}`);
    return this.gate?.();
  }

  onWatermark(watermark: number): void {
    this.#log.push(`${this.#name} watermark ${watermark}`);
  }

  end(): void {
    this.#log.push(`${this.#name} end`);
  }

  close(): Promise<void> {
    this.#log.push(`${this.#name} close`);
    return Promise.resolve();
  }
}

const passThrough: Operator = { onBatch: (rows) => [rows], onWatermark: () => NO_BATCHES };

interface Graph {
  [id: string]: { readonly role: TaskNodeRole; readonly from?: readonly string[] };
}

function nodesOf(graph: Graph): TaskNode[] {
  const byId = new Map(Object.keys(graph).map((id) => [id, new TaskNode(id, () => 0)]));
  for (const [id, { role, from = [] }] of Object.entries(graph)) {
    const node = byId.get(id) as TaskNode;
    node.role = role;
    for (const producer of from) (byId.get(producer) as TaskNode).feed(node);
  }
  return [...byId.values()];
}

const input = (from: TaskInput): TaskNodeRole => ({ kind: "input", input: from });
const operator = (op: Operator): TaskNodeRole => ({ kind: "operator", operator: op });
const output = (to: TaskOutput): TaskNodeRole => ({ kind: "output", output: to });

const never = new AbortController().signal;

async function runToEnd(graph: Graph): Promise<TaskNode[]> {
  const nodes = nodesOf(graph);
  const task = new Task(nodes);
  expect(await task.run(never)).toBe("finished");
  expect(await task.close()).toEqual([]);
  return nodes;
}

async function turns(count = 5): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

describe("order", () => {
  test("all rows of a batch are through before the watermark behind it, and the end comes last", async () => {
    const log: string[] = [];
    const split: Operator = {
      *onBatch(rows) {
        for (const value of valuesOf(rows)) yield batch(value as number);
      },
      *onWatermark(watermark) {
        if (watermark < MAX_TIMESTAMP) yield batch(watermark * 100);
      },
      *onEnd() {
        yield batch(-1);
      },
    };
    await runToEnd({
      in: { role: input(new ScriptedInput([batch(1, 2), { watermark: 2 }, batch(3)])) },
      split: { role: operator(split), from: ["in"] },
      out: { role: output(new LoggingOutput(log)), from: ["split"] },
    });
    expect(log).toEqual([
      "out 1",
      "out 2",
      "out 200",
      "out watermark 2",
      "out 3",
      "out watermark Infinity",
      "out -1",
      "out end",
      "out close",
    ]);
  });

  test("behind an operator whose rows may be older than the watermark, the watermark is older by as much", async () => {
    const log: string[] = [];
    await runToEnd({
      in: { role: input(new ScriptedInput([batch(1), { watermark: 100 }, batch(2), { watermark: 150 }, batch(3)])) },
      join: { role: operator({ ...passThrough, watermarkDelayMs: 30 }), from: ["in"] },
      out: { role: output(new LoggingOutput(log)), from: ["join"] },
    });
    const seen = log.filter((line) => !line.endsWith("close"));
    expect(seen).toEqual([
      "out 1",
      "out watermark 70",
      "out 2",
      "out watermark 120",
      "out 3",
      "out watermark Infinity",
      "out end",
    ]);
  });

  test("a batch goes to each consumer in turn and its producer is resumed after all of them", async () => {
    const log: string[] = [];
    const producer: Operator = {
      *onBatch(rows) {
        yield rows;
        log.push("resumed");
      },
      onWatermark: () => NO_BATCHES,
    };
    await runToEnd({
      in: { role: input(new ScriptedInput([batch(7)])) },
      op: { role: operator(producer), from: ["in"] },
      a: { role: output(new LoggingOutput(log, "a")), from: ["op"] },
      pass: { role: operator(passThrough), from: ["op"] },
      b: { role: output(new LoggingOutput(log, "b")), from: ["pass"] },
    });
    expect(log.slice(0, 3)).toEqual(["a 7", "b 7", "resumed"]);
  });

  test("a node read twice by the same operator arrives as two inputs", async () => {
    const seen: string[] = [];
    const join: Operator = {
      onBatch(rows, side) {
        seen.push(`${side}:${valuesOf(rows)}`);
        return NO_BATCHES;
      },
      onWatermark(watermark) {
        seen.push(`watermark ${watermark}`);
        return NO_BATCHES;
      },
    };
    await runToEnd({
      in: { role: input(new ScriptedInput([batch(1), { watermark: 1 }, batch(2)])) },
      join: { role: operator(join), from: ["in", "in"] },
      out: { role: output(new LoggingOutput([])), from: ["join"] },
    });
    expect(seen).toEqual(["0:1", "1:1", "watermark 1", "0:2", "1:2", "watermark Infinity"]);
  });

  test("inputs are read in turn, and empty batches reach nobody", async () => {
    const log: string[] = [];
    await runToEnd({
      a: { role: input(new ScriptedInput([batch(1), batch(), batch(2), batch(3)])) },
      b: { role: input(new ScriptedInput([batch(11), batch(12)])) },
      union: { role: operator(passThrough), from: ["a", "b"] },
      out: { role: output(new LoggingOutput(log)), from: ["union"] },
    });
    expect(log.filter((line) => /^out \d/.test(line))).toEqual(["out 1", "out 11", "out 12", "out 2", "out 3"]);
  });
});

describe("event time", () => {
  test("an operator with two inputs gets the minimum, and its end when both ended", async () => {
    const seen: string[] = [];
    const join: Operator = {
      onBatch: () => NO_BATCHES,
      onWatermark(watermark) {
        seen.push(`${watermark}`);
        return NO_BATCHES;
      },
      onEnd() {
        seen.push("end");
        return NO_BATCHES;
      },
    };
    const left = new ScriptedInput(
      [batch(1), { watermark: 10 }, batch(1), { watermark: 30 }, batch(1), { watermark: 40 }],
      false,
    );
    const right = new ScriptedInput([batch(1), { watermark: 20 }, batch(1), { watermark: 25 }]);
    const nodes = nodesOf({
      left: { role: input(left) },
      right: { role: input(right) },
      join: { role: operator(join), from: ["left", "right"] },
      out: { role: output(new LoggingOutput([])), from: ["join"] },
    });
    const task = new Task(nodes);
    const abort = new AbortController();
    const running = task.run(abort.signal);
    await turns();
    // left 10 | right 20 -> 10 | left 30 -> 20 | right ended: only left counts -> 30 | left 40
    expect(seen).toEqual(["10", "20", "30", "40"]);
    abort.abort();
    expect(await running).toBe("cancelled");
  });

  test("an idle input is left out, downstream too, and does not bring time back", async () => {
    const log: string[] = [];
    const quiet = new ScriptedInput([batch(1), { watermark: 5 }], false);
    const busy = new ScriptedInput([batch(2), { watermark: 100 }], false);
    const nodes = nodesOf({
      quiet: { role: input(quiet) },
      busy: { role: input(busy) },
      pass: { role: operator(passThrough), from: ["quiet"] },
      union: { role: operator(passThrough), from: ["pass", "busy"] },
      out: { role: output(new LoggingOutput(log)), from: ["union"] },
    });
    const abort = new AbortController();
    const running = new Task(nodes).run(abort.signal);
    await turns();
    expect(log).toEqual(["out 1", "out 2", "out watermark 5"]);
    quiet.add({ idle: true });
    await turns();
    expect(log.slice(3)).toEqual(["out watermark 100"]);
    quiet.add(batch(3), { idle: false }, { watermark: 50 });
    await turns();
    busy.add(batch(4), { watermark: 120 });
    await turns();
    expect(log.slice(4)).toEqual(["out 3", "out 4"]);
    quiet.add(batch(5), { watermark: 110 });
    await turns();
    expect(log.slice(6)).toEqual(["out 5", "out watermark 110"]);
    abort.abort();
    await running;
  });
});

describe("back-pressure", () => {
  test("nothing is pulled while an output waits, and work goes on exactly where it stopped", async () => {
    const log: string[] = [];
    const waiting: (() => void)[] = [];
    const slow = new LoggingOutput(log, "slow");
    slow.gate = () => new Promise((resolve) => waiting.push(resolve));
    const source = new ScriptedInput([batch(1, 2), batch(3)]);
    const split: Operator = {
      *onBatch(rows) {
        for (const value of valuesOf(rows)) {
          log.push(`emit ${value}`);
          yield batch(value as number);
        }
      },
      onWatermark: () => NO_BATCHES,
    };
    const nodes = nodesOf({
      in: { role: input(source) },
      split: { role: operator(split), from: ["in"] },
      slow: { role: output(slow), from: ["split"] },
      fast: { role: output(new LoggingOutput(log, "fast")), from: ["split"] },
    });
    const running = new Task(nodes).run(never);
    await turns();
    expect(log).toEqual(["emit 1", "slow 1"]);
    expect(source.polls).toBe(1);
    waiting.shift()?.();
    await turns();
    expect(log).toEqual(["emit 1", "slow 1", "fast 1", "emit 2", "slow 2"]);
    expect(source.polls).toBe(1);
    waiting.shift()?.();
    await turns();
    expect(log.slice(5)).toEqual(["fast 2", "emit 3", "slow 3"]);
    waiting.shift()?.();
    expect(await running).toBe("finished");
    expect(log.slice(8)).toEqual([
      "fast 3",
      "slow watermark Infinity",
      "fast watermark Infinity",
      "slow end",
      "fast end",
    ]);
  });

  test("a write that fails later ends the task with the output's name", async () => {
    const out = new LoggingOutput([]);
    out.gate = () => Promise.reject(new Error("disk full"));
    const nodes = nodesOf({
      in: { role: input(new ScriptedInput([batch(1)])) },
      out: { role: output(out), from: ["in"] },
    });
    await expect(new Task(nodes).run(never)).rejects.toMatchObject({
      operatorId: "out",
      message: "out failed: disk full",
    });
  });

  test("a long computation lets the event loop turn", async () => {
    const endless: Operator = {
      *onBatch(rows) {
        for (;;) yield rows;
      },
      onWatermark: () => NO_BATCHES,
    };
    const nodes = nodesOf({
      in: { role: input(new ScriptedInput([batch(1)])) },
      op: { role: operator(endless), from: ["in"] },
      out: {
        role: output({ write: () => undefined, end: () => undefined, close: () => Promise.resolve() }),
        from: ["op"],
      },
    });
    const abort = new AbortController();
    const task = new Task(nodes);
    const running = task.run(abort.signal);
    await turns(3);
    abort.abort();
    expect(await running).toBe("cancelled");
    expect(await task.close()).toEqual([]);
  });
});

describe("failure and early end", () => {
  test("what an operator throws carries its id, a MillraceError also its code", async () => {
    const failing = (error: Error): Operator => ({
      onBatch: () => {
        throw error;
      },
      onWatermark: () => NO_BATCHES,
    });
    const run = (error: Error) =>
      new Task(
        nodesOf({
          in: { role: input(new ScriptedInput([batch(1)])) },
          op: { role: operator(failing(error)), from: ["in"] },
          out: { role: output(new LoggingOutput([])), from: ["op"] },
        }),
      ).run(never);
    await expect(run(new Error("boom"))).rejects.toMatchObject({ code: "INVARIANT", operatorId: "op" });
    const division = new MillraceError({ code: "EXPRESSION_FAILED", message: "division by zero" });
    await expect(run(division)).rejects.toMatchObject({
      code: "EXPRESSION_FAILED",
      operatorId: "op",
      message: "division by zero",
    });
  });

  test("an operator that is done ends the task though its input goes on; what others need is read on", async () => {
    const log: string[] = [];
    let left = 2;
    const limit: Operator = {
      onBatch(rows) {
        left -= rows.length;
        return [rows];
      },
      onWatermark: () => NO_BATCHES,
      get isDone() {
        return left <= 0;
      },
    };
    const endless = new ScriptedInput([batch(1), batch(2), batch(3)], false);
    await runToEnd({
      in: { role: input(endless) },
      pass: { role: operator(passThrough), from: ["in"] },
      limit: { role: operator(limit), from: ["pass"] },
      out: { role: output(new LoggingOutput(log)), from: ["limit"] },
    });
    expect(log).toEqual(["out 1", "out 2", "out watermark Infinity", "out end", "out close"]);
    expect(endless.closed).toBe(1);

    left = 1;
    const shared: string[] = [];
    await runToEnd({
      in: { role: input(new ScriptedInput([batch(1), batch(2)])) },
      limit: { role: operator(limit), from: ["in"] },
      few: { role: output(new LoggingOutput(shared, "few")), from: ["limit"] },
      all: { role: output(new LoggingOutput(shared, "all")), from: ["in"] },
    });
    expect(shared.filter((line) => /\d$/.test(line))).toEqual(["few 1", "all 1", "all 2"]);
  });

  test("an operator that is done from the start reads nothing", async () => {
    const endless = new ScriptedInput([], false);
    const log: string[] = [];
    await runToEnd({
      in: { role: input(endless) },
      none: { role: operator({ ...passThrough, isDone: true }), from: ["in"] },
      out: { role: output(new LoggingOutput(log)), from: ["none"] },
    });
    expect(log).toContain("out end");
  });

  test("closing a cancelled task waits for its write, ends suspended generators and closes all once", async () => {
    const log: string[] = [];
    const out = new LoggingOutput(log);
    let fail: (error: Error) => void = () => undefined;
    out.gate = () =>
      new Promise((_, reject) => {
        fail = reject;
      });
    const source = new ScriptedInput([batch(1)], false);
    const careful: Operator = {
      *onBatch(rows) {
        try {
          yield rows;
          log.push("never");
        } finally {
          log.push("freed");
        }
      },
      onWatermark: () => NO_BATCHES,
    };
    const task = new Task(
      nodesOf({
        in: { role: input(source) },
        op: { role: operator(careful), from: ["in"] },
        out: { role: output(out), from: ["op"] },
      }),
    );
    const abort = new AbortController();
    const running = task.run(abort.signal);
    await turns();
    abort.abort();
    expect(await running).toBe("cancelled");
    const closing = task.close();
    await turns();
    expect(log).toEqual(["out 1"]);
    fail(new Error("broken pipe"));
    expect(await closing).toMatchObject([{ operatorId: "out", message: "out failed: broken pipe" }]);
    expect(log).toEqual(["out 1", "freed", "out close"]);
    expect(source.closed).toBe(1);
  });
});

test("counts rows and charges time to the node that took it", async () => {
  const spin: Operator = {
    onBatch(rows) {
      const until = performance.now() + 5;
      while (performance.now() < until);
      return [rows];
    },
    onWatermark: () => NO_BATCHES,
  };
  const nodes = await runToEnd({
    in: { role: input(new ScriptedInput([batch(1, 2), batch(3)])) },
    spin: { role: operator(spin), from: ["in"] },
    out: { role: output(new LoggingOutput([])), from: ["spin"] },
  });
  const values = nodes[1].metrics.read();
  expect(values).toMatchObject({ numRecordsIn: 3, numRecordsOut: 3, currentWatermark: MAX_TIMESTAMP });
  expect(values.busyTimeMs).toBeGreaterThanOrEqual(9);
  expect(nodes[0].metrics.read().busyTimeMs).toBeLessThan(values.busyTimeMs);
});
