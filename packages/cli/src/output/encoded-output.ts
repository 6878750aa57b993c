import type { RecordBatch } from "@millrace/core";
import type { LineEncoder } from "./line-encoder.ts";
import { MaterializedRows } from "./materialized-rows.ts";
import type { ResultOutput } from "./result-output.ts";
import type { StandardOutput } from "./standard-output.ts";

/** Lines as they come: nothing is held back. */
export class EncodedOutput implements ResultOutput {
  readonly #lines: LineEncoder;
  readonly #out: StandardOutput;
  #isStarted = false;

  constructor(lines: LineEncoder, out: StandardOutput) {
    this.#lines = lines;
    this.#out = out;
  }

  write(batch: RecordBatch): void | Promise<void> {
    this.#start();
    return this.#out.write(this.#lines.encode(batch));
  }

  async end(): Promise<void> {
    this.#start();
  }

  #start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    void this.#out.write(this.#lines.header);
  }
}

/** Lines of the rows that are left when all changes have come. */
export class FinalEncodedOutput implements ResultOutput {
  readonly #rows = new MaterializedRows();
  readonly #lines: LineEncoder;
  readonly #out: StandardOutput;

  constructor(lines: LineEncoder, out: StandardOutput) {
    this.#lines = lines;
    this.#out = out;
  }

  write(batch: RecordBatch): void {
    for (let row = 0; row < batch.length; row++) {
      this.#rows.change(batch.kinds === null ? 0 : batch.kinds[row], this.#lines.line(batch, row));
    }
  }

  async end(): Promise<void> {
    await this.#out.write(this.#lines.header);
    let chunk = "";
    for (const line of this.#rows.rows()) {
      chunk += `${line}\n`;
      if (chunk.length < 65_536) continue;
      await this.#out.write(chunk);
      chunk = "";
    }
    await this.#out.write(chunk);
  }
}
