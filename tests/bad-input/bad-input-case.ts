import type { BadFile } from "./policy-run.ts";

export interface BadInputCase extends BadFile {
  readonly name: string;
  /** The rows of the good records. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly bad: readonly { readonly line: number; readonly reason: RegExp; readonly content: Uint8Array }[];
}

export const columns = "id BIGINT, name STRING, price DECIMAL(5, 2), `at` TIMESTAMP(3)";

/** Makes cases of a format; `good` gives a good line. */
export class CaseMaker {
  readonly #format: "json" | "csv";
  readonly #good: (id: number) => string;

  constructor(format: "json" | "csv", good: (id: number) => string) {
    this.#format = format;
    this.#good = good;
  }

  /** A bad line between two good ones. */
  between(name: string, line: string | Uint8Array, reason: RegExp): BadInputCase {
    const content = [`${this.#good(1)}\n`, line, `\n${this.#good(3)}\n`].map((part) => Buffer.from(part));
    return {
      ...this.fine(name, Buffer.concat(content), "id", [{ id: 1 }, { id: 3 }]),
      bad: [{ line: 2, reason, content: Buffer.from(line) }],
    };
  }

  /** Input that is good, whatever one may think of it. */
  fine(name: string, content: string | Uint8Array, select: string, rows: BadInputCase["rows"]): BadInputCase {
    const format = this.#format;
    return { name: `${format}: ${name}`, format, columns, content, select, rows, bad: [] };
  }
}

export const bytesOf = (...parts: (string | readonly number[] | Uint8Array)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from(part))));
