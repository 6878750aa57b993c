/** The options of a Kafka table (Flink's names) and what they say to the client. */
import { readFileSync } from "node:fs";
import type { ConnectionOptions as TlsOptions } from "node:tls";
import { MillraceError, type OptionSchema, type OptionValues } from "@millrace/core";
import type { SASLOptions } from "@platformatic/kafka";

export const kafkaOptions: OptionSchema = {
  topic: { type: "list", required: true, description: "Topic to read or write; several to read, separated by ';'." },
  "properties.bootstrap.servers": {
    type: "list",
    required: true,
    description: "Brokers to start from, host:port separated by ','.",
  },
  "properties.group.id": {
    type: "string",
    description: "Consumer group whose committed offsets 'group-offsets' starts from.",
  },
  "properties.client.id": { type: "string", default: "millrace", description: "Client name shown by the broker." },
  "properties.auto.offset.reset": {
    type: "enum",
    values: ["earliest", "latest", "none"],
    description: "Where to start when a group has no offset or an offset is gone.",
  },
  "properties.isolation.level": {
    type: "enum",
    values: ["read_uncommitted", "read_committed"],
    default: "read_committed",
    description: "Whether records of open and aborted transactions are read.",
  },
  "properties.fetch.max.bytes": { type: "bytes", default: "4 mb", min: 1024, description: "Most bytes of one fetch." },
  "properties.fetch.max.wait.ms": {
    type: "duration",
    default: "500",
    description: "How long the broker waits for new records before it answers.",
  },
  "properties.request.timeout.ms": {
    type: "duration",
    default: "30 s",
    description: "After how long without an answer a request has failed.",
  },
  "properties.delivery.timeout.ms": {
    type: "duration",
    default: "120 s",
    description: "How long the sink tries to deliver a record.",
  },
  "properties.compression.type": {
    type: "enum",
    values: ["none", "gzip", "snappy", "lz4", "zstd"],
    default: "none",
    description: "Codec of what the sink writes.",
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
  "properties.sasl.username": { type: "string", description: "User name." },
  "properties.sasl.password": { type: "string", description: "Password." },
  "properties.sasl.jaas.config": { type: "string", description: "User name and password as Java clients write them." },
  "properties.sasl.oauthbearer.token": { type: "string", description: "Token for OAUTHBEARER." },
  "properties.ssl.ca.location": { type: "string", description: "PEM file of the authorities that are trusted." },
  "properties.ssl.truststore.location": { type: "string", description: "The same; PEM only." },
  "properties.ssl.truststore.certificates": { type: "string", description: "The same, the PEM text itself." },
  "properties.ssl.certificate.location": { type: "string", description: "PEM file of the client's certificate." },
  "properties.ssl.key.location": { type: "string", description: "PEM file of the client's key." },
  "properties.ssl.key.password": { type: "string", description: "Password of the key." },
  "properties.ssl.endpoint.identification.algorithm": {
    type: "string",
    default: "https",
    description: "Empty: the broker's name is not checked.",
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
    description: "Where to end.",
  },
  "scan.bounded.specific-offsets": {
    type: "string",
    description: "End before these offsets, written as for the start.",
  },
  "scan.bounded.timestamp-millis": {
    type: "integer",
    min: 0,
    description: "End before the first record that is not older.",
  },
  "scan.topic-partition-discovery.interval": {
    type: "duration",
    default: "5 min",
    description: "How often to look for new partitions; 0 = never.",
  },
  "key.fields": { type: "list", description: "Columns that stand in the record's key." },
  "key.fields-prefix": {
    type: "string",
    default: "",
    description: "Prefix that key columns have in the table but not in the key.",
  },
  "value.fields-include": {
    type: "enum",
    values: ["ALL", "EXCEPT_KEY"],
    default: "ALL",
    description: "Whether key columns stand in the value too.",
  },
  "sink.partitioner": {
    type: "enum",
    values: ["default", "fixed", "round-robin"],
    default: "default",
    description: "Which partition a row goes to: by key (as Java clients do), the writer's own, or in turn.",
  },
  "sink.delivery-guarantee": {
    type: "enum",
    values: ["at-least-once", "none"],
    default: "at-least-once",
    description: "What holds after a crash.",
  },
};

/** What every client object is made with. */
export interface ClientOptions {
  readonly clientId: string;
  readonly bootstrapBrokers: string[];
  readonly requestTimeout: number;
  readonly connectTimeout: number;
  readonly tls?: TlsOptions;
  readonly sasl?: SASLOptions;
}

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

export function clientOptions(options: OptionValues, owner: string): ClientOptions {
  const protocol = text(options, "properties.security.protocol") ?? "PLAINTEXT";
  const requestTimeout = numeric(options, "properties.request.timeout.ms") ?? 30_000;
  return {
    clientId: text(options, "properties.client.id") ?? "millrace",
    bootstrapBrokers: list(options, "properties.bootstrap.servers").map((server) => brokerAddress(server, owner)),
    requestTimeout,
    connectTimeout: Math.min(5_000, requestTimeout),
    ...(protocol.endsWith("SSL") ? { tls: tlsOptions(options, owner) } : {}),
    ...(protocol.startsWith("SASL") ? { sasl: saslOptions(options, owner) } : {}),
  };
}

function brokerAddress(server: string, owner: string): string {
  if (/^(\[[0-9a-fA-F:]+\]|[^:\s/]+):\d+$/.test(server)) return server;
  throw invalid(owner, `'properties.bootstrap.servers' = '${server}': expected host:port`);
}

function tlsOptions(options: OptionValues, owner: string): TlsOptions {
  const file = (name: string): string | undefined => {
    const path = text(options, name);
    if (path === undefined) return undefined;
    let content: string;
    try {
      content = readFileSync(path, "latin1");
    } catch (cause) {
      throw invalid(owner, `'${name}': cannot read ${path}: ${(cause as Error).message}`);
    }
    if (!content.includes("-----BEGIN"))
      throw invalid(owner, `'${name}': ${path} is no PEM file (convert a JKS or PKCS12 store to PEM)`);
    return content;
  };
  const ca =
    file("properties.ssl.ca.location") ??
    file("properties.ssl.truststore.location") ??
    text(options, "properties.ssl.truststore.certificates");
  const cert = file("properties.ssl.certificate.location");
  const key = file("properties.ssl.key.location");
  const passphrase = text(options, "properties.ssl.key.password");
  const checksName = text(options, "properties.ssl.endpoint.identification.algorithm") !== "";
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(checksName ? {} : { checkServerIdentity: () => undefined }),
  };
}

function saslOptions(options: OptionValues, owner: string): SASLOptions {
  const mechanism = (text(options, "properties.sasl.mechanism") ?? "PLAIN") as SASLOptions["mechanism"];
  if (mechanism === "OAUTHBEARER") {
    const token = text(options, "properties.sasl.oauthbearer.token");
    if (token === undefined) throw invalid(owner, "OAUTHBEARER needs 'properties.sasl.oauthbearer.token'");
    return { mechanism, token };
  }
  const jaas = text(options, "properties.sasl.jaas.config") ?? "";
  const fromJaas = (name: string) =>
    new RegExp(`\\b${name}\\s*=\\s*"((?:[^"\\\\]|\\\\.)*)"`).exec(jaas)?.[1].replace(/\\(.)/g, "$1");
  const username = text(options, "properties.sasl.username") ?? fromJaas("username");
  const password = text(options, "properties.sasl.password") ?? fromJaas("password");
  if (username === undefined || password === undefined) {
    throw invalid(
      owner,
      `${mechanism} needs 'properties.sasl.username' and 'properties.sasl.password' (or 'properties.sasl.jaas.config')`,
    );
  }
  return { mechanism, username, password };
}

/** `partition:0,offset:42;partition:1,offset:300` as a map. */
export function parseOffsets(value: string | undefined, name: string, owner: string): Map<number, number> {
  const offsets = new Map<number, number>();
  for (const part of (value ?? "").split(";").filter((each) => each.trim() !== "")) {
    const match = /^\s*partition\s*:\s*(\d+)\s*,\s*offset\s*:\s*(\d+)\s*$/.exec(part);
    if (match === null) throw invalid(owner, `'${name}': '${part}' is not of the form partition:0,offset:42`);
    offsets.set(Number(match[1]), Number(match[2]));
  }
  if (offsets.size === 0)
    throw invalid(owner, `missing option '${name}', of the form partition:0,offset:42;partition:1,offset:300`);
  return offsets;
}

export function invalid(owner: string, message: string): MillraceError {
  return new MillraceError({ code: "OPTION_INVALID", message: `${owner}: ${message}` });
}
