/** What a connector registers: its options, and how a table with these options is read and written. */
import type { DataType, Schema } from "../batch/data-type.ts";
import type { MetricGroup } from "../metrics.ts";
import type { RecordDecoder, RecordEncoder } from "./format.ts";
import type { LookupRequest, LookupSource } from "./lookup-source.ts";
import type { OptionSchema, OptionValues } from "./option-schema.ts";
import type { MetadataField, ReadField, ReadRequest } from "./read-request.ts";
import type { Sink } from "./sink.ts";
import type { Source, SourceChangelogMode } from "./source.ts";

/** Time that can be steered by tests. */
export interface Clock {
  /** Ms since the epoch. */
  now(): number;
  /** Resolves after `delayMs`, or when `signal` aborts. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** One line for the person who runs the job; never per record. */
export interface Reporter {
  warn(message: string): void;
  progress(message: string): void;
}

/** A record that was left out, with its provenance. */
export interface BadRecord {
  /** Where it stands: `orders.json:17` or `topic orders, partition 2, offset 9981`. */
  readonly position: string;
  readonly reason: string;
  readonly bytes: Uint8Array;
}

/** Applies the table's policy (`bad-records` = fail | skip | dead-letter): throws DATA_INVALID, or counts, or writes it away. */
export interface BadRecordHandler {
  report(record: BadRecord): void;
  /** Resolves when reported records are durable. */
  flush(): Promise<void>;
}

/** Gives the format a table names (`format`, `value.format`, `key.format`), its options already checked. */
export interface TableFormats {
  /**
   * A decoder for the fields of the format named by option `optionName` ("format" by default). `describe` gives the
   * position text of a bad record: it is called only when there is one. `schema` says what stands in the records where that
   * is not all physical columns of the table (a key), which matters to formats that go by position.
   */
  decoder(
    request: ReadRequest,
    describe: (recordIndex: number) => string,
    optionName?: string,
    schema?: Schema,
  ): RecordDecoder;
  encoder(schema: Schema, optionName?: string): RecordEncoder;
  /** What the format's records are: inserts, or changes. */
  changelogMode(optionName?: string): "append" | "retract";
  /** The format's name, e.g. "json"; null if the option is not set. */
  name(optionName?: string): string | null;
}

export interface TableContext {
  /** For messages: `events`. */
  readonly tableName: string;
  /** Physical columns (no computed, no metadata columns). */
  readonly schema: Schema;
  readonly primaryKey: readonly string[];
  readonly partitionKeys: readonly string[];
  readonly options: OptionValues;
  readonly formats: TableFormats;
  readonly badRecords: BadRecordHandler;
  readonly metrics: MetricGroup;
  readonly clock: Clock;
  readonly reporter: Reporter;
  /** Folder that relative paths of the table start from. */
  readonly baseDirectory: string;
  readonly signal: AbortSignal;
}

export interface SinkTableContext extends TableContext {
  /** Metadata columns to be written, standing behind the physical ones in each batch: `{ key: "timestamp" }`. */
  readonly metadata: readonly MetadataField[];
  /** INSERT OVERWRITE: at the end, the watermark MAX_TIMESTAMP, the rows take the place of those that are there. */
  readonly overwrite: boolean;
}

export interface ConnectorFactory {
  readonly name: string;
  /** All options but `connector`, those of formats, and the engine's own (`bad-records` ...). */
  readonly options: OptionSchema;
  /** Whether its sinks take changes by primary key under these options; by default they do not. */
  readonly writesByKey?: (options: OptionValues) => boolean;
  /** Which format options it takes: ["format"], ["key.format", "value.format"], []. */
  readonly formatOptions?: readonly string[];
  /** Metadata keys with their types; `writable` ones may be given by INSERT. */
  readonly metadata?: readonly (MetadataField & { readonly writable: boolean })[];
  /** Columns of a table declared without any (the `nexmark` connector knows its own). */
  readonly defaultSchema?: Schema;
  /** True if reading ends by itself under these options. */
  readonly isBounded?: (options: OptionValues) => boolean;
  /** What the rows of its sources are; by default what the format of `format` or `value.format` gives. */
  readonly changelogMode?: (options: OptionValues) => SourceChangelogMode;
  /** Whether a sink under these options goes by the watermark, which is not computed where nothing needs it. */
  readonly sinkNeedsWatermark?: (options: OptionValues) => boolean;
  /** Whether its sinks take INSERT OVERWRITE; by default they do not. */
  readonly canOverwrite?: boolean;
  createSource?(request: ReadRequest, context: TableContext): Source;
  /** For lookup joins: rows by key. A table that ends by itself needs none: it is read as a whole and kept. */
  createLookup?(request: LookupRequest, context: TableContext): LookupSource;
  createSink?(context: SinkTableContext): Sink;
}

/** The value of a nested field's type inside a schema; undefined if there is no such field. */
export function fieldType(schema: Schema, field: Pick<ReadField, "path">): DataType | undefined {
  let fields = schema.fields;
  let type: DataType | undefined;
  for (const name of field.path) {
    type = fields.find((candidate) => candidate.name === name)?.type;
    if (type === undefined) return undefined;
    fields = type.kind === "row" ? type.fields : [];
  }
  return type;
}
