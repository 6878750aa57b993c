/**
 * The Kafka sink, at-least-once: rows are encoded as they come and sent in order, one request under way at a time.
 *
 * A broker that does not answer is tried again with growing pauses until `properties.delivery.timeout.ms` is over; records
 * of the failed request may then stand twice (its answer may have been lost after the broker had written it).
 */
import {
  type Clock,
  type Column,
  MillraceError,
  type RecordBatch,
  type RecordEncoder,
  type Reporter,
  recordBatch,
  type Schema,
  type Sink,
  type SinkTableContext,
  type SinkWriter,
} from "@millrace/core";
import { type MessageToProduce, Producer } from "@platformatic/kafka";
import { reasonOf } from "./kafka-cluster.ts";
import { clientOptions, list, numeric, text } from "./kafka-options.ts";

/** A request is sent once it holds this much. */
const REQUEST_ROWS = 8192;
const REQUEST_BYTES = 768 * 1024;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

export function createKafkaSink(context: SinkTableContext): Sink {
  const owner = `table '${context.tableName}'`;
  const topics = list(context.options, "topic");
  if (topics.length !== 1)
    throw new MillraceError({
      code: "OPTION_INVALID",
      message: `${owner}: a sink writes to one topic, 'topic' names ${topics.length}`,
    });
  return {
    changelogMode: "append",
    createWriter: async () => new KafkaWriter(context, topics[0], owner),
  };
}

interface Part {
  readonly encoder: RecordEncoder;
  /** Columns of the batch that the encoder takes. */
  readonly columns: readonly number[];
}

type Message = MessageToProduce<Buffer, Buffer, Buffer, Buffer>;

class KafkaWriter implements SinkWriter {
  readonly #producer: Producer<Buffer, Buffer, Buffer, Buffer>;
  readonly #topic: string;
  readonly #owner: string;
  readonly #servers: string;
  readonly #value: Part;
  readonly #key: Part | null;
  readonly #metadata: readonly string[];
  readonly #metadataOffset: number;
  readonly #deliveryTimeoutMs: number;
  readonly #clock: Clock;
  readonly #reporter: Reporter;
  readonly #signal: AbortSignal;
  #messages: Message[] = [];
  #bytes = 0;
  #sending: Promise<void> | null = null;
  #failure: unknown = null;

  constructor(context: SinkTableContext, topic: string, owner: string) {
    const { options, schema, formats } = context;
    const client = clientOptions(options, owner);
    this.#topic = topic;
    this.#owner = owner;
    this.#servers = client.bootstrapBrokers.join(", ");
    this.#clock = context.clock;
    this.#reporter = context.reporter;
    this.#signal = context.signal;
    this.#deliveryTimeoutMs = numeric(options, "properties.delivery.timeout.ms") ?? 120_000;
    this.#metadata = context.metadata.map((field) => field.key);
    this.#metadataOffset = schema.fields.length;
    const keyFields = list(options, "key.fields");
    const prefix = text(options, "key.fields-prefix") ?? "";
    const all = schema.fields.map((_, index) => index);
    const keys = all.filter((index) => keyFields.includes(schema.fields[index].name));
    const unknown = keyFields.find((name) => !schema.fields.some((field) => field.name === name));
    if (unknown !== undefined)
      throw new MillraceError({
        code: "OPTION_INVALID",
        message: `${owner}: 'key.fields' names '${unknown}', which is no column of the table`,
      });
    const values =
      text(options, "value.fields-include") === "EXCEPT_KEY" ? all.filter((index) => !keys.includes(index)) : all;
    const part = (columns: readonly number[], optionName: string, strip: string): Part => ({
      columns,
      encoder: formats.encoder(fieldsOf(schema, columns, strip), optionName),
    });
    this.#value = part(values, formats.name("value.format") === null ? "format" : "value.format", "");
    this.#key = formats.name("key.format") === null || keys.length === 0 ? null : part(keys, "key.format", prefix);
    this.#producer = new Producer({
      ...client,
      retries: 0,
      autocreateTopics: true,
      acks: text(options, "sink.delivery-guarantee") === "none" ? 0 : -1,
      compression: (text(options, "properties.compression.type") ?? "none") as "none",
      ...partitionerOf(text(options, "sink.partitioner")),
    });
  }

  write(batch: RecordBatch): void | Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    const values = encodeRows(this.#value, batch);
    const keys = this.#key === null ? null : encodeRows(this.#key, batch);
    const metadata = this.#metadata.map((key, i) => ({ key, column: batch.columns[this.#metadataOffset + i] }));
    for (let row = 0; row < batch.length; row++) {
      const message: Message = { topic: this.#topic, value: values[row] };
      if (keys !== null) message.key = keys[row];
      for (const { key, column } of metadata) applyMetadata(message, key, column, row);
      this.#messages.push(message);
      this.#bytes += values[row].length + (keys === null ? 0 : keys[row].length) + 32;
    }
    if (this.#messages.length < REQUEST_ROWS && this.#bytes < REQUEST_BYTES) return;
    if (this.#sending === null) return void this.#send();
    return this.#sending.then(() => {
      if (this.#failure !== null) throw this.#failure;
      this.#send();
    });
  }

  /** Rows waiting for a fuller request go out at each watermark: low load means low latency. */
  onWatermark(): void {
    if (this.#sending === null && this.#failure === null) this.#send();
  }

  async flush(): Promise<void> {
    while (this.#messages.length > 0 || this.#sending !== null) {
      if (this.#sending === null) this.#send();
      await this.#sending;
      if (this.#failure !== null) break;
    }
    if (this.#failure !== null) throw this.#failure;
  }

  async close(): Promise<void> {
    try {
      if (this.#failure === null && !this.#signal.aborted) await this.flush();
    } finally {
      await this.#producer.close(true).catch(() => undefined); // a dead broker cannot be said goodbye to
    }
  }

  #send(): void {
    if (this.#messages.length === 0) return;
    const messages = this.#messages;
    this.#messages = [];
    this.#bytes = 0;
    this.#sending = this.#deliver(messages).then(
      () => {
        this.#sending = null;
      },
      (error: unknown) => {
        this.#sending = null;
        this.#failure = error;
      },
    );
  }

  async #deliver(messages: Message[]): Promise<void> {
    const since = this.#clock.now();
    for (let pause = FIRST_PAUSE_MS, attempt = 0; ; attempt++) {
      try {
        for (const part of requests(messages)) await this.#producer.send({ messages: part });
        if (attempt > 0) this.#reporter.warn(`${this.#owner}: Kafka at ${this.#servers} takes records again`);
        return;
      } catch (cause) {
        const reason = reasonOf(cause);
        const isOver = this.#clock.now() - since + pause > this.#deliveryTimeoutMs;
        if (isOver || this.#signal.aborted || /authentic|authoriz|sasl|certificate|too large/i.test(reason)) {
          throw new MillraceError({
            code: "SINK_UNAVAILABLE",
            message: `${this.#owner}: Kafka at ${this.#servers}: writing to topic ${this.#topic} failed: ${reason}`,
            cause,
          });
        }
        if (attempt === 0)
          this.#reporter.warn(
            `${this.#owner}: Kafka at ${this.#servers} does not take records (${reason}): trying again for ${Math.round(this.#deliveryTimeoutMs / 1000)} s`,
          );
        await this.#clock.sleep(pause, this.#signal);
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      }
    }
  }
}

function fieldsOf(schema: Schema, columns: readonly number[], prefix: string): Schema {
  return {
    fields: columns.map((index) => {
      const field = schema.fields[index];
      return prefix !== "" && field.name.startsWith(prefix)
        ? { ...field, name: field.name.slice(prefix.length) }
        : field;
    }),
  };
}

/** Each row's bytes: one buffer for all, cut at the boundaries. */
function encodeRows(part: Part, batch: RecordBatch): Buffer[] {
  const { encoder, columns } = part;
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
  const bytes = encoder.take();
  const rows: Buffer[] = [];
  for (let row = 0, start = 0; row < batch.length; row++) {
    rows.push(Buffer.from(bytes.buffer, bytes.byteOffset + start, ends[row] - start));
    start = ends[row];
  }
  return rows;
}

function applyMetadata(message: Message, key: string, column: Column, row: number): void {
  if (column.nulls !== null && column.nulls[row] === 1) return;
  if (key === "timestamp" && column.kind === "float64") message.timestamp = BigInt(Math.trunc(column.values[row]));
  if (key === "headers" && column.kind === "value") {
    const headers = new Map<Buffer, Buffer>();
    for (const [name, value] of column.values[row] as Map<string, Uint8Array | null>)
      headers.set(Buffer.from(name), Buffer.from(value ?? []));
    message.headers = headers;
  }
}

function* requests(messages: Message[]): Generator<Message[]> {
  let start = 0;
  let bytes = 0;
  for (let i = 0; i < messages.length; i++) {
    const size = (messages[i].value?.length ?? 0) + (messages[i].key?.length ?? 0) + 32;
    if (i > start && bytes + size > REQUEST_BYTES) {
      yield messages.slice(start, i);
      start = i;
      bytes = 0;
    }
    bytes += size;
  }
  yield start === 0 ? messages : messages.slice(start);
}

function partitionerOf(name: string | undefined): {
  partitioner?: (message: unknown, key: Buffer | undefined) => number;
} {
  if (name === "fixed") return { partitioner: () => 0 };
  if (name !== "round-robin") return {};
  let next = 0;
  return { partitioner: () => next++ };
}
