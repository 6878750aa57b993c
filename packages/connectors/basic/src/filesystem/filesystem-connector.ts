import type { ConnectorFactory, OptionSchema } from "@millrace/core";
import { fileMetadata } from "./file-columns.ts";
import { FileSink } from "./file-sink.ts";
import { FileSource } from "./file-source.ts";
import { goesByWatermark, partitionCommitOptions } from "./partition-commit.ts";

const options: OptionSchema = {
  path: {
    type: "string",
    description:
      "Source: a file, a folder (all files below it) or a glob (*, ?, **, {a,b}, [ab]). Sink: a folder, or a file if its name ends in the format's, as in out.json or out.json.gz. Path or file:// URI.",
    required: true,
  },
  "source.monitor-interval": {
    type: "duration",
    description:
      "Look for new files this often; the table is then unbounded. Without it the files there at the start are read.",
    min: 1,
  },
  "source.follow": {
    type: "boolean",
    description: "Read on as files grow, through rotation and truncation; the table is then unbounded.",
    default: "false",
  },
  "source.chunk-size": {
    type: "bytes",
    description: "How much is read from a file at a time.",
    default: "1 mb",
    min: 1,
    max: 1 << 28,
  },
  "max-record-size": {
    type: "bytes",
    description:
      "A longer record that does not fit into a chunk either is bad: its line ends are missing, or it would not fit in memory. About four times as much memory is needed for one that is read.",
    default: "128 mb",
    min: 1,
    max: 1 << 30,
  },
  "sink.single-file": {
    type: "boolean",
    description:
      "Write one file instead of a folder of part files; the default if 'path' ends in the format's name, as in out.json or out.json.gz.",
  },
  "sink.compression": {
    type: "enum",
    values: ["none", "gzip", "zstd"],
    description:
      "How files are compressed. By default one file goes by its name, as in out.json.gz, and part files are not compressed.",
  },
  "sink.rolling-policy.file-size": {
    type: "bytes",
    description: "Begin the next part file at this size.",
    default: "128 mb",
    min: 1,
  },
  "sink.rolling-policy.rollover-interval": {
    type: "duration",
    description: "A part file is open no longer: then it takes its name, and the next one begins.",
    default: "30 min",
    min: 1,
  },
  "sink.rolling-policy.inactivity-interval": {
    type: "duration",
    description: "A part file that gets no rows for so long takes its name, too.",
    default: "30 min",
    min: 1,
  },
  "sink.rolling-policy.check-interval": {
    type: "duration",
    description: "How often that is looked at.",
    default: "1 min",
    min: 1,
  },
  "partition.default-name": {
    type: "string",
    description: "The folder of NULL and of the empty text in a partition column.",
    default: "__DEFAULT_PARTITION__",
  },
  ...partitionCommitOptions,
};

/** Files of the local file system, plain or compressed (gzip, zstd): `WITH ('connector' = 'filesystem', 'path' = ..., 'format' = ...)`. */
export const filesystemConnector: ConnectorFactory = {
  name: "filesystem",
  options,
  formatOptions: ["format"],
  metadata: fileMetadata,
  sinkNeedsWatermark: goesByWatermark,
  canOverwrite: true,
  isBounded: (values) => values["source.monitor-interval"] === undefined && values["source.follow"] !== true,
  createSource: (request, context) => new FileSource(request, context),
  createSink: (context) => new FileSink(context),
};
