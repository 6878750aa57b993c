import type { StandardOutput } from "../output/standard-output.ts";

/**
 * Lines that are redrawn in place. They stand on the terminal's alternate screen, so that what was on the terminal comes back
 * afterwards, and a terminal whose size changes cannot leave parts of older lines behind.
 */
export class LiveScreen {
  readonly #out: StandardOutput;
  #lines: readonly string[] | null = null;

  constructor(out: StandardOutput) {
    this.#out = out;
  }

  /** Shows the lines in place of those shown before; lines that are too many for the terminal are left out. */
  show(lines: readonly string[]): void {
    const shown = lines.slice(0, Math.max(1, this.#out.size.rows - 1));
    const enter = this.#lines === null ? "\x1b[?1049h\x1b[?25l" : "";
    void this.#out.write(`${enter}\x1b[H${shown.map((line) => `${line}\x1b[K\n`).join("")}\x1b[J`);
    this.#lines = lines;
  }

  /** Gives the terminal back and leaves the last state on it, whole. */
  close(): void {
    if (this.#lines === null) return;
    void this.#out.write(`\x1b[?1049l\x1b[?25h${this.#lines.map((line) => `${line}\n`).join("")}`);
    this.#lines = null;
  }
}
