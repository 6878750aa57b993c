/**
 * Finds line feeds, remembering how far an incomplete line was searched: a 64 MiB line that arrives in small pieces, and is
 * offered again after each, is searched once.
 */
export class LineFinder {
  /** Bytes behind the start of the incomplete line that are known to hold no line feed. */
  #searched = 0;

  /** Offset behind the last line feed in `bytes[start, end)`; `start` if there is none. */
  endOfLines(bytes: Uint8Array, start: number, end: number): number {
    const from = start + (this.#searched <= end - start ? this.#searched : 0);
    let last = from;
    // From the back, in steps: a search to the front costs no more than the last line is long.
    for (let to = end; to > from; ) {
      const step = Math.max(from, to - 65_536);
      const found = bytes.subarray(step, to).lastIndexOf(0x0a);
      if (found >= 0) {
        last = step + found + 1;
        this.#searched = 0;
        return last;
      }
      to = step;
    }
    this.#searched = end - start;
    return start;
  }

  /** Forgets the incomplete line: the next call is about other bytes. */
  reset(): void {
    this.#searched = 0;
  }
}
