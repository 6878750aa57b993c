import { expect, test } from "vitest";
import { systemClock } from "./clock.ts";

test("a sleep ends by itself, and at once when its signal aborts", async () => {
  const before = systemClock.now();
  await systemClock.sleep(5);
  expect(systemClock.now() - before).toBeGreaterThanOrEqual(4);
  const abort = new AbortController();
  const slept = systemClock.sleep(2 ** 40, abort.signal);
  abort.abort();
  await slept;
  await systemClock.sleep(2 ** 40, abort.signal);
});
