/**
 * Writes part files, one at a time per partition. A flush, age and size publish what has been written: only then is it the
 * folder's content. A complete partition gets its success file after its rows. What is overwritten is published at the end alone.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Field,
  MAX_TIMESTAMP,
  type ProcessingTime,
  type RecordBatch,
  recordBatch,
  type Schema,
  type SinkTableContext,
  type SinkWriter,
  selectBatch,
  type Timestamp,
  valueAt,
} from "@millrace/core";
import { type Compression, extensionOf } from "./compression.ts";
import { sinkUnavailable } from "./file-error.ts";
import { formatExtension } from "./format-extension.ts";
import { PartFile, syncDirectory } from "./part-file.ts";
import type { PartitionCommit } from "./partition-commit.ts";
import { partitionFolder } from "./partition-path.ts";
import type { ReplacedFiles } from "./replaced-files.ts";

/** Partitions written at the same time; the one longest unused is published to make room. */
const MAX_OPEN_PARTS = 64;
const NEVER = Number.POSITIVE_INFINITY;

export interface PartWriterSpec {
  readonly context: SinkTableContext;
  /** The table's. */
  readonly directory: string;
  /** Of the writer, among those of the table. */
  readonly number: number;
  readonly compression: Compression | null;
  readonly commit: PartitionCommit | null;
  /** INSERT OVERWRITE: what goes when all rows are there, of partitions that get rows. Until then nothing is published. */
  readonly replaced: ReplacedFiles | null;
  /** Without timers what is due is looked at when rows come. */
  readonly time: Pick<ProcessingTime, "now"> & Partial<ProcessingTime>;
}

interface OpenPart {
  readonly file: PartFile;
  readonly openedAt: number;
  /** When its last rows came. */
  writtenAt: number;
}

export class PartWriter implements SinkWriter {
  readonly #spec: PartWriterSpec;
  readonly #extension: string;
  readonly #schema: Schema;
  /** Indexes of the columns that are written into files. */
  readonly #columns: readonly number[];
  readonly #partitions: readonly (Field & { readonly index: number })[];
  readonly #defaultName: string;
  readonly #rollBytes: number;
  readonly #rollMs: number;
  readonly #inactiveMs: number;
  readonly #checkMs: number;
  /** By folder below the table's, the longest unused first. */
  readonly #parts = new Map<string, OpenPart>();
  /** When the age of the parts is looked at; NEVER while none is open. */
  #checkAt = NEVER;
  /** To be published. */
  readonly #finished: PartFile[] = [];
  /** Folders that get their success file after that. */
  readonly #complete: string[] = [];
  /** Whether files may be published. */
  #isOpen: boolean;
  /** Folders whose files are replaced then; the table's, if it has no partitions. */
  readonly #overwritten = new Set<string>();
  /** Parts published by this writer. */
  #published = 0;

  constructor(spec: PartWriterSpec) {
    const { schema, partitionKeys, options, formats } = spec.context;
    const fields = schema.fields.map((field, index) => ({ ...field, index }));
    const written = fields.filter(({ name }) => !partitionKeys.includes(name));
    this.#spec = spec;
    this.#isOpen = spec.replaced === null;
    this.#extension = `.${formatExtension(formats.name())}${spec.compression === null ? "" : extensionOf(spec.compression)}`;
    this.#schema = { fields: written.map(({ name, type }) => ({ name, type })) };
    this.#columns = written.map(({ index }) => index);
    this.#partitions = partitionKeys.flatMap((key) => fields.filter(({ name }) => name === key));
    this.#defaultName = options["partition.default-name"] as string;
    this.#rollBytes = options["sink.rolling-policy.file-size"] as number;
    this.#rollMs = options["sink.rolling-policy.rollover-interval"] as number;
    this.#inactiveMs = options["sink.rolling-policy.inactivity-interval"] as number;
    this.#checkMs = options["sink.rolling-policy.check-interval"] as number;
    if (partitionKeys.length === 0) this.#overwritten.add("");
  }

  write(batch: RecordBatch): void | Promise<void> {
    const now = this.#spec.time.now();
    // The batch is borrowed: all of it is encoded before the first wait.
    const isDue = this.#partitions.length === 0 ? this.#append("", batch, now) : this.#appendPartitions(batch, now);
    if (this.#parts.size > 0 && this.#checkAt === NEVER) this.#checkAt = now + this.#checkMs;
    this.#setTimer();
    if (isDue || this.#finished.length > 0) return this.#drain();
  }

  onWatermark(watermark: Timestamp): void | Promise<void> {
    const { commit } = this.#spec;
    const isEnd = watermark === MAX_TIMESTAMP;
    if (isEnd) this.#isOpen = true;
    if (commit !== null && (commit.trigger === "partition-time" || isEnd)) {
      return this.#finishComplete(commit.complete(watermark));
    }
  }

  onTimer(): void | Promise<void> {
    const { commit, time } = this.#spec;
    const now = time.now();
    if (now >= this.#checkAt) {
      for (const [folder, part] of this.#parts) if (this.#isOld(part, now)) this.#finish(folder);
      this.#checkAt = this.#parts.size > 0 ? now + this.#checkMs : NEVER;
    }
    const complete = commit?.trigger === "process-time" ? commit.complete(now) : [];
    const done = this.#finishComplete(complete);
    this.#setTimer();
    return done ?? (this.#finished.length > 0 ? this.#drain() : undefined);
  }

  async flush(): Promise<void> {
    for (const folder of this.#parts.keys()) this.#finish(folder);
    await this.#drain();
  }

  async close(): Promise<void> {
    if (this.#isOpen) return this.flush();
    // Stopped before the end: the table stays as it was.
    for (const { file } of this.#parts.values()) await file.discard();
    for (const file of this.#finished) await file.discard();
  }

  #isOld({ openedAt, writtenAt }: OpenPart, now: number): boolean {
    return now - openedAt >= this.#rollMs || now - writtenAt >= this.#inactiveMs;
  }

  #setTimer(): void {
    const { commit, time } = this.#spec;
    // A time has to be passed, not only reached.
    const commitAt = commit?.trigger === "process-time" ? commit.nextDue + 1 : NEVER;
    time.setTimer?.(Math.min(this.#checkAt, commitAt));
  }

  /** Takes no more rows: published at the next opportunity. */
  #finish(folder: string): void {
    const part = this.#parts.get(folder);
    if (part === undefined) return;
    this.#parts.delete(folder);
    this.#finished.push(part.file);
  }

  #finishComplete(folders: readonly string[]): void | Promise<void> {
    if (folders.length === 0) return;
    for (const folder of folders) this.#finish(folder);
    this.#complete.push(...folders);
    return this.#drain();
  }

  /** Encodes rows for a folder; true if there is something to write. */
  #append(folder: string, batch: RecordBatch, now: number): boolean {
    const { commit, compression, context, directory, replaced } = this.#spec;
    let part = this.#parts.get(folder);
    if (part !== undefined && (part.file.sizeBytes >= this.#rollBytes || this.#isOld(part, now))) {
      this.#finish(folder);
      part = undefined;
    }
    if (part === undefined) {
      const encoder = context.formats.encoder(this.#schema);
      part = { file: new PartFile(join(directory, folder), encoder, compression), openedAt: now, writtenAt: now };
      const [longestUnused] = this.#parts.keys();
      if (this.#parts.size >= MAX_OPEN_PARTS && longestUnused !== undefined) this.#finish(longestUnused);
    } else this.#parts.delete(folder);
    part.writtenAt = now;
    this.#parts.set(folder, part);
    commit?.note(folder, now);
    if (replaced !== null) this.#overwritten.add(folder);
    return part.file.append(batch);
  }

  #appendPartitions(batch: RecordBatch, now: number): boolean {
    const rowsOf = new Map<string, number[]>();
    for (let row = 0; row < batch.length; row++) {
      const folder = this.#partitions
        .map(({ name, type, index }) =>
          partitionFolder(name, valueAt(batch.columns[index], row, type), type, this.#defaultName),
        )
        .join("/");
      const rows = rowsOf.get(folder);
      if (rows === undefined) rowsOf.set(folder, [row]);
      else rows.push(row);
    }
    const written = recordBatch(
      batch.length,
      this.#columns.map((index) => batch.columns[index]),
      batch.kinds,
    );
    let isDue = false;
    for (const [folder, rows] of rowsOf) {
      const selected = selectBatch(written, Int32Array.from(rows), rows.length);
      if (this.#append(folder, selected, now)) isDue = true;
    }
    return isDue;
  }

  /** Publishes the finished parts, marks the complete partitions, writes what the others have encoded. */
  async #drain(): Promise<void> {
    const { context, directory } = this.#spec;
    try {
      if (this.#isOpen) await this.#publish();
      else for (const file of this.#finished) await file.seal();
      for (const { file } of this.#parts.values()) if (file.isDue) await file.write();
    } catch (error) {
      throw sinkUnavailable(`table '${context.tableName}': cannot write to '${directory}'`, error);
    }
  }

  async #publish(): Promise<void> {
    const { directory, replaced } = this.#spec;
    for (const file of this.#finished.splice(0)) await file.publishNew(this.#names(this.#published++));
    if (replaced !== null && this.#parts.size === 0) {
      for (const folder of this.#overwritten) await replaced.removeBelow(join(directory, folder));
    }
    for (const folder of this.#complete.splice(0)) await this.#mark(join(directory, folder));
  }

  async #mark(folder: string): Promise<void> {
    await writeFile(join(folder, this.#spec.commit?.successFile ?? ""), "");
    await syncDirectory(folder);
  }

  *#names(roll: number): Iterable<string> {
    for (let number = this.#spec.number; ; number++) yield `part-${number}-${roll}${this.#extension}`;
  }
}
