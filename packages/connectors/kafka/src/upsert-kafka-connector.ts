import {
  type ConnectorFactory,
  MillraceError,
  type OptionSchema,
  type Sink,
  type SinkTableContext,
} from "@millrace/core";
import { BufferedWriter } from "./buffered-writer.ts";
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
  "sink.buffer-flush.max-rows": {
    type: "integer",
    description:
      "Writing: changes are held back until there are so many keys, so that only the last change of each is written. Goes with 'sink.buffer-flush.interval'; 0: they are not held back.",
    default: "0",
    min: 0,
  },
  "sink.buffer-flush.interval": {
    type: "duration",
    description: "Writing: changes are held back no longer than this.",
    default: "0 s",
    min: 0,
  },
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
  createSink: (context) => buffered(createUpsertSink(context), context),
};

function buffered(sink: Sink, context: SinkTableContext): Sink {
  const { options: values, metadata, primaryKey, schema, tableName } = context;
  const maxRows = values["sink.buffer-flush.max-rows"] as number;
  const intervalMs = values["sink.buffer-flush.interval"] as number;
  if (maxRows > 0 !== intervalMs > 0) {
    throw new MillraceError({
      code: "OPTION_INVALID",
      message: `table '${tableName}': 'sink.buffer-flush.max-rows' and 'sink.buffer-flush.interval' go together: give both, or none`,
    });
  }
  if (maxRows === 0) return sink;
  const fields = [...schema.fields, ...metadata.map(({ key, type }) => ({ name: key, type }))];
  const keys = primaryKey.map((name) => fields.findIndex((field) => field.name === name));
  return {
    changelogMode: sink.changelogMode,
    createWriter: async (time) => {
      const inner = await sink.createWriter(time);
      return new BufferedWriter({ inner, fields, keys, maxRows, intervalMs, time: time ?? context.clock });
    },
  };
}
