/** Rows of a result as lines of a format; with `op` in front for a changelog. */
import {
  type Column,
  parseOptions,
  type RecordBatch,
  type RecordEncoder,
  recordBatch,
  rowKindText,
  type Schema,
  STRING,
} from "@millrace/core";
import type { ResultShape } from "./result-shape.ts";
import { uniqueNames } from "./result-shape.ts";

export interface LineEncoder {
  /** What stands before all rows, with its line end; "" if nothing does. */
  readonly header: string;
  /** Bytes of all rows, a line each. */
  encode(batch: RecordBatch): Uint8Array;
  /** The line of one row, without line end. */
  line(batch: RecordBatch, row: number): string;
}

export async function createLineEncoder(
  shape: ResultShape,
  format: "jsonl" | "csv",
  withOperation: boolean,
): Promise<LineEncoder> {
  const { csvFormat, jsonFormat } = await import("@millrace/formats");
  const factory = format === "jsonl" ? jsonFormat : csvFormat;
  const names = uniqueNames([...(withOperation ? ["op"] : []), ...shape.fields.map((field) => field.name)]);
  const types = [...(withOperation ? [STRING] : []), ...shape.fields.map((field) => field.type)];
  const schema: Schema = { fields: names.map((name, i) => ({ name, type: types[i] })) };
  const encoder = factory.createEncoder?.(schema, parseOptions(factory.options, {}, `format '${factory.name}'`));
  if (encoder === undefined) throw new Error(`the format ${factory.name} has no encoder`);
  const header = format === "csv" ? `${names.map(csvName).join(",")}\n` : "";
  return new Lines(encoder, withOperation, header);
}

function csvName(name: string): string {
  return /^[\w$ .-]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

const decoder = new TextDecoder();
const operationBytes = new TextEncoder().encode(rowKindText.join(""));

class Lines implements LineEncoder {
  readonly header: string;
  readonly #encoder: RecordEncoder;
  readonly #withOperation: boolean;

  constructor(encoder: RecordEncoder, withOperation: boolean, header: string) {
    this.#encoder = encoder;
    this.#withOperation = withOperation;
    this.header = header;
  }

  encode(batch: RecordBatch): Uint8Array {
    this.#encoder.encodeDelimited(this.#withOperation ? withOperations(batch) : batch);
    return this.#encoder.take();
  }

  line(batch: RecordBatch, row: number): string {
    this.#encoder.encodeRow(batch, row);
    return decoder.decode(this.#encoder.take());
  }
}

/** The batch with a first column that spells its row kinds. */
function withOperations(batch: RecordBatch): RecordBatch {
  const { length, kinds } = batch;
  const starts = new Int32Array(length);
  const ends = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    starts[i] = kinds === null ? 0 : 2 * kinds[i];
    ends[i] = starts[i] + 2;
  }
  const operations: Column = { kind: "utf8", bytes: operationBytes, starts, ends, nulls: null };
  return recordBatch(length, [operations, ...batch.columns]);
}
