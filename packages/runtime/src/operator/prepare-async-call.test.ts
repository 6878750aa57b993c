import { columnOf, INT, recordBatch } from "@millrace/core";
import { asyncScalarFunction, bindUserScalar, column, type PhysicalAsyncCall, types } from "@millrace/plan";
import { ManualClock } from "@millrace/testkit";
import { expect, test } from "vitest";
import { prepareAsyncCall } from "./prepare-async-call.ts";

const never = asyncScalarFunction({
  args: [types.INT],
  returns: types.INT,
  timeoutMs: 1000,
  eval: () => new Promise<number>(() => undefined),
});

function node(): PhysicalAsyncCall {
  const call = bindUserScalar("never", never, [column(0, INT)]);
  const fields = [{ name: "n", type: INT }];
  const input = { kind: "values" as const, id: "values-1", fields, changelogMode: "append" as const, rows: [] };
  const own = { kind: "async-call" as const, id: "async-call-2", fields, changelogMode: "append" as const };
  return { ...own, input, passed: 1, calls: [{ call, args: [0] }] };
}

/** The first promise that the operator gives for two rows. */
function waitFor(operator: ReturnType<typeof prepareAsyncCall>): Promise<void> {
  const [given] = operator.onBatch(recordBatch(2, [columnOf(INT, [1, 2])]), 0);
  if (given instanceof Promise) return given;
  throw new Error("the operator does not wait");
}

test("a call that gives no answer in time fails", async () => {
  const clock = new ManualClock();
  const waiting = waitFor(prepareAsyncCall(node(), clock));
  void clock.advance(1000);
  await expect(waiting).rejects.toThrow("function never gave no answer within 1000 ms");
});

test("nothing is waited for once it is closed", async () => {
  const clock = new ManualClock();
  const signals: (AbortSignal | undefined)[] = [];
  const sleep = (delayMs: number, signal?: AbortSignal) => {
    signals.push(signal);
    return clock.sleep(delayMs, signal);
  };
  const operator = prepareAsyncCall(node(), { now: () => clock.now(), sleep });
  void waitFor(operator);
  await operator.close?.();
  expect(signals.map((signal) => signal?.aborted)).toEqual([true, true]);
});
