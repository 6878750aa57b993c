import { describe, expect, it } from "vitest";
import {
  avg,
  count,
  countWindow,
  earlyFirings,
  first,
  globalWindow,
  max,
  pipeline,
  session,
  sliding,
  slidingCount,
  sum,
  timeEvictor,
  tumbling,
  type,
  value,
} from "./index.ts";
import { testPipeline } from "./testing.ts";

interface Order {
  readonly shop: string;
  readonly at: number;
  readonly amount: number;
}

const order = (shop: string, at: number, amount: number): Order => ({ shop, at, amount });
const orders = [order("a", 1000, 5), order("b", 2000, 7), order("a", 5000, 1), order("a", 61_000, 4)];
const byShop = (list: readonly Order[] = orders) =>
  pipeline("orders")
    .from(list, { watermark: { field: "at" } })
    .keyBy((each) => each.shop);

describe("windows", () => {
  it("aggregate by the names of results", async () => {
    const results = byShop()
      .window(tumbling("1m"))
      .aggregate({ orders: count(), revenue: sum((each) => each.amount) });
    expect(await results.toArray()).toEqual([
      { key: "a", windowStart: 0, windowEnd: 60_000, orders: 2, revenue: 6 },
      { key: "b", windowStart: 0, windowEnd: 60_000, orders: 1, revenue: 7 },
      { key: "a", windowStart: 60_000, windowEnd: 120_000, orders: 1, revenue: 4 },
    ]);
  });

  it("of one aggregate give its value, of all records no key", async () => {
    const all = pipeline("all").from(orders, { watermark: { field: "at" } });
    expect(
      await all
        .windowAll(tumbling("1m"))
        .aggregate(max((each) => each.amount))
        .toArray(),
    ).toEqual([
      { windowStart: 0, windowEnd: 60_000, value: 7 },
      { windowStart: 60_000, windowEnd: 120_000, value: 4 },
    ]);
    expect(
      await all
        .windowAll(countWindow(2))
        .aggregate({ n: count(), shop: first((each) => each.shop) })
        .toArray(),
    ).toEqual([
      { n: 2, shop: "a" },
      { n: 2, shop: "a" },
    ]);
  });

  it("the last ten page views, on average", async () => {
    const views = Array.from({ length: 12 }, (_, i) => ({ page: "p", seconds: i + 1 }));
    const averages = pipeline("views")
      .from(views)
      .keyBy((view) => view.page)
      .window(slidingCount(10, 4))
      .aggregate({ seconds: avg((view) => view.seconds) });
    expect(await averages.toArray()).toEqual([
      { key: "p", seconds: 2.5 },
      { key: "p", seconds: 4.5 },
      { key: "p", seconds: 7.5 },
    ]);
  });

  it("reduce and process, with the window and state by key", async () => {
    const reduced = byShop()
      .window(tumbling("1m"))
      .reduce((a, b) => order(a.shop, a.at, a.amount + b.amount));
    expect((await reduced.toArray()).map(({ amount }) => amount)).toEqual([6, 7, 4]);
    const ranked = byShop()
      .window(tumbling("1m"))
      .process({
        state: { windows: value(0) },
        outputs: { large: type<string>() },
        onWindow(records, { key, window, state, output }) {
          void output;
          return [`${key} ${window.end}: ${records.length}, ${state.windows.update((n) => n + 1)}`];
        },
      });
    expect(await ranked.toArray()).toEqual(["a 60000: 2, 1", "b 60000: 1, 1", "a 120000: 1, 2"]);
    const both = byShop()
      .window(sliding("2m", "1m"))
      .aggregate({ n: count() }, ({ n }, { key, window }) => [`${key} ${window.start}: ${n}`]);
    expect(await both.toArray()).toEqual(["a -60000: 2", "b -60000: 1", "a 0: 3", "b 0: 1", "a 60000: 1"]);
  });

  it("sessions, with a gap of each record's own", async () => {
    const list = [order("a", 1000, 1), order("a", 1900, 2), order("a", 5000, 3)];
    const fixed = byShop(list).window(session("1s")).aggregate({ n: count() });
    expect(await fixed.toArray()).toEqual([
      { key: "a", windowStart: 1000, windowEnd: 2900, n: 2 },
      { key: "a", windowStart: 5000, windowEnd: 6000, n: 1 },
    ]);
    const own = byShop(list)
      .window(session((each) => each.amount * 2000))
      .aggregate({ n: count() });
    expect(await own.toArray()).toEqual([{ key: "a", windowStart: 1000, windowEnd: 11_000, n: 3 }]);
  });

  it("late records fire windows again, later ones come out beside", async () => {
    const job = pipeline("late");
    const counts = job
      .from<Order>([], { name: "orders", watermark: { field: "at" } })
      .keyBy((each) => each.shop)
      .window(tumbling("10s"), { allowedLateness: "5s" })
      .aggregate({ n: count() });
    const test = await testPipeline(job, { outputs: { counts, late: counts.lateRecords() } });
    await test.send("orders", order("a", 1000, 1));
    await test.send("orders", order("a", 12_000, 2));
    await test.send("orders", order("a", 2000, 3));
    await test.send("orders", order("a", 30_000, 4));
    await test.send("orders", order("a", 3000, 5));
    await test.end();
    expect(test.outputs.counts.map(({ windowEnd, n }) => [windowEnd, n])).toEqual([
      [10_000, 1],
      [10_000, 2],
      [20_000, 1],
      [40_000, 1],
    ]);
    expect(test.outputs.late).toEqual([order("a", 3000, 5)]);
  });

  it("go by the clock", async () => {
    const job = pipeline("clock");
    const counts = job
      .from<Order>([], { name: "orders" })
      .windowAll(tumbling("1m", { time: "processing" }))
      .aggregate({ n: count() });
    const test = await testPipeline(job, { outputs: { counts } });
    await test.send("orders", order("a", 1000, 1), order("b", 1, 2));
    await test.advance("2m");
    expect(test.outputs.counts.map(({ n }) => n)).toEqual([2]);
    await test.send("orders", order("a", 1000, 1));
    await test.end();
    expect(test.outputs.counts.map(({ n }) => n)).toEqual([2, 1]);
  });

  it("take triggers of one's own, typed by their state", async () => {
    const results = byShop()
      .window(globalWindow(), {
        trigger: {
          create: () => 0,
          onRecord(each, _, context) {
            context.state += each.amount;
            if (context.state < 6) return "continue";
            context.state = 0;
            return "fire-and-purge";
          },
        },
      })
      .aggregate({ orders: count() });
    expect(await results.toArray()).toEqual([
      { key: "b", orders: 1 },
      { key: "a", orders: 2 },
    ]);
  });

  it("with early firings and an evictor", async () => {
    const job = pipeline("early");
    const early = job
      .from<Order>([], { name: "orders", watermark: { field: "at" } })
      .windowAll(tumbling("1m"), { trigger: earlyFirings("10s"), evictor: timeEvictor("25s") })
      .process((records) => [records.map(({ amount }) => amount)]);
    const test = await testPipeline(job, { outputs: { early } });
    await test.send("orders", order("a", 1000, 1));
    await test.send("orders", order("a", 11_000, 2));
    expect(test.outputs.early).toEqual([[1, 2]]);
    await test.send("orders", order("a", 32_000, 3));
    // At 20 s and at 30 s.
    expect(test.outputs.early.slice(1)).toEqual([
      [2, 3],
      [2, 3],
    ]);
    await test.end();
    expect(test.outputs.early).toHaveLength(6);
  });

  it("refuse what does not go together", () => {
    expect(() => tumbling(0)).toThrow("the window's size must be a whole number of milliseconds above 0, not 0");
    expect(() => countWindow(0)).toThrow("countTrigger: expected a whole number above 0, not 0");
    const sessions = byShop().window(session("1s"));
    expect(() => sessions.process({ windowState: { n: value(0) }, onWindow: () => [] })).toThrow("use `state`");
    expect(() => sessions.aggregate({ create: () => 0, add: (n: number) => n, result: (n: number) => n })).toThrow(
      "an aggregate has no `merge`",
    );
    expect(() => byShop().window(tumbling("1m")).aggregate({ key: count() })).toThrow(
      "'key' is what the result has anyway",
    );
  });
});

describe("running aggregates and duplicates", () => {
  it("give a result per record", async () => {
    const running = byShop().aggregate({ orders: count(), revenue: sum((each) => each.amount) });
    expect(await running.toArray()).toEqual([
      { key: "a", orders: 1, revenue: 5 },
      { key: "b", orders: 1, revenue: 7 },
      { key: "a", orders: 2, revenue: 6 },
      { key: "a", orders: 3, revenue: 10 },
    ]);
  });

  it("distinct and deduplicate", async () => {
    expect(await pipeline("d").from([1, 2, 1, 3, 2]).distinct().toArray()).toEqual([1, 2, 3]);
    expect((await byShop().deduplicate().toArray()).map(({ at }) => at)).toEqual([1000, 2000]);
    const last = byShop().deduplicate({ keep: "last", ttl: "10s" });
    expect((await last.toArray()).map(({ at }) => at)).toEqual([2000, 5000, 61_000]);
  });
});
