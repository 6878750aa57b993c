import { ManualClock, settle, testPipeline } from "@millrace/testkit";
import { describe, expect, expectTypeOf, it } from "vitest";
import { pipeline, type Stream, session, sliding, tumbling } from "./index.ts";

interface Order {
  readonly id: number;
  readonly at: number;
  readonly amount: number;
}

interface Payment {
  readonly order: number;
  readonly paidAt: number;
}

function ordersAndPayments() {
  const job = pipeline("shop");
  const orders = job.from<Order>([], { name: "orders", watermark: { field: "at" } }).keyBy(({ id }) => id);
  const payments = job
    .from<Payment>([], { name: "payments", watermark: { field: "paidAt" } })
    .keyBy(({ order }) => order);
  return { job, orders, payments };
}

describe("joins", () => {
  it("of windows: inner and outer, and groups, with late records at the side", async () => {
    const { job, orders, payments } = ordersAndPayments();
    const inner = orders
      .join(payments)
      .window(tumbling("10s"))
      .apply(({ id }, { paidAt }) => ({ id, paidAt }));
    const full = orders
      .join(payments, "full")
      .window(tumbling(10_000))
      .apply((order, payment, { end }) => `${order?.id} ${payment?.order} ${end}`);
    const groups = orders
      .coGroup(payments)
      .window(sliding("10s", "5s"))
      .apply((left, right, key, window) => [[key, left.length, right.length, window.start]] as const);
    expectTypeOf(inner).toExtend<AsyncIterable<{ id: number; paidAt: number }>>();
    const late = inner.side("late");
    expectTypeOf(late).toEqualTypeOf<Stream<Order | Payment>>();
    const test = await testPipeline(job, { outputs: { inner, full, groups, late } });
    await test.send("orders", { id: 1, at: 1000, amount: 5 }, { id: 2, at: 9000, amount: 1 });
    await test.send("payments", { order: 1, paidAt: 3000 }, { order: 3, paidAt: 10_000 });
    expect(test.outputs.inner).toEqual([]);
    await test.send("orders", { id: 4, at: 10_000, amount: 1 });
    await test.send("orders", { id: 5, at: 4000, amount: 1 });
    expect(test.outputs.inner).toEqual([{ id: 1, paidAt: 3000 }]);
    expect(test.outputs.full).toEqual(["1 1 10000", "2 undefined 10000"]);
    expect(test.outputs.late).toEqual([{ id: 5, at: 4000, amount: 1 }]);
    expect(test.outputs.groups).toEqual([
      [1, 1, 1, -5000],
      [1, 1, 1, 0],
      [2, 1, 0, 0],
    ]);
  });

  it("of intervals, as of a time, and their types", async () => {
    const { job, orders, payments } = ordersAndPayments();
    const paid = payments
      .intervalJoin(orders, { from: "-5s", to: 0, kind: "left" })
      .apply((payment, order) => `${payment.order}: ${order === null ? "no order" : order.amount}`);
    const known = payments
      .asOfJoin(orders, { tolerance: "1m" })
      .apply(({ paidAt }, order) => [paidAt, order?.at ?? null]);
    const test = await testPipeline(job, { outputs: { paid, known } });
    await test.send("orders", { id: 1, at: 1000, amount: 5 }, { id: 1, at: 2000, amount: 6 });
    await test.send("payments", { order: 1, paidAt: 1500 }, { order: 2, paidAt: 3000 });
    expect(test.outputs.paid).toEqual(["1: 5"]);
    await test.send("orders", { id: 9, at: 20_000, amount: 1 });
    await test.send("payments", { order: 9, paidAt: 20_000 });
    expect(test.outputs.paid).toEqual(["1: 5", "9: 1", "2: no order"]);
    expect(test.outputs.known).toEqual([
      [1500, 1000],
      [3000, null],
    ]);
    orders.intervalJoin(payments, { from: 0, to: "1s" }).apply((order, payment) => {
      expectTypeOf(order).toEqualTypeOf<Order>();
      expectTypeOf(payment).toEqualTypeOf<Payment>();
    });
    orders
      .join(payments, "right")
      .window(tumbling(1))
      .apply((order, payment) => {
        expectTypeOf(order).toEqualTypeOf<Order | null>();
        expectTypeOf(payment).toEqualTypeOf<Payment>();
      });
    // @ts-expect-error: keys of different types
    orders.join(job.from([1]).keyBy(() => "text"));
    // @ts-expect-error: an as-of join has no right side without a left one
    orders.asOfJoin(payments, { kind: "full" });
  });

  it("refuse bounds that hold nothing", () => {
    const { orders, payments } = ordersAndPayments();
    expect(() => orders.intervalJoin(payments, { from: "1s", to: "-1s" })).toThrow(
      "'from' (1s) is later than 'to' (-1s)",
    );
    expect(() => tumbling(1.5)).toThrow("whole number of milliseconds");
    const sessions = orders.join(payments).window(session("1s"));
    expect(() => sessions.apply(() => 1)).toThrow(
      "take tumbling(...) and sliding(...) windows in event time, not session(1s)",
    );
  });
});

describe("lookupJoin", () => {
  it("asks once per key, keeps answers for their time, and knows what is missing", async () => {
    const clock = new ManualClock(0);
    const asked: string[] = [];
    const names: { readonly [key: string]: string } = { a: "Anna", b: "Bert" };
    const job = pipeline("lookup");
    const seen: string[] = [];
    let push: (key: string | null) => void = () => undefined;
    async function* keys() {
      for (;;) {
        const key = await new Promise<string | null>((resolve) => {
          push = resolve;
        });
        yield { key };
      }
    }
    job
      .from(keys)
      .lookupJoin(
        {
          key: (record) => record.key,
          lookup: async (key) => {
            asked.push(key);
            return names[key];
          },
          cache: { ttl: "10s", maxRows: 2 },
        },
        ({ key }, name) => `${key}: ${name}`,
      )
      .forEach((text) => void seen.push(text));
    const running = job.start({ clock });
    const send = async (...list: readonly (string | null)[]) => {
      for (const key of list) {
        await settle();
        push(key);
      }
      await settle();
    };
    await send("a", "a", "x", "x", null);
    expect(asked).toEqual(["a", "x"]);
    expect(seen).toEqual(["a: Anna", "a: Anna", "x: null", "x: null", "null: null"]);
    await send("b", "a");
    expect(asked).toEqual(["a", "x", "b", "a"]);
    await clock.advance(10_000);
    await send("a");
    expect(asked).toEqual(["a", "x", "b", "a", "a"]);
    running.cancel();
    await running.done;
  });

  it("inner leaves records without an answer out; keys that are asked for are not asked for twice", async () => {
    let calls = 0;
    const found = pipeline("inner")
      .from([1, 2, 1, 2, 3])
      .lookupJoin(
        {
          key: (n) => [n],
          lookup: async ([n]) => {
            calls++;
            await settle(3);
            return n === 2 ? null : { n };
          },
          kind: "inner",
        },
        (record, answer) => {
          expectTypeOf(answer).toEqualTypeOf<{ n: number }>();
          return record * 100 + answer.n;
        },
      );
    expect(await found.toArray()).toEqual([101, 101, 303]);
    expect(calls).toBe(3);
  });

  it("what fails goes by the policy, and is not kept", async () => {
    let calls = 0;
    const joined = pipeline("fail")
      .from(["a", "b", "a"])
      .lookupJoin(
        {
          key: (text) => text,
          lookup: async (key) => {
            if (key === "a" && calls++ === 0) throw new Error("down");
            return key;
          },
          capacity: 1,
          cache: {},
          onError: "skip",
        },
        (record, answer) => `${record}${answer}`,
      );
    expect(await joined.toArray()).toEqual(["bb", "aa"]);
  });
});
