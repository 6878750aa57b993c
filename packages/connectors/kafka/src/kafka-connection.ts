/**
 * One connection to a broker, made for large answers: bytes are read straight into the buffer of the answer they belong to, and
 * who asks may lend that buffer. (The client library's connection makes several short-lived buffers of each answer; fetching a
 * topic then costs more in garbage collection than in decoding.)
 *
 * Invariant  a broker answers the requests of a connection in their order.
 * State      requests without answer; the answer that is coming in.
 */
import { connect as connectPlain, type Socket, type TcpNetConnectOpts } from "node:net";
import { connect as connectTls, type ConnectionOptions as TlsOptions } from "node:tls";
import {
  type Broker,
  type Connection,
  Reader,
  type SASLOptions,
  saslAuthenticateV2,
  saslHandshakeV1,
  saslOAuthBearer,
  saslPlain,
  saslScramSha,
  Writer,
} from "@platformatic/kafka";
import type { ClientOptions } from "./client-options.ts";
import type { ReusedBuffer } from "./reused-buffer.ts";

export interface ApiCall<Answer> {
  readonly api: number;
  readonly version: number;
  readonly payload: Writer;
  /** `answer` is what follows the header. */
  readonly parse: (answer: Buffer) => Answer;
  /** Where the answer is to be read into; it stays there until the buffer is lent again. */
  readonly into?: ReusedBuffer;
}

interface PendingCall {
  readonly correlation: number;
  readonly isFlexible: boolean;
  readonly into: ReusedBuffer | null;
  readonly settle: (error: Error | null, answer: Buffer) => void;
  readonly timer: NodeJS.Timeout;
}

/** Where bytes go that belong to no answer yet. */
const SCRATCH_BYTES = 64 * 1024;
/** Fewer bytes than this are not read in place. */
const DIRECT_BYTES = 8 * 1024;
const MAX_ANSWER_BYTES = 320 * 1024 * 1024;
const NO_ANSWER = Buffer.alloc(0);

export class KafkaConnection {
  readonly #options: ClientOptions;
  readonly #socket: Socket;
  readonly #pending: PendingCall[] = [];
  readonly #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  readonly #lengthBytes = Buffer.alloc(4);
  #lengthFilled = 0;
  #answer: Buffer | null = null;
  #filled = 0;
  #isDirect = false;
  #correlation = 0;
  #broken: Error | null = null;
  /** When the broker ends the session of the login (ms since the epoch). */
  expiresAt = Number.POSITIVE_INFINITY;

  /** Connects and logs in. */
  static async open(broker: Broker, options: ClientOptions, now: () => number): Promise<KafkaConnection> {
    const connection = new KafkaConnection(broker, options);
    try {
      await connection.#connected(options);
      if (options.sasl !== undefined) {
        const lifetimeMs = await connection.#logIn(options.sasl);
        if (lifetimeMs > 0) connection.expiresAt = now() + lifetimeMs * 0.8;
      }
      return connection;
    } catch (error) {
      connection.#socket.destroy();
      // The reason for a connection that breaks during the login is in its own error.
      throw connection.#broken ?? error;
    }
  }

  private constructor({ host, port }: Broker, options: ClientOptions) {
    this.#options = options;
    const onread = {
      buffer: () => this.#nextBuffer(),
      callback: (size: number, bytes: Uint8Array): boolean => {
        this.#received(size, bytes);
        return true;
      },
    };
    const { tls } = options;
    if (tls === undefined) this.#socket = connectPlain({ host, port, onread });
    else {
      const name = options.tlsServerName === true ? { servername: host } : {};
      const settings: TlsOptions & Pick<TcpNetConnectOpts, "onread"> = { ...tls, ...name, host, port, onread };
      this.#socket = connectTls(settings);
    }
    this.#socket.setNoDelay(true);
    this.#socket.on("error", (error) => this.#break(error));
    this.#socket.on("close", () => this.#break(connectionLost()));
  }

  /** False once it is broken: brokers close connections that nobody uses. */
  get isOpen(): boolean {
    return this.#broken === null;
  }

  /** The answer of the broker. Rejects when the connection breaks or the answer takes too long, which breaks it. */
  call<Answer>({ api, version, payload, parse, into }: ApiCall<Answer>): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.#send(api, version, payload, true, true, into ?? null, (error, answer) => {
      if (error !== null) return reject(error);
      try {
        resolve(parse(answer));
      } catch (cause) {
        reject(cause as Error);
      }
    });
    return promise;
  }

  /** As the client library calls its own connections: for its login exchanges. */
  send<Answer>(
    api: number,
    version: number,
    createPayload: () => Writer,
    parse: (correlation: number, api: number, version: number, reader: Reader) => Answer,
    isRequestFlexible: boolean,
    isAnswerFlexible: boolean,
    callback: (error: Error | null, answer?: Answer) => void,
  ): void {
    this.#send(api, version, createPayload(), isRequestFlexible, isAnswerFlexible, null, (error, answer) => {
      if (error !== null) return callback(error);
      let parsed: Answer;
      try {
        parsed = parse(0, api, version, Reader.from(answer));
      } catch (cause) {
        return callback(cause as Error);
      }
      callback(null, parsed);
    });
  }

  async close(): Promise<void> {
    if (this.#socket.destroyed) return;
    const closed = new Promise<void>((resolve) => this.#socket.once("close", () => resolve()));
    this.#socket.destroy();
    await closed;
  }

  #connected({ connectTimeout, tls }: ClientOptions): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => this.#socket.destroy(new Error("the connection timed out")), connectTimeout);
    const done = (action: () => void) => {
      clearTimeout(timer);
      action();
    };
    this.#socket.once(tls === undefined ? "connect" : "secureConnect", () => done(resolve));
    this.#socket.once("close", () => done(() => reject(this.#broken ?? connectionLost())));
    return promise;
  }

  /** How long the session lasts in ms; 0 = without end. */
  async #logIn(sasl: SASLOptions): Promise<number> {
    const connection = this as unknown as Connection;
    const { mechanism, username = "", password = "", token = "" } = sasl;
    await saslHandshakeV1.api.async(connection, mechanism);
    const { api } = saslAuthenticateV2;
    const answer =
      mechanism === "PLAIN"
        ? await saslPlain.authenticate(api, connection, username, password)
        : mechanism === "OAUTHBEARER"
          ? await saslOAuthBearer.authenticate(api, connection, token, {})
          : await saslScramSha.authenticate(
              api,
              connection,
              mechanism === "SCRAM-SHA-512" ? "SHA-512" : "SHA-256",
              username,
              password,
            );
    return Number(answer.sessionLifetimeMs);
  }

  #send(
    api: number,
    version: number,
    payload: Writer,
    isRequestFlexible: boolean,
    isAnswerFlexible: boolean,
    into: ReusedBuffer | null,
    settle: (error: Error | null, answer: Buffer) => void,
  ): void {
    if (this.#broken !== null) return settle(this.#broken, NO_ANSWER);
    this.#correlation = (this.#correlation + 1) & 0x7fffffff;
    const head = Writer.create()
      .appendInt16(api)
      .appendInt16(version)
      .appendInt32(this.#correlation)
      .appendString(this.#options.clientId, false);
    if (isRequestFlexible) head.appendTaggedFields();
    const length = Buffer.alloc(4);
    length.writeInt32BE(head.length + payload.length);
    const { requestTimeout } = this.#options;
    const timer = setTimeout(() => this.#socket.destroy(new Error("the request timed out")), requestTimeout);
    this.#pending.push({ correlation: this.#correlation, isFlexible: isAnswerFlexible, into, settle, timer });
    this.#socket.cork();
    this.#socket.write(length);
    for (const part of [...head.buffers, ...payload.buffers]) this.#socket.write(part);
    this.#socket.uncork();
  }

  /** Where the next bytes are to be read to. */
  #nextBuffer(): Buffer {
    this.#isDirect = this.#answer !== null && this.#answer.length - this.#filled >= DIRECT_BYTES;
    return this.#isDirect ? (this.#answer as Buffer).subarray(this.#filled) : this.#scratch;
  }

  #received(size: number, bytes: Uint8Array): void {
    if (this.#isDirect) {
      this.#filled += size;
      this.#finishAnswer();
      return;
    }
    for (let at = 0; at < size; ) {
      if (this.#answer === null) {
        this.#lengthBytes[this.#lengthFilled++] = bytes[at++];
        if (this.#lengthFilled === 4 && !this.#beginAnswer()) return;
        continue;
      }
      const count = Math.min(size - at, this.#answer.length - this.#filled);
      this.#answer.set(bytes.subarray(at, at + count), this.#filled);
      this.#filled += count;
      at += count;
      this.#finishAnswer();
    }
  }

  #beginAnswer(): boolean {
    this.#lengthFilled = 0;
    const length = this.#lengthBytes.readInt32BE();
    const call = this.#pending[0];
    if (call === undefined || length < 4 || length > MAX_ANSWER_BYTES) {
      this.#socket.destroy(new Error("the broker's answer is none of Kafka's protocol: perhaps it requires TLS"));
      return false;
    }
    this.#answer = call.into?.take(length) ?? Buffer.allocUnsafe(length);
    this.#filled = 0;
    return true;
  }

  #finishAnswer(): void {
    const answer = this.#answer as Buffer;
    if (this.#filled < answer.length) return;
    this.#answer = null;
    const call = this.#pending.shift() as PendingCall;
    clearTimeout(call.timer);
    if (answer.readInt32BE() !== call.correlation) {
      const error = new Error("the broker's answers are out of order");
      this.#socket.destroy(error);
      return call.settle(error, NO_ANSWER);
    }
    // A flexible header ends with tagged fields, of which there are none.
    call.settle(null, answer.subarray(call.isFlexible ? 5 : 4));
  }

  #break(error: Error): void {
    this.#broken ??= error;
    for (const { settle, timer } of this.#pending.splice(0)) {
      clearTimeout(timer);
      settle(this.#broken, NO_ANSWER);
    }
  }
}

function connectionLost(): Error {
  return Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" });
}
