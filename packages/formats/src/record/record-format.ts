import type { FormatFactory } from "@millrace/core";
import { RecordValueDecoder } from "./record-value-decoder.ts";
import { RecordValueEncoder } from "./record-value-encoder.ts";

/** How one record of a program stands in bytes. */
export interface RecordCodec {
  /** As `FormatFactory.name`. */
  readonly name: string;
  /** The record; throws what is wrong with the bytes. */
  readonly parse: (bytes: Uint8Array, start: number, end: number) => unknown;
  /** The record's bytes as text, without a line feed where records stand in lines. */
  readonly serialize: (record: unknown) => string;
}

/**
 * The format of tables with one column of JavaScript values, the records of a program: each record, or line, is one of them. A record
 * that `parse` throws on is a bad record.
 */
export function recordFormat(codec: RecordCodec): FormatFactory {
  return {
    name: codec.name,
    options: {},
    createDecoder: (request, _schema, _options, onBadRecord) =>
      new RecordValueDecoder(request.fields.length, codec, onBadRecord),
    createEncoder: (schema) =>
      new RecordValueEncoder(
        schema.fields.findIndex(({ type }) => type.kind === "value"),
        codec,
      ),
  };
}
