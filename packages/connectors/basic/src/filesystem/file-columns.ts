import { basename } from "node:path";
import {
  BIGINT,
  type Column,
  columnOf,
  type DataType,
  MAX_BATCH_ROWS,
  type MetadataField,
  MillraceError,
  type ReadRequest,
  type Schema,
  STRING,
  TIMESTAMP_LTZ_3,
} from "@millrace/core";
import type { FileBytes } from "./file-bytes.ts";
import { partitionValue } from "./partition-path.ts";

/** What a file tells about itself, for METADATA columns. */
export const fileMetadata: readonly (MetadataField & { readonly writable: boolean })[] = [
  { key: "file.path", type: STRING, writable: false },
  { key: "file.name", type: STRING, writable: false },
  { key: "file.size", type: BIGINT, writable: false },
  { key: "file.modification-time", type: TIMESTAMP_LTZ_3, writable: false },
];

/** The request without the columns that stand in the path, and how to put a batch together again. */
export interface FileColumns {
  readonly decoderRequest: ReadRequest;
  /** What stands in a record. */
  readonly recordSchema: Schema;
  /** For one file: adds its constants to decoded columns. */
  forFile(path: string): (decoded: readonly Column[], file: FileBytes) => readonly Column[];
}

export function planFileColumns(
  request: ReadRequest,
  schema: Schema,
  partitionKeys: readonly string[],
  defaultPartition: string,
): FileColumns {
  const isPartition = (path: readonly string[]) => path.length === 1 && partitionKeys.includes(path[0]);
  const decoderRequest: ReadRequest = {
    fields: request.fields.filter(({ path }) => !isPartition(path)),
    metadata: [],
    predicates: request.predicates.filter(({ field }) => !isPartition(field.path)),
  };
  const hasConstants = decoderRequest.fields.length < request.fields.length || request.metadata.length > 0;
  return {
    decoderRequest,
    recordSchema: { fields: schema.fields.filter(({ name }) => !isPartition([name])) },
    forFile(path) {
      if (!hasConstants) return (decoded) => decoded;
      const fields = request.fields.map(({ path: name, type }) =>
        isPartition(name) ? constantColumn(type, partitionValue(path, name[0], type, defaultPartition)) : null,
      );
      let metadata: readonly Column[] | null = null;
      return (decoded, file) => {
        metadata ??= request.metadata.map(({ key, type }) => constantColumn(type, metadataValue(key, path, file)));
        let next = 0;
        return [...fields.map((constant) => constant ?? decoded[next++]), ...metadata];
      };
    },
  };
}

function metadataValue(key: string, path: string, file: FileBytes): unknown {
  switch (key) {
    case "file.path":
      return path;
    case "file.name":
      return basename(path);
    case "file.size":
      return file.size;
    case "file.modification-time":
      return Math.floor(file.modifiedAt);
    default:
      throw new MillraceError({ code: "INVARIANT", message: `no file metadata '${key}'` });
  }
}

/** The same value in each row a batch can have. */
function constantColumn(type: DataType, value: unknown): Column {
  const one = columnOf(type, [value]);
  const nulls = one.nulls === null ? null : new Uint8Array(MAX_BATCH_ROWS).fill(1);
  switch (one.kind) {
    case "utf8":
      return {
        kind: "utf8",
        bytes: one.bytes,
        starts: new Int32Array(MAX_BATCH_ROWS),
        ends: new Int32Array(MAX_BATCH_ROWS).fill(one.ends[0]),
        nulls,
      };
    case "float64":
      return { kind: "float64", values: new Float64Array(MAX_BATCH_ROWS).fill(one.values[0]), nulls };
    case "bool":
      return { kind: "bool", values: new Uint8Array(MAX_BATCH_ROWS).fill(one.values[0]), nulls };
    default:
      return columnOf(type, new Array(MAX_BATCH_ROWS).fill(value));
  }
}
