import { approxTopK, type Pipeline, type SourceOptions, type StreamSource, sliding, value } from "millrace";

export interface ShopEvent {
  readonly kind: "view" | "purchase";
  readonly user: string;
  readonly item: string;
  readonly at: number;
}

/** How often two items were of interest to the same user within the last views of hers; purchases weigh more. */
export interface RelatedItems {
  readonly item: string;
  readonly related: readonly { readonly item: string; readonly weight: number }[];
}

export interface HotItems {
  /** End of the window, ms. */
  readonly until: number;
  readonly items: readonly { readonly item: string; readonly views: number }[];
}

/** An item is seen beside so many that its user looked at before. */
const BASKET = 10;
const RELATED = 5;
const WEIGHT = { view: 1, purchase: 3 };

export const eventTime = {
  watermark: { field: "at", outOfOrderness: "5s", idleTimeout: "10s" },
} satisfies SourceOptions<ShopEvent>;

export function recommendation(job: Pipeline, events: readonly ShopEvent[] | StreamSource<ShopEvent>) {
  const interest = job.from<ShopEvent>(events, { name: "events", ...eventTime });

  // Pairs of items from the last of each user, ...
  const pairs = interest
    .keyBy((event) => event.user)
    .process({
      state: { basket: value<readonly string[]>([], { ttl: "1d" }) },
      onRecord({ item, kind }, { state }) {
        const others = state.basket.get().filter((other) => other !== item);
        state.basket.set([item, ...others].slice(0, BASKET));
        const weight = WEIGHT[kind];
        return others.flatMap((other) => [
          { item, other, weight },
          { item: other, other: item, weight },
        ]);
      },
    })
    .id("baskets");

  // ... counted by item. What is given out is the whole list of an item, whenever it changes.
  const related = pairs
    .keyBy((pair) => pair.item)
    .process({
      state: { weights: value<Readonly<Record<string, number>>>({}, { ttl: "30d" }) },
      onRecord({ other, weight }, { key, state }): RelatedItems[] {
        const weights = state.weights.update((before) => ({ ...before, [other]: (before[other] ?? 0) + weight }));
        const best = Object.entries(weights).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
        return [{ item: key, related: best.slice(0, RELATED).map(([item, sum]) => ({ item, weight: sum })) }];
      },
    })
    .id("related");

  const hot = interest.windowAll(sliding("10m", "1m")).aggregate(
    approxTopK(3, (event) => event.item),
    (items, { window }): HotItems[] => [
      { until: window.end, items: items.map(({ value: item, count: views }) => ({ item, views })) },
    ],
  );
  return { related, hot };
}
