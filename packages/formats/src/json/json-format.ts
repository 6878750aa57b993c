import type { FormatFactory, OptionSchema } from "@millrace/core";
import { RowEncoder } from "../column/row-encoder.ts";
import { JsonDecoder } from "./json-decoder.ts";
import { decodingOf, encodingOf, jsonOptions } from "./json-options.ts";

const failOnMissing: OptionSchema = {
  "fail-on-missing-field": {
    type: "boolean",
    default: "false",
    description: "Whether a record without one of the fields that are read is bad; otherwise the field is NULL.",
  },
};

/** JSON objects, one per line or one per record. */
export const jsonFormat: FormatFactory = {
  name: "json",
  options: { ...failOnMissing, ...jsonOptions },
  createDecoder(request, _schema, values, onBadRecord) {
    return new JsonDecoder(request, decodingOf(values), onBadRecord);
  },
  createEncoder: (schema, values) => new RowEncoder(schema, encodingOf(values)),
};
