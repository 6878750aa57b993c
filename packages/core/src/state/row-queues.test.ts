import { seededRandom } from "@millrace/testkit";
import { expect, it } from "vitest";
import { RowQueues } from "./row-queues.ts";

it("holds what arrays hold, through growth, removals and emptied queues", () => {
  const seed = 5;
  const next = seededRandom(seed);
  const int = (n: number) => Math.floor(next() * n);
  const queues = new RowQueues();
  const arrays: number[][] = [];
  for (let step = 0; step < 30_000; step++) {
    const slot = int(Math.min(200, 1 + step / 50));
    queues.reserve(slot + 1);
    arrays[slot] ??= [];
    const array = arrays[slot];
    if (int(3) > 0) {
      for (let i = int(slot < 3 ? 40 : 4); i >= 0; i--) {
        const id = int(1000);
        queues.append(slot, id);
        array.push(id);
      }
    } else if (int(40) === 0) {
      queues.clear(slot);
      array.length = 0;
    } else {
      const count = int(array.length + 1);
      if (count > 0) queues.removeFirst(slot, count);
      array.splice(0, count);
    }
    expect(queues.lengthOf(slot), `seed ${seed}, step ${step}`).toBe(array.length);
    if (step % 97 > 0) continue;
    for (const [other, ids = []] of arrays.entries()) {
      if (arrays[other] === undefined) continue;
      const start = queues.startOf(other);
      expect([...queues.pool.subarray(start, start + queues.lengthOf(other))]).toEqual(ids);
    }
  }
});
