/**
 * The Kafka sink, at-least-once: rows are encoded as they come and delivered in the background; `flush` waits until the
 * brokers have confirmed all of them.
 */
import {
  type Clock,
  type Column,
  type RecordBatch,
  type RecordEncoder,
  recordBatch,
  rowKindSign,
  type Sink,
  type SinkChangelogMode,
  type SinkTableContext,
  type SinkWriter,
} from "@millrace/core";
import type { Broker } from "@platformatic/kafka";
import { clientOptions } from "./client-options.ts";
import { KafkaCluster, MissingTopic } from "./kafka-cluster.ts";
import { invalid, list, numeric, text } from "./kafka-options.ts";
import { createPartitioner, type Partitioner } from "./partitioner.ts";
import type { ByteRange, Codec, Headers } from "./record-batch-builder.ts";
import { RecordDelivery } from "./record-delivery.ts";
import { recordLayout } from "./record-layout.ts";
import { checkPrimaryKey, requireUpsertTable } from "./upsert-table.ts";

/** How long a broker may take to create a topic that it was asked for. */
const CREATION_MS = 5_000;
const CREATION_PAUSE_MS = 100;

export function createKafkaSink(context: SinkTableContext): Sink {
  checkPrimaryKey(context);
  return sinkOf(context, context.formats.changelogMode("value.format"));
}

/** Of a table whose records say by key what it holds. */
export function createUpsertSink(context: SinkTableContext): Sink {
  requireUpsertTable(context);
  return sinkOf(context, "upsert");
}

function sinkOf(context: SinkTableContext, changelogMode: SinkChangelogMode): Sink {
  const owner = `table '${context.tableName}'`;
  const { options, baseDirectory } = context;
  if (options["topic-pattern"] !== undefined)
    throw invalid(owner, "a sink needs the option 'topic', not 'topic-pattern'");
  const topics = list(options, "topic");
  if (topics.length === 0) throw invalid(owner, "missing option 'topic'");
  if (topics.length > 1) throw invalid(owner, `a sink writes to one topic, 'topic' names ${topics.length}`);
  const parts = encodedParts(context, owner, changelogMode === "upsert");
  const client = clientOptions(options, owner, baseDirectory);
  const [topic] = topics;
  return {
    changelogMode,
    createWriter: async () => {
      const cluster = new KafkaCluster(client, {
        owner,
        code: "SINK_UNAVAILABLE",
        clock: context.clock,
        signal: context.signal,
      });
      try {
        const leaders = await openTopic(cluster, topic, context);
        const delivery = new RecordDelivery(
          {
            cluster,
            owner,
            topic,
            codec: (text(options, "properties.compression.type") ?? "none") as Codec,
            ...guarantee(context),
            batchBytes: numeric(options, "properties.batch.size") ?? 512 * 1024,
            requestTimeoutMs: client.requestTimeout,
            deliveryTimeoutMs: numeric(options, "properties.delivery.timeout.ms") ?? 120_000,
            clock: context.clock,
            reporter: context.reporter,
            signal: context.signal,
          },
          leaders,
        );
        return new KafkaWriter(context, parts(), cluster, delivery, changelogMode === "upsert");
      } catch (error) {
        await cluster.close();
        throw error;
      }
    },
  };
}

function guarantee({ options }: SinkTableContext): { acks: -1 | 1; isIdempotent: boolean } {
  if (text(options, "sink.delivery-guarantee") === "none") return { acks: 1, isIdempotent: false };
  return { acks: -1, isIdempotent: options["properties.enable.idempotence"] !== false };
}

/** The leaders of the topic's partitions. A broker that creates topics by itself is given the time to. */
async function openTopic(
  cluster: KafkaCluster,
  topic: string,
  { clock, signal }: SinkTableContext,
): Promise<(Broker | null)[]> {
  for (const until = clock.now() + CREATION_MS; ; ) {
    try {
      const partitions = await cluster.partitions([topic], { isFresh: true, creates: true });
      if (partitions.length > 0) return partitions.map(({ leader }) => leader);
    } catch (error) {
      if (!(error instanceof MissingTopic)) throw error;
    }
    if (clock.now() >= until || signal.aborted)
      throw await cluster.missingTopic(topic, " and does not create it by itself");
    await clock.sleep(CREATION_PAUSE_MS, signal);
  }
}

/** One side of the records: key or value. */
interface Part {
  readonly encoder: RecordEncoder;
  /** Columns of the batch that the encoder takes. */
  readonly columns: readonly number[];
}

interface Parts {
  readonly key: Part | null;
  readonly value: Part;
}

/** Checks what the records consist of; the encoders are made per writer. Errors: OPTION_INVALID. */
function encodedParts(context: SinkTableContext, owner: string, isUpsert: boolean): () => Parts {
  const { schema, options, formats, primaryKey } = context;
  const layout = recordLayout(schema, options, formats, owner, isUpsert ? primaryKey : null);
  const { key, value, valueColumns, valueFormat } = layout;
  return () => ({
    key:
      key.length === 0
        ? null
        : {
            encoder: formats.encoder({ fields: key.map(({ field }) => field) }, "key.format"),
            columns: key.map(({ index }) => index),
          },
    value: { encoder: formats.encoder(value, valueFormat), columns: valueColumns },
  });
}

class KafkaWriter implements SinkWriter {
  readonly #parts: Parts;
  /** A row that goes is a record without a value; of rows of one key in a batch only the last is written. */
  readonly #isUpsert: boolean;
  readonly #cluster: KafkaCluster;
  readonly #delivery: RecordDelivery;
  readonly #partitioner: Partitioner;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  /** Where the column of a metadata key stands in the batch; -1 = not written. */
  readonly #timestampColumn: number;
  readonly #headersColumn: number;
  readonly #key: ByteRange = { bytes: new Uint8Array(0), start: -1, end: -1 };
  readonly #value: ByteRange = { bytes: new Uint8Array(0), start: 0, end: 0 };

  constructor(
    context: SinkTableContext,
    parts: Parts,
    cluster: KafkaCluster,
    delivery: RecordDelivery,
    isUpsert: boolean,
  ) {
    this.#isUpsert = isUpsert;
    const { options, schema, metadata } = context;
    this.#parts = parts;
    this.#cluster = cluster;
    this.#delivery = delivery;
    this.#clock = context.clock;
    this.#signal = context.signal;
    this.#partitioner = createPartitioner(
      text(options, "sink.partitioner") ?? "default",
      () => this.#value.end - this.#value.start,
    );
    const columnOf = (key: string) => {
      const index = metadata.findIndex((field) => field.key === key);
      return index < 0 ? -1 : schema.fields.length + index;
    };
    this.#timestampColumn = columnOf("timestamp");
    this.#headersColumn = columnOf("headers");
  }

  write(batch: RecordBatch): void | Promise<void> {
    const { length } = batch;
    const values = encodeRows(this.#parts.value, batch);
    const keys = this.#parts.key === null ? null : encodeRows(this.#parts.key, batch);
    const timestamps = this.#timestampColumn < 0 ? null : batch.columns[this.#timestampColumn];
    const headers = this.#headersColumn < 0 ? null : batch.columns[this.#headersColumn];
    const now = this.#clock.now();
    const delivery = this.#delivery;
    const { partitions } = delivery;
    const key = this.#key;
    const value = this.#value;
    value.bytes = values.bytes;
    if (keys !== null) key.bytes = keys.bytes;
    const kinds = this.#isUpsert ? batch.kinds : null;
    const isLast = this.#isUpsert && keys !== null ? lastOfKeys(keys, length) : null;
    for (let row = 0; row < length; row++) {
      if (isLast !== null && isLast[row] === 0) continue;
      const isGone = kinds !== null && rowKindSign[kinds[row]] < 0;
      value.start = isGone ? -1 : row === 0 ? 0 : values.ends[row - 1];
      value.end = values.ends[row];
      if (keys !== null) {
        key.start = row === 0 ? 0 : keys.ends[row - 1];
        key.end = keys.ends[row];
      }
      const partition = this.#partitioner(key.bytes, key.start, key.end, partitions);
      delivery.append(partition, timestampAt(timestamps, row) ?? now, key, value, headersAt(headers, row));
    }
    return delivery.send();
  }

  flush(): Promise<void> {
    return this.#delivery.flush();
  }

  async close(): Promise<void> {
    try {
      if (!this.#signal.aborted) await this.#delivery.flush();
    } finally {
      await this.#delivery.close();
      await this.#cluster.close();
    }
  }
}

/** 1 for each row behind which none has the same key. */
function lastOfKeys({ bytes, ends }: EncodedRows, length: number): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLast = new Uint8Array(length);
  const seen = new Set<string>();
  for (let row = length - 1; row >= 0; row--) {
    const key = text.toString("latin1", row === 0 ? 0 : ends[row - 1], ends[row]);
    if (seen.has(key)) continue;
    seen.add(key);
    isLast[row] = 1;
  }
  return isLast;
}

interface EncodedRows {
  readonly bytes: Uint8Array;
  /** Where each row ends; it starts where the one before ends. */
  readonly ends: Int32Array;
}

function encodeRows({ encoder, columns }: Part, batch: RecordBatch): EncodedRows {
  const own = recordBatch(
    batch.length,
    columns.map((index) => batch.columns[index]),
    batch.kinds,
  );
  const ends = new Int32Array(batch.length);
  for (let row = 0; row < batch.length; row++) {
    encoder.encodeRow(own, row);
    ends[row] = encoder.byteLength;
  }
  return { bytes: encoder.take(), ends };
}

/** Ms; null where the broker's or our own time is to stand. */
function timestampAt(column: Column | null, row: number): number | null {
  if (column === null || column.kind !== "float64" || column.nulls?.[row] === 1) return null;
  return Math.trunc(column.values[row]);
}

function headersAt(column: Column | null, row: number): Headers | null {
  if (column === null || column.kind !== "value" || column.nulls?.[row] === 1) return null;
  return column.values[row] as Headers;
}
