/** Reads events and serves what follows from them: GET /items/ITEM (items often seen beside it) and GET /hot. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { file, json, pipeline } from "millrace";
import { eventTime, type HotItems, type RelatedItems, recommendation, type ShopEvent } from "./recommendation.ts";

const [path = join(import.meta.dirname, "events.jsonl"), ...flags] = process.argv.slice(2);
const follow = flags.includes("--follow");
const relatedOf = new Map<string, RelatedItems>();
let hot: HotItems | null = null;

const job = pipeline("recommendation");
const results = recommendation(job, file({ path, format: json<ShopEvent>(), follow, ...eventTime }));
results.related.forEach((each) => void relatedOf.set(each.item, each));
results.hot.forEach((each) => {
  hot = each;
});

const server = createServer((request, response) => {
  const [, collection, item] = (request.url ?? "").split("/").map(decodeURIComponent);
  const answer = collection === "items" ? relatedOf.get(item ?? "") : collection === "hot" ? hot : undefined;
  response.statusCode = answer === undefined || answer === null ? 404 : 200;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(answer ?? { error: "not found" }));
});
server.listen(Number(process.env.PORT ?? 8080), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
await job.run();
console.log(`all read: ${relatedOf.size} items`);
