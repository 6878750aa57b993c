import { BIGINT, columnOf, type RecordBatch, RowKind, recordBatch } from "@millrace/core";
import { expect, test } from "vitest";
import { RowQueue } from "./row-queue.ts";

function batchOf(values: readonly number[], kinds: readonly number[] | null = null): RecordBatch {
  return recordBatch(values.length, [columnOf(BIGINT, values)], kinds === null ? null : Uint8Array.from(kinds));
}

const push = (queue: RowQueue<number>, values: readonly number[], kinds?: readonly number[]) =>
  queue.push(batchOf(values, kinds ?? null), (row) => values[row]);

test("rows come in order, and the end after them", async () => {
  const queue = new RowQueue<number>(false);
  void push(queue, [1, 2]);
  const rows = queue.drain();
  expect(await rows.next()).toEqual({ done: false, value: 1 });
  void push(queue, [3]);
  queue.end();
  expect(await Array.fromAsync(rows)).toEqual([2, 3]);
});

test("an error comes after the rows before it", async () => {
  const queue = new RowQueue<number>(false);
  void push(queue, [1]);
  queue.fail(new Error("broken"));
  const rows = queue.drain();
  expect((await rows.next()).value).toBe(1);
  await expect(rows.next()).rejects.toThrow("broken");
});

test("a consumer that waits is woken", async () => {
  const queue = new RowQueue<number>(false);
  const next = queue.drain().next();
  void push(queue, [7]);
  expect((await next).value).toBe(7);
});

test("a job that is far ahead waits for its consumer", async () => {
  const queue = new RowQueue<number>(false);
  const waiting = push(
    queue,
    Array.from({ length: 8192 }, (_, i) => i),
  );
  expect(waiting).toBeInstanceOf(Promise);
  const rows = queue.drain();
  await rows.next();
  await waiting;
  expect(push(queue, [1])).toBeUndefined();
});

test("of changes the rows that are left come at the end", async () => {
  const queue = new RowQueue<number>(true);
  void push(queue, [1, 2, 2, 3], [RowKind.insert, RowKind.insert, RowKind.insert, RowKind.insert]);
  void push(queue, [1, 5, 3], [RowKind.updateBefore, RowKind.updateAfter, RowKind.delete]);
  queue.end();
  expect(await Array.fromAsync(queue.drain())).toEqual([2, 2, 5]);
});
