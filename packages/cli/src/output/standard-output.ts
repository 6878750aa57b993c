/**
 * Stdout as the CLI writes it: with back-pressure, and quiet when the reader has gone (`| head`).
 *
 * Invariant  after the reader has gone (EPIPE), or a write has failed (a full disk), writes are dropped and `closed` has
 *            aborted; only `flush` throws, and only for a failure.
 */
export class StandardOutput {
  readonly #closed = new AbortController();
  readonly #stream: NodeJS.WriteStream;
  #failure: Error | null = null;

  constructor(stream: NodeJS.WriteStream = process.stdout) {
    this.#stream = stream;
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") this.#failure = error;
      this.#closed.abort();
    });
  }

  /** Aborts when nobody reads any more. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY === true;
  }

  /** Columns and rows of the terminal; 120 by 40 when it is none, or when it says 0, as one without a window does. */
  get size(): { readonly columns: number; readonly rows: number } {
    return { columns: this.#stream.columns || 120, rows: this.#stream.rows || 40 };
  }

  /** A returned promise is back-pressure: it resolves when there is room again, or the reader has gone. */
  write(chunk: string | Uint8Array): void | Promise<void> {
    if (this.#closed.signal.aborted || chunk.length === 0 || this.#stream.write(chunk)) return;
    return this.#drained();
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#stream.off("drain", done);
        this.#closed.signal.removeEventListener("abort", done);
        resolve();
      };
      this.#stream.on("drain", done);
      this.#closed.signal.addEventListener("abort", done);
    });
  }

  /** Resolves when all that was written has left the process, or the reader has gone. Errors: SINK_UNAVAILABLE. */
  async flush(): Promise<void> {
    if (!this.#closed.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#closed.signal.addEventListener("abort", () => resolve(), { once: true });
        this.#stream.write("", () => resolve());
      });
    }
    if (this.#failure === null) return;
    const { sinkUnavailable } = await import("@millrace/connector-basic");
    throw sinkUnavailable("cannot write to stdout", this.#failure);
  }
}
