/** The connectors of SQL tables as sources and sinks of pipelines. */
import {
  type Column,
  type ConnectorFactory,
  type Field,
  type FormatFactory,
  type MetadataField,
  type RecordBatch,
  type RowOrigin,
  recordBatch,
  VALUE,
  valuesOf,
} from "@millrace/core";
import { recordFormat } from "@millrace/formats";
import type { CatalogTable } from "@millrace/plan";
import { isBoundedTable, Registry } from "@millrace/runtime";
import type { StreamSink, StreamSource, WatermarkStrategy } from "@millrace/stream";
import type { Format } from "./format.ts";
import { columnsOfRecords, recordReading } from "./record-columns.ts";

/** What happens to a record of a source that its format cannot read. */
export type BadRecords =
  /** The job fails; the error names the place. The default. */
  | "fail"
  /** It is counted and left out, with a warning. */
  | "skip"
  /** It is appended to a file, with its place, the reason and its bytes. */
  | { readonly deadLetter: string };

export interface SourceTableOptions<T> {
  /** For ids and messages. */
  readonly name: string;
  readonly connector: ConnectorFactory;
  readonly format: Format<T>;
  /** Which option names the format: `format` or `value.format`. */
  readonly formatOption: "format" | "value.format";
  /** As they stand in WITH; those that are undefined are left out. */
  readonly options: { readonly [name: string]: string | undefined };
  readonly badRecords?: BadRecords | undefined;
  readonly watermark?: WatermarkStrategy<T> | undefined;
  /** Columns of the connector that tell where a row was read, and the text they give. */
  readonly origin?: {
    readonly metadata: readonly MetadataField[];
    readonly describe: (columns: readonly Column[], row: number) => string;
  };
}

const RECORD_FIELD: Field = { name: "record", type: VALUE };

/** A source over a table. Errors: OPTION_INVALID for an option that is wrong. */
export function tableSource<T>(spec: SourceTableOptions<T>): StreamSource<T> {
  const { name, connector, format, formatOption, badRecords = "fail", watermark, origin } = spec;
  const tableFields = format.fields ?? [RECORD_FIELD];
  const table = tableOf(name, tableFields, {
    ...definedOptions(spec.options),
    connector: connector.name,
    [formatOption]: format.factory.name,
    ...formatOptions(format, formatOption),
    ...badRecordOptions(badRecords),
  });
  const metadata = origin?.metadata ?? [];
  const reading = format.fields === null ? null : recordReading(format.fields);
  const readFields = reading?.readFields ?? [{ path: [RECORD_FIELD.name], type: RECORD_FIELD.type }];
  const createRecords = reading?.createRecords ?? null;
  const boundedness = isBoundedTable(table, {}, new Registry([connector], [format.factory])) ? "bounded" : "unbounded";
  return {
    name,
    boundedness,
    watermark,
    table: {
      table,
      options: {},
      readFields,
      metadata,
      connectors: [connector],
      formats: [format.factory],
    },
    createRecords:
      origin === undefined
        ? createRecords
        : () => {
            const make = createRecords?.() ?? onlyRecords;
            return (batch) => make({ ...batch, origin: originOf(batch, readFields.length, origin.describe) });
          },
  };
}

/** The first column alone: it holds the records. */
function onlyRecords({ length, columns, timestamps, origin }: RecordBatch): RecordBatch {
  return { ...recordBatch(length, [columns[0]], null, timestamps), origin };
}

function originOf(
  { columns }: RecordBatch,
  fieldCount: number,
  describe: (columns: readonly Column[], row: number) => string,
): RowOrigin {
  const own = columns.slice(fieldCount);
  return { describe: (row) => describe(own, row), records: null };
}

export interface SinkTableOptions<T> {
  readonly name: string;
  readonly connector: ConnectorFactory;
  readonly format: Format<T>;
  readonly formatOption: "format" | "value.format";
  readonly options: { readonly [name: string]: string | undefined };
  /** The key of a record, where the connector takes one. */
  readonly key?: ((record: T) => string | null) | undefined;
}

/** The format of keys: text. */
const keyFormat: FormatFactory = recordFormat({
  name: "key-text",
  parse: (bytes, start, end) => new TextDecoder().decode(bytes.subarray(start, end)),
  serialize: String,
});

const KEY_FIELD: Field = { name: "$key", type: VALUE };

/** A sink over a table. */
export function tableSink<T>(spec: SinkTableOptions<T>): StreamSink<T> {
  const { name, connector, format, formatOption, key } = spec;
  const recordFields = format.fields ?? [RECORD_FIELD];
  const tableFields = key === undefined ? recordFields : [...recordFields, KEY_FIELD];
  const keyOptions =
    key === undefined
      ? {}
      : { "key.format": keyFormat.name, "key.fields": KEY_FIELD.name, "value.fields-include": "EXCEPT_KEY" };
  const table = tableOf(name, tableFields, {
    ...definedOptions(spec.options),
    connector: connector.name,
    [formatOption]: format.factory.name,
    ...formatOptions(format, formatOption),
    ...keyOptions,
  });
  const convert = format.fields === null ? null : columnsOfRecords(format.fields, `sink '${name}'`);
  return {
    name,
    table: { table, options: {}, connectors: [connector], formats: [format.factory, keyFormat] },
    createRows: () => (batch) => {
      const rows = convert === null ? batch : convert(batch);
      if (key === undefined) return rows;
      const keys: unknown[] = (valuesOf(batch) as readonly T[]).slice(0, batch.length).map(key);
      const nulls = keys.some((each) => each === null)
        ? Uint8Array.from(keys, (each) => (each === null ? 1 : 0))
        : null;
      return recordBatch(
        batch.length,
        [...rows.columns, { kind: "value", values: keys, nulls }],
        null,
        batch.timestamps,
      );
    },
  };
}

function tableOf(name: string, fields: readonly Field[], options: CatalogTable["options"]): CatalogTable {
  return {
    name,
    columns: fields.map((field) => ({ kind: "physical", name: field.name, type: field.type })),
    watermark: null,
    primaryKey: [],
    partitionKeys: [],
    options,
  };
}

function definedOptions(options: { readonly [name: string]: string | undefined }): { readonly [name: string]: string } {
  return Object.fromEntries(
    Object.entries(options).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function formatOptions(
  { factory, options }: Pick<Format<unknown>, "factory" | "options">,
  formatOption: "format" | "value.format",
) {
  const prefix = formatOption.slice(0, -"format".length);
  return Object.fromEntries(Object.entries(options).map(([key, value]) => [`${prefix}${factory.name}.${key}`, value]));
}

function badRecordOptions(policy: BadRecords): { readonly [name: string]: string } {
  if (typeof policy === "string") return { "bad-records": policy };
  return { "bad-records": "dead-letter", "bad-records.path": policy.deadLetter };
}
