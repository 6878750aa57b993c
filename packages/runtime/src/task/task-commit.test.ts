import { BIGINT, columnOf, MAX_TIMESTAMP, MIN_TIMESTAMP, type RecordBatch, recordBatch } from "@millrace/core";
import { expect, test } from "vitest";
import { Task } from "./task.ts";
import type { TaskInput } from "./task-input.ts";
import { TaskNode } from "./task-node.ts";
import type { TaskOutput } from "./task-output.ts";

/** Gives `batches` batches; wants to commit after each. */
class CommittingInput implements TaskInput {
  readonly #log: string[];
  readonly #batches: number;
  #prepared = 0;
  watermark = MIN_TIMESTAMP;
  readonly idle = false;
  recordsRead = 0;
  isCommitDue = false;

  constructor(log: string[], batches: number) {
    this.#log = log;
    this.#batches = batches;
  }

  get ended(): boolean {
    return this.recordsRead === this.#batches;
  }

  poll(): RecordBatch | null {
    if (this.ended) return null;
    this.recordsRead++;
    this.isCommitDue = true;
    this.#log.push(`poll ${this.recordsRead}`);
    if (this.ended) this.watermark = MAX_TIMESTAMP;
    return recordBatch(1, [columnOf(BIGINT, [this.recordsRead])]);
  }

  prepareCommit(): (() => Promise<void>) | null {
    this.isCommitDue = false;
    const position = this.recordsRead;
    if (position === this.#prepared) return null;
    this.#prepared = position;
    this.#log.push(`prepare ${position}`);
    return async () => void this.#log.push(`commit ${position}`);
  }

  waitFor(): void {
    // There is always something.
  }

  watermarks() {
    return [];
  }

  async close(): Promise<void> {
    this.#log.push("close input");
  }
}

function outputTo(log: string[], flush: () => Promise<void>): TaskOutput {
  return {
    write: () => void log.push("write"),
    flush: async () => {
      log.push("flush");
      await flush();
      log.push("flushed");
    },
    end: async () => void log.push("end"),
    close: async () => undefined,
  };
}

function taskOf(log: string[], batches: number, flush: () => Promise<void>): Task {
  const input = new TaskNode("in", () => 0);
  const output = new TaskNode("out", () => 0);
  input.feed(output);
  input.role = { kind: "input", input: new CommittingInput(log, batches) };
  output.role = { kind: "output", output: outputTo(log, flush) };
  return new Task([input, output]);
}

test("a commit comes after the flush of what was polled before it, and the last one after the end", async () => {
  const log: string[] = [];
  await taskOf(log, 2, async () => undefined).run(new AbortController().signal);
  expect(log).toEqual([
    "poll 1",
    "write",
    "prepare 1",
    "flush",
    "flushed",
    "commit 1",
    "poll 2",
    "write",
    "end",
    "prepare 2",
    "commit 2",
  ]);
});

test("nothing is committed if the flush fails or the job is cancelled meanwhile", async () => {
  const failing: string[] = [];
  const task = taskOf(failing, 2, () => Promise.reject(new Error("disk full")));
  await expect(task.run(new AbortController().signal)).rejects.toThrow("disk full");
  expect(failing.some((line) => line.startsWith("commit"))).toBe(false);

  const cancelled: string[] = [];
  const abort = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  const running = taskOf(cancelled, 2, () => {
    abort.abort();
    return promise;
  }).run(abort.signal);
  expect(await running).toBe("cancelled");
  resolve();
  expect(cancelled.some((line) => line.startsWith("commit"))).toBe(false);
});
