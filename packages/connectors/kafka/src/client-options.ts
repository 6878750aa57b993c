/** What the options of a table say to the client: brokers, time limits, encryption and login. */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { resolve } from "node:path";
import type { ConnectionOptions as TlsOptions } from "node:tls";
import type { OptionValues } from "@millrace/core";
import type { SASLOptions } from "@platformatic/kafka";
import { invalid, list, numeric, text } from "./kafka-options.ts";

/** What every client object is made with. */
export interface ClientOptions {
  readonly clientId: string;
  readonly bootstrapBrokers: string[];
  readonly requestTimeout: number;
  readonly connectTimeout: number;
  readonly tls?: TlsOptions;
  readonly tlsServerName?: boolean;
  readonly sasl?: SASLOptions;
}

/** `baseDirectory` is where relative paths start. Errors: OPTION_INVALID. */
export function clientOptions(options: OptionValues, owner: string, baseDirectory: string): ClientOptions {
  const protocol = text(options, "properties.security.protocol") ?? "PLAINTEXT";
  const requestTimeout = numeric(options, "properties.request.timeout.ms") ?? 30_000;
  const servers = list(options, "properties.bootstrap.servers").map((server) => brokerAddress(server, owner));
  if (servers.length === 0) throw invalid(owner, "'properties.bootstrap.servers' names no broker");
  return {
    clientId: text(options, "properties.client.id") ?? "millrace",
    bootstrapBrokers: servers,
    requestTimeout,
    connectTimeout: Math.min(
      numeric(options, "properties.socket.connection.setup.timeout.ms") ?? 10_000,
      requestTimeout,
    ),
    ...(protocol.endsWith("SSL") ? tlsOptions(options, owner, baseDirectory, servers) : {}),
    ...(protocol.startsWith("SASL") ? { sasl: saslOptions(options, owner) } : {}),
  };
}

function brokerAddress(server: string, owner: string): string {
  if (/^(\[[0-9a-fA-F:]+\]|[^:\s/]+):\d+$/.test(server)) return server;
  throw invalid(owner, `'properties.bootstrap.servers' = '${server}': expected host:port`);
}

function tlsOptions(
  options: OptionValues,
  owner: string,
  baseDirectory: string,
  servers: readonly string[],
): Pick<ClientOptions, "tls" | "tlsServerName"> {
  /** The first of the options that is given, as PEM text. */
  const pem = (...names: readonly string[]): string | undefined => {
    const name = names.find((each) => text(options, each) !== undefined);
    if (name === undefined) return undefined;
    const value = text(options, name) ?? "";
    if (!name.endsWith(".location")) return pemText(value, `'${name}'`, owner);
    const path = resolve(baseDirectory, value);
    let content: string;
    try {
      content = readFileSync(path, "latin1");
    } catch (cause) {
      throw invalid(owner, `'${name}': cannot read ${path}: ${(cause as Error).message}`);
    }
    return pemText(content, `'${name}': ${path}`, owner);
  };
  const keystore = pem("properties.ssl.keystore.location");
  const ca = pem("properties.ssl.truststore.location", "properties.ssl.truststore.certificates");
  const cert = pem("properties.ssl.keystore.certificate.chain") ?? keystore;
  const key = pem("properties.ssl.keystore.key") ?? keystore;
  const passphrase = text(options, "properties.ssl.key.password");
  const checksName = text(options, "properties.ssl.endpoint.identification.algorithm") !== "";
  // A server that serves several names chooses its certificate by this; an address is no name.
  const hasName = servers.some((server) => isIP(server.replace(/:\d+$/, "").replace(/^\[|\]$/g, "")) === 0);
  return {
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(passphrase === undefined ? {} : { passphrase }),
      ...(checksName ? {} : { checkServerIdentity: () => undefined }),
    },
    tlsServerName: hasName,
  };
}

function pemText(content: string, what: string, owner: string): string {
  if (content.includes("-----BEGIN")) return content;
  throw invalid(owner, `${what} is not in PEM form (convert a JKS or PKCS12 store to PEM)`);
}

function saslOptions(options: OptionValues, owner: string): SASLOptions {
  const mechanism = (text(options, "properties.sasl.mechanism") ?? "PLAIN") as SASLOptions["mechanism"];
  const jaas = text(options, "properties.sasl.jaas.config");
  const fromJaas = (name: string) =>
    new RegExp(`\\b${name}\\s*=\\s*"((?:[^"\\\\]|\\\\.)*)"`).exec(jaas ?? "")?.[1].replace(/\\(.)/g, "$1");
  if (mechanism === "OAUTHBEARER") {
    const token = text(options, "properties.sasl.oauthbearer.token");
    if (token === undefined) throw invalid(owner, "OAUTHBEARER needs the option 'properties.sasl.oauthbearer.token'");
    return { mechanism, token };
  }
  const username = text(options, "properties.sasl.username") ?? fromJaas("username");
  const password = text(options, "properties.sasl.password") ?? fromJaas("password");
  if (username !== undefined && password !== undefined) return { mechanism, username, password };
  const found = jaas === undefined ? "" : `; 'properties.sasl.jaas.config' has no username="..." and password="..."`;
  throw invalid(
    owner,
    `${mechanism} needs 'properties.sasl.username' and 'properties.sasl.password' (or 'properties.sasl.jaas.config')${found}`,
  );
}
