/**
 * Rows that wait for the watermark, in the order of arrival, in chunks that know the times they span.
 *
 * Cost       adding: O(1) per row. Taking what is due: O(chunks + rows of the chunks that are due in part).
 */
import { MAX_BATCH_ROWS } from "../batch/record-batch.ts";

interface Chunk {
  readonly slots: Int32Array;
  readonly partitions: Int32Array;
  readonly times: Float64Array;
  length: number;
  earliest: number;
  latest: number;
}

/** Rows that are due, in the order of arrival. */
export interface DueRows {
  slots: Int32Array;
  partitions: Int32Array;
  length: number;
}

export class PendingRows {
  #chunks: Chunk[] = [];
  readonly #due: DueRows = { slots: new Int32Array(64), partitions: new Int32Array(64), length: 0 };

  add(slot: number, partition: number, time: number): void {
    let chunk = this.#chunks.at(-1);
    if (chunk === undefined || chunk.length === chunk.slots.length) {
      chunk = this.#grown(chunk);
      this.#chunks.push(chunk);
    }
    const at = chunk.length++;
    chunk.slots[at] = slot;
    chunk.partitions[at] = partition;
    chunk.times[at] = time;
    if (time < chunk.earliest) chunk.earliest = time;
    if (time > chunk.latest) chunk.latest = time;
  }

  /** A chunk with room at the end: a small one made larger, or a new one. */
  #grown(last: Chunk | undefined): Chunk {
    const capacity = last === undefined ? 64 : Math.min(MAX_BATCH_ROWS, last.slots.length * 4);
    const chunk: Chunk = {
      slots: new Int32Array(capacity),
      partitions: new Int32Array(capacity),
      times: new Float64Array(capacity),
      length: 0,
      earliest: Number.POSITIVE_INFINITY,
      latest: Number.NEGATIVE_INFINITY,
    };
    if (last === undefined || last.slots.length === MAX_BATCH_ROWS) return chunk;
    this.#chunks.pop();
    chunk.slots.set(last.slots);
    chunk.partitions.set(last.partitions);
    chunk.times.set(last.times);
    chunk.length = last.length;
    chunk.earliest = last.earliest;
    chunk.latest = last.latest;
    return chunk;
  }

  /** The earliest time there is; undefined if there is no row. */
  get earliest(): number | undefined {
    return this.#chunks.length === 0 ? undefined : Math.min(...this.#chunks.map(({ earliest }) => earliest));
  }

  /** Takes out the rows with a time of `watermark` or before (borrowed until the next call). */
  takeDue(watermark: number): DueRows {
    const due = this.#due;
    due.length = 0;
    if (this.#chunks.every(({ earliest }) => earliest > watermark)) return due;
    const left: Chunk[] = [];
    for (const chunk of this.#chunks) {
      if (chunk.earliest <= watermark) this.#takeFrom(chunk, watermark);
      if (chunk.length > 0) left.push(chunk);
    }
    this.#chunks = left;
    return due;
  }

  #takeFrom(chunk: Chunk, watermark: number): void {
    const { slots, partitions, times, length } = chunk;
    this.#reserve(length);
    const due = this.#due;
    if (chunk.latest <= watermark) {
      due.slots.set(slots.subarray(0, length), due.length);
      due.partitions.set(partitions.subarray(0, length), due.length);
      due.length += length;
      chunk.length = 0;
      return;
    }
    let kept = 0;
    let earliest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < length; i++) {
      const time = times[i];
      if (time <= watermark) {
        due.slots[due.length] = slots[i];
        due.partitions[due.length++] = partitions[i];
      } else {
        slots[kept] = slots[i];
        partitions[kept] = partitions[i];
        times[kept++] = time;
        if (time < earliest) earliest = time;
      }
    }
    chunk.length = kept;
    chunk.earliest = earliest;
  }

  #reserve(extra: number): void {
    const due = this.#due;
    const needed = due.length + extra;
    if (needed <= due.slots.length) return;
    const capacity = Math.max(needed, due.slots.length * 2);
    const slots = new Int32Array(capacity);
    const partitions = new Int32Array(capacity);
    slots.set(due.slots);
    partitions.set(due.partitions);
    due.slots = slots;
    due.partitions = partitions;
  }
}
