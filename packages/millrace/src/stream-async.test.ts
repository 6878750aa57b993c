import { ManualClock, settle } from "@millrace/testkit";
import { describe, expect, expectTypeOf, it } from "vitest";
import { pipeline, type Stream } from "./index.ts";

describe("mapAsync", () => {
  it("keeps the order, and its type", async () => {
    const doubled = pipeline("double")
      .from([3, 1, 2])
      .mapAsync(async (n) => {
        for (let turns = n; turns > 0; turns--) await settle(1);
        return { n, twice: n * 2 };
      });
    expectTypeOf(doubled).toEqualTypeOf<Stream<{ n: number; twice: number }, Record<never, never>, number>>();
    expect((await doubled.toArray()).map(({ twice }) => twice)).toEqual([6, 2, 4]);
  });

  it("unordered gives answers as they come", async () => {
    const answers = pipeline("unordered")
      .from([3, 1, 2])
      .mapAsync(
        async (n) => {
          for (let turns = n * 3; turns > 0; turns--) await settle(1);
          return n;
        },
        { ordered: false, capacity: 10 },
      );
    expect(await answers.toArray()).toEqual([1, 2, 3]);
  });

  it("tries again after ever longer pauses", async () => {
    const clock = new ManualClock(0);
    const tries: number[] = [];
    const job = pipeline("retry");
    const seen: string[] = [];
    job
      .from(["a"])
      .mapAsync(
        async (text) => {
          tries.push(clock.now());
          if (tries.length < 4) throw new Error("busy");
          return `${text}!`;
        },
        { retry: { attempts: 5, backoff: 100, maxBackoff: 150 } },
      )
      .forEach((text) => void seen.push(text));
    const done = job.run({ clock });
    await clock.advance(1000);
    await done;
    expect(tries).toEqual([0, 100, 250, 400]);
    expect(seen).toEqual(["a!"]);
    expect(clock.sleepers).toBe(0);
  });

  it("does not try again what is no use, or what was tried enough", async () => {
    let tries = 0;
    const failing = (when: boolean) =>
      pipeline("fail")
        .from([7])
        .mapAsync(
          async () => {
            tries++;
            throw new Error("gone");
          },
          { retry: { attempts: 3, when: () => when } },
        )
        .toArray();
    await expect(failing(false)).rejects.toThrow("map-async-1 failed on 7 (records, record 1): gone");
    expect(tries).toBe(1);
    await expect(failing(true)).rejects.toThrow("gone");
    expect(tries).toBe(4);
  });

  it("a record that waits too long is an error of the policy, or gets what onTimeout gives; the call is told", async () => {
    const clock = new ManualClock(0);
    const job = pipeline("late");
    const signals: AbortSignal[] = [];
    const never = (n: number, signal: AbortSignal) => {
      signals.push(signal);
      return n === 1 ? new Promise<string>(() => undefined) : Promise.resolve(`${n}`);
    };
    const numbers = job.from([1, 2]);
    const letters: unknown[] = [];
    const seen: string[] = [];
    const mapped = numbers.mapAsync(never, { timeout: "5s", onError: "dead-letter" });
    mapped.forEach((text) => void seen.push(text));
    mapped.deadLetters().forEach((letter) => void letters.push(letter));
    numbers
      .mapAsync(never, { timeout: "5s", onTimeout: (n) => `${n} is late` })
      .forEach((text) => void seen.push(text));
    const done = job.run({ clock });
    await clock.advance(4999);
    expect(signals.map((signal) => signal.aborted)).toEqual([false, true, false, true]);
    await clock.advance(1);
    await done;
    expect(signals.every((signal) => signal.aborted)).toBe(true);
    expect(seen.sort()).toEqual(["1 is late", "2", "2"]);
    expect(letters).toMatchObject([
      {
        record: 1,
        operatorId: "map-async-1",
        error: { message: "no answer within 5000 ms" },
        position: "records, record 1",
      },
    ]);
  });

  it("a job that is cancelled aborts what it has asked for", async () => {
    const signals: AbortSignal[] = [];
    const job = pipeline("cancelled");
    job
      .from([1])
      .mapAsync((_, signal) => {
        signals.push(signal);
        return new Promise<never>(() => undefined);
      })
      .forEach(() => undefined);
    const running = job.start();
    await settle();
    running.cancel();
    await running.done;
    expect(signals[0].aborted).toBe(true);
  });

  it("refuses options that make no sense", () => {
    const numbers = pipeline("options").from([1]);
    const ask = async (n: number) => n;
    expect(() => numbers.mapAsync(ask, { capacity: 0 })).toThrow(
      "capacity: expected a whole number of at least 1, not 0",
    );
    expect(() => numbers.mapAsync(ask, { retry: { attempts: 0 } })).toThrow("retry.attempts: expected");
    // @ts-expect-error: a unit that there is not
    expect(() => numbers.mapAsync(ask, { timeout: "5 fortnights" })).toThrow("timeout: expected milliseconds");
  });
});
