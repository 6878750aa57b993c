import { end, rows, seededRandom, verifyRecords, watermark } from "@millrace/testkit";
import { describe, expect, it } from "vitest";
import { type RecordBatch, valueBatch, valuesOf } from "../batch/record-batch.ts";
import { createMetricGroup } from "../metrics.ts";
import { FAIL } from "../record/user-code.ts";
import { createMemoryState, type SnapshotableState } from "../state/memory-state-backend.ts";
import { createMapAsyncRecords, type MapAsyncRecordsSpec } from "./map-async-records.ts";
import type { AsyncOperator } from "./operator.ts";

const base: MapAsyncRecordsSpec = {
  kind: "map-async-records",
  capacity: 2,
  isOrdered: true,
  onError: FAIL,
  deadLetters: 0,
};

/** Answers given by hand. */
class Answers {
  readonly asked: unknown[] = [];
  readonly #open = new Map<unknown, { resolve(value: unknown): void; reject(error: unknown): void }>();

  readonly question = {
    ask: (record: unknown) => {
      this.asked.push(record);
      return new Promise((resolve, reject) => this.#open.set(record, { resolve, reject }));
    },
    close: () => undefined,
  };

  get open(): readonly unknown[] {
    return [...this.#open.keys()];
  }

  async answer(record: unknown, error?: Error): Promise<void> {
    const call = this.#open.get(record);
    if (call === undefined) throw new Error(`nobody asks for ${String(record)}`);
    this.#open.delete(record);
    if (error === undefined) call.resolve(`answer ${String(record)}`);
    else call.reject(error);
    await Promise.resolve();
    await Promise.resolve();
  }
}

/** The operator with what came out of it: records and the watermarks it tells, in order. */
class Driver {
  readonly log: unknown[] = [];
  readonly operator: AsyncOperator;
  readonly state: SnapshotableState;
  #isWoken = false;
  #told = Number.NEGATIVE_INFINITY;

  constructor(spec: Partial<MapAsyncRecordsSpec>, answers: Answers, state = createMemoryState()) {
    this.state = state;
    const wake = () => {
      this.#isWoken = true;
    };
    const context = { operatorId: "operator", state, metrics: createMetricGroup(), wake };
    this.operator = createMapAsyncRecords({ ...base, ...spec }, answers.question, context);
    this.wake();
  }

  #take(emitted: Iterable<RecordBatch | Promise<void>>): void {
    for (const batch of emitted) {
      if (batch instanceof Promise) throw new Error("it waits");
      for (const value of valuesOf(batch)) this.log.push((batch.output ?? 0) === 0 ? value : [batch.output, value]);
    }
    const own = this.operator.outputWatermark as number;
    if (own > this.#told) {
      this.#told = own;
      this.log.push(`watermark ${own}`);
    }
  }

  rows(...records: readonly unknown[]): void {
    this.#take(this.operator.onBatch(valueBatch(records.length, records, null), 0));
    this.wake();
  }

  watermark(at: number): void {
    this.#take(this.operator.onWatermark(at));
    this.wake();
  }

  wake(): void {
    while (this.#isWoken) {
      this.#isWoken = false;
      this.#take(this.operator.onWake?.() ?? []);
    }
  }

  async answer(answers: Answers, record: unknown, error?: Error): Promise<void> {
    await answers.answer(record, error);
    this.wake();
  }
}

describe("records that wait for answers", () => {
  it("come out in their order, at most `capacity` asked at a time, across batches", async () => {
    const answers = new Answers();
    const driver = new Driver({}, answers);
    driver.rows(1);
    expect(driver.operator.isFull).toBe(false);
    driver.rows(2, 3);
    expect(answers.open).toEqual([1, 2]);
    expect(driver.operator.isFull).toBe(true);
    await driver.answer(answers, 2);
    expect(driver.log).toEqual([]);
    // The answer to 2 is kept until that to 1 has come, and takes its place.
    expect(answers.open).toEqual([1]);
    await driver.answer(answers, 1);
    expect(driver.log).toEqual(["answer 1", "answer 2"]);
    expect(answers.open).toEqual([3]);
    expect(driver.operator.isFull).toBe(false);
    await driver.answer(answers, 3);
    expect(driver.operator.isWaiting).toBe(false);
    expect(driver.log).toEqual(["answer 1", "answer 2", "answer 3"]);
    expect(driver.state.entryCount).toBe(0);
  });

  it("unordered come as they are answered, but neither pass a watermark nor are passed by it", async () => {
    const answers = new Answers();
    const driver = new Driver({ capacity: 10, isOrdered: false }, answers);
    driver.rows(1, 2);
    driver.watermark(10);
    driver.rows(3, 4);
    driver.watermark(20);
    driver.watermark(30);
    await driver.answer(answers, 4);
    await driver.answer(answers, 2);
    expect(driver.log).toEqual(["answer 2"]);
    await driver.answer(answers, 1);
    expect(driver.log).toEqual(["answer 2", "answer 1", "watermark 10", "answer 4"]);
    await driver.answer(answers, 3);
    expect(driver.log.slice(4)).toEqual(["answer 3", "watermark 30"]);
    driver.watermark(40);
    expect(driver.log.at(-1)).toBe("watermark 40");
  });

  it("ordered hold the watermark back, too", async () => {
    const answers = new Answers();
    const driver = new Driver({}, answers);
    driver.watermark(5);
    driver.rows(1);
    driver.watermark(10);
    expect(driver.log).toEqual(["watermark 5"]);
    await driver.answer(answers, 1);
    expect(driver.log).toEqual(["watermark 5", "answer 1", "watermark 10"]);
  });

  it.each([true, false])("are asked for again after a restore, ordered: %s", async (isOrdered) => {
    const answers = new Answers();
    const before = new Driver({ capacity: 3, isOrdered }, answers);
    before.rows("a", "b", "c", "d", "e");
    await before.answer(answers, "a");
    expect(before.log).toEqual(["answer a"]);
    await answers.answer("c");
    const state = createMemoryState();
    state.restore([before.state.snapshot()]);
    const again = new Answers();
    const after = new Driver({ capacity: 10, isOrdered }, again, state);
    after.rows("f");
    expect(again.open).toEqual(["b", "c", "d", "e", "f"]);
    for (const record of ["f", "e", "d", "c", "b"]) await after.answer(again, record);
    const inOrder = ["b", "c", "d", "e", "f"].map((record) => `answer ${record}`);
    expect(after.log).toEqual(isOrdered ? inOrder : inOrder.reverse());
    expect(state.entryCount).toBe(0);
  });

  it("fail by the policy: with the first failure, or into dead letters while the others go on", async () => {
    const answers = new Answers();
    const failing = new Driver({}, answers);
    failing.rows("x");
    await answers.answer("x", new Error("no such user"));
    expect(() => failing.wake()).toThrow('operator failed on "x": no such user');
    const driver = new Driver({ onError: { retries: 0, otherwise: "dead-letter" }, deadLetters: 1 }, answers);
    driver.rows("y", "z");
    await driver.answer(answers, "y", new Error("no such user"));
    await driver.answer(answers, "z");
    expect(driver.log[0]).toMatchObject([1, { record: "y", error: { message: "no such user" } }]);
    expect(driver.log[1]).toBe("answer z");
  });

  it.each([1, 2, 3])("random answers, watermarks and restores lose and double nothing, seed %i", async (seed) => {
    const next = seededRandom(seed);
    for (const isOrdered of [true, false]) {
      let answers = new Answers();
      let driver = new Driver({ capacity: 4, isOrdered }, answers);
      const out: unknown[] = [];
      let sent = 0;
      for (let step = 0; step < 400; step++) {
        const dice = next();
        if (dice < 0.3 && driver.operator.isFull !== true) {
          driver.rows(...Array.from({ length: 1 + Math.floor(next() * 6) }, () => sent++));
        } else if (dice < 0.4) driver.watermark(sent);
        else if (dice < 0.43) {
          out.push(...driver.log);
          const state = createMemoryState();
          state.restore([driver.state.snapshot()]);
          answers = new Answers();
          driver = new Driver({ capacity: 4, isOrdered }, answers, state);
        } else if (answers.open.length > 0) {
          await driver.answer(answers, answers.open[Math.floor(next() * answers.open.length)]);
        }
      }
      while (answers.open.length > 0) await driver.answer(answers, answers.open[0]);
      out.push(...driver.log);
      let watermark = Number.NEGATIVE_INFINITY;
      const seen: number[] = [];
      for (const each of out as string[]) {
        const number = Number(each.slice(each.indexOf(" ")));
        if (each.startsWith("watermark")) watermark = Math.max(watermark, number);
        else {
          expect(number).toBeGreaterThanOrEqual(watermark);
          seen.push(number);
        }
      }
      const all = Array.from({ length: sent }, (_, i) => i);
      expect(isOrdered ? seen : [...seen].sort((a, b) => a - b)).toEqual(all);
    }
  });
});

describe("answers at once", () => {
  it("come with the batch", () => {
    const question = { ask: (record: unknown) => Number(record) * 2, close: () => undefined };
    verifyRecords((context) => createMapAsyncRecords(base, question, context))
      .input(
        rows(
          0,
          Array.from({ length: 5000 }, (_, i) => [i, i]),
        ),
        watermark(10),
        rows(0, [[5000, null]]),
        end(),
      )
      .expectInOrder(...Array.from({ length: 5001 }, (_, i) => [0, i * 2, i === 5000 ? null : i]));
  });

  it("that throw fail", () => {
    const ask = () => {
      throw new Error("offline");
    };
    const question = { ask, close: () => undefined };
    expect(() =>
      verifyRecords((context) => createMapAsyncRecords(base, question, context))
        .input(rows(0, [["a", 1]]))
        .expect(),
    ).toThrow('operator failed on "a": offline');
  });
});

it("a batch larger than what may wait holds its producer up", async () => {
  const answers = new Answers();
  const context = { operatorId: "operator", state: createMemoryState(), metrics: createMetricGroup() };
  const operator = createMapAsyncRecords(base, answers.question, context);
  const batch = (from: number) =>
    valueBatch(
      4096,
      Array.from({ length: 4096 }, (_, i) => from + i),
      null,
    );
  expect([...operator.onBatch(batch(0), 0)]).toEqual([]);
  let out = 0;
  for (const each of operator.onBatch(batch(4096), 0)) {
    if (each instanceof Promise) for (const record of [...answers.open]) await answers.answer(record);
    else out += each.length;
  }
  expect(out).toBeGreaterThan(4000);
  expect(operator.isFull).toBe(true);
  await operator.close?.();
});
