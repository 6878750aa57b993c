/** What a table's options lead to before anything is connected. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  BIGINT,
  createMetricGroup,
  type OptionValues,
  parseOptions,
  type SinkTableContext,
  STRING,
  type TableFormats,
} from "@millrace/core";
import { describe, expect, test } from "vitest";
import { clientOptions } from "./client-options.ts";
import { kafkaConnector } from "./kafka-connector.ts";

const required = { topic: "t", "properties.bootstrap.servers": "localhost:9092" };

function parsed(options: Readonly<Record<string, string>>): OptionValues {
  return parseOptions(kafkaConnector.options, options, "table 't', connector 'kafka'");
}

function contextOf(
  options: Readonly<Record<string, string>>,
  formatNames: readonly string[] = ["format"],
): SinkTableContext {
  const refuse = () => {
    throw new Error("no format is needed before a reader or writer is opened");
  };
  const formats: TableFormats = {
    decoder: refuse,
    encoder: refuse,
    changelogMode: () => "append",
    name: (option = "format") => (formatNames.includes(option) ? "json" : null),
  };
  return {
    tableName: "t",
    schema: {
      fields: [
        { name: "id", type: BIGINT },
        { name: "k_name", type: STRING },
      ],
    },
    primaryKey: [],
    partitionKeys: [],
    options: parsed(options),
    formats,
    badRecords: { report: () => undefined, flush: async () => undefined },
    metrics: createMetricGroup(),
    clock: { now: () => 0, sleep: async () => undefined },
    reporter: { warn: () => undefined, progress: () => undefined },
    baseDirectory: ".",
    signal: new AbortController().signal,
    metadata: [],
    overwrite: false,
  };
}

const source = (options: Readonly<Record<string, string>>, formatNames?: readonly string[]) => () =>
  kafkaConnector.createSource?.({ fields: [], metadata: [], predicates: [] }, contextOf(options, formatNames));
const sink = (options: Readonly<Record<string, string>>, formatNames?: readonly string[]) => () =>
  kafkaConnector.createSink?.(contextOf(options, formatNames));

describe("options", () => {
  test("unknown ones are told with the nearest and all known", () => {
    const misspelt = { ...required, "scan.startup.mod": "earliest-offset" };
    expect(() => parsed(misspelt)).toThrow(
      /unknown option 'scan.startup.mod' \(did you mean 'scan.startup.mode'\?\). Known options: .*properties.bootstrap.servers \(required\).*scan.startup.mode/,
    );
    expect(() => parsed({ ...required, "properties.max.poll.records": "5" })).toThrow("unknown option");
  });

  test("missing ones are told", () => {
    expect(() => parsed({ topic: "t" })).toThrow("missing option 'properties.bootstrap.servers'");
    const { topic: _, ...servers } = required;
    expect(source(servers)).toThrow("table 't': missing option 'topic' (or 'topic-pattern')");
    expect(sink(servers)).toThrow("table 't': missing option 'topic'");
  });

  test.each([
    [{ "scan.startup.mode": "sometimes" }, "expected one of earliest-offset, latest-offset"],
    [{ "properties.max.partition.fetch.bytes": "lots" }, "expected a size"],
    [{ "properties.sasl.mechanism": "GSSAPI" }, "expected one of PLAIN"],
    [{ "properties.ssl.truststore.type": "JKS" }, "expected one of PEM"],
    [{ "sink.delivery-guarantee": "exactly-once" }, "expected one of at-least-once, none"],
  ])("%o is no value", (options, message) => {
    expect(() => parsed({ ...required, ...options })).toThrow(message);
  });

  test.each([
    [{ "topic-pattern": "t.*" }, "'topic' and 'topic-pattern' exclude each other"],
    [{ topic: "", "topic-pattern": "t(" }, "'topic-pattern' = 't(': Invalid regular expression"],
    [{ "properties.bootstrap.servers": "localhost" }, "'localhost': expected host:port"],
    [{ "scan.startup.mode": "timestamp" }, "needs the option 'scan.startup.timestamp-millis'"],
    [{ "scan.startup.mode": "specific-offsets" }, "needs the option 'scan.startup.specific-offsets'"],
    [{ "scan.startup.mode": "group-offsets" }, "needs the option 'properties.group.id'"],
    [{ "scan.bounded.mode": "group-offsets" }, "'scan.bounded.mode' = 'group-offsets' needs"],
    [
      { "scan.startup.mode": "specific-offsets", "scan.startup.specific-offsets": "0:42" },
      "'0:42' is not of the form partition:0,offset:42",
    ],
    [
      {
        "scan.startup.mode": "specific-offsets",
        "scan.startup.specific-offsets": "partition:0,offset:1",
        topic: "a;b",
      },
      "is for one topic",
    ],
    [{ "key.fields": "id" }, "'key.fields' needs the option 'key.format'"],
    [{ "properties.security.protocol": "SASL_SSL" }, "PLAIN needs 'properties.sasl.username'"],
    [
      { "properties.security.protocol": "SASL_PLAINTEXT", "properties.sasl.jaas.config": "PlainLoginModule required;" },
      `'properties.sasl.jaas.config' has no username="..." and password="..."`,
    ],
    [
      { "properties.security.protocol": "SSL", "properties.ssl.truststore.location": "no-such-file.pem" },
      "'properties.ssl.truststore.location': cannot read",
    ],
  ])("%o does not go together", (options, message) => {
    expect(source({ ...required, ...options })).toThrow(message);
  });

  test.each([
    [{}, "'key.format' needs the option 'key.fields'"],
    [{ "key.fields": "nobody" }, "'key.fields' names 'nobody', which is no physical column"],
    [{ "key.fields": "k_name", "key.fields-prefix": "k_" }, "needs 'value.fields-include' = 'EXCEPT_KEY'"],
    [
      { "key.fields": "id", "key.fields-prefix": "k_", "value.fields-include": "EXCEPT_KEY" },
      "'id', which does not begin with 'key.fields-prefix' = 'k_'",
    ],
  ])("key options %o", (options, message) => {
    expect(sink({ ...required, ...options }, ["format", "key.format"])).toThrow(message);
    expect(source({ ...required, ...options }, ["format", "key.format"])).toThrow(message);
  });

  test("a sink writes to one topic", () => {
    expect(sink({ ...required, topic: "a;b" })).toThrow("a sink writes to one topic, 'topic' names 2");
    const { topic: _, ...servers } = required;
    expect(sink({ ...servers, "topic-pattern": "t.*" })).toThrow(
      "a sink needs the option 'topic', not 'topic-pattern'",
    );
  });

  test("a table is bounded if its reading ends", () => {
    expect(kafkaConnector.isBounded?.(parsed(required))).toBe(false);
    expect(kafkaConnector.isBounded?.(parsed({ ...required, "scan.bounded.mode": "latest-offset" }))).toBe(true);
  });
});

describe("what the client is given", () => {
  const client = (options: Readonly<Record<string, string>>, folder = ".") =>
    clientOptions(parsed({ ...required, ...options }), "table 't'", folder);

  test("several brokers", () => {
    const options = client({ "properties.bootstrap.servers": "a:1, b:2,[::1]:3" });
    expect(options.bootstrapBrokers).toEqual(["a:1", "b:2", "[::1]:3"]);
    expect(options.tls).toBe(undefined);
    expect(options.sasl).toBe(undefined);
  });

  test("user and password out of a JAAS line, escapes undone", () => {
    const options = client({
      "properties.security.protocol": "SASL_PLAINTEXT",
      "properties.sasl.mechanism": "SCRAM-SHA-512",
      "properties.sasl.jaas.config":
        'org.apache.kafka.common.security.scram.ScramLoginModule required username="al\\\\ice" password = "a\\"b c;";',
    });
    expect(options.sasl).toEqual({ mechanism: "SCRAM-SHA-512", username: "al\\ice", password: 'a"b c;' });
  });

  test("files of the folder of the script, a store that is no PEM refused", () => {
    const folder = mkdtempSync(join(tmpdir(), "millrace-kafka-"));
    try {
      const pem = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
      writeFileSync(join(folder, "ca.pem"), pem);
      writeFileSync(join(folder, "store.jks"), Buffer.of(0xfe, 0xed, 0xfe, 0xed));
      const tls = { "properties.security.protocol": "SSL", "properties.ssl.truststore.location": "ca.pem" };
      expect(client(tls, folder).tls).toEqual({ ca: pem });
      const unchecked = { ...tls, "properties.ssl.endpoint.identification.algorithm": "" };
      expect(client(unchecked, folder).tls?.checkServerIdentity?.("x", {} as never)).toBe(undefined);
      expect(Object.keys(client(unchecked, folder).tls ?? {})).toContain("checkServerIdentity");
      const jks = { ...tls, "properties.ssl.truststore.location": "store.jks" };
      expect(() => client(jks, folder)).toThrow("store.jks is not in PEM form (convert a JKS or PKCS12 store to PEM)");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("the server's name for its choice of certificate, unless it is an address", () => {
    const tls = { "properties.security.protocol": "SSL" };
    expect(client({ ...tls, "properties.bootstrap.servers": "kafka.example:1" }).tlsServerName).toBe(true);
    expect(client({ ...tls, "properties.bootstrap.servers": "10.0.0.1:1,[::1]:1" }).tlsServerName).toBe(false);
  });
});
