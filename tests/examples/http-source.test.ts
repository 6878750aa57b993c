import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pipeline } from "millrace";
import { expect, test } from "vitest";
import { queueSource } from "../../examples/http-source/queue-source.ts";
import { repositoryRoot } from "../../scripts/source-tree.ts";

test("messages come once, in order, though the service fails; it is told what may be forgotten", async () => {
  const queues = new Map([
    ["orders", Array.from({ length: 1200 }, (_, i) => ({ id: i + 1, sentAt: i * 10, text: `order ${i + 1}` }))],
    ["returns", [{ id: 1, sentAt: 0, text: "return 1" }]],
  ]);
  const forgotten = new Map<string, number>();
  let requests = 0;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://localhost");
    const queue = url.pathname.slice("/queues/".length);
    if (request.method === "DELETE") {
      forgotten.set(queue, Number(url.searchParams.get("upTo")));
      response.end();
      return;
    }
    if (++requests % 3 === 0) {
      response.statusCode = 503;
      response.end();
      return;
    }
    const after = Number(url.searchParams.get("after"));
    response.end(
      JSON.stringify(
        queues
          .get(queue)
          ?.filter(({ id }) => id > after)
          .slice(0, 500) ?? [],
      ),
    );
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const base = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  // Waits of the job (outages, pauses between polls, commits) take a turn of the event loop.
  const clock = { now: () => Date.now(), sleep: () => new Promise<void>((resolve) => void setTimeout(resolve, 1)) };
  const abort = new AbortController();
  const seen: string[] = [];
  const job = pipeline("messages");
  job.from(queueSource(base, [...queues.keys()])).forEach((message) => void seen.push(message.text));
  const running = job.start({
    clock,
    signal: abort.signal,
    reporter: { warn: () => undefined, progress: () => undefined },
  });
  try {
    await expect.poll(() => seen.length, { timeout: 15_000 }).toBe(1201);
    await expect.poll(() => forgotten.get("orders"), { timeout: 15_000 }).toBe(1200);
  } finally {
    abort.abort();
    await running.done;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  expect(seen.filter((text) => text.startsWith("order"))).toEqual(queues.get("orders")?.map(({ text }) => text));
});

test("the guide shows the whole source", () => {
  const source = readFileSync(join(repositoryRoot, "examples", "http-source", "queue-source.ts"), "utf8");
  expect(readFileSync(join(repositoryRoot, "docs", "guide", "pipelines.md"), "utf8")).toContain(
    `\`\`\`ts\n${source}\`\`\``,
  );
});
