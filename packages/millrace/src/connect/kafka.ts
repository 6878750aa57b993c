/** Kafka topics as sources and sinks of pipelines. */

import { kafkaConnector } from "@millrace/connector-kafka";
import { type Column, type Float64Column, STRING, valueAt } from "@millrace/core";
import type { StreamSink, StreamSource, WatermarkStrategy } from "@millrace/stream";
import type { Format } from "./format.ts";
import { type BadRecords, tableSink, tableSource } from "./table-stream.ts";

interface KafkaOptions<T> {
  /** `host:port`, one or several. */
  readonly brokers: string | readonly string[];
  readonly format: Format<T>;
  readonly name?: string;
  /** Properties of Kafka's clients: `security.protocol`, `sasl.mechanism` and the like. */
  readonly properties?: { readonly [name: string]: string };
  /** Further options of the connector `kafka`, as in SQL. */
  readonly options?: { readonly [name: string]: string };
}

export interface KafkaSourceOptions<T> extends KafkaOptions<T> {
  readonly topic: string | readonly string[] | RegExp;
  /** The consumer group: where it stands is where reading begins, and it is told how far the job has come. */
  readonly groupId?: string;
  /** Where to begin. Default: the group's offsets if there is a group, else `earliest`. A number or Date: records from that time on. */
  readonly from?: "earliest" | "latest" | "group" | number | Date;
  /** Ends at what is there when the job starts. Default: it never ends. */
  readonly until?: "latest" | undefined;
  readonly watermark?: WatermarkStrategy<T>;
  readonly badRecords?: BadRecords;
}

export interface KafkaSinkOptions<T> extends KafkaOptions<T> {
  readonly topic: string;
  /** The key of a record, which decides on its partition. Without it records go where there is room. */
  readonly key?: (record: T) => string | null;
}

const listOf = (values: string | readonly string[], separator: string) =>
  typeof values === "string" ? values : values.join(separator);

const withPrefix = (properties: { readonly [name: string]: string } = {}) =>
  Object.fromEntries(Object.entries(properties).map(([name, value]) => [`properties.${name}`, value]));

/**
 * The values of the records of topics.
 *
 * @example
 * kafka({ brokers: "localhost:9092", topic: "orders", format: json<{ readonly id: number }>() }).name // "orders"
 */
export function kafka<T>(source: KafkaSourceOptions<T>): StreamSource<T> {
  const { brokers, topic, format, groupId, until, watermark, badRecords, properties, options = {} } = source;
  const topics = topic instanceof RegExp ? topic.source : listOf(topic, ";");
  const from = source.from ?? (groupId === undefined ? "earliest" : "group");
  const isTime = typeof from === "number" || from instanceof Date;
  const mode = isTime ? "timestamp" : from === "group" ? "group-offsets" : `${from}-offset`;
  return tableSource<T>({
    name: source.name ?? topics,
    connector: kafkaConnector,
    format,
    formatOption: "value.format",
    options: {
      ...withPrefix(properties),
      ...options,
      [topic instanceof RegExp ? "topic-pattern" : "topic"]: topics,
      "properties.bootstrap.servers": listOf(brokers, ","),
      "properties.group.id": groupId,
      "scan.startup.mode": mode,
      "scan.startup.timestamp-millis": isTime ? String(Number(from)) : undefined,
      "scan.bounded.mode": until === undefined ? undefined : "latest-offset",
    },
    badRecords,
    watermark,
    origin: { metadata: ORIGIN, describe: describeRecord },
  });
}

const ORIGIN = [
  { key: "topic", type: { ...STRING, nullable: false } },
  { key: "partition", type: { kind: "int", nullable: false } },
  { key: "offset", type: { kind: "bigint", nullable: false } },
] as const;

function describeRecord([topic, partition, offset]: readonly Column[], row: number): string {
  const at = (column: Column) => (column as Float64Column).values[row];
  return `topic ${String(valueAt(topic, row, STRING))}, partition ${at(partition)}, offset ${at(offset)}`;
}

/** Writes records as values of a topic. */
kafka.sink = <T>(sink: KafkaSinkOptions<T>): StreamSink<T> => {
  const { brokers, topic, format, name = topic, key, properties, options = {} } = sink;
  return tableSink<T>({
    name,
    connector: kafkaConnector,
    format,
    formatOption: "value.format",
    options: {
      ...withPrefix(properties),
      ...options,
      topic,
      "properties.bootstrap.servers": listOf(brokers, ","),
    },
    key,
  });
};
