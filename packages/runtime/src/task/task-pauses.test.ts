import {
  type AsyncOperator,
  BIGINT,
  columnOf,
  MAX_TIMESTAMP,
  MIN_TIMESTAMP,
  NO_BATCHES,
  type RecordBatch,
  recordBatch,
  valueAt,
} from "@millrace/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Task } from "./task.ts";
import type { TaskInput } from "./task-input.ts";
import { TaskNode } from "./task-node.ts";

function batch(...values: number[]): RecordBatch {
  return recordBatch(values.length, [columnOf(BIGINT, values)]);
}

const valuesOf = (rows: RecordBatch) =>
  Array.from({ length: rows.length }, (_, i) => valueAt(rows.columns[0], i, BIGINT) as number);

/** Rising numbers in batches of the given sizes; event time is the last number given. */
function inputOf(sizes: readonly number[]): TaskInput {
  let next = 0;
  let polled = 0;
  return {
    poll() {
      if (polled === sizes.length) return null;
      const size = sizes[polled++];
      const rows = batch(...Array.from({ length: size }, () => next++));
      this.recordsRead += size;
      return rows;
    },
    recordsRead: 0,
    get watermark() {
      return polled === sizes.length ? MAX_TIMESTAMP : next === 0 ? MIN_TIMESTAMP : next - 1;
    },
    idle: false,
    get ended() {
      return polled === sizes.length;
    },
    waitFor: (wake: () => void) => wake(),
    watermarks: () => [],
    close: () => Promise.resolve(),
  } as TaskInput & { recordsRead: number };
}

type OperatorKind = "pass" | "rows" | "ask" | "drop odd" | "until watermark";

function operatorOf(kind: OperatorKind, pause: () => Promise<void> | undefined): AsyncOperator {
  switch (kind) {
    case "ask":
      return {
        *onBatch(rows) {
          for (const value of valuesOf(rows)) {
            const answer = pause();
            if (answer !== undefined) yield answer;
            yield batch(value);
          }
        },
        onWatermark: () => NO_BATCHES,
      };
    case "pass":
      return { onBatch: (rows) => [rows], onWatermark: () => NO_BATCHES };
    case "rows":
      return {
        *onBatch(rows) {
          for (const value of valuesOf(rows)) yield batch(value);
        },
        onWatermark: () => NO_BATCHES,
      };
    case "drop odd":
      return {
        onBatch: (rows) => [batch(...valuesOf(rows).filter((value) => value % 2 === 0))],
        onWatermark: () => NO_BATCHES,
      };
    case "until watermark": {
      let held: number[] = [];
      return {
        onBatch(rows) {
          held.push(...valuesOf(rows));
          return NO_BATCHES;
        },
        *onWatermark(watermark) {
          const due = held.filter((value) => value <= watermark);
          held = held.filter((value) => value > watermark);
          for (const value of due) yield batch(value);
        },
        *onEnd() {
          yield batch(held.length);
        },
      };
    }
  }
}

interface Shape {
  readonly inputs: readonly (readonly number[])[];
  /** Each reads from the nodes given by number, modulo the nodes before it. */
  readonly operators: readonly { readonly kind: OperatorKind; readonly from: readonly number[] }[];
  readonly outputs: readonly number[];
}

/** What each output sees. Wait number i, of a write or an answer from outside, is for `pauses[i]` turns of the event loop. */
async function run({ inputs, operators, outputs }: Shape, pauses: readonly number[]): Promise<string[][]> {
  const nodes: TaskNode[] = [];
  let waits = 0;
  const pause = () => {
    const turns = pauses[waits++ % pauses.length] ?? 0;
    return turns === 0 ? undefined : waitTurns(turns);
  };
  for (const sizes of inputs) {
    const node = new TaskNode(`in ${nodes.length}`, () => 0);
    node.role = { kind: "input", input: inputOf(sizes) };
    nodes.push(node);
  }
  for (const { kind, from } of operators) {
    const node = new TaskNode(`op ${nodes.length}`, () => 0);
    node.role = { kind: "operator", operator: operatorOf(kind, pause) };
    for (const producer of from) nodes[producer % nodes.length].feed(node);
    nodes.push(node);
  }
  const producers = nodes.length;
  const logs = outputs.map((from) => {
    const log: string[] = [];
    const node = new TaskNode(`out ${nodes.length}`, () => 0);
    const output = {
      write: (rows: RecordBatch) => {
        log.push(`rows ${valuesOf(rows)}`);
        return pause();
      },
      onWatermark: (watermark: number) => {
        log.push(`watermark ${watermark}`);
        return pause();
      },
      end: () => {
        log.push("end");
        return pause();
      },
      close: () => Promise.resolve(),
    };
    node.role = { kind: "output", output };
    nodes[from % producers].feed(node);
    nodes.push(node);
    return log;
  });
  expect(await new Task(nodes).run(new AbortController().signal)).toBe("finished");
  return logs;
}

async function waitTurns(turns: number): Promise<void> {
  for (let i = 1; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
}

test("where and how long outputs and operators pause changes nothing of what outputs see", async () => {
  const shape = fc.record({
    inputs: fc.array(fc.array(fc.nat(3), { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 2 }),
    operators: fc.array(
      fc.record({
        kind: fc.constantFrom<OperatorKind>("pass", "rows", "ask", "drop odd", "until watermark"),
        from: fc.array(fc.nat(20), { minLength: 1, maxLength: 2 }),
      }),
      { maxLength: 5 },
    ),
    outputs: fc.array(fc.nat(20), { minLength: 1, maxLength: 3 }),
  });
  const pauses = fc.array(fc.nat(3), { minLength: 1, maxLength: 7 });
  await fc.assert(
    fc.asyncProperty(shape, pauses, async (graph, pattern) => {
      const straight = await run(graph, []);
      expect(await run(graph, pattern)).toEqual(straight);
      for (const log of straight) {
        expect(log.slice(-1)).toEqual(["end"]);
        const watermarks = log.filter((line) => line.startsWith("watermark")).map((line) => Number(line.slice(10)));
        expect(watermarks).toEqual([...new Set(watermarks)].sort((a, b) => a - b));
        expect(watermarks.at(-1)).toBe(MAX_TIMESTAMP);
      }
    }),
    { numRuns: 300 },
  );
});
