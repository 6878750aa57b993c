import { seededRandom } from "@millrace/testkit";
import { expect, it } from "vitest";
import { RowLists } from "./row-lists.ts";

it("holds what arrays hold, through insertions, removals and emptied lists of any length", () => {
  const seed = 11;
  const next = seededRandom(seed);
  const int = (n: number) => Math.floor(next() * n);
  const lists = new RowLists();
  const slots = 5;
  const arrays: number[][] = Array.from({ length: slots }, () => []);
  lists.reserve(slots);
  for (let step = 0; step < 40_000; step++) {
    const slot = int(slots);
    const array = arrays[slot];
    // Lists grow and shrink in turn; the last slots stay short.
    const isGrowing = Math.floor(step / 8000) % 2 === 0;
    const limit = slot < 3 ? 5000 : 3;
    if (int(10) < (isGrowing ? 8 : 2) && array.length < limit) {
      const id = int(1000);
      const position = lists.search(slot, (other) => other < id);
      expect(position, `seed ${seed}, step ${step}`).toBe(array.filter((other) => other < id).length);
      lists.insert(slot, position, id);
      array.splice(position, 0, id);
    } else if (array.length > 0) {
      const position = int(array.length);
      lists.remove(slot, position);
      array.splice(position, 1);
    }
    if (int(2000) === 0) {
      lists.clear(slot);
      array.length = 0;
    }
    expect(lists.lengthOf(slot)).toBe(array.length);
    if (step % 997 > 0 || array.length === 0) continue;
    const place = int(array.length);
    lists.set(slot, place, array[place]);
    const out = new Int32Array(array.length + 1);
    lists.copy(slot, 0, array.length, out, 1);
    expect([...out.subarray(1)]).toEqual(array);
  }
  for (const [slot, array] of arrays.entries()) {
    expect(array.map((_, position) => lists.at(slot, position))).toEqual(array);
  }
});
