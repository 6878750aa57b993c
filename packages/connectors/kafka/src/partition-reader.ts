/**
 * Reads one partition: the next fetch is under way while the last one is decoded.
 *
 * Invariant  `#nextOffset` is the offset behind the last record given out: the position of a checkpoint.
 *            A batch never mixes records of two fetches (columns point into the bytes of one).
 * State      at most two fetches: the one that is decoded and the one ahead.
 * Cost       per record a few integers read, then the format's decoder; no object.
 */
import {
  type BadRecord,
  type Column,
  MAX_BATCH_ROWS,
  type MetadataField,
  MillraceError,
  type RecordBatch,
  type RecordDecoder,
  type Reporter,
  recordBatch,
  type SplitProgress,
  type SplitReader,
} from "@millrace/core";
import type { Broker } from "@platformatic/kafka";
import { FetchError, fetchPartition } from "./fetch.ts";
import { EARLIEST, type KafkaCluster, LATEST } from "./kafka-cluster.ts";
import type { KafkaConnection } from "./kafka-connection.ts";
import { ELECTION_MS, ELECTION_PAUSE_MS, isElectionCode } from "./kafka-error.ts";
import { KeyRows } from "./key-rows.ts";
import { MetadataColumns } from "./metadata-columns.ts";
import type { OffsetReset } from "./offset-options.ts";
import { type RecordSegments, readSegments, type Segment } from "./record-batches.ts";
import { RecordCursor } from "./record-cursor.ts";
import { ReusedBuffer } from "./reused-buffer.ts";
import { TombstoneRows } from "./tombstone-rows.ts";

export interface PartitionReaderOptions {
  readonly cluster: KafkaCluster;
  readonly reporter: Reporter;
  readonly now: () => number;
  /** For messages: `table 'orders'`. */
  readonly owner: string;
  readonly topic: string;
  readonly partition: number;
  readonly startOffset: number;
  /** End before this offset; null = never. */
  readonly stopOffset: number | null;
  readonly reset: OffsetReset | null;
  readonly maxBytes: number;
  readonly maxWaitMs: number;
  readonly committedOnly: boolean;
  readonly metadata: readonly MetadataField[];
  /** Records say what their keys hold: one without a value ends its key. */
  readonly isUpsert: boolean;
  readonly reportBad: (record: BadRecord) => void;
  /** Makes the decoders; `describe` tells where the record just decoded stands. */
  readonly valueDecoder: (describe: () => string) => RecordDecoder;
  readonly keyDecoder: ((describe: () => string) => RecordDecoder) | null;
  /** For each column of the request: which decoder has it (true = key), and at which index. */
  readonly columns: readonly { readonly fromKey: boolean; readonly index: number }[];
  /** Called when the reader is closed. */
  readonly closed: () => void;
}

interface Fetched extends RecordSegments {
  readonly cursor: RecordCursor;
  /** What `bytes` lie in. */
  readonly buffers: FetchBuffers;
}

class FetchBuffers {
  readonly answer = new ReusedBuffer();
  readonly decompressed = new ReusedBuffer();
}

export class PartitionReader implements SplitReader {
  readonly #options: PartitionReaderOptions;
  readonly #values: RecordDecoder;
  readonly #keys: KeyRows | null;
  readonly #metadata: MetadataColumns;
  /** Rows that have no value; null unless there are such. */
  readonly #tombstones: TombstoneRows | null;
  #connection: KafkaConnection | null = null;
  /** A fetch is read into one while the other is decoded: a batch points into it until the next poll. */
  readonly #buffers = [new FetchBuffers(), new FetchBuffers()];
  /** Of the next record to give out. */
  #nextOffset: number;
  /** Of the next record to fetch. */
  #fetchOffset: number;
  /** Where the partition ends at the moment; null = not known yet. */
  #endOffset: number | null = null;
  #current: Fetched | null = null;
  /** The segment of `#current` that is decoded, where in it, and how many records of it are left; -1 = not begun. */
  #segment = 0;
  #at = 0;
  #recordsLeft = -1;
  #ahead: Fetched | null = null;
  /** What the batch given out last points into: it may be the last of a fetch that is otherwise done with. */
  #lent: FetchBuffers | null = null;
  #fetching: Promise<void> | null = null;
  #failure: MillraceError | null = null;
  #leaderlessTries = 0;
  #closed = false;
  #decodingOffset = 0;
  /** The next record does not fit into the batch. */
  #isOverfull = false;
  ended = false;

  constructor(options: PartitionReaderOptions) {
    this.#options = options;
    this.#nextOffset = options.startOffset;
    this.#fetchOffset = options.startOffset;
    const describe = () => this.#describe(this.#decodingOffset);
    this.#values = options.valueDecoder(describe);
    this.#keys = options.keyDecoder === null ? null : new KeyRows(options.keyDecoder(() => `${describe()}, key`));
    this.#metadata = new MetadataColumns(options.metadata, options.topic, options.partition);
    this.#tombstones = options.isUpsert ? new TombstoneRows() : null;
    this.#updateEnded();
  }

  poll(): RecordBatch | null {
    this.#lent = null;
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
      const { buffers } = this.#current;
      const batch = this.#decode(this.#current);
      if (batch === null) continue;
      this.#lent = buffers;
      return batch;
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

  /** Records behind the end of the partition; 0 while that is not known. */
  get lag(): number {
    return this.#endOffset === null ? 0 : Math.max(0, this.#endOffset - this.#nextOffset);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#options.closed();
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
    const place = (await cluster.partitions([topic])).find((each) => each.partition === partition);
    if (place === undefined || place.leader === null) return this.#awaitLeader();
    const connection = await this.#connectTo(place.leader);
    if (this.#closed) return this.close();
    const { topicId } = place;
    const request = { topicId, partition, offset: this.#fetchOffset, maxBytes, maxWaitMs, committedOnly };
    const taken = [this.#current?.buffers, this.#ahead?.buffers, this.#lent];
    const buffers = this.#buffers.find((each) => !taken.includes(each));
    if (buffers === undefined) return;
    const answer = await fetchPartition(connection, request, buffers.answer);
    if (answer.errorCode === FetchError.offsetOutOfRange) {
      await this.#resetOffset();
      return;
    }
    if (isElectionCode(answer.errorCode)) return this.#awaitLeader();
    this.#leaderlessTries = 0;
    if (answer.errorCode !== FetchError.none) throw await this.#moved(`answered with error ${answer.errorCode}`);
    this.#endOffset = committedOnly ? answer.lastStableOffset : answer.highWatermark;
    if (answer.records.length === 0) return;
    const segments = readSegments(
      answer.records,
      answer.aborted,
      (offset) => `${this.#options.owner}, ${this.#describe(offset)}`,
      buffers.decompressed,
    );
    const last = segments.segments.at(-1);
    if (last === undefined) throw await this.#moved(`gave ${answer.records.length} bytes without a whole record batch`);
    this.#fetchOffset = last.lastOffset + 1;
    this.#ahead = { ...segments, cursor: new RecordCursor(segments.bytes), buffers };
  }

  async #connectTo(leader: Broker): Promise<KafkaConnection> {
    const { cluster, now } = this.#options;
    const known = this.#connection;
    if (known?.isOpen === true && now() < known.expiresAt) return known;
    await known?.close();
    this.#connection = await cluster.connect(leader);
    return this.#connection;
  }

  /** Another broker leads the partition, or none for the moment. */
  async #awaitLeader(): Promise<void> {
    if (++this.#leaderlessTries > ELECTION_MS / ELECTION_PAUSE_MS) throw await this.#moved("has no leader");
    const connection = this.#connection;
    this.#connection = null;
    await connection?.close().catch(() => undefined); // may be dead already
    await this.#options.cluster.pause();
    await this.#options.cluster.partitions([this.#options.topic], { isFresh: true });
  }

  /** The wanted offset is not there: deleted by retention, behind the end, or the topic was made anew. */
  async #resetOffset(): Promise<void> {
    const { cluster, reset, owner, reporter, topic, partition, committedOnly } = this.#options;
    const list = async (timestamp: number) =>
      (await cluster.offsets(topic, [partition], timestamp, committedOnly)).get(partition) ?? 0;
    const [first, end] = [await list(EARLIEST), await list(LATEST)];
    const text = `${this.#describe(this.#fetchOffset)} is not there: the partition holds ${first} to ${end}`;
    if (reset === null || reset === "none") {
      throw cluster.error(
        `: ${text}, exclusive (deleted by retention, or the topic was made anew); start from another position, or set 'properties.auto.offset.reset'`,
        "never",
      );
    }
    const offset = reset === "latest" ? end : first;
    reporter.warn(
      `${owner}: ${text}, exclusive; reading on at ${offset} ('properties.auto.offset.reset' = '${reset}')`,
    );
    this.#fetchOffset = offset;
    this.#nextOffset = offset;
    this.#updateEnded();
  }

  /** The partition is not as it was known, or gone: what is known of it is asked for again before the next try. */
  async #moved(reason: string): Promise<MillraceError> {
    const { topic, partition, cluster } = this.#options;
    await cluster.partitions([topic], { isFresh: true });
    return cluster.error(`: topic ${topic}, partition ${partition} ${reason}`, "backoff");
  }

  #describe(offset: number): string {
    return `topic ${this.#options.topic}, partition ${this.#options.partition}, offset ${offset}`;
  }

  /** Decodes up to a batch from what was fetched; null if that gave no row. */
  #decode(fetched: Fetched): RecordBatch | null {
    const { segments } = fetched;
    const values = this.#values;
    while (this.#segment < segments.length && !this.#isFull() && !this.ended) {
      const segment = segments[this.#segment];
      if (this.#recordsLeft < 0) {
        this.#recordsLeft = segment.skipped ? 0 : segment.count;
        this.#at = segment.start;
      }
      this.#decodeSegment(fetched, segment);
      if (this.#recordsLeft === 0) {
        const stop = this.#options.stopOffset ?? Number.POSITIVE_INFINITY;
        this.#nextOffset = Math.max(this.#nextOffset, Math.min(segment.lastOffset + 1, stop));
        this.#segment++;
        this.#recordsLeft = -1;
      }
      this.#updateEnded();
    }
    if (this.#segment >= segments.length || this.ended) this.#current = null;
    const length = this.#rowCount();
    // Keys whose values gave no row may have filled their decoder.
    const fromKey = this.#keys?.take(length) ?? [];
    if (length === 0) return null;
    const taken = values.take();
    const { columns: fromValue, kinds } = this.#tombstones === null ? taken : this.#tombstones.take(taken);
    this.#isOverfull = false;
    const columns: Column[] = this.#options.columns.map((each) => (each.fromKey ? fromKey : fromValue)[each.index]);
    columns.push(...this.#metadata.finish(length));
    return recordBatch(length, columns, kinds);
  }

  #decodeSegment({ bytes, cursor }: Fetched, segment: Segment): void {
    const values = this.#values;
    const keys = this.#keys;
    const metadata = this.#options.metadata.length === 0 ? null : this.#metadata;
    const stop = this.#options.stopOffset ?? Number.POSITIVE_INFINITY;
    while (this.#recordsLeft > 0 && !this.#isFull()) {
      const from = this.#at;
      this.#at = cursor.read(from);
      this.#recordsLeft--;
      const offset = segment.baseOffset + cursor.offsetDelta;
      if (!cursor.sound || this.#at > segment.end) throw this.#malformed(offset);
      // A fetch gives whole batches: records before the wanted offset are not ours.
      if (offset < this.#nextOffset) continue;
      if (offset >= stop) {
        this.#recordsLeft = 0;
        return;
      }
      this.#nextOffset = offset + 1;
      const isTombstone = cursor.valueStart < 0;
      if (isTombstone && this.#tombstones === null) continue; // without a key it has no row
      this.#decodingOffset = offset;
      if (this.#tombstones !== null && cursor.keyStart < 0) {
        this.#refuseKeyless(bytes, cursor, offset);
        continue;
      }
      if (keys !== null && !keys.decode(bytes, cursor)) continue;
      if (isTombstone) {
        const row = this.#rowCount();
        this.#tombstones?.add(row);
        keys?.assign(row);
        metadata?.append(row, offset, segment, cursor);
        continue;
      }
      const added = values.decodeRecord(bytes, cursor.valueStart, cursor.valueEnd);
      if (added < 0) {
        this.#nextOffset = offset;
        this.#at = from;
        this.#recordsLeft++;
        this.#isOverfull = true;
        return;
      }
      const rowCount = this.#rowCount();
      for (let row = rowCount - added; row < rowCount; row++) {
        keys?.assign(row);
        metadata?.append(row, offset, segment, cursor);
      }
    }
  }

  /** Of the batch under construction. */
  #rowCount(): number {
    return this.#values.rowCount + (this.#tombstones?.count ?? 0);
  }

  #refuseKeyless(bytes: Uint8Array, { valueStart, valueEnd }: RecordCursor, offset: number): void {
    this.#options.reportBad({
      position: this.#describe(offset),
      reason: "the record has no key, which says what it is about",
      bytes: bytes.subarray(Math.max(valueStart, 0), Math.max(valueEnd, 0)),
    });
  }

  #isFull(): boolean {
    return this.#isOverfull || this.#rowCount() >= MAX_BATCH_ROWS || this.#keys?.isFull === true;
  }

  #malformed(offset: number): MillraceError {
    return new MillraceError({
      code: "DATA_INVALID",
      domain: "external",
      message: `${this.#options.owner}, ${this.#describe(offset)}: the record does not fit its batch`,
    });
  }

  #updateEnded(): void {
    const { stopOffset } = this.#options;
    if (stopOffset !== null && this.#nextOffset >= stopOffset) this.ended = true;
  }
}
