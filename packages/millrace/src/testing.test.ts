import { describe, expect, it } from "vitest";
import { kafka } from "./connect/kafka.ts";
import { json, pipeline, type, value } from "./index.ts";
import { simulate, testPipeline } from "./testing.ts";

interface Visit {
  readonly user: string;
  readonly at: number;
}

const MONTH = 30 * 24 * 60 * 60 * 1000;

/** Tells who has not come for 30 days. */
function absences() {
  const job = pipeline("absences");
  const visits = job.from<Visit>([], { name: "visits", watermark: { field: "at" } });
  const absent = visits
    .keyBy((visit) => visit.user)
    .process({
      state: { last: value(0), count: value(0) },
      outputs: { odd: type<string>() },
      onRecord(visit, ctx) {
        ctx.clearTimer(ctx.state.last.get() + MONTH);
        ctx.state.last.set(visit.at);
        ctx.setTimer(visit.at + MONTH);
        if (ctx.state.count.update((n) => n + 1) % 2 === 1) ctx.output("odd", ctx.key);
      },
      onTimer(at, ctx) {
        const count = ctx.state.count.get();
        ctx.state.count.clear();
        ctx.state.last.clear();
        return [{ user: ctx.key, at, count }];
      },
    })
    .id("absence");
  return { job, absent };
}

describe("testPipeline", () => {
  it("feeds records and event time, shows outputs, side outputs, state and timers", async () => {
    const { job, absent } = absences();
    const test = await testPipeline(job, { outputs: { absent, odd: absent.side("odd") } });
    await test.send("visits", { user: "a", at: 0 }, { user: "b", at: 1000 });
    await test.send("visits", { user: "a", at: 2000 });
    expect(test.state("absence", "a")).toEqual({ last: 2000, count: 2 });
    expect(test.state("absence", "c")).toBeUndefined();
    expect(test.timers("absence")).toEqual([
      { key: "b", at: 1000 + MONTH, domain: "event" },
      { key: "a", at: 2000 + MONTH, domain: "event" },
    ]);
    expect(test.outputs.odd).toEqual(["a", "b"]);
    await test.watermark(1000 + MONTH - 1);
    expect(test.outputs.absent).toEqual([]);
    await test.watermark(1000 + MONTH);
    expect(test.outputs.absent).toEqual([{ user: "b", at: 1000 + MONTH, count: 1 }]);
    expect(test.state("absence", "b")).toBeUndefined();
    await test.end();
    expect(test.outputs.absent).toHaveLength(2);
  });

  it.each([
    [1n, 2n],
    [
      { a: 1, b: 1n },
      { a: 1, b: 2n },
    ],
    [new Date(1), new Date(2)],
  ])("finds the state of the key %o", async (one, other) => {
    const job = pipeline("keys");
    const count = (n: number) => n + 1;
    const counted = job
      .from<{ readonly key: unknown }>([], { name: "rows" })
      .keyBy(({ key }) => key)
      .process({ state: { count: value(0) }, onRecord: (_, ctx) => void ctx.state.count.update(count) })
      .id("count");
    const test = await testPipeline(job, { outputs: { counted } });
    await test.send("rows", { key: one }, { key: one }, { key: other });
    expect([test.state("count", one), test.state("count", other)]).toEqual([{ count: 2 }, { count: 1 }]);
    await test.close();
  });

  it("snapshots, restores and kills: what came behind is read again", async () => {
    const { job, absent } = absences();
    const test = await testPipeline(job, { outputs: { absent } });
    await test.send("visits", { user: "a", at: 0 });
    const snapshot = await test.snapshot();
    await test.send("visits", { user: "b", at: 10 });
    await test.watermark(20 + MONTH);
    const before = [...test.outputs.absent];
    expect(before).toHaveLength(2);
    await test.kill();
    expect(test.outputs.absent).toEqual(before);
    await test.restore(snapshot);
    await test.send("visits", { user: "a", at: 2 * MONTH });
    expect(test.outputs.absent).toEqual(before);
    expect(test.state("absence", "a")).toEqual({ last: 2 * MONTH, count: 1 });
    await test.close();
  });

  it("moves processing time: timers ring on the way", async () => {
    const job = pipeline("alarms");
    const rung = job
      .from<number>([], { name: "delays" })
      .keyBy((delay) => delay)
      .process({
        onRecord: (delay, ctx) => void ctx.setTimer(ctx.now() + delay, "processing"),
        onTimer: (at, ctx) => [[ctx.key, at, ctx.now()]],
      });
    const test = await testPipeline(job, { outputs: { rung }, now: 1000 });
    await test.send("delays", 500, 10);
    await test.advance("9ms");
    expect(test.outputs.rung).toEqual([]);
    await test.advance("30d");
    expect(test.outputs.rung).toEqual([
      [10, 1010, 1010],
      [500, 1500, 1500],
    ]);
    await test.close();
  });

  it("feeds what a connector would read, with its watermark strategy, and keeps what sinks would get", async () => {
    const job = pipeline("kafka");
    const orders = kafka<Visit>({
      brokers: "nowhere:9092",
      topic: "visits",
      format: json<Visit>(),
      watermark: { field: "at" },
    });
    job
      .from(orders)
      .map((visit) => visit.user)
      .to(kafka.sink({ brokers: "nowhere:9092", topic: "users", format: json<string>() }));
    const test = await testPipeline(job);
    await test.send("visits", { user: "a", at: 5000 });
    expect(test.sink("users")).toEqual(["a"]);
    expect(test.metrics("source-1").currentWatermark).toBe(4999);
    await test.close();
  });

  it("fails with what the job fails with", async () => {
    const job = pipeline("fail");
    job
      .from<number>([], { name: "numbers" })
      .map(() => {
        throw new Error("no");
      })
      .forEach(() => undefined);
    const test = await testPipeline(job);
    await expect(test.send("numbers", 1)).rejects.toThrow("map-1 failed on 1 (numbers, entry 1, record 1): no");
    await expect(test.send("words", 1)).rejects.toThrow("there is no source 'words'; there are numbers");
  });
});

describe("simulate", () => {
  const visits = Array.from({ length: 60 }, (_, i) => ({ user: `u${i % 5}`, at: i * 1000 }));
  const build = () => {
    const { job, absent } = absences();
    return { job, outputs: { absent } };
  };

  it("kills and splits at random, and finds the same answer", async () => {
    await simulate({ build, inputs: { visits }, runs: 30, seed: 7 });
  });

  it("tells the seed of what is wrong, which fails again alone", async () => {
    // State outside of the engine is not taken back by a crash.
    const leaking = () => {
      const job = pipeline("leak");
      let total = 0;
      const totals = job.from<number>([], { name: "numbers" }).map((n) => {
        total += n;
        return total;
      });
      return { job, outputs: { totals } };
    };
    const inputs = { numbers: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] };
    const error = await simulate({ build: leaking, inputs, runs: 50, seed: 1 }).catch((thrown: unknown) => thrown);
    const [, seed] = /seed (\d+), run/.exec((error as Error).message) ?? [];
    expect(seed).toBeDefined();
    await expect(simulate({ build: leaking, inputs, runs: 1, seed: Number(seed) })).rejects.toThrow(`seed ${seed}`);
  });
});
