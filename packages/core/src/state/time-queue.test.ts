import fc from "fast-check";
import { expect, it } from "vitest";
import { TimeQueue } from "./time-queue.ts";

it("gives what was pushed in the order of its times, whatever is pushed and popped in between", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.integer({ min: 0, max: 50 }), fc.constant(null)), { maxLength: 300 }), (steps) => {
      const queue = new TimeQueue();
      const timeOf: number[] = [];
      const left: number[] = [];
      for (const step of [...steps, ...steps.map(() => null)]) {
        if (step !== null) {
          queue.push(step, timeOf.push(step) - 1);
          left.push(step);
          left.sort((a, b) => a - b);
        } else if (left.length > 0) {
          expect(queue.first).toBe(left[0]);
          expect(timeOf[queue.pop()]).toBe(left.shift());
        }
        expect(queue.length).toBe(left.length);
      }
      expect(queue.first).toBe(Number.POSITIVE_INFINITY);
    }),
  );
});
