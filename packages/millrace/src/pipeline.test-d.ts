/** What must be an error of the compiler, and what must be inferred. Checked by `tsc`; nothing here runs. */
import { asTable, fields, file, json, map, pipeline, type Stream, type, types, value } from "./index.ts";

interface Order {
  readonly id: number;
  readonly shop: string;
  readonly at: Date;
  readonly status: "paid" | "open";
}

/** Fails to compile unless both are the same type. */
declare function same<A>(): <B>(value: B, ...wrong: [A, B] extends [B, A] ? [] : [never]) => void;

declare const orders: Order[];
const job = pipeline("types");
const stream = job.from(orders, { watermark: { field: "at", outOfOrderness: "5s" } });

same<Stream<string, Record<never, never>, Order>>()(stream.map((order) => order.shop));
same<Stream<number, Record<never, never>, Order>>()(stream.flatMap(({ id }) => [id]));

// @ts-expect-error: no such field
stream.map((order) => order.shopp);
// @ts-expect-error: no such field
stream.filter((order) => order.paid);
// @ts-expect-error: a text is no event time
job.from(orders, { watermark: { field: "shop" } });
// @ts-expect-error: no duration
job.from(orders, { watermark: { field: "at", outOfOrderness: "5 parsecs" } });
// @ts-expect-error: no such field
stream.project("id", "price");

const counted = stream
  .keyBy((order) => order.shop)
  .process({
    state: { count: value(0), names: map<string, number>() },
    outputs: { late: type<Order>() },
    onRecord(order, ctx) {
      const count: number = ctx.state.count.get();
      const key: string = ctx.key;
      // @ts-expect-error: the state is a number
      ctx.state.count.set("one");
      // @ts-expect-error: undeclared state
      ctx.state.total.get();
      // @ts-expect-error: no such side output
      ctx.output("early", order);
      // @ts-expect-error: not what the side output takes
      ctx.output("late", order.id);
      // @ts-expect-error: nothing is declared to be emitted by the context
      ctx.emit(order);
      return [{ key, count }];
    },
    onTimer: (at) => [at],
  });
same<Stream<Order>>()(counted.side("late"));
// @ts-expect-error: no such side output
counted.side("early");
counted.map((each) => (typeof each === "number" ? each : each.count));

stream.process({
  emits: type<number>(),
  onRecord(order, ctx) {
    ctx.emit(order.id);
    // @ts-expect-error: not what is emitted
    ctx.emit(order.shop);
    // @ts-expect-error: timers need keys
    ctx.setTimer(1);
  },
});

const [paid, rest] = stream.split((order): order is Order & { readonly status: "paid" } => order.status === "paid");
const status: "paid" = {} as Awaited<ReturnType<typeof paid.toArray>>[number]["status"];
void [status, rest];

const Row = fields({ id: types.INT.notNull(), shop: types.STRING });
same<{ readonly id: number; readonly shop: string | null }[]>()(
  await job.from(file({ path: "x", format: json(Row) })).toArray(),
);
// @ts-expect-error: the sink takes other records
stream.map((order) => ({ id: order.shop, shop: order.shop })).to(file.sink({ path: "x", format: json(Row) }));
// @ts-expect-error: the table has a field that records lack
asTable(stream.project("id"), Row);
const query = await job.sql("SELECT 1", { result: Row });
same<{ readonly id: number; readonly shop: string | null }[]>()(await query.rows().toArray());
same<
  { readonly kind: "+I" | "-U" | "+U" | "-D"; readonly row: { readonly id: number; readonly shop: string | null } }[]
>()(await query.changes().toArray());
