/** What a test broker needs for encrypted and authenticated listeners, and its clients for their side of it. */
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface BrokerSecurity {
  /** PEM file of the authority that signed the broker's certificate. */
  readonly caPath: string;
  /** PEM files of a client that the authority has signed: certificate and key in one, and apart. */
  readonly clientPath: string;
  readonly clientCertificatePath: string;
  readonly clientKeyPath: string;
  /** TLS; clients must show a certificate. */
  readonly tlsServers: string;
  /** TLS and login: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512. */
  readonly saslTlsServers: string;
  /** Login without TLS. */
  readonly saslServers: string;
  readonly user: string;
  readonly password: string;
  /** For kafka.sh. */
  readonly environment: Record<string, string>;
}

export interface SecurityPorts {
  readonly tls: number;
  readonly saslTls: number;
  readonly sasl: number;
}

const user = "alice";
const password = 'al"ice-secret';

/** Writes keys, certificates and the broker's settings into `folder`. */
export async function createSecurity(folder: string, ports: SecurityPorts): Promise<BrokerSecurity> {
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => run("openssl", args, { cwd: folder });
  const newKey = ["-newkey", "rsa:2048", "-nodes"];
  await openssl("req", "-x509", ...newKey, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=test-ca");
  for (const [name, subject, extension] of [
    ["broker", "/CN=localhost", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
    ["client", "/CN=client", "keyUsage=digitalSignature"],
  ]) {
    await writeFile(file(`${name}.ext`), extension);
    await openssl("req", "-new", ...newKey, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", subject);
    const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", `${name}.ext`];
    await openssl("x509", "-req", "-in", `${name}.csr`, "-out", `${name}.crt`, ...signed);
    const parts = await Promise.all([readFile(file(`${name}.key`), "utf8"), readFile(file(`${name}.crt`), "utf8")]);
    await writeFile(file(`${name}.pem`), parts.join(""));
  }
  const login = `org.apache.kafka.common.security.plain.PlainLoginModule required user_${user}="${password.replaceAll('"', '\\"')}";`;
  const scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;";
  await writeFile(
    file("security.properties"),
    [
      "ssl.keystore.type=PEM",
      `ssl.keystore.location=${file("broker.pem")}`,
      "ssl.truststore.type=PEM",
      `ssl.truststore.location=${file("ca.pem")}`,
      "listener.name.ssl.ssl.client.auth=required",
      "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
      ...["sasl_ssl", "sasl_plaintext"].flatMap((listener) => [
        `listener.name.${listener}.plain.sasl.jaas.config=${login.replaceAll("\\", "\\\\")}`,
        `listener.name.${listener}.scram-sha-256.sasl.jaas.config=${scram}`,
        `listener.name.${listener}.scram-sha-512.sasl.jaas.config=${scram}`,
      ]),
      "",
    ].join("\n"),
  );
  const scramUser = (mechanism: string) => `--add-scram ${mechanism}=[name=${user},password=${password}]`;
  return {
    caPath: file("ca.pem"),
    clientPath: file("client.pem"),
    clientCertificatePath: file("client.crt"),
    clientKeyPath: file("client.key"),
    tlsServers: `127.0.0.1:${ports.tls}`,
    saslTlsServers: `localhost:${ports.saslTls}`,
    saslServers: `127.0.0.1:${ports.sasl}`,
    user,
    password,
    environment: {
      KAFKA_LISTENERS: [
        `SSL://127.0.0.1:${ports.tls}`,
        `SASL_SSL://localhost:${ports.saslTls}`,
        `SASL_PLAINTEXT://127.0.0.1:${ports.sasl}`,
      ].join(),
      KAFKA_PROPERTIES: file("security.properties"),
      KAFKA_FORMAT: [scramUser("SCRAM-SHA-256"), scramUser("SCRAM-SHA-512")].join(" "),
    },
  };
}
