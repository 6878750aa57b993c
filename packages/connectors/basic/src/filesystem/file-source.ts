import { stat } from "node:fs/promises";
import { relative } from "node:path";
import {
  MillraceError,
  type ReadRequest,
  type Source,
  type Split,
  type SplitPosition,
  type SplitReader,
  type TableContext,
} from "@millrace/core";
import { compressionOf } from "./compression.ts";
import { openFileBytes } from "./file-bytes.ts";
import { type FileColumns, planFileColumns } from "./file-columns.ts";
import { type FilePosition, FileSplitReader } from "./file-split-reader.ts";
import { FollowedBytes, identityOf } from "./followed-bytes.ts";
import { listFiles } from "./list-files.ts";
import { resolvePath } from "./resolve-path.ts";

const DEFAULT_FOLLOW_INTERVAL_MS = 1000;

/** Files as one table: a split is a file. */
export class FileSource implements Source {
  readonly boundedness: "bounded" | "unbounded";
  readonly discoveryIntervalMs?: number;
  readonly #context: TableContext;
  readonly #columns: FileColumns;
  readonly #path: string;
  readonly #follows: boolean;
  readonly #intervalMs: number;
  /** Followed files: identity to the name it was read under, so that a rotated file is not read again under its new name. */
  readonly #readAs = new Map<string, string>();
  readonly #known = new Set<string>();

  constructor(request: ReadRequest, context: TableContext) {
    const { options, baseDirectory, schema, partitionKeys } = context;
    const intervalMs = options["source.monitor-interval"] as number | undefined;
    this.#context = context;
    this.#columns = planFileColumns(request, schema, partitionKeys, options["partition.default-name"] as string);
    this.#path = resolvePath(options.path as string, baseDirectory);
    this.#follows = options["source.follow"] === true;
    this.#intervalMs = intervalMs ?? DEFAULT_FOLLOW_INTERVAL_MS;
    this.boundedness = intervalMs !== undefined || this.#follows ? "unbounded" : "bounded";
    if (this.boundedness === "unbounded") this.discoveryIntervalMs = this.#intervalMs;
  }

  async discoverSplits(): Promise<readonly Split[]> {
    const { files, exists } = await listFiles(this.#path);
    if (!exists && this.boundedness === "bounded") {
      throw new MillraceError({
        code: "SOURCE_UNAVAILABLE",
        message: `table '${this.#context.tableName}': there is no file '${this.#path}' (option 'path' = '${this.#context.options.path}')`,
      });
    }
    const splits: Split[] = [];
    for (const path of files)
      if (!this.#follows || (await this.#isOwnFile(path))) splits.push({ id: path, properties: null });
    return splits;
  }

  /** Whether a followed file is not one that is known by another name. */
  async #isOwnFile(path: string): Promise<boolean> {
    if (this.#known.has(path)) return true;
    const stats = await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return null;
      throw error;
    });
    if (stats === null) return false;
    const name = this.#readAs.get(identityOf(stats));
    if (name !== undefined && name !== path) return false;
    this.#known.add(path);
    this.#readAs.set(identityOf(stats), path);
    return true;
  }

  createReader(split: Split, position: SplitPosition | null): SplitReader {
    const { options, baseDirectory, formats, badRecords, signal } = this.#context;
    const path = split.id;
    const below = relative(baseDirectory, path);
    const follows = this.#follows && compressionOf(path) === null;
    return new FileSplitReader(
      {
        path,
        displayName: below.startsWith("..") ? path : below,
        chunkSize: options["source.chunk-size"] as number,
        maxRecordSize: options["max-record-size"] as number,
        follows,
        open: (from, stop) => (follows ? this.#follow(path, from, stop) : openFileBytes(path, from.offset)),
        openStart: () => openFileBytes(path, 0),
        reportBad: (record) => badRecords.report(record),
        createDecoder: (describe) =>
          formats.decoder(this.#columns.decoderRequest, describe, "format", this.#columns.recordSchema),
        columns: this.#columns.forFile(path),
        signal,
      },
      position,
    );
  }

  #follow(path: string, from: FilePosition, signal: AbortSignal): Promise<FollowedBytes> {
    const { clock, reporter } = this.#context;
    return FollowedBytes.open({
      path,
      offset: from.offset,
      inode: from.inode,
      intervalMs: this.#intervalMs,
      clock,
      reporter,
      signal,
      onOpen: (identity) => this.#readAs.set(identity, path),
    });
  }
}
