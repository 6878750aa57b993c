/**
 * What searches that failed leave to later ones: in which states, before which rows, nothing could be found. So that a search
 * over n rows that fails does not make each of the next n look at the same rows again.
 *
 * Only for conditions that do not depend on where the match began and how it came to its state.
 *
 * State      a bit per row and state.
 */
export class DeadStates {
  readonly #width: number;
  #from = 0;
  #bits: number[] = [];

  /** `width`: words of 32 states. */
  constructor(width: number) {
    this.#width = width;
  }

  /** One more than the last position that anything is known of. */
  get end(): number {
    return this.#from + this.#bits.length / this.#width;
  }

  /** Whether in this state, before the row at `position`, all is in vain. */
  has(position: number, state: number): boolean {
    const word = (position - this.#from) * this.#width + (state >> 5);
    return word >= 0 && word < this.#bits.length && ((this.#bits[word] >> (state & 31)) & 1) === 1;
  }

  /** `bits`: the states of a search that failed, before the rows from `from` on. Takes the array. */
  add(from: number, bits: number[]): void {
    if (from >= this.end || from < this.#from) {
      this.#from = from;
      this.#bits = bits;
      return;
    }
    const own = this.#bits;
    const start = (from - this.#from) * this.#width;
    for (let i = 0; i < bits.length; i++) {
      if (start + i < own.length) own[start + i] |= bits[i];
      else own.push(bits[i]);
    }
  }
}
