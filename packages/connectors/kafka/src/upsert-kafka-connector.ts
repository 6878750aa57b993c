import type { ConnectorFactory, OptionSchema } from "@millrace/core";
import { kafkaConnector } from "./kafka-connector.ts";
import { kafkaOptions } from "./kafka-options.ts";
import { createUpsertSink } from "./kafka-sink.ts";
import { createUpsertSource } from "./kafka-source.ts";
import { isBounded } from "./offset-options.ts";

/** Reading begins with the first record: what a key holds is not known without it. The key's columns are the primary key's. */
const isOwn = (name: string) =>
  !name.startsWith("scan.startup.") && name !== "key.fields" && name !== "topic-pattern" && name !== "sink.partitioner";

const options: OptionSchema = {
  ...Object.fromEntries(Object.entries(kafkaOptions).filter(([name]) => isOwn(name))),
  topic: { type: "list", required: true, description: "Topic to read or write." },
};

/** `'connector' = 'upsert-kafka'`: a topic whose records say by key what it holds from now on, or that it is gone. */
export const upsertKafkaConnector: ConnectorFactory = {
  ...kafkaConnector,
  name: "upsert-kafka",
  options,
  formatOptions: ["key.format", "value.format"],
  isBounded,
  changelogMode: () => "upsert",
  writesByKey: () => true,
  createSource: (request, context) =>
    createUpsertSource(request, {
      ...context,
      options: { ...context.options, "scan.startup.mode": "earliest-offset" },
    }),
  createSink: createUpsertSink,
};
