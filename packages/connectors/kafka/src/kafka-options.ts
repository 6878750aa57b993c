/** The options of a Kafka table: Flink's names, with the properties of Kafka's Java clients that mean something here. */
import { MillraceError, type OptionSchema, type OptionValues } from "@millrace/core";

export const kafkaOptions: OptionSchema = {
  topic: {
    type: "list",
    description: "Topic to read or write; several to read, separated by ';'. Needed unless 'topic-pattern' is given.",
  },
  "topic-pattern": {
    type: "string",
    description: "Regular expression for the whole name of the topics to read, in place of 'topic'.",
  },
  "properties.bootstrap.servers": {
    type: "list",
    required: true,
    description: "Brokers to start from, host:port separated by ','.",
  },
  "properties.group.id": {
    type: "string",
    description: "Consumer group whose offsets 'group-offsets' starts from and to which offsets are committed.",
  },
  "properties.enable.auto.commit": {
    type: "boolean",
    default: "true",
    description:
      "Whether offsets are committed to the group, if one is given, once all sinks have what came of the rows before them.",
  },
  "properties.auto.commit.interval.ms": {
    type: "duration",
    default: "5 s",
    min: 1,
    description: "How often offsets are committed while the job runs; they also are when it has finished.",
  },
  "properties.client.id": { type: "string", default: "millrace", description: "Client name shown by the broker." },
  "properties.auto.offset.reset": {
    type: "enum",
    values: ["earliest", "latest", "none"],
    description:
      "Where to read on where a group has no offset (default: earliest) or an offset is gone (default: none, an error).",
  },
  "properties.isolation.level": {
    type: "enum",
    values: ["read_uncommitted", "read_committed"],
    default: "read_committed",
    description: "Whether records of open and aborted transactions are read.",
  },
  "properties.max.partition.fetch.bytes": {
    type: "bytes",
    default: "1 mb",
    min: 1,
    max: 256 * 1024 * 1024,
    description:
      "Most bytes of one fetch of a partition; a larger record comes all the same. Up to two are held per partition.",
  },
  "properties.fetch.max.wait.ms": {
    type: "duration",
    default: "500",
    description: "How long the broker waits for new records before it answers.",
  },
  "properties.request.timeout.ms": {
    type: "duration",
    default: "30 s",
    min: 1,
    description: "After how long without an answer a request has failed.",
  },
  "properties.socket.connection.setup.timeout.ms": {
    type: "duration",
    default: "10 s",
    min: 1,
    description: "After how long a connection that does not come about has failed.",
  },
  "properties.delivery.timeout.ms": {
    type: "duration",
    default: "2 min",
    description: "How long the sink tries to deliver a record, counted from its first failure, before the job fails.",
  },
  "properties.compression.type": {
    type: "enum",
    values: ["none", "gzip", "snappy", "lz4", "zstd"],
    default: "none",
    description: "Codec of what the sink writes. What is read may have any.",
  },
  "properties.batch.size": {
    type: "bytes",
    default: "512 kb",
    min: 1,
    max: 64 * 1024 * 1024,
    description: "Most bytes of a batch of records the sink writes, before compression; a larger record goes alone.",
  },
  "properties.enable.idempotence": {
    type: "boolean",
    default: "true",
    description: "Whether the broker drops what the sink sends twice because an answer was lost.",
  },
  "properties.security.protocol": {
    type: "enum",
    values: ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"],
    default: "PLAINTEXT",
    description: "Encryption and login.",
  },
  "properties.sasl.mechanism": {
    type: "enum",
    values: ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"],
    default: "PLAIN",
    description: "How to log in.",
  },
  "properties.sasl.jaas.config": {
    type: "string",
    description:
      'User name and password as Java clients write them: ...LoginModule required username="u" password="p";',
  },
  "properties.sasl.username": { type: "string", description: "User name, in place of 'properties.sasl.jaas.config'." },
  "properties.sasl.password": { type: "string", description: "Password, in place of 'properties.sasl.jaas.config'." },
  "properties.sasl.oauthbearer.token": { type: "string", description: "Token for OAUTHBEARER." },
  "properties.ssl.truststore.type": {
    type: "enum",
    values: ["PEM"],
    default: "PEM",
    description: "Form of the authorities that are trusted.",
  },
  "properties.ssl.truststore.location": {
    type: "string",
    description: "PEM file of the authorities that are trusted; by default those of Node.",
  },
  "properties.ssl.truststore.certificates": {
    type: "string",
    description: "The PEM text itself, in place of 'properties.ssl.truststore.location'.",
  },
  "properties.ssl.keystore.type": {
    type: "enum",
    values: ["PEM"],
    default: "PEM",
    description: "Form of the client's certificate and key.",
  },
  "properties.ssl.keystore.location": {
    type: "string",
    description: "PEM file of the client's certificate (with those up to the authority) and its private key.",
  },
  "properties.ssl.keystore.certificate.chain": {
    type: "string",
    description: "The PEM text of the certificate, in place of 'properties.ssl.keystore.location'.",
  },
  "properties.ssl.keystore.key": {
    type: "string",
    description: "The PEM text of the private key, in place of 'properties.ssl.keystore.location'.",
  },
  "properties.ssl.key.password": { type: "string", description: "Password of the private key." },
  "properties.ssl.endpoint.identification.algorithm": {
    type: "string",
    default: "https",
    description: "Empty: it is not checked whether the certificate is for the broker's host.",
  },
  "scan.startup.mode": {
    type: "enum",
    values: ["earliest-offset", "latest-offset", "group-offsets", "timestamp", "specific-offsets"],
    description: "Where to start; 'group-offsets' if a group is given, else 'earliest-offset'.",
  },
  "scan.startup.specific-offsets": { type: "string", description: "partition:0,offset:42;partition:1,offset:300" },
  "scan.startup.timestamp-millis": {
    type: "integer",
    min: 0,
    description: "Start at the first record that is not older, ms since the epoch.",
  },
  "scan.bounded.mode": {
    type: "enum",
    values: ["unbounded", "latest-offset", "group-offsets", "timestamp", "specific-offsets"],
    default: "unbounded",
    description: "Where to end, as of the start of the job.",
  },
  "scan.bounded.specific-offsets": {
    type: "string",
    description: "End before these offsets, written as for the start; partitions that are not named are not read.",
  },
  "scan.bounded.timestamp-millis": {
    type: "integer",
    min: 0,
    description: "End before the first record that is not older.",
  },
  "scan.topic-partition-discovery.interval": {
    type: "duration",
    default: "5 min",
    description: "How often an unbounded table looks for new partitions, and new topics of a pattern; 0 = never.",
  },
  "key.fields": { type: "list", description: "Columns that stand in the record's key, separated by ';'." },
  "key.fields-prefix": {
    type: "string",
    default: "",
    description: "Prefix that key columns have in the table but not in the key.",
  },
  "value.fields-include": {
    type: "enum",
    values: ["ALL", "EXCEPT_KEY"],
    default: "ALL",
    description: "Whether key columns stand in the value too (then they are read from there).",
  },
  "sink.partitioner": {
    type: "enum",
    values: ["default", "fixed", "round-robin"],
    default: "default",
    description:
      "Which partition a row without key goes to: one for some time, then another; always the first; or the next each time. Keys decide by their hash, as in Java clients, unless 'fixed'.",
  },
  "sink.delivery-guarantee": {
    type: "enum",
    values: ["at-least-once", "none"],
    default: "at-least-once",
    description: "What holds when a broker is lost; with 'none' its leader alone confirms what is written.",
  },
};

export function text(options: OptionValues, name: string): string | undefined {
  const value = options[name];
  return typeof value === "string" ? value : undefined;
}

export function numeric(options: OptionValues, name: string): number | undefined {
  const value = options[name];
  return typeof value === "number" ? value : undefined;
}

export function list(options: OptionValues, name: string): readonly string[] {
  const value = options[name];
  return Array.isArray(value) ? (value as readonly string[]) : [];
}

export function invalid(owner: string, message: string): MillraceError {
  return new MillraceError({ code: "OPTION_INVALID", message: `${owner}: ${message}` });
}
