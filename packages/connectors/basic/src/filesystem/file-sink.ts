import { basename, dirname } from "node:path";
import {
  MillraceError,
  type ProcessingTime,
  type RecordBatch,
  type Sink,
  type SinkTableContext,
  type SinkWriter,
} from "@millrace/core";
import { type Compression, compressionOf, extensionOf } from "./compression.ts";
import { sinkUnavailable } from "./file-error.ts";
import { formatExtension } from "./format-extension.ts";
import { PartFile, temporaryNameOf } from "./part-file.ts";
import { PartWriter } from "./part-writer.ts";
import { partitionCommitOf } from "./partition-commit.ts";
import { ReplacedFiles } from "./replaced-files.ts";
import { resolvePath } from "./resolve-path.ts";

/** Rows as files: a folder of parts, or one file. */
export class FileSink implements Sink {
  readonly changelogMode: "append" | "retract";
  readonly #context: SinkTableContext;
  readonly #path: string;
  readonly #isSingleFile: boolean;
  readonly #compression: Compression | null;
  #writers = 0;
  /** What INSERT OVERWRITE replaces, the same for all writers. */
  #replaced: Promise<ReplacedFiles> | null = null;

  constructor(context: SinkTableContext) {
    const { options, baseDirectory, formats, partitionKeys, tableName } = context;
    this.#context = context;
    this.changelogMode = formats.changelogMode();
    this.#path = resolvePath(options.path as string, baseDirectory);
    const path = options.path as string;
    const named = compressionOf(path);
    const bare = named === null ? path : path.slice(0, -extensionOf(named).length);
    const single =
      (options["sink.single-file"] as boolean | undefined) ?? isFileName(bare, `.${formatExtension(formats.name())}`);
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
    partitionCommitOf(context);
  }

  async createWriter(time?: ProcessingTime): Promise<SinkWriter> {
    const number = this.#writers++;
    if (!this.#isSingleFile) {
      const commit = partitionCommitOf(this.#context);
      if (this.#context.overwrite) this.#replaced ??= ReplacedFiles.of(this.#path);
      return new PartWriter({
        context: this.#context,
        directory: this.#path,
        number,
        compression: this.#compression,
        commit,
        replaced: await this.#replaced,
        time: time ?? this.#context.clock,
      });
    }
    return SingleFileWriter.open(this.#context, this.#path, this.#compression);
  }
}

const isFileName = (path: string, extension: string) =>
  path.toLowerCase().endsWith(extension) || path.endsWith(`${extension}l`);

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
