import { describe, expect, it } from "vitest";
import { pipeline, type, value } from "./index.ts";

const orders = [
  { id: 1, shop: "a", at: 1000, amount: 5 },
  { id: 2, shop: "b", at: 2000, amount: 7 },
  { id: 3, shop: "a", at: 5000, amount: 1 },
];

describe("a pipeline", () => {
  it("maps, filters, flattens and unites", async () => {
    const job = pipeline("numbers");
    const numbers = job.from([1, 2, 3, 4]);
    const odd = numbers.filter((n) => n % 2 === 1).map((n) => `odd ${n}`);
    const twice = numbers.flatMap((n) => [n, n]).filter((n) => n > 3);
    const seen: (string | number)[] = [];
    odd.union(twice).forEach((each) => void seen.push(each));
    const { state } = await job.run();
    expect(state).toBe("finished");
    expect(seen.sort()).toEqual([4, 4, "odd 1", "odd 3"]);
  });

  it("keeps state by key and rings timers, with side outputs", async () => {
    const job = pipeline("orders");
    const sides: unknown[] = [];
    const counted = job
      .from(orders, { watermark: { field: "at" } })
      .keyBy((order) => order.shop)
      .process({
        state: { count: value(0) },
        outputs: { large: type<number>() },
        onRecord(order, { state, setTimer: _, ...context }) {
          void context;
          return [{ shop: order.shop, count: state.count.update((n) => n + 1) }];
        },
      });
    counted.side("large").forEach((amount) => void sides.push(amount));
    expect(await counted.toArray()).toEqual([
      { shop: "a", count: 1 },
      { shop: "b", count: 1 },
      { shop: "a", count: 2 },
    ]);
    expect(sides).toEqual([]);
  });

  it("connects streams of different types", async () => {
    const job = pipeline("rates");
    const rates = job.from([{ currency: "EUR", rate: 2 }]);
    const priced = rates.connect(job.from(["EUR", "USD"])).keyBy(
      (rate) => rate.currency,
      (currency) => currency,
    );
    const results = priced.process({
      state: { rate: value<number | null>(null) },
      onFirst: ({ rate }, { state }) => void state.rate.set(rate),
      onSecond: (currency, { state }) => [`${currency} ${state.rate.get()}`],
    });
    expect((await results.toArray()).length).toBe(2);
  });

  it("splits by a type guard", async () => {
    const mixed: readonly (string | number)[] = [1, "a", 2];
    const [texts, numbers] = pipeline("mixed")
      .from(mixed)
      .split((each) => typeof each === "string");
    expect(await texts.map((text) => text.toUpperCase()).toArray()).toEqual(["A"]);
    expect(await numbers.map((n) => n + 1).toArray()).toEqual([2, 3]);
  });

  it("an operator that throws ends the job with its id, the record and its place", async () => {
    const failing = pipeline("fail")
      .from([1, 2, 3], { name: "numbers" })
      .map((n) => {
        if (n === 2) throw new Error("no twos");
        return n;
      })
      .id("picky");
    await expect(failing.toArray()).rejects.toMatchObject({
      code: "USER_CODE",
      operatorId: "picky",
      message: "picky failed on 2 (numbers, record 2): no twos",
    });
  });

  it("dead letters carry record, error and place; the good ones go on", async () => {
    const job = pipeline("letters");
    const mapped = job.from([1, 2, 3]).map(
      (n) => {
        if (n === 2) throw new TypeError("no twos");
        return n * 10;
      },
      { onError: "dead-letter" },
    );
    expect(await mapped.toArray()).toEqual([10, 30]);
    const [letter] = await mapped.deadLetters().toArray();
    expect(letter).toMatchObject({
      record: 2,
      error: { name: "TypeError", message: "no twos" },
      operatorId: "map-1",
      position: "records, record 2",
    });
    expect(() => job.from([1]).deadLetters()).toThrow('give it onError: "dead-letter"');
  });

  it("skipped records are told, ever more rarely", async () => {
    const lines: string[] = [];
    const job = pipeline("skip");
    job
      .from([1, 2, 3, 4, 5])
      .filter(
        () => {
          throw new Error("never");
        },
        { onError: "skip" },
      )
      .forEach(() => undefined);
    await job.run({ reporter: { warn: (line) => void lines.push(line), progress: () => undefined } });
    expect(lines).toEqual([
      "filter-1 failed on 1 (records, record 1): never: record skipped",
      "filter-1 failed on 2 (records, record 2): never: record skipped (2 so far)",
      "filter-1 failed on 4 (records, record 4): never: record skipped (4 so far)",
    ]);
  });

  it("leaving the loop stops an endless source", async () => {
    const seen: number[] = [];
    async function* endless() {
      for (let n = 0; ; n++) yield await Promise.resolve(n);
    }
    for await (const n of pipeline("endless").from(endless)) {
      seen.push(n);
      if (n === 5) break;
    }
    expect(seen).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("refuses what it cannot run, by name", async () => {
    expect(() => pipeline("none").plan()).toThrow("pipeline 'none' has no sink");
    const job = pipeline("twice");
    const numbers = job.from([1]);
    numbers
      .map((n) => n)
      .id("same")
      .forEach(() => undefined);
    numbers
      .map((n) => n)
      .id("same")
      .forEach(() => undefined);
    await expect(job.run()).rejects.toThrow("two operators have the id 'same'");
    expect(() => job.from("text")).toThrow("expected a source");
  });
});
