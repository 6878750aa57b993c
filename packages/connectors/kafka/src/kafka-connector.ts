import {
  BIGINT,
  BYTES,
  type ConnectorFactory,
  type DataType,
  INT,
  STRING,
  TIMESTAMP_LTZ_3,
  withNullable,
} from "@millrace/core";
import { kafkaOptions } from "./kafka-options.ts";
import { createKafkaSink } from "./kafka-sink.ts";
import { createKafkaSource } from "./kafka-source.ts";
import { isBounded } from "./offset-options.ts";

const headers: DataType = { kind: "map", key: withNullable(STRING, false), value: BYTES, nullable: false };

/** `'connector' = 'kafka'`: reads and writes topics of Apache Kafka 3.7 and newer. */
export const kafkaConnector: ConnectorFactory = {
  name: "kafka",
  options: kafkaOptions,
  formatOptions: ["format", "value.format", "key.format"],
  metadata: [
    { key: "topic", type: withNullable(STRING, false), writable: false },
    { key: "partition", type: withNullable(INT, false), writable: false },
    { key: "headers", type: headers, writable: true },
    { key: "leader-epoch", type: INT, writable: false },
    { key: "offset", type: withNullable(BIGINT, false), writable: false },
    { key: "timestamp", type: withNullable(TIMESTAMP_LTZ_3, false), writable: true },
    { key: "timestamp-type", type: withNullable(STRING, false), writable: false },
  ],
  isBounded,
  createSource: createKafkaSource,
  createSink: createKafkaSink,
};
