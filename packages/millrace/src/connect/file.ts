import { basicConnectors } from "@millrace/connector-basic";
import type { StreamSink, StreamSource, WatermarkStrategy } from "@millrace/stream";
import type { Format } from "./format.ts";
import { type BadRecords, tableSink, tableSource } from "./table-stream.ts";

export interface FileSourceOptions<T> {
  /** A file, a folder, or a pattern with `*`; gzip and zstd are read as they are. */
  readonly path: string;
  readonly format: Format<T>;
  readonly watermark?: WatermarkStrategy<T>;
  readonly badRecords?: BadRecords;
  /** Goes on reading what is appended to a file, as `tail -F` does. */
  readonly follow?: boolean;
  readonly name?: string;
  /** Further options of the connector `filesystem`, as in SQL. */
  readonly options?: { readonly [name: string]: string };
}

export interface FileSinkOptions<T> {
  /** A file such as `out.json`, or a folder for part files. */
  readonly path: string;
  readonly format: Format<T>;
  readonly name?: string;
  /** Further options of the connector `filesystem`, as in SQL. */
  readonly options?: { readonly [name: string]: string };
}

const filesystem = basicConnectors.find(({ name }) => name === "filesystem") as (typeof basicConnectors)[number];

/**
 * Records in files, one per line.
 *
 * @example
 * const Order = fields({ id: types.DOUBLE.notNull(), shop: types.STRING.notNull() });
 * file({ path: "orders.jsonl", format: json(Order) }).boundedness // "bounded"
 */
export function file<T>(source: FileSourceOptions<T>): StreamSource<T> {
  const { path, format, watermark, badRecords, follow, name = path, options = {} } = source;
  return tableSource<T>({
    name,
    connector: filesystem,
    format,
    formatOption: "format",
    options: { ...options, path, "source.follow": follow === true ? "true" : undefined },
    badRecords,
    watermark,
  });
}

/** Writes records to files, one per line. */
file.sink = <T>(sink: FileSinkOptions<T>): StreamSink<T> => {
  const { path, format, name = path, options = {} } = sink;
  return tableSink<T>({ name, connector: filesystem, format, formatOption: "format", options: { ...options, path } });
};
