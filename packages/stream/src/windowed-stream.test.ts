/** What the compiler knows of windows. Checked by `npm run typecheck`; nothing here runs but the building of streams. */
import { expect, expectTypeOf, test } from "vitest";
import {
  approxTopK,
  avg,
  collect,
  count,
  countDistinct,
  countWindow,
  customAggregate,
  first,
  globalWindow,
  max,
  maxBy,
  Pipeline,
  quantile,
  type Stream,
  session,
  sum,
  topK,
  tumbling,
  type,
  value,
} from "./index.ts";

interface Order {
  readonly id: number;
  readonly shop: string;
  readonly amount: number;
  readonly cents: bigint;
  readonly note: string | null;
}

const orders = new Pipeline("types", {
  start: () => {
    throw new Error("types do not run");
  },
}).from<Order>([]);
const byShop = orders.keyBy((order) => order.shop);
const minutes = byShop.window(tumbling("1m"));

type RecordOf<S> = S extends Stream<infer R, infer _O, infer _D> ? R : never;

test("results are typed by the names and the aggregates", () => {
  const stream = minutes.aggregate({
    orders: count(),
    revenue: sum((order) => order.amount),
    cents: sum((order) => order.cents),
    shops: countDistinct((order) => order.shop),
    notes: collect((order) => order.note),
    highest: max((order) => order.amount),
    best: maxBy((order) => order.amount),
    any: first(),
    median: quantile(0.5, (order) => order.amount),
    quartiles: quantile([0.25, 0.75], (order) => order.amount),
    top: topK(3, (order) => order.shop),
    about: approxTopK(3, (order) => order.id),
    longest: customAggregate({
      create: () => "",
      add: (held, order: Order) => (order.shop.length > held.length ? order.shop : held),
      result: (held) => held,
    }),
  });
  expectTypeOf<RecordOf<typeof stream>>().toEqualTypeOf<{
    readonly key: string;
    readonly windowStart: number;
    readonly windowEnd: number;
    readonly orders: number;
    readonly revenue: number;
    readonly cents: bigint;
    readonly shops: number;
    readonly notes: string[];
    readonly highest: number;
    readonly best: Order;
    readonly any: Order;
    readonly median: number;
    readonly quartiles: number[];
    readonly top: { readonly value: string; readonly count: number }[];
    readonly about: { readonly value: number; readonly count: number; readonly error: number }[];
    readonly longest: string;
  }>();
});

test("of one aggregate, without key, without bounds", () => {
  const one = minutes.aggregate(max((order) => order.shop));
  expectTypeOf<RecordOf<typeof one>>().toEqualTypeOf<{
    readonly key: string;
    readonly windowStart: number;
    readonly windowEnd: number;
    readonly value: string;
  }>();
  const all = orders.windowAll(tumbling("1m")).aggregate({ n: count() });
  expectTypeOf<RecordOf<typeof all>>().toEqualTypeOf<{
    readonly windowStart: number;
    readonly windowEnd: number;
    readonly n: number;
  }>();
  const ten = byShop.window(countWindow(10)).aggregate({ n: count() });
  expectTypeOf<RecordOf<typeof ten>>().toEqualTypeOf<{ readonly key: string; readonly n: number }>();
  const running = byShop.aggregate({ mean: avg((order) => order.amount) });
  expectTypeOf<RecordOf<typeof running>>().toEqualTypeOf<{ readonly key: string; readonly mean: number }>();
});

test("functions over windows, late records and side outputs", () => {
  const processed = minutes.process({
    state: { seen: value(0) },
    windowState: { fired: value(false) },
    outputs: { odd: type<Order>() },
    onWindow(records, { key, window, state, windowState, output }) {
      expectTypeOf(records).toEqualTypeOf<readonly Order[]>();
      expectTypeOf(key).toEqualTypeOf<string>();
      expectTypeOf(windowState.fired.get()).toEqualTypeOf<boolean>();
      void output;
      return [window.end + state.seen.get()];
    },
  });
  expectTypeOf<RecordOf<typeof processed>>().toEqualTypeOf<number>();
  expectTypeOf(processed.lateRecords()).toEqualTypeOf<Stream<Order>>();
  expectTypeOf(processed.side("odd")).toEqualTypeOf<Stream<Order>>();
  const summed = minutes.aggregate({ n: count(), last: max((order) => order.id) }, ({ n, last }, { key }) => [
    { key, text: `${n} ${last}` },
  ]);
  expectTypeOf<RecordOf<typeof summed>>().toEqualTypeOf<{ key: string; text: string }>();
  const reduced = minutes.reduce((a, b) => (a.amount > b.amount ? a : b));
  expectTypeOf<RecordOf<typeof reduced>>().toEqualTypeOf<Order>();
  byShop.window(globalWindow(), {
    trigger: {
      create: () => 0,
      onRecord: (order, _, context) => {
        expectTypeOf(order).toEqualTypeOf<Order>();
        expectTypeOf(context.state).toEqualTypeOf<number>();
        return "continue";
      },
    },
  });
  byShop.window(session((order) => order.amount));
});

test("what is wrong is an error of the compiler", () => {
  // @ts-expect-error there is no such field
  minutes.aggregate({ revenue: sum((order) => order.amout) });
  // @ts-expect-error a text has no sum
  minutes.aggregate({ revenue: sum((order) => order.shop) });
  // @ts-expect-error a text has no mean
  byShop.aggregate({ mean: avg((order) => order.shop) });
  const counts = minutes.aggregate({ n: count() });
  // @ts-expect-error there is no result of that name
  counts.map((result) => result.m);
  const late = () => counts.map((result) => result.n).lateRecords();
  expectTypeOf<RecordOf<ReturnType<typeof late>>>().toEqualTypeOf<never>();
  expect(late).toThrow("there is no side output 'lateRecords'");
  const tens = byShop.window(countWindow(3)).aggregate({ n: count() });
  // @ts-expect-error count windows have no bounds
  tens.map((result) => result.windowEnd);
  const all = orders.windowAll(tumbling("1m")).aggregate({ n: count() });
  // @ts-expect-error there is no key
  all.map((result) => result.key);
  // @ts-expect-error that is no duration
  expect(() => tumbling("1 fortnight")).toThrow("expected milliseconds");
  // @ts-expect-error the gap of what?
  byShop.window(session((order) => order.gap));
});
