import { join } from "node:path";
import { file, json, pipeline } from "millrace";
import { analytics, eventTime, type ShopEvent } from "./analytics.ts";

const path = process.argv[2] ?? join(import.meta.dirname, "events.jsonl");
const job = pipeline("order-analytics");
const { turnover, late } = analytics(job, file({ path, format: json<ShopEvent>(), ...eventTime }));
turnover.forEach(({ shop, minute, orders, refunds, cents }) => {
  const time = new Date(minute).toISOString().slice(11, 16);
  console.log(`${time} ${shop}: ${orders} orders, ${refunds} refunds, ${(cents / 100).toFixed(2)} EUR`);
});
late.forEach((event) =>
  console.log(`too late: ${event.kind} of ${event.order}, ${(event.cents / 100).toFixed(2)} EUR`),
);
await job.run();
