/**
 * What an async iterator of the program gives, read ahead.
 *
 * Invariant  at most `limit` items wait: the iterator is not asked again before some have been taken.
 */
export class ReadAhead<T> {
  readonly #limit: number;
  #items: T[] = [];
  #iterator: AsyncIterator<T> | null = null;
  #hasEnded = false;
  #failure: { readonly error: unknown } | null = null;
  #isClosed = false;
  #wake: () => void = noop;
  #resume: () => void = noop;

  /** An error of `open` is told like one of its iterator. */
  constructor(open: () => AsyncIterator<T>, limit: number) {
    this.#limit = limit;
    void this.#pump(open);
  }

  async #pump(open: () => AsyncIterator<T>): Promise<void> {
    try {
      this.#iterator = open();
      while (!this.#isClosed) {
        const result = await this.#iterator.next();
        if (result.done === true) break;
        this.#items.push(result.value);
        this.#wake();
        if (this.#items.length < this.#limit || this.#isClosed) continue;
        await new Promise<void>((resolve) => {
          this.#resume = resolve;
        });
      }
    } catch (error) {
      if (!this.#isClosed) this.#failure = { error };
    }
    this.#hasEnded = true;
    this.#wake();
  }

  /** The first item that waits, which stays; undefined if none does. Throws the iterator's error once all items have been taken. */
  peek(): T | undefined {
    if (this.#items.length === 0 && this.#failure !== null) throw this.#failure.error;
    return this.#items[0];
  }

  /** Takes the first item. */
  shift(): void {
    this.#items.shift();
    this.#resume();
  }

  /** Takes all items that wait. Throws the iterator's error once all items have been taken. */
  takeAll(): T[] {
    if (this.#items.length === 0 && this.#failure !== null) throw this.#failure.error;
    const items = this.#items;
    this.#items = [];
    this.#resume();
    return items;
  }

  get ended(): boolean {
    return this.#hasEnded && this.#items.length === 0 && this.#failure === null;
  }

  /** Resolves when an item waits or none will come. */
  ready(): Promise<void> {
    if (this.#items.length > 0 || this.#hasEnded) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#resume();
    // A generator that waits for something would not return before that has come.
    if (!this.#hasEnded) void this.#iterator?.return?.().then(noop, noop);
  }
}

function noop(): void {
  // Nobody waits.
}
