/**
 * Reads one partition: the next fetch is under way while the last one is decoded.
 *
 * Invariant  `#nextOffset` is the offset behind the last record given out: the position of a checkpoint.
 *            A batch never mixes records of two fetches (columns point into the bytes of one).
 */
import {
  type Column,
  createColumnBuilder,
  MAX_BATCH_ROWS,
  type MetadataField,
  MillraceError,
  type RecordBatch,
  type RecordDecoder,
  recordBatch,
  type SplitProgress,
  type SplitReader,
} from "@millrace/core";
import type { Connection } from "@platformatic/kafka";
import { FetchError, fetchPartition } from "./fetch.ts";
import type { KafkaCluster } from "./kafka-cluster.ts";
import { RecordCursor, type RecordSegments, readSegments } from "./record-batches.ts";

export interface PartitionReaderOptions {
  readonly cluster: KafkaCluster;
  readonly owner: string;
  readonly topic: string;
  readonly partition: number;
  readonly startOffset: number;
  /** End before this offset; null = never. */
  readonly stopOffset: number | null;
  readonly maxBytes: number;
  readonly maxWaitMs: number;
  readonly committedOnly: boolean;
  readonly metadata: readonly MetadataField[];
  /** Makes the decoders; `describe` tells where the record just decoded stands. */
  readonly valueDecoder: (describe: () => string) => RecordDecoder;
  readonly keyDecoder: ((describe: () => string) => RecordDecoder) | null;
  /** For each column of the request: which decoder has it (true = key), and at which index. */
  readonly columns: readonly { readonly fromKey: boolean; readonly index: number }[];
}

interface Fetched extends RecordSegments {
  readonly cursor: RecordCursor;
}

export class PartitionReader implements SplitReader {
  readonly #options: PartitionReaderOptions;
  readonly #values: RecordDecoder;
  readonly #keys: RecordDecoder | null;
  #connection: Connection | null = null;
  #nextOffset: number;
  #fetchOffset: number;
  #endOffset: number | null = null;
  #current: Fetched | null = null;
  #segment = 0;
  #at = 0;
  #recordsLeft = -1;
  #ahead: Fetched | null = null;
  #fetching: Promise<void> | null = null;
  #failure: MillraceError | null = null;
  #closed = false;
  ended = false;

  constructor(options: PartitionReaderOptions) {
    this.#options = options;
    this.#nextOffset = options.startOffset;
    this.#fetchOffset = options.startOffset;
    const describe = () => this.#describe(this.#decodingOffset);
    this.#values = options.valueDecoder(describe);
    this.#keys = options.keyDecoder?.(describe) ?? null;
    this.#updateEnded();
  }

  #decodingOffset = 0;

  poll(): RecordBatch | null {
    for (;;) {
      if (this.ended) return null;
      if (this.#current === null) {
        this.#current = this.#ahead;
        this.#ahead = null;
        this.#segment = 0;
        this.#recordsLeft = -1;
        if (this.#current === null) return null;
        this.#startFetch();
      }
      const batch = this.#decode(this.#current);
      if (batch !== null) return batch;
    }
  }

  async ready(): Promise<void> {
    while (!this.ended && this.#current === null && this.#ahead === null && !this.#closed) {
      if (this.#failure !== null) throw this.#failure;
      this.#startFetch();
      await this.#fetching;
    }
  }

  position(): number {
    return this.#nextOffset;
  }

  progress(): SplitProgress {
    const { startOffset, stopOffset } = this.#options;
    return {
      done: this.#nextOffset - startOffset,
      total: stopOffset === null ? null : Math.max(0, stopOffset - startOffset),
      unit: "records",
    };
  }

  /** Records in the partition that have not been read yet; null before the first answer. */
  get lag(): number | null {
    return this.#endOffset === null ? null : Math.max(0, this.#endOffset - this.#nextOffset);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const connection = this.#connection;
    this.#connection = null;
    if (connection !== null) await connection.close().catch(() => undefined); // may be dead already
  }

  #startFetch(): void {
    if (this.#fetching !== null || this.#ahead !== null || this.#failure !== null || this.#closed) return;
    const { stopOffset } = this.#options;
    if (stopOffset !== null && this.#fetchOffset >= stopOffset) return;
    this.#fetching = this.#fetch().then(
      () => {
        this.#fetching = null;
      },
      (error: unknown) => {
        this.#fetching = null;
        if (!this.#closed)
          this.#failure = this.#options.cluster.failure(`reading ${this.#describe(this.#fetchOffset)}`, error);
      },
    );
  }

  async #fetch(): Promise<void> {
    const { cluster, topic, partition, maxBytes, maxWaitMs, committedOnly } = this.#options;
    const [place] = (await cluster.partitions([topic])).filter((each) => each.partition === partition);
    if (place === undefined || place.leader === null) throw this.#moved("has no leader at the moment");
    this.#connection ??= await cluster.connect(place.leader);
    const { topicId } = place;
    const answer = await fetchPartition(this.#connection, {
      topicId,
      partition,
      offset: this.#fetchOffset,
      maxBytes,
      maxWaitMs,
      committedOnly,
    });
    switch (answer.errorCode) {
      case FetchError.none:
        break;
      case FetchError.offsetOutOfRange:
        throw new MillraceError({
          code: "SOURCE_UNAVAILABLE",
          message: `${this.#options.owner}: ${this.#describe(this.#fetchOffset)} is not there: the partition holds ${answer.logStartOffset} to ${answer.highWatermark} (deleted by retention, or the topic was made anew); start from another position`,
        });
      default:
        await cluster.partitions([topic], true);
        throw this.#moved(`answered with error ${answer.errorCode}`);
    }
    this.#endOffset = committedOnly ? answer.lastStableOffset : answer.highWatermark;
    const segments = readSegments(answer.records, answer.aborted, (offset) => this.#describe(offset));
    const last = segments.segments.at(-1);
    if (last === undefined) return;
    this.#fetchOffset = last.lastOffset + 1;
    this.#ahead = { ...segments, cursor: new RecordCursor(segments.bytes) };
  }

  #moved(reason: string): MillraceError {
    const { owner, topic, partition, cluster } = this.#options;
    return new MillraceError({
      code: "SOURCE_UNAVAILABLE",
      message: `${owner}: Kafka at ${cluster.servers}: topic ${topic}, partition ${partition} ${reason}`,
      retry: "backoff",
    });
  }

  #describe(offset: number): string {
    return `topic ${this.#options.topic}, partition ${this.#options.partition}, offset ${offset}`;
  }

  /** Decodes up to a batch from what was fetched; null if that gave no row and is used up. */
  #decode(fetched: Fetched): RecordBatch | null {
    const { bytes, segments, cursor } = fetched;
    const values = this.#values;
    const keys = this.#keys;
    const stop = this.#options.stopOffset ?? Number.POSITIVE_INFINITY;
    const metadata = this.#options.metadata.map((field) => ({ field, builder: createColumnBuilder(field.type) }));
    while (this.#segment < segments.length && values.rowCount < MAX_BATCH_ROWS && !this.ended) {
      const segment = segments[this.#segment];
      if (this.#recordsLeft < 0) {
        this.#recordsLeft = segment.skipped ? 0 : segment.count;
        this.#at = segment.start;
      }
      while (this.#recordsLeft > 0 && values.rowCount < MAX_BATCH_ROWS) {
        this.#at = cursor.read(this.#at);
        this.#recordsLeft--;
        const offset = segment.baseOffset + cursor.offsetDelta;
        // A fetch gives whole batches: records before the wanted offset are not ours.
        if (offset < this.#nextOffset) continue;
        if (offset >= stop) break;
        this.#nextOffset = offset + 1;
        if (cursor.valueStart < 0) continue; // a tombstone has no row
        this.#decodingOffset = offset;
        if (values.decodeRecord(bytes, cursor.valueStart, cursor.valueEnd) === 0) continue;
        if (keys !== null) this.#decodeKey(keys, bytes, cursor);
        for (const { field, builder } of metadata)
          builder.append(this.#metadataValue(field.key, offset, segment, cursor));
      }
      if (this.#recordsLeft === 0) {
        this.#nextOffset = Math.max(this.#nextOffset, Math.min(segment.lastOffset + 1, stop));
        this.#segment++;
        this.#recordsLeft = -1;
      }
      this.#updateEnded();
    }
    if (this.#segment >= segments.length || this.ended) this.#current = null;
    const { rowCount } = values;
    if (rowCount === 0) return null;
    const fromValue = values.take().columns;
    const fromKey = keys?.take().columns ?? [];
    const columns: Column[] = this.#options.columns.map((each) => (each.fromKey ? fromKey : fromValue)[each.index]);
    for (const { builder } of metadata) columns.push(builder.finish());
    return recordBatch(rowCount, columns);
  }

  /** A key that is absent or cannot be decoded gives NULLs: the row of the value stays. */
  #decodeKey(keys: RecordDecoder, bytes: Uint8Array, cursor: RecordCursor): void {
    if (cursor.keyStart >= 0 && keys.decodeRecord(bytes, cursor.keyStart, cursor.keyEnd) > 0) return;
    throw new MillraceError({
      code: "DATA_INVALID",
      message: `${this.#options.owner}: ${this.#describe(this.#decodingOffset)}: the record has no key that can be decoded`,
    });
  }

  #metadataValue(
    key: string,
    offset: number,
    segment: { readonly baseTimestamp: number; readonly appendTimestamp: number | null; readonly leaderEpoch: number },
    cursor: RecordCursor,
  ): unknown {
    switch (key) {
      case "topic":
        return this.#options.topic;
      case "partition":
        return this.#options.partition;
      case "offset":
        return offset;
      case "timestamp":
        return segment.appendTimestamp ?? segment.baseTimestamp + cursor.timestampDelta;
      case "timestamp-type":
        return segment.appendTimestamp === null ? "CreateTime" : "LogAppendTime";
      case "leader-epoch":
        return segment.leaderEpoch;
      default:
        return cursor.headers();
    }
  }

  #updateEnded(): void {
    const { stopOffset } = this.#options;
    if (stopOffset !== null && this.#nextOffset >= stopOffset) this.ended = true;
  }
}
