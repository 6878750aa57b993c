import { grown } from "./byte-arena.ts";

/** Numbers by time, the earliest first: a binary heap in two arrays. No state of its own: built anew after a restore. */
export class TimeQueue {
  #times = new Float64Array(64);
  #ids = new Int32Array(64);
  length = 0;

  /** The earliest time, Infinity if there is none. */
  get first(): number {
    return this.length === 0 ? Number.POSITIVE_INFINITY : this.#times[0];
  }

  push(time: number, id: number): void {
    if (this.length === this.#ids.length) {
      this.#times = grown(this.#times, new Float64Array(this.length * 2));
      this.#ids = grown(this.#ids, new Int32Array(this.length * 2));
    }
    const times = this.#times;
    const ids = this.#ids;
    let at = this.length++;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (times[parent] <= time) break;
      times[at] = times[parent];
      ids[at] = ids[parent];
      at = parent;
    }
    times[at] = time;
    ids[at] = id;
  }

  /** Takes the earliest out. */
  pop(): number {
    const times = this.#times;
    const ids = this.#ids;
    const id = ids[0];
    const last = --this.length;
    const time = times[last];
    const moved = ids[last];
    let at = 0;
    for (let child = 1; child < last; child = 2 * at + 1) {
      if (child + 1 < last && times[child + 1] < times[child]) child++;
      if (times[child] >= time) break;
      times[at] = times[child];
      ids[at] = ids[child];
      at = child;
    }
    times[at] = time;
    ids[at] = moved;
    return id;
  }
}
