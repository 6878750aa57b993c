import { pipeline } from "millrace";
import { testPipeline } from "millrace/testing";
import { expect, test } from "vitest";
import { analytics } from "../../examples/order-analytics/analytics.ts";
import { runExample } from "./run-example.ts";

test("the example prints turnover by minute; refunds correct it for an hour, later ones are told", async () => {
  const { stdout } = await runExample("order-analytics");
  expect(stdout.trimEnd().split("\n")).toEqual([
    // Each minute once time has passed its end by 10 s.
    "09:00 north: 3 orders, 0 refunds, 17.50 EUR",
    "09:00 south: 1 orders, 0 refunds, 9.90 EUR",
    "09:01 north: 1 orders, 0 refunds, 8.00 EUR",
    // The refund of o1, three minutes later.
    "09:00 north: 3 orders, 1 refunds, 5.00 EUR",
    "09:03 south: 1 orders, 0 refunds, 40.00 EUR",
    // That of o2, more than an hour later.
    "too late: refund of o2, 9.90 EUR",
    "10:06 south: 1 orders, 0 refunds, 1.00 EUR",
  ]);
});

test("what is too late is summed up, not lost", async () => {
  const job = pipeline("test");
  const { turnover, lateByShop } = analytics(job, []);
  const test = await testPipeline(job, { outputs: { turnover, lateByShop } });
  await test.send("events", { kind: "order", order: "a", shop: "x", at: 0, cents: 100 });
  await test.watermark(60_000 + 3_600_000);
  await test.send("events", { kind: "refund", order: "a", shop: "x", at: 0, cents: 100 });
  expect(test.outputs.turnover).toEqual([{ shop: "x", minute: 0, orders: 1, refunds: 0, cents: 100 }]);
  expect(test.outputs.lateByShop).toMatchObject([{ events: 1, cents: 100 }]);
  await test.close();
});
