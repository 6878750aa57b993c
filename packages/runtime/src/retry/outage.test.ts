import { MillraceError } from "@millrace/core";
import { ManualClock } from "@millrace/testkit";
import { expect, test } from "vitest";
import { Outage } from "./outage.ts";

test("who waits is told at once, then each minute, then that it is over", async () => {
  const clock = new ManualClock();
  const told: string[] = [];
  const reporter = { warn: (message: string) => void told.push(message), progress: () => undefined };
  const policy = { attempts: Number.POSITIVE_INFINITY, initialDelayMs: 10_000, maxDelayMs: 20_000, multiplier: 2 };
  const outage = new Outage<string>("table 't'", policy, clock, reporter);
  const error = new MillraceError({
    code: "SOURCE_UNAVAILABLE",
    domain: "external",
    retry: "backoff",
    message: "no answer",
  });
  for (let tries = 0; tries < 6; tries++) {
    const retryAt = outage.failed("a part", error);
    await clock.advance(retryAt - clock.now());
  }
  outage.succeeded("a part");
  expect(told).toEqual([
    "no answer: retrying in 10 s",
    "no answer: still so after 70 s and 5 tries; retrying in 20 s",
    "table 't': reachable again after 110 s",
  ]);
});
