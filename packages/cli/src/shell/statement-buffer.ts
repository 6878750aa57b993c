/** Lines of a shell gathered until they hold whole statements. */
export class StatementBuffer {
  #text = "";

  get isEmpty(): boolean {
    return this.#text.trim() === "";
  }

  clear(): void {
    this.#text = "";
  }

  /**
   * Adds a line. Returns the text of whole statements, or null while more lines are needed.
   *
   * @param isIncomplete says of a text that ends in a semicolon whether it needs more all the same (an open quote, a
   * statement set without END)
   */
  add(line: string, isIncomplete: (text: string) => boolean): string | null {
    this.#text += `${line}\n`;
    if (!/;\s*(--[^\n]*)?\s*$/.test(this.#text) || isIncomplete(this.#text)) return null;
    return this.take();
  }

  /** Whatever there is, finished or not. */
  take(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }
}
