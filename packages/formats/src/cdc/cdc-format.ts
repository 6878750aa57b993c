/** Formats of change data capture in JSON: Debezium, Canal, Maxwell, Ogg. */
import { type FormatFactory, MillraceError, type OptionSchema, type OptionValues } from "@millrace/core";
import { RowEncoder, type RowFrame } from "../column/row-encoder.ts";
import { decodingOf, encodingOf, jsonOptions } from "../json/json-options.ts";
import type { Envelope } from "./envelope.ts";
import { EnvelopeDecoder } from "./envelope-decoder.ts";

interface CdcFormat {
  readonly name: string;
  readonly options: OptionSchema;
  readonly envelope: (options: OptionValues) => Envelope;
  /** What is written around a row that is added, and around one that is taken away. */
  readonly added: readonly [string, string];
  readonly removed: readonly [string, string];
}

function cdcFormat({ name, options, envelope, added, removed }: CdcFormat): FormatFactory {
  const encoder = new TextEncoder();
  const frame = ([before, after]: readonly [string, string]): RowFrame => ({
    before: encoder.encode(before),
    after: encoder.encode(after),
  });
  // As in Flink an update is the end of the row before and the beginning of the one after.
  const frames = [frame(added), frame(removed), frame(added), frame(removed)];
  return {
    name,
    options: { ...options, ...jsonOptions },
    changelogMode: "retract",
    createDecoder: (request, _schema, values, onBadRecord) =>
      new EnvelopeDecoder(envelope(values), request, decodingOf(values), onBadRecord),
    createEncoder(schema, values) {
      if (values["schema-include"] === true) {
        throw invalid(`'${name}.schema-include' = 'true' is for reading: what is written has no schema`);
      }
      return new RowEncoder(schema, encodingOf(values), new Uint8Array(0), frames);
    },
  };
}

const wholeBefore = (hint: string) =>
  ({ after: "after", before: "before", beforeIs: "whole", isList: false, filters: [], missingBefore: hint }) as const;

export const debeziumJsonFormat: FormatFactory = cdcFormat({
  name: "debezium-json",
  options: {
    "schema-include": {
      type: "boolean",
      default: "false",
      description:
        "Reading: the records have 'schema' and 'payload' (Kafka Connect's 'value.converter.schemas.enable' = true).",
    },
  },
  envelope: (values) => ({
    name: "Debezium",
    path: values["schema-include"] === true ? ["payload"] : [],
    kind: "op",
    kinds: { c: "insert", r: "insert", u: "update", d: "delete" },
    ...wholeBefore("of PostgreSQL tables set REPLICA IDENTITY FULL"),
  }),
  added: ['{"before":null,"after":', ',"op":"c"}'],
  removed: ['{"before":', ',"after":null,"op":"d"}'],
});

export const oggJsonFormat: FormatFactory = cdcFormat({
  name: "ogg-json",
  options: {},
  envelope: () => ({
    name: "Ogg",
    path: [],
    kind: "op_type",
    kinds: { I: "insert", U: "update", D: "delete", T: "ignored" },
    ...wholeBefore("the trail must hold all columns of the row before (LOGALLSUPCOLS)"),
  }),
  added: ['{"before":null,"after":', ',"op_type":"I"}'],
  removed: ['{"before":', ',"after":null,"op_type":"D"}'],
});

const changedBefore = {
  after: "data",
  before: "old",
  beforeIs: "changed",
  missingBefore: "an update tells the fields that it changed there",
} as const;

export const maxwellJsonFormat: FormatFactory = cdcFormat({
  name: "maxwell-json",
  options: {},
  envelope: () => ({
    name: "Maxwell",
    path: [],
    kind: "type",
    kinds: { insert: "insert", update: "update", delete: "delete" },
    ...changedBefore,
    isList: false,
    filters: [],
  }),
  added: ['{"data":', ',"type":"insert"}'],
  removed: ['{"data":', ',"type":"delete"}'],
});

export const canalJsonFormat: FormatFactory = cdcFormat({
  name: "canal-json",
  options: {
    "database.include": {
      type: "string",
      description: "Reading: regular expression for the whole name of the databases whose records count.",
    },
    "table.include": {
      type: "string",
      description: "Reading: regular expression for the whole name of the tables whose records count.",
    },
  },
  envelope: (values) => ({
    name: "Canal",
    path: [],
    kind: "type",
    kinds: { INSERT: "insert", UPDATE: "update", DELETE: "delete", CREATE: "ignored" },
    ...changedBefore,
    isList: true,
    filters: ["database", "table"].flatMap((member) => {
      const pattern = values[`${member}.include`];
      return typeof pattern === "string" ? [{ member, pattern: wholeMatch(pattern, member) }] : [];
    }),
  }),
  added: ['{"data":[', '],"type":"INSERT"}'],
  removed: ['{"data":[', '],"type":"DELETE"}'],
});

function wholeMatch(pattern: string, member: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`);
  } catch (cause) {
    throw invalid(`'canal-json.${member}.include' = '${pattern}': ${(cause as Error).message}`);
  }
}

function invalid(message: string): MillraceError {
  return new MillraceError({ code: "OPTION_INVALID", message });
}
