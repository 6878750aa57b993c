import { count, type Pipeline, type SourceOptions, type StreamSource, sum, tumbling } from "millrace";

export type ShopEvent =
  | {
      readonly kind: "order";
      readonly order: string;
      readonly shop: string;
      readonly at: number;
      readonly cents: number;
    }
  | {
      readonly kind: "refund";
      readonly order: string;
      readonly shop: string;
      readonly at: number;
      readonly cents: number;
    };

export interface Turnover {
  readonly shop: string;
  /** Start of the minute, ms. */
  readonly minute: number;
  readonly orders: number;
  readonly refunds: number;
  readonly cents: number;
}

export const eventTime = { watermark: { field: "at", outOfOrderness: "10s" } } satisfies SourceOptions<ShopEvent>;

/**
 * Turnover by minute and shop. A refund belongs to the minute of its order, which it carries as its time, and so may come late: for
 * an hour it corrects the minute, which is given out again; later ones go to `late`, for the accounts.
 */
export function analytics(job: Pipeline, events: readonly ShopEvent[] | StreamSource<ShopEvent>) {
  const minutes = job
    .from<ShopEvent>(events, { name: "events", ...eventTime })
    .keyBy((event) => event.shop)
    .window(tumbling("1m"), { allowedLateness: "1h" })
    .aggregate({
      orders: sum((event) => (event.kind === "order" ? 1 : 0)),
      refunds: sum((event) => (event.kind === "refund" ? 1 : 0)),
      cents: sum((event) => (event.kind === "order" ? event.cents : -event.cents)),
    });
  const turnover = minutes.map(
    ({ key, windowStart, orders, refunds, cents }): Turnover => ({
      shop: key,
      minute: windowStart,
      orders,
      refunds,
      cents,
    }),
  );
  const late = minutes.lateRecords();
  const lateByShop = late
    .keyBy((event) => event.shop)
    .aggregate({ events: count(), cents: sum((event) => event.cents) });
  return { turnover, late, lateByShop };
}
