import { type Pipeline, type SourceOptions, type StreamSource, type, value } from "millrace";

export type OrderEvent =
  | { readonly kind: "ordered"; readonly order: string; readonly at: number; readonly amount: number }
  | { readonly kind: "paid"; readonly order: string; readonly at: number; readonly amount: number }
  | { readonly kind: "shipped"; readonly order: string; readonly at: number }
  | { readonly kind: "cancelled"; readonly order: string; readonly at: number };

/** What other systems are asked to do. */
export type Command =
  | { readonly command: "ship"; readonly order: string }
  | { readonly command: "remind"; readonly order: string }
  | { readonly command: "cancel"; readonly order: string; readonly reason: string }
  | { readonly command: "refund"; readonly order: string; readonly amount: number; readonly reason: string };

interface Order {
  readonly stage: "ordered" | "paid";
  readonly amount: number;
  /** When the timer rings that waits for the next step. */
  readonly deadline: number;
  readonly isReminded: boolean;
}

const MINUTE = 60_000;
/** An order that is not paid in time is reminded of once, then cancelled. */
export const PAYMENT_MS = 15 * MINUTE;
/** An order that is paid and not shipped in time is refunded. */
export const SHIPMENT_MS = 24 * 60 * MINUTE;

export const eventTime = { watermark: { field: "at", outOfOrderness: "10s" } } satisfies SourceOptions<OrderEvent>;

/** The life of each order, from the order to its shipment, with what is done when a step does not come. */
export function fulfilment(job: Pipeline, events: readonly OrderEvent[] | StreamSource<OrderEvent>) {
  return job
    .from<OrderEvent>(events, { name: "events", ...eventTime })
    .keyBy((event) => event.order)
    .process({
      state: { order: value<Order | null>(null) },
      outputs: { unexpected: type<OrderEvent>() },
      *onRecord(event, ctx): Generator<Command> {
        const order = ctx.state.order.get();
        const enter = (stage: Order["stage"], amount: number, deadline: number) => {
          if (order !== null) ctx.clearTimer(order.deadline);
          ctx.state.order.set({ stage, amount, deadline, isReminded: false });
          ctx.setTimer(deadline);
        };
        const leave = () => {
          if (order !== null) ctx.clearTimer(order.deadline);
          ctx.state.order.clear();
        };
        if (event.kind === "ordered" && order === null) enter("ordered", event.amount, event.at + PAYMENT_MS);
        else if (event.kind === "paid" && order?.stage === "ordered") {
          if (event.amount < order.amount) {
            leave();
            yield { command: "refund", order: ctx.key, amount: event.amount, reason: "paid too little" };
            return;
          }
          enter("paid", event.amount, event.at + SHIPMENT_MS);
          yield { command: "ship", order: ctx.key };
        } else if (event.kind === "shipped" && order?.stage === "paid") leave();
        else if (event.kind === "cancelled" && order !== null) {
          leave();
          if (order.stage === "paid") {
            yield { command: "refund", order: ctx.key, amount: order.amount, reason: "cancelled by the customer" };
          }
        } else if (event.kind === "paid") {
          // The money of an order that is not there any more goes back.
          yield { command: "refund", order: ctx.key, amount: event.amount, reason: "paid too late" };
        } else ctx.output("unexpected", event);
      },
      *onTimer(at, ctx): Generator<Command> {
        const order = ctx.state.order.get();
        if (order === null) return;
        if (order.stage === "paid") {
          ctx.state.order.clear();
          yield { command: "refund", order: ctx.key, amount: order.amount, reason: "not shipped in time" };
        } else if (order.isReminded) {
          ctx.state.order.clear();
          yield { command: "cancel", order: ctx.key, reason: "not paid in time" };
        } else {
          const deadline = at + PAYMENT_MS;
          ctx.state.order.set({ ...order, deadline, isReminded: true });
          ctx.setTimer(deadline);
          yield { command: "remind", order: ctx.key };
        }
      },
    })
    .id("fulfilment");
}
