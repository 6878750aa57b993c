import {
  BIGINT,
  createLookupJoin,
  createMetricGroup,
  type Field,
  MillraceError,
  type PairPredicate,
  type RecordBatch,
  STRING,
} from "@millrace/core";
import { batchOf, changesOf, ManualClock, settle, TestLookupSource } from "@millrace/testkit";
import { describe, expect, test } from "vitest";
import { CachedTable, type CachedTableSpec } from "./cached-table.ts";
import type { LookupBehaviour } from "./lookup-behaviour.ts";

const left: readonly Field[] = [
  { name: "id", type: STRING },
  { name: "k", type: BIGINT },
];
const right: readonly Field[] = [
  { name: "key", type: BIGINT },
  { name: "name", type: STRING },
];
const request = {
  fields: right.map(({ name, type }) => ({ path: [name], type })),
  metadata: [],
  predicates: [],
  keys: [0],
};

interface Setup {
  readonly behaviour?: Partial<LookupBehaviour>;
  readonly options?: Partial<CachedTableSpec["options"]>;
  readonly maxKeys?: number;
  readonly residual?: PairPredicate;
  /** Turns of the event loop that whoever takes the rows takes for each batch. */
  readonly pauseTurns?: number;
}

/** A left join with a table that a test answers for. */
class Join {
  readonly clock = new ManualClock(0);
  readonly metrics = createMetricGroup();
  readonly source: TestLookupSource;
  readonly #operator;
  readonly #pauseTurns: number;
  readonly rows: string[] = [];
  /** What the task would report. */
  failure: unknown = null;

  constructor({ behaviour, options, maxKeys, pauseTurns = 0, residual }: Setup = {}) {
    this.#pauseTurns = pauseTurns;
    this.source = new TestLookupSource(request, maxKeys);
    const isOrdered = behaviour?.isOrdered ?? true;
    const table = new CachedTable({
      owner: "table 'names'",
      source: this.source,
      kernel: { run: (batch) => batch, watermark: Number.NEGATIVE_INFINITY, source: "" },
      fields: right,
      width: 2,
      keys: [0],
      options: {
        cache: "PARTIAL",
        maxRetries: 3,
        maxRows: Number.POSITIVE_INFINITY,
        expireAfterWriteMs: Number.POSITIVE_INFINITY,
        expireAfterAccessMs: Number.POSITIVE_INFINITY,
        keepsMissingKeys: true,
        ...options,
      },
      behaviour: { isOrdered, capacity: 100, timeoutMs: 180_000, missRetries: 0, missDelayMs: 0, ...behaviour },
      clock: this.clock,
      metrics: this.metrics,
    });
    const spec = { kind: "lookup-join", joinType: "left", passed: 2, leftKeys: [1], isOrdered } as const;
    this.#operator = createLookupJoin(spec, table, residual);
  }

  /** Sends rows `a1`: id a, key 1 (`a-`: NULL), and runs the operator as a task would. */
  async send(...list: readonly string[]): Promise<void> {
    const batch = batchOf(
      { fields: left },
      list.map((text) => [text[0], text[1] === "-" ? null : BigInt(text.slice(1))]),
    );
    void this.#run(batch);
    await settle();
  }

  async #run(batch: RecordBatch): Promise<void> {
    try {
      for (const each of this.#operator.onBatch(batch, 0)) {
        if (each instanceof Promise) {
          await each;
          continue;
        }
        const fields = [...left, ...right];
        this.rows.push(
          ...changesOf(each, { fields }).map(({ values }) => values.map((value) => value ?? "NULL").join()),
        );
        if (this.#pauseTurns > 0) await settle(this.#pauseTurns);
      }
      this.rows.push("done");
    } catch (error) {
      this.failure = error;
    }
  }

  /** Keys of the calls that have been made, and forgets them. */
  get asked(): string[] {
    const { calls } = this.source;
    const keys = calls.slice(this.#seen).map((call) => call.keys.map((key) => key.join(",")).join(" "));
    this.#seen = calls.length;
    return keys;
  }
  #seen = 0;

  /** Answers the call number `index` with rows `1 one`. */
  async answer(index: number, ...list: readonly string[]): Promise<void> {
    this.source.calls[index].answer(...list.map((text) => [BigInt(text.split(" ")[0]), text.split(" ")[1]]));
    await settle();
  }

  async fail(index: number, retry: "backoff" | "never"): Promise<void> {
    const options = { code: "SOURCE_UNAVAILABLE", message: "table 'names': no connection", retry } as const;
    this.source.calls[index].fail(new MillraceError(options));
    await settle();
  }

  get output(): string[] {
    return this.rows.splice(0);
  }

  close(): Promise<void> | undefined {
    return this.#operator.close?.();
  }
}

describe("a table that is asked by key", () => {
  test("each key once, however many rows want it; answers in any order", async () => {
    const join = new Join();
    await join.send("a1", "b2", "c1", "d-", "e3");
    expect(join.asked).toEqual(["1", "2", "3"]);
    await join.answer(2);
    await join.answer(1, "2 two", "2 zwei");
    expect(join.output).toEqual([]);
    await join.answer(0, "1 one");
    expect(join.output).toEqual([
      "a,1,1,one",
      "b,2,2,two",
      "b,2,2,zwei",
      "c,1,1,one",
      "d,NULL,NULL,NULL",
      "e,3,NULL,NULL",
      "done",
    ]);
    await join.send("f1", "g3", "h4");
    expect(join.asked).toEqual(["4"]);
    await join.answer(3, "4 four");
    expect(join.output).toEqual(["f,1,1,one", "g,3,NULL,NULL", "h,4,4,four", "done"]);
    expect(join.metrics.read()).toMatchObject({ hitCount: 2, missCount: 4, numCachedRecords: 4 });
  });

  test("rows overtake each other where they may", async () => {
    const join = new Join({ behaviour: { isOrdered: false } });
    await join.send("a1", "b2", "c3");
    await join.answer(1, "2 two");
    expect(join.output).toEqual(["b,2,2,two"]);
    await join.answer(2, "3 three");
    await join.answer(0);
    expect(join.output).toEqual(["c,3,3,three", "a,1,NULL,NULL", "done"]);
  });

  for (const isOrdered of [true, false]) {
    test(`answers that come while rows are taken are not missed, ${isOrdered ? "in order" : "out of order"}`, async () => {
      const join = new Join({ pauseTurns: 30, behaviour: { isOrdered } });
      await join.send("a1", "b2", "c3");
      await join.answer(0, "1 one");
      expect(join.rows).toEqual(["a,1,1,one"]);
      // The rows of the first answer are still being taken.
      await join.answer(1, "2 two");
      await join.answer(2, "3 three");
      await settle(200);
      expect(join.output).toEqual(["a,1,1,one", "b,2,2,two", "c,3,3,three", "done"]);
    });
  }

  test("at most as many calls at a time as there is capacity for, each with as many keys as it takes", async () => {
    const join = new Join({ behaviour: { capacity: 2 }, maxKeys: 2 });
    await join.send("a1", "b2", "c3", "d4", "e5", "f6", "g7");
    expect(join.asked).toEqual(["1 2", "3 4"]);
    await join.answer(1, "4 four", "3 three", "9 other");
    expect(join.asked).toEqual(["5 6"]);
    await join.answer(0, "1 one");
    expect(join.asked).toEqual(["7"]);
    await join.answer(2, "6 six");
    await join.answer(3);
    expect(join.output).toEqual([
      "a,1,1,one",
      "b,2,NULL,NULL",
      "c,3,3,three",
      "d,4,4,four",
      "e,5,NULL,NULL",
      "f,6,6,six",
      "g,7,NULL,NULL",
      "done",
    ]);
  });

  test("without a cache each batch asks anew", async () => {
    const join = new Join({ options: { cache: "NONE" } });
    await join.send("a1", "b1");
    await join.answer(0, "1 one");
    await join.send("c1");
    expect(join.asked).toEqual(["1", "1"]);
    await join.answer(1, "1 uno");
    expect(join.output).toEqual(["a,1,1,one", "b,1,1,one", "done", "c,1,1,uno", "done"]);
    expect(join.metrics.read().numCachedRecords).toBe(0);
  });

  test("keys wanted least recently go when there are too many rows", async () => {
    const join = new Join({ options: { maxRows: 3 } });
    await join.send("a1", "b2");
    await join.answer(0, "1 one", "1 uno");
    await join.answer(1, "2 two");
    await join.send("c1");
    expect(join.metrics.read().numCachedRecords).toBe(3);
    await join.send("d3");
    await join.answer(2, "3 three");
    expect(join.metrics.read().numCachedRecords).toBe(3);
    await join.send("e1", "f3", "g2");
    expect(join.asked).toEqual(["1", "2", "3", "2"]);
  });

  test("rows are asked for again when they are too old, or were not wanted for too long", async () => {
    const written = new Join({ options: { expireAfterWriteMs: 1000 } });
    const used = new Join({ options: { expireAfterAccessMs: 1000 } });
    for (const join of [written, used]) {
      await join.send("a1");
      await join.answer(0, "1 one");
      await join.clock.advance(900);
      await join.send("b1");
      await join.clock.advance(200);
      await join.send("c1");
    }
    expect(written.asked).toEqual(["1", "1"]);
    expect(used.asked).toEqual(["1"]);
    await used.clock.advance(1000);
    await used.send("d2");
    expect(used.metrics.read().numCachedRecords).toBe(0);
  });

  test("that a key has no rows is kept only if it is to be", async () => {
    const join = new Join({ options: { keepsMissingKeys: false } });
    await join.send("a1", "b2");
    await join.answer(0);
    await join.answer(1, "2 two");
    await join.send("c1", "d2");
    expect(join.asked).toEqual(["1", "2", "1"]);
  });

  test("keys without rows are asked for again, those alone, as often as the hint says", async () => {
    const join = new Join({ behaviour: { missRetries: 2, missDelayMs: 10_000, capacity: 1 }, maxKeys: 3 });
    await join.send("a1", "b2", "c3", "d4");
    await join.answer(0, "2 two");
    // The place of the call that waits is free meanwhile.
    expect(join.asked).toEqual(["1 2 3", "4"]);
    await join.answer(1, "4 four");
    await join.clock.advance(9999);
    expect(join.asked).toEqual([]);
    await join.clock.advance(1);
    expect(join.asked).toEqual(["1 3"]);
    await join.answer(2, "3 three");
    await join.clock.advance(10_000);
    expect(join.asked).toEqual(["1"]);
    await join.answer(3);
    expect(join.output).toEqual(["a,1,NULL,NULL", "b,2,2,two", "c,3,3,three", "d,4,4,four", "done"]);
    expect(join.clock.sleepers).toBe(0);
  });

  test("a call that fails is made again, after longer and longer pauses, then the job fails", async () => {
    const join = new Join({ options: { maxRetries: 2 } });
    await join.send("a1");
    await join.fail(0, "backoff");
    await join.clock.advance(1000);
    await join.fail(1, "backoff");
    await join.clock.advance(1999);
    expect(join.asked).toHaveLength(2);
    await join.clock.advance(1);
    await join.answer(2, "1 one");
    expect(join.output).toEqual(["a,1,1,one", "done"]);

    await join.send("b2", "c3");
    await join.fail(3, "never");
    expect(String(join.failure)).toContain("table 'names': no connection");
    await join.close();
    expect(join.source.calls[4].signal.aborted).toBe(true);
    expect(join.source.isClosed).toBe(true);
    expect(join.clock.sleepers).toBe(0);
  });

  test("an answer that does not come in time fails the job", async () => {
    const join = new Join({ behaviour: { timeoutMs: 5000 } });
    await join.send("a1");
    await join.clock.advance(5000);
    expect(String(join.failure)).toContain("table 'names': a look-up was not answered within 5000 ms");
    expect(join.source.calls[0].signal.aborted).toBe(true);
  });

  test("a job that is stopped waits for no answer", async () => {
    const join = new Join({ behaviour: { missRetries: 1, missDelayMs: 1000 } });
    await join.send("a1", "b2");
    await join.answer(0);
    await join.close();
    await settle();
    expect(join.clock.sleepers).toBe(0);
    expect(join.source.calls[1].signal.aborted).toBe(true);
  });
});
