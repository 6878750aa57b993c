import { basename, dirname, join } from "node:path";
import {
  type Field,
  MillraceError,
  type RecordBatch,
  recordBatch,
  type Schema,
  type Sink,
  type SinkTableContext,
  type SinkWriter,
  selectBatch,
  valueAt,
} from "@millrace/core";
import { type Compression, compressionOf, extensionOf } from "./compression.ts";
import { sinkUnavailable } from "./file-error.ts";
import { PartFile, temporaryNameOf } from "./part-file.ts";
import { partitionFolder } from "./partition-path.ts";
import { resolvePath } from "./resolve-path.ts";

/** Partitions written at the same time; the one longest unused is published to make room. */
const MAX_OPEN_PARTS = 64;

/** Rows as files: a folder of parts, or one file. */
export class FileSink implements Sink {
  readonly changelogMode = "append";
  readonly #context: SinkTableContext;
  readonly #path: string;
  readonly #isSingleFile: boolean;
  readonly #compression: Compression | null;
  #writers = 0;

  constructor(context: SinkTableContext) {
    const { options, baseDirectory, formats, partitionKeys, tableName } = context;
    this.#context = context;
    this.#path = resolvePath(options.path as string, baseDirectory);
    const path = options.path as string;
    const named = compressionOf(path);
    const bare = named === null ? path : path.slice(0, -extensionOf(named).length);
    const single = (options["sink.single-file"] as boolean | undefined) ?? isFileName(bare, `.${formats.name()}`);
    const compression = (options["sink.compression"] as Compression | "none" | undefined) ?? (single ? named : null);
    this.#compression = compression === "none" ? null : compression;
    if (single && named !== null && named !== this.#compression) {
      throw new MillraceError({
        code: "OPTION_INVALID",
        message: `table '${tableName}': 'path' = '${path}' does not go with 'sink.compression' = '${compression}': readers go by the name`,
      });
    }
    this.#isSingleFile = single && partitionKeys.length === 0;
    if (options["sink.single-file"] === true && partitionKeys.length > 0) {
      throw new MillraceError({
        code: "OPTION_INVALID",
        message: `table '${tableName}': 'sink.single-file' = 'true' does not go with PARTITIONED BY; leave one of them out`,
      });
    }
  }

  async createWriter(): Promise<SinkWriter> {
    const number = this.#writers++;
    if (!this.#isSingleFile) return new PartWriter(this.#context, this.#path, number, this.#compression);
    return SingleFileWriter.open(this.#context, this.#path, this.#compression);
  }
}

const isFileName = (path: string, extension: string) =>
  path.toLowerCase().endsWith(extension) || path.endsWith(`${extension}l`);

/**
 * Writes part files, one at a time per partition. A flush (each checkpoint) publishes what has been written: only then is
 * it the folder's content.
 */
class PartWriter implements SinkWriter {
  readonly #context: SinkTableContext;
  readonly #directory: string;
  readonly #extension: string;
  readonly #compression: Compression | null;
  readonly #schema: Schema;
  /** Indexes of the columns that are written into files. */
  readonly #columns: readonly number[];
  readonly #partitions: readonly (Field & { readonly index: number })[];
  readonly #rollBytes: number;
  readonly #number: number;
  /** By folder below the table's, the longest unused first. */
  readonly #parts = new Map<string, PartFile>();
  /** To be published. */
  readonly #finished: PartFile[] = [];
  /** Parts published by this writer. */
  #published = 0;

  constructor(context: SinkTableContext, directory: string, number: number, compression: Compression | null) {
    const { schema, partitionKeys, options, formats } = context;
    const fields = schema.fields.map((field, index) => ({ ...field, index }));
    const written = fields.filter(({ name }) => !partitionKeys.includes(name));
    this.#context = context;
    this.#directory = directory;
    this.#number = number;
    this.#compression = compression;
    this.#extension = `.${formats.name() ?? "txt"}${compression === null ? "" : extensionOf(compression)}`;
    this.#schema = { fields: written.map(({ name, type }) => ({ name, type })) };
    this.#columns = written.map(({ index }) => index);
    this.#partitions = partitionKeys.flatMap((key) => fields.filter(({ name }) => name === key));
    this.#rollBytes = options["sink.rolling-policy.file-size"] as number;
  }

  write(batch: RecordBatch): void | Promise<void> {
    // The batch is borrowed: all of it is encoded before the first wait.
    const due = this.#partitions.length === 0 ? this.#append("", batch) : this.#appendPartitions(batch);
    if (due || this.#finished.length > 0) return this.#drain();
  }

  async flush(): Promise<void> {
    this.#finished.push(...this.#parts.values());
    this.#parts.clear();
    await this.#drain();
  }

  close(): Promise<void> {
    return this.flush();
  }

  /** Encodes rows for a folder; true if there is something to write. */
  #append(folder: string, batch: RecordBatch): boolean {
    let part = this.#parts.get(folder);
    if (part !== undefined) this.#parts.delete(folder);
    if (part !== undefined && part.sizeBytes >= this.#rollBytes) {
      this.#finished.push(part);
      part = undefined;
    }
    if (part === undefined) {
      const encoder = this.#context.formats.encoder(this.#schema);
      part = new PartFile(join(this.#directory, folder), encoder, this.#compression);
      const [longestUnused] = this.#parts;
      if (this.#parts.size >= MAX_OPEN_PARTS && longestUnused !== undefined) {
        this.#parts.delete(longestUnused[0]);
        this.#finished.push(longestUnused[1]);
      }
    }
    this.#parts.set(folder, part);
    return part.append(batch);
  }

  #appendPartitions(batch: RecordBatch): boolean {
    const rowsOf = new Map<string, number[]>();
    for (let row = 0; row < batch.length; row++) {
      const folder = this.#partitions
        .map(({ name, type, index }) => partitionFolder(name, valueAt(batch.columns[index], row, type), type))
        .join("/");
      const rows = rowsOf.get(folder);
      if (rows === undefined) rowsOf.set(folder, [row]);
      else rows.push(row);
    }
    const written = recordBatch(
      batch.length,
      this.#columns.map((index) => batch.columns[index]),
    );
    let due = false;
    for (const [folder, rows] of rowsOf) {
      const selected = selectBatch(written, Int32Array.from(rows), rows.length);
      if (this.#append(folder, selected)) due = true;
    }
    return due;
  }

  /** Publishes the finished parts, writes what the others have encoded. */
  async #drain(): Promise<void> {
    try {
      for (const part of this.#finished.splice(0)) await part.publishNew(this.#names(this.#published++));
      for (const part of this.#parts.values()) if (part.isDue) await part.write();
    } catch (error) {
      throw sinkUnavailable(`table '${this.#context.tableName}': cannot write to '${this.#directory}'`, error);
    }
  }

  *#names(roll: number): Iterable<string> {
    for (let number = this.#number; ; number++) yield `part-${number}-${roll}${this.#extension}`;
  }
}

/** Writes one file, which takes its name at the first flush, that is at the end of a bounded job. */
class SingleFileWriter implements SinkWriter {
  readonly #part: PartFile;
  readonly #path: string;
  readonly #tableName: string;
  #isPublished = false;
  #isClosed = false;

  private constructor(part: PartFile, path: string, tableName: string) {
    this.#part = part;
    this.#path = path;
    this.#tableName = tableName;
  }

  static async open(
    { formats, schema, tableName }: SinkTableContext,
    path: string,
    compression: Compression | null,
  ): Promise<SingleFileWriter> {
    const part = new PartFile(dirname(path), formats.encoder(schema), compression, temporaryNameOf(path));
    try {
      await part.open();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
        throw sinkUnavailable(`table '${tableName}': cannot write '${path}'`, error);
      }
      throw new MillraceError({
        code: "SINK_UNAVAILABLE",
        message: `table '${tableName}': '${basename(path)}' has a writer already; one file takes parallelism 1, use a folder as 'path' for more`,
        cause: error,
      });
    }
    return new SingleFileWriter(part, path, tableName);
  }

  write(batch: RecordBatch): void | Promise<void> {
    if (this.#part.append(batch)) return this.#part.write().catch((error) => this.#fail(error));
  }

  async flush(): Promise<void> {
    try {
      if (this.#isPublished) await this.#part.sync();
      else await this.#part.publishAs(this.#path);
      this.#isPublished = true;
    } catch (error) {
      this.#fail(error);
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.flush();
    await this.#part.close();
  }

  #fail(error: unknown): never {
    throw sinkUnavailable(`table '${this.#tableName}': cannot write '${this.#path}'`, error);
  }
}
