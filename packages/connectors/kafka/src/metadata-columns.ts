/** The columns that come from a record's place and envelope: METADATA FROM 'offset', 'timestamp' ... */
import { type Column, MAX_BATCH_ROWS, type MetadataField } from "@millrace/core";
import type { Segment } from "./record-batches.ts";
import type { RecordCursor } from "./record-cursor.ts";

interface MetadataColumn {
  append(row: number, offset: number, segment: Segment, cursor: RecordCursor): void;
  /** The column of the rows so far; borrowed until the next append. */
  finish(length: number): Column;
}

/** One per partition. The arrays are reused for each batch. */
export class MetadataColumns {
  readonly #columns: readonly MetadataColumn[];

  constructor(fields: readonly MetadataField[], topic: string, partition: number) {
    this.#columns = fields.map(({ key }) => columnOf(key, topic, partition));
  }

  append(row: number, offset: number, segment: Segment, cursor: RecordCursor): void {
    for (const column of this.#columns) column.append(row, offset, segment, cursor);
  }

  finish(length: number): Column[] {
    return this.#columns.map((column) => column.finish(length));
  }
}

function columnOf(key: string, topic: string, partition: number): MetadataColumn {
  switch (key) {
    case "topic":
      return new WordColumn([topic], () => 0);
    case "partition":
      return new NumberColumn(() => partition);
    case "offset":
      return new NumberColumn((offset) => offset);
    case "timestamp":
      return new NumberColumn(
        (_offset, segment, cursor) => segment.appendTimestamp ?? segment.baseTimestamp + cursor.timestampDelta,
      );
    case "timestamp-type":
      return new WordColumn(["CreateTime", "LogAppendTime"], (segment) => (segment.appendTimestamp === null ? 0 : 1));
    case "leader-epoch":
      return new NumberColumn((_offset, segment) => (segment.leaderEpoch < 0 ? null : segment.leaderEpoch));
    default:
      return new HeadersColumn();
  }
}

class NumberColumn implements MetadataColumn {
  readonly #read: (offset: number, segment: Segment, cursor: RecordCursor) => number | null;
  readonly #values = new Float64Array(MAX_BATCH_ROWS);
  readonly #nulls = new Uint8Array(MAX_BATCH_ROWS);

  constructor(read: (offset: number, segment: Segment, cursor: RecordCursor) => number | null) {
    this.#read = read;
  }

  append(row: number, offset: number, segment: Segment, cursor: RecordCursor): void {
    const value = this.#read(offset, segment, cursor);
    this.#nulls[row] = value === null ? 1 : 0;
    this.#values[row] = value ?? 0;
  }

  finish(length: number): Column {
    const hasNulls = this.#nulls.subarray(0, length).includes(1);
    return { kind: "float64", values: this.#values, nulls: hasNulls ? this.#nulls : null };
  }
}

/** One of a few words per row. */
class WordColumn implements MetadataColumn {
  readonly #bytes: Uint8Array;
  readonly #wordEnds: readonly number[];
  readonly #choose: (segment: Segment) => number;
  readonly #starts = new Int32Array(MAX_BATCH_ROWS);
  readonly #ends = new Int32Array(MAX_BATCH_ROWS);

  constructor(words: readonly string[], choose: (segment: Segment) => number) {
    this.#bytes = new TextEncoder().encode(words.join(""));
    let end = 0;
    this.#wordEnds = words.map((word) => (end += Buffer.byteLength(word)));
    this.#choose = choose;
  }

  append(row: number, _offset: number, segment: Segment): void {
    const word = this.#choose(segment);
    this.#starts[row] = word === 0 ? 0 : this.#wordEnds[word - 1];
    this.#ends[row] = this.#wordEnds[word];
  }

  finish(): Column {
    return { kind: "utf8", bytes: this.#bytes, starts: this.#starts, ends: this.#ends, nulls: null };
  }
}

class HeadersColumn implements MetadataColumn {
  #values: Map<string, Uint8Array | null>[] = [];

  append(row: number, _offset: number, _segment: Segment, cursor: RecordCursor): void {
    if (row === 0) this.#values = [];
    this.#values.push(cursor.headers());
  }

  finish(): Column {
    return { kind: "value", values: this.#values, nulls: null };
  }
}
