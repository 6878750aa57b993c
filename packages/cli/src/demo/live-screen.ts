import type { StandardOutput } from "../output/standard-output.ts";

/**
 * One block of lines that is redrawn in place: the cursor goes up over the block and each line is overwritten, so that
 * nothing flickers and what stood above it stays.
 */
export class LiveScreen {
  readonly #out: StandardOutput;
  #height = 0;

  constructor(out: StandardOutput) {
    this.#out = out;
  }

  /** Shows the lines in place of those shown before; lines that are too many for the terminal are left out. */
  show(lines: readonly string[]): void {
    const shown = lines.slice(0, Math.max(1, this.#out.size.rows - 1));
    const up = this.#height === 0 ? "\x1b[?25l" : `\x1b[${this.#height}A\r`;
    void this.#out.write(`${up}${shown.map((line) => `${line}\x1b[K\n`).join("")}\x1b[J`);
    this.#height = shown.length;
  }

  /** Leaves the last state on the screen and gives the cursor back. */
  close(): void {
    if (this.#height > 0) void this.#out.write("\x1b[?25h");
    this.#height = 0;
  }
}
