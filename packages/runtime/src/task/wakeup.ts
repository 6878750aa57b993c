/**
 * Lets one loop sleep until anybody has something for it. A wake-up that comes while the loop is awake is kept, so that
 * none is lost between "nothing to do" and going to sleep.
 */
export class Wakeup {
  #pending = false;
  #resolve: (() => void) | null = null;

  readonly wake = (): void => {
    if (this.#resolve === null) {
      this.#pending = true;
      return;
    }
    const resolve = this.#resolve;
    this.#resolve = null;
    resolve();
  };

  /** Resolves at the next wake-up, at once if one has come since the last sleep. For a single sleeper. */
  sleep(): Promise<void> {
    if (this.#pending) {
      this.#pending = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }
}
