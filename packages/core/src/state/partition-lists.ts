import { grown } from "./byte-arena.ts";
import { shrink } from "./shrink.ts";

/** The rows of a batch as a list per partition, in their order; without an object per list. */
export class PartitionLists {
  #heads = new Int32Array(64).fill(-1);
  #tails = new Int32Array(64);
  #nexts = new Int32Array(64);

  /** Room for partitions below `count`. */
  reserve(count: number): void {
    const length = this.#heads.length;
    if (count <= length) return;
    const more = Math.max(count, length * 2);
    this.#heads = grown(this.#heads, new Int32Array(more)).fill(-1, length);
    this.#tails = grown(this.#tails, new Int32Array(more));
  }

  /** Row i is of partition `partitionOf[i]`. Gives the partitions, in the order of their first rows. */
  fill(partitionOf: Int32Array, length: number): readonly number[] {
    if (this.#nexts.length < length) this.#nexts = new Int32Array(Math.max(length, this.#nexts.length * 2));
    const heads = this.#heads;
    const tails = this.#tails;
    const nexts = this.#nexts;
    const partitions: number[] = [];
    for (let i = 0; i < length; i++) {
      const partition = partitionOf[i];
      nexts[i] = -1;
      if (heads[partition] < 0) {
        heads[partition] = i;
        partitions.push(partition);
      } else nexts[tails[partition]] = i;
      tails[partition] = i;
    }
    return partitions;
  }

  /** Puts `values[i]` of the partition's rows i into `out`, and empties its list. */
  take(partition: number, values: Int32Array, out: number[]): void {
    shrink(out, 0);
    for (let i = this.#heads[partition]; i >= 0; i = this.#nexts[i]) out.push(values[i]);
    this.#heads[partition] = -1;
  }
}
