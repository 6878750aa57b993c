import type { Span } from "./span.ts";

/** A replaced stretch: `at..end` of the filled-in text stands for `originalStart..originalEnd` of the original. */
export interface Replacement {
  readonly at: number;
  readonly end: number;
  readonly originalStart: number;
  readonly originalEnd: number;
}

/** A script with its variables filled in, which still knows where each piece came from. */
export class SourceText {
  /** As the user wrote it. */
  readonly original: string;
  /** With variables filled in: what is parsed. */
  readonly text: string;
  readonly #replacements: readonly Replacement[];

  constructor(original: string, text: string = original, replacements: readonly Replacement[] = []) {
    this.original = original;
    this.text = text;
    this.#replacements = replacements;
  }

  /** The stretch of the original that offsets of `text` came from; a variable counts as a whole. */
  originalSpan(start: number, end: number): Span {
    if (this.#replacements.length === 0) return Object.freeze({ start, end });
    const originalStart = this.#originalOffset(start, "start");
    return Object.freeze({ start: originalStart, end: Math.max(originalStart, this.#originalOffset(end, "end")) });
  }

  #originalOffset(offset: number, side: "start" | "end"): number {
    let low = 0;
    let high = this.#replacements.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const at = (this.#replacements[middle] as Replacement).at;
      if (at < offset || (at === offset && side === "start")) low = middle + 1;
      else high = middle;
    }
    const last = this.#replacements[low - 1];
    if (last === undefined) return offset;
    if (offset < last.end) return side === "start" ? last.originalStart : last.originalEnd;
    return last.originalEnd + (offset - last.end);
  }
}
