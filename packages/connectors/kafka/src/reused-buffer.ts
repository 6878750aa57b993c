/** Memory for large contents that come one after the other: made anew only when one is larger than all before. */
export class ReusedBuffer {
  #bytes = Buffer.alloc(0);

  /** The first `size` bytes, of which the first `keep` are as they were; what was taken before is given up. */
  take(size: number, keep = 0): Buffer {
    if (this.#bytes.length < size) {
      const least = keep === 0 ? size : Math.max(size, this.#bytes.length * 2);
      const grown = Buffer.allocUnsafeSlow(Math.ceil(least / GRANULE_BYTES) * GRANULE_BYTES);
      this.#bytes.copy(grown, 0, 0, keep);
      this.#bytes = grown;
    }
    return this.#bytes.subarray(0, size);
  }
}

const GRANULE_BYTES = 64 * 1024;
