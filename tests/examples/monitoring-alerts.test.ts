import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { pipeline } from "millrace";
import { testPipeline } from "millrace/testing";
import { expect, test } from "vitest";
import { type Alert, alerts, type Measurement } from "../../examples/monitoring-alerts/alerts.ts";
import { webhook } from "../../examples/monitoring-alerts/webhook-sink.ts";
import { runExample } from "./run-example.ts";

const MINUTE = 60_000;
const measured = (minute: number, value: number): Measurement => ({
  host: "h",
  metric: "cpu",
  value,
  at: minute * MINUTE,
});

test("the example prints e-mails: one when it is busy for two minutes, one when it no longer is", async () => {
  const { stdout } = await runExample("monitoring-alerts");
  const subjects = stdout
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { subject: string }).subject);
  // 95, 40, 96, 97: fires with 97. 98, 50, 99, 50, 51: resolves with 51.
  expect(subjects).toEqual(["[firing] busy at web-1", "[resolved] busy at web-1"]);
});

test("rules come, change and go at run time; what flaps is told once", async () => {
  const job = pipeline("test");
  const found = alerts(job, [], []);
  const test = await testPipeline(job, { outputs: { found } });
  const minutes = async (from: number, ...values: number[]) => {
    for (const [i, value] of values.entries()) await test.send("measurements", measured(from + i, value));
    await test.watermark((from + values.length) * MINUTE);
  };
  await minutes(0, 99, 99);
  expect(test.outputs.found).toEqual([]);
  await test.send("rules", { name: "hot", metric: "cpu", above: 80, minutes: 2, at: 2 * MINUTE });
  await minutes(2, 99, 99, 10, 99, 99, 10, 10);
  // The minutes that ended at 3 and 4 are hot; those that ended at 8 and 9 are the first two in a row that are not.
  expect(test.outputs.found.map(({ state, at }) => [state, at / MINUTE])).toEqual([
    ["firing", 4],
    ["resolved", 9],
  ]);
  await test.send("rules", { name: "hot", metric: "cpu", minutes: 2, at: 9 * MINUTE });
  await minutes(9, 99, 99, 99, 99);
  expect(test.outputs.found).toHaveLength(2);
  await test.close();
});

test("the webhook posts alerts as JSON, and again if they are not taken", async () => {
  const posted: Alert[] = [];
  let requests = 0;
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      response.statusCode = ++requests === 1 ? 500 : 200;
      if (response.statusCode === 200) posted.push(JSON.parse(body) as Alert);
      response.end();
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts`;
  const job = pipeline("post");
  const alert: Alert = { state: "firing", rule: "r", host: "h", metric: "m", value: 1, at: 0 };
  job.from<Alert>([alert, { ...alert, state: "resolved" }]).to(webhook<Alert>(url));
  await job.run();
  server.closeAllConnections();
  server.close();
  expect(posted.map(({ state }) => state)).toEqual(["firing", "resolved"]);
});
