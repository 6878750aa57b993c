/** Encryption and login, against the broker's own listeners for them. */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { type KafkaFixture, rowsOf, startJob, type TableOptions } from "../kafka-fixture.ts";

export function securitySuite(kafka: KafkaFixture): void {
  describe("security", () => {
    let topic: string;
    beforeAll(async () => {
      topic = await kafka.topic("secret");
      await kafka.client.write(topic, [{ value: '{"n":42}' }]);
    });

    /** Read through the listener; the sink has the same options. */
    const script = (options: TableOptions) =>
      `CREATE TABLE t (n BIGINT) WITH (${kafka.bounded(topic, options)}); SELECT n FROM t`;
    const jaas = (module: string, password: string) =>
      `org.apache.kafka.common.security.${module} required username="alice" password="${password.replaceAll('"', '\\"')}";`;
    const saslTls = (more: TableOptions = {}): TableOptions => ({
      "properties.bootstrap.servers": kafka.broker.security.saslTlsServers,
      "properties.security.protocol": "SASL_SSL",
      "properties.ssl.truststore.type": "PEM",
      "properties.ssl.truststore.location": kafka.broker.security.caPath,
      ...more,
    });

    test.each([
      ["PLAIN", "plain.PlainLoginModule"],
      ["SCRAM-SHA-256", "scram.ScramLoginModule"],
      ["SCRAM-SHA-512", "scram.ScramLoginModule"],
    ])("SASL_SSL with %s", async (mechanism, module) => {
      const options = saslTls({
        "properties.sasl.mechanism": mechanism,
        "properties.sasl.jaas.config": jaas(module, kafka.broker.security.password),
      });
      expect(await rowsOf(script(options))).toEqual([{ n: 42 }]);
    });

    test("SASL_PLAINTEXT, user and password as options of their own", async () => {
      const { saslServers, user, password } = kafka.broker.security;
      const options = {
        "properties.bootstrap.servers": saslServers,
        "properties.security.protocol": "SASL_PLAINTEXT",
        "properties.sasl.username": user,
        "properties.sasl.password": password,
      };
      expect(await rowsOf(script(options))).toEqual([{ n: 42 }]);
    });

    describe("SSL with a client certificate", () => {
      const tls = (more: TableOptions): TableOptions => ({
        "properties.bootstrap.servers": kafka.broker.security.tlsServers,
        "properties.security.protocol": "SSL",
        ...more,
      });

      test("from PEM files, relative to the script's folder", async () => {
        const { caPath, clientPath } = kafka.broker.security;
        const folder = caPath.slice(0, caPath.lastIndexOf("/"));
        const options = tls({
          "properties.ssl.truststore.location": "ca.pem",
          "properties.ssl.keystore.type": "PEM",
          "properties.ssl.keystore.location": clientPath,
        });
        expect(await rowsOf(script(options), { baseDirectory: folder })).toEqual([{ n: 42 }]);
      });

      test("from PEM texts", async () => {
        const { caPath, clientCertificatePath, clientKeyPath } = kafka.broker.security;
        const options = tls({
          "properties.ssl.truststore.certificates": readFileSync(caPath, "utf8"),
          "properties.ssl.keystore.certificate.chain": readFileSync(clientCertificatePath, "utf8"),
          "properties.ssl.keystore.key": readFileSync(clientKeyPath, "utf8"),
        });
        expect(await rowsOf(script(options))).toEqual([{ n: 42 }]);
      });

      test("without one: one line that says what the broker wants", async () => {
        const options = tls({ "properties.ssl.truststore.location": kafka.broker.security.caPath });
        await expect(rowsOf(script(options))).rejects.toThrow(
          /^table 't': Kafka at \S+ cannot be reached over TLS: [a-z0-9/ ]*certificate[a-z ]*; check 'properties.security.protocol' and 'properties.ssl\.\*'$/,
        );
      });
    });

    test("no login where the broker wants one: the line says what to check", async () => {
      const options = { "properties.bootstrap.servers": kafka.broker.security.saslServers };
      await expect(rowsOf(`SET 'restart-strategy.type' = 'none'; ${script(options)}`)).rejects.toThrow(
        /^table 't': Kafka at \S+ closes the connection without an answer; check 'properties.security.protocol'$/,
      );
    });

    describe("refused at once, in one line, never tried again", () => {
      const refusal = async (options: TableOptions): Promise<string> => {
        const lines: string[] = [];
        const reporter = { warn: (line: string) => void lines.push(line), progress: () => undefined };
        const error = await rowsOf(script(options), { reporter }).then(
          () => new Error("the login was accepted"),
          (reason: unknown) => reason as Error,
        );
        expect(lines).toEqual([]);
        expect(error).toMatchObject({ code: "SOURCE_UNAVAILABLE", retry: "never" });
        expect(error.message).not.toContain("\n");
        return error.message;
      };

      test.each(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])("a wrong password with %s", async (mechanism) => {
        const login = { "properties.sasl.username": "alice", "properties.sasl.password": "wrong" };
        const options = saslTls({ "properties.sasl.mechanism": mechanism, ...login });
        expect(await refusal(options)).toMatch(
          /^table 't': Kafka at localhost:\d+ refuses the login: Authentication failed.*; check 'properties.sasl\.\*'$/,
        );
      });

      test("a wrong password of a sink", async () => {
        const login = { "properties.sasl.username": "alice", "properties.sasl.password": "wrong" };
        const job = startJob(`
          CREATE TABLE s (n BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '1');
          CREATE TABLE t (n BIGINT) WITH (${kafka.with(topic, saslTls(login))});
          INSERT INTO t SELECT n FROM s;
        `);
        await expect(job.done).rejects.toThrow(
          /^table 't': Kafka at localhost:\d+ refuses the login: Authentication failed/,
        );
        expect(job.lines).toEqual([]);
      });

      test("a certificate of an authority that is not trusted", async () => {
        const { "properties.ssl.truststore.location": _, ...options } = saslTls({
          "properties.sasl.username": "alice",
          "properties.sasl.password": kafka.broker.security.password,
        });
        expect(await refusal(options)).toMatch(/cannot be reached over TLS: .*certificate/);
      });

      test("none where the broker wants TLS", async () => {
        const options = { "properties.bootstrap.servers": kafka.broker.security.tlsServers };
        expect(await refusal(options)).toMatch(/cannot be reached over TLS: Broker requires TLS; check/);
      });

      test("TLS where the broker speaks none", async () => {
        const options = { "properties.security.protocol": "SSL" };
        expect(await refusal(options)).toMatch(/cannot be reached over TLS: .*check 'properties.security.protocol'/);
      });
    });
  });
}
