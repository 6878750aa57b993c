import { pipeline } from "millrace";
import { simulate, testPipeline } from "millrace/testing";
import { expect, test } from "vitest";
import {
  type Command,
  fulfilment,
  type OrderEvent,
  PAYMENT_MS,
  SHIPMENT_MS,
} from "../../examples/order-fulfilment/fulfilment.ts";
import { runExample } from "./run-example.ts";

test("the example prints a command per line", async () => {
  const { stdout, stderr } = await runExample("order-fulfilment");
  expect(
    stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Command),
  ).toEqual([
    { command: "ship", order: "A" },
    // Its time has come when the next event says so.
    { command: "ship", order: "C" },
    { command: "remind", order: "B" },
    { command: "cancel", order: "B", reason: "not paid in time" },
    { command: "ship", order: "D" },
    { command: "refund", order: "D", amount: 50, reason: "cancelled by the customer" },
    { command: "refund", order: "B", amount: 35, reason: "paid too late" },
    { command: "refund", order: "C", amount: 5, reason: "not shipped in time" },
    { command: "remind", order: "E" },
    { command: "cancel", order: "E", reason: "not paid in time" },
  ]);
  expect(stderr).toContain('unexpected: {"kind":"shipped","order":"B"');
});

test("each step that does not come is noticed, and only then", async () => {
  const job = pipeline("test");
  const commands = fulfilment(job, []);
  const test = await testPipeline(job, { outputs: { commands } });
  await test.send("events", { kind: "ordered", order: "x", at: 0, amount: 3 });
  expect(test.timers("fulfilment")).toEqual([{ key: "x", at: PAYMENT_MS, domain: "event" }]);
  await test.watermark(PAYMENT_MS - 1);
  expect(test.outputs.commands).toEqual([]);
  await test.watermark(PAYMENT_MS);
  expect(test.outputs.commands).toEqual([{ command: "remind", order: "x" }]);
  await test.send("events", { kind: "paid", order: "x", at: PAYMENT_MS + 1, amount: 3 });
  await test.watermark(PAYMENT_MS + 1 + SHIPMENT_MS);
  expect(test.outputs.commands.slice(1)).toEqual([
    { command: "ship", order: "x" },
    { command: "refund", order: "x", amount: 3, reason: "not shipped in time" },
  ]);
  expect(test.state("fulfilment", "x")).toBeUndefined();
  expect(test.timers("fulfilment")).toEqual([]);
  await test.close();
});

test("the same commands however often it is killed", async () => {
  const events = Array.from({ length: 40 }, (_, i): OrderEvent[] => {
    const at = i * 60_000;
    const order = `o${i}`;
    const ordered = { kind: "ordered", order, at, amount: 10 } as const;
    return i % 3 === 0 ? [ordered] : [ordered, { kind: "paid", order, at: at + 1000, amount: 10 }];
  }).flat();
  await simulate({
    build: () => {
      const job = pipeline("test");
      return { job, outputs: { commands: fulfilment(job, []) } };
    },
    inputs: { events },
    runs: 20,
  });
});
