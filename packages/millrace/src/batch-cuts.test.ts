/** What comes of the records of one source does not depend on how many were read at once, or on where it was killed. */
import { describe, it } from "vitest";
import { count, pipeline, session, sliding, sum, tumbling } from "./index.ts";
import { simulate } from "./testing.ts";

interface Sale {
  readonly shop: string;
  readonly at: number;
  readonly amount: number;
}

/** Up to 3 s late; what is later than 1 s finds its window closed now and then. */
const sales = Array.from({ length: 150 }, (_, i): Sale => {
  const lateMs = (i * 7919) % 3000;
  return { shop: `s${i % 3}`, at: i * 250 + 3000 - lateMs, amount: i };
});
const eventTime = { name: "sales", watermark: { field: "at", outOfOrderness: "1s" } } as const;
const inputs = { sales };

describe("with late records, whatever the batches and crashes", () => {
  it("tumbling windows give the same results and late records, in the same order", async () => {
    const build = () => {
      const job = pipeline("p");
      const results = job
        .from<Sale>([], eventTime)
        .keyBy(({ shop }) => shop)
        .window(tumbling("2s"), { allowedLateness: "500ms" })
        .aggregate({ sales: count(), total: sum(({ amount }) => amount) });
      return { job, outputs: { results, late: results.lateRecords() } };
    };
    await simulate({ build, inputs, runs: 60, seed: 1 });
  });

  it("sliding windows and sessions do, too", async () => {
    const build = () => {
      const job = pipeline("p");
      const keyed = job.from<Sale>([], eventTime).keyBy(({ shop }) => shop);
      const slides = keyed.window(sliding("3s", "1s")).aggregate({ sales: count() });
      const sessions = keyed.window(session("900ms"), { allowedLateness: "1s" }).aggregate({ sales: count() });
      return { job, outputs: { slides, sessions } };
    };
    await simulate({ build, inputs, runs: 60, seed: 2 });
  });
});
