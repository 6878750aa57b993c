/**
 * Brings record batches to the partitions of a topic, in order, in rounds: one batch of each partition that has something,
 * one request to each broker. What comes meanwhile fills the batches of the next round: full under load, small without.
 *
 * Invariant  the batches of a partition are confirmed in order; one is forgotten only when it is confirmed.
 * Failures   a broker that does not answer or has moved is tried again with growing pauses for `deliveryTimeoutMs`. With
 *            idempotence the broker drops what it has already; without, or after it has forgotten us, records may stand twice.
 * State      records not confirmed yet; `pendingBytes` bounds them (the writer stops taking rows).
 */
import { type Clock, MillraceError, type Reporter } from "@millrace/core";
import { type Broker, ProtocolError } from "@platformatic/kafka";
import type { KafkaCluster } from "./kafka-cluster.ts";
import type { KafkaConnection } from "./kafka-connection.ts";
import { ELECTION_MS, isElection, isElectionCode } from "./kafka-error.ts";
import { initProducer, ProduceError, type ProducerIdentity, produce } from "./produce.ts";
import { type ByteRange, type Codec, type Headers, RecordBatchBuilder, stampBatch } from "./record-batch-builder.ts";

export interface DeliveryOptions {
  readonly cluster: KafkaCluster;
  /** For messages: `table 'orders'`. */
  readonly owner: string;
  readonly topic: string;
  readonly codec: Codec;
  readonly acks: -1 | 1;
  readonly isIdempotent: boolean;
  readonly batchBytes: number;
  readonly requestTimeoutMs: number;
  readonly deliveryTimeoutMs: number;
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

interface SealedBatch {
  readonly bytes: Buffer;
  readonly count: number;
}

/** What waits for one partition. */
interface Lane {
  readonly partition: number;
  readonly builder: RecordBatchBuilder;
  readonly sealed: SealedBatch[];
  /** Number of the first record of the next batch, as the broker counts them. */
  sequence: number;
}

/** What goes to one broker in a round. */
interface LeaderLanes {
  readonly leader: Broker | null;
  readonly lanes: Lane[];
  bytes: number;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
/** Of all batches in one request. */
const REQUEST_BYTES = 16 * 1024 * 1024;
const MAX_PENDING_BYTES = 16 * 1024 * 1024;
const NOT_IDEMPOTENT: ProducerIdentity = { producerId: -1n, epoch: -1 };

export class RecordDelivery {
  readonly #options: DeliveryOptions;
  readonly #lanes: Lane[] = [];
  readonly #connections = new Map<string, KafkaConnection>();
  #leaders: readonly (Broker | null)[];
  #identity: ProducerIdentity | null;
  #pendingBytes = 0;
  #running: Promise<void> | null = null;
  #failure: unknown = null;
  #room: PromiseWithResolvers<void> | null = null;

  /** `leaders`: of each partition of the topic. */
  constructor(options: DeliveryOptions, leaders: readonly (Broker | null)[]) {
    this.#options = options;
    this.#leaders = leaders;
    this.#identity = options.isIdempotent ? null : NOT_IDEMPOTENT;
  }

  get partitions(): number {
    return this.#leaders.length;
  }

  append(partition: number, timestamp: number, key: ByteRange, value: ByteRange, headers: Headers | null): void {
    let lane = this.#lanes[partition];
    if (lane === undefined) {
      while (this.#lanes.length <= partition)
        this.#lanes.push({ partition: this.#lanes.length, builder: new RecordBatchBuilder(), sealed: [], sequence: 0 });
      lane = this.#lanes[partition];
    }
    const { builder } = lane;
    const size = key.end - key.start + value.end - value.start;
    if (builder.count > 0 && builder.size + size > this.#options.batchBytes) this.#seal(lane);
    const before = builder.size;
    builder.append(timestamp, key, value, headers);
    this.#pendingBytes += builder.size - before;
  }

  /** Sends what has been appended, in the background. A returned promise says that there is no room for more yet. */
  send(): void | Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    this.#start();
    if (this.#pendingBytes <= MAX_PENDING_BYTES) return;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  /** Resolves when all that was appended is confirmed. */
  async flush(): Promise<void> {
    while (this.#hasPending() && this.#failure === null && !this.#options.signal.aborted) {
      this.#start();
      await this.#running;
    }
    if (this.#failure !== null) throw this.#failure;
  }

  async close(): Promise<void> {
    const connections = [...this.#connections.values()];
    this.#connections.clear();
    // A dead broker cannot be said goodbye to.
    await Promise.all(connections.map((connection) => connection.close().catch(() => undefined)));
    await this.#running;
  }

  #start(): void {
    if (this.#running !== null || !this.#hasPending()) return;
    this.#running = this.#run().then(
      () => {
        this.#running = null;
      },
      (error: unknown) => {
        this.#running = null;
        this.#failure = error;
        this.#room?.reject(error);
        this.#room = null;
      },
    );
  }

  async #run(): Promise<void> {
    const { clock, reporter, owner, signal, deliveryTimeoutMs } = this.#options;
    let failingSince = 0;
    let pauseMs = 0;
    let isTold = false;
    while (this.#hasPending() && !signal.aborted) {
      const failure = await this.#round();
      if (signal.aborted) return;
      if (failure === null) {
        if (isTold) reporter.warn(`${owner}: reachable again after ${seconds(clock.now() - failingSince)}`);
        pauseMs = 0;
        isTold = false;
        continue;
      }
      if (failure.retry === "never") throw failure;
      if (pauseMs === 0) {
        failingSince = clock.now();
        pauseMs = FIRST_PAUSE_MS;
      }
      const failingMs = clock.now() - failingSince;
      if (failingMs + pauseMs > deliveryTimeoutMs)
        throw this.#options.cluster.givenUp(failure, seconds(deliveryTimeoutMs));
      if (!isTold && !(failure instanceof ElectionError && failingMs < ELECTION_MS)) {
        reporter.warn(`${failure.message}: retrying for up to ${seconds(deliveryTimeoutMs)}`);
        isTold = true;
      }
      await clock.sleep(pauseMs, signal);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }

  /** Sends one batch of each partition; what is not confirmed stays. The last failure, if any. */
  async #round(): Promise<MillraceError | null> {
    const { cluster, topic } = this.#options;
    try {
      const places = await cluster.partitions([topic]);
      this.#leaders = places.map(({ leader }) => leader);
      let failure: MillraceError | null = null;
      const results = await Promise.all(
        this.#byLeader().map(async ({ leader, lanes }) => {
          if (leader === null) return this.#withoutLeader();
          return this.#sendTo(leader, lanes);
        }),
      );
      for (const result of results) if (result !== null && failure?.retry !== "never") failure = result;
      if (failure?.retry === "backoff") await cluster.partitions([topic], { isFresh: true });
      return failure;
    } catch (error) {
      return cluster.failure(`writing to topic ${topic}`, error);
    }
  }

  #byLeader(): LeaderLanes[] {
    const groups = new Map<string, LeaderLanes>();
    for (const lane of this.#lanes) {
      if (lane.sealed.length === 0 && lane.builder.count > 0) this.#seal(lane);
      if (lane.sealed.length === 0) continue;
      const leader = this.#leaders[lane.partition] ?? null;
      const name = leader === null ? "" : address(leader);
      const group = groups.get(name) ?? { leader, lanes: [], bytes: 0 };
      groups.set(name, group);
      const { length } = lane.sealed[0].bytes;
      if (group.lanes.length > 0 && group.bytes + length > REQUEST_BYTES) continue;
      group.lanes.push(lane);
      group.bytes += length;
    }
    return [...groups.values()];
  }

  async #sendTo(leader: Broker, lanes: readonly Lane[]): Promise<MillraceError | null> {
    const { cluster, topic, acks, requestTimeoutMs } = this.#options;
    try {
      const connection = await this.#connectionTo(leader);
      this.#identity ??= await this.#identify(connection);
      const { producerId, epoch } = this.#identity;
      const isIdempotent = this.#identity !== NOT_IDEMPOTENT;
      for (const { sealed, sequence } of lanes)
        stampBatch(sealed[0].bytes, producerId, epoch, isIdempotent ? sequence : -1);
      const batches = lanes.map(({ partition, sealed }) => ({ partition, batch: sealed[0].bytes }));
      const answers = await produce(connection, topic, batches, acks, requestTimeoutMs);
      let failure: MillraceError | null = null;
      for (const { partition, errorCode, message } of answers) {
        if (errorCode === ProduceError.none || errorCode === ProduceError.duplicateSequence) this.#confirm(partition);
        else failure = this.#refused(partition, errorCode, message);
      }
      return failure;
    } catch (error) {
      const connection = this.#connections.get(address(leader));
      this.#connections.delete(address(leader));
      await connection?.close().catch(() => undefined); // it is most likely dead already
      if (isElection(error)) return this.#withoutLeader();
      return cluster.failure(`writing to topic ${topic}`, error);
    }
  }

  async #connectionTo(leader: Broker): Promise<KafkaConnection> {
    const name = address(leader);
    const known = this.#connections.get(name);
    if (known?.isOpen === true && this.#options.clock.now() < known.expiresAt) return known;
    await known?.close();
    const connection = await this.#options.cluster.connect(leader);
    this.#connections.set(name, connection);
    return connection;
  }

  /** A number of our own from the broker; one that does not give us any takes our batches without. */
  async #identify(connection: KafkaConnection): Promise<ProducerIdentity> {
    try {
      for (const lane of this.#lanes) lane.sequence = 0;
      return await initProducer(connection);
    } catch (error) {
      if (this.#options.cluster.failure("getting a producer id", error).retry === "never") return NOT_IDEMPOTENT;
      throw error;
    }
  }

  #confirm(partition: number): void {
    const lane = this.#lanes[partition];
    const batch = lane.sealed.shift();
    if (batch === undefined) return;
    lane.sequence = (lane.sequence + batch.count) & 0x7fffffff;
    this.#pendingBytes -= batch.bytes.length;
    if (this.#pendingBytes > MAX_PENDING_BYTES / 2) return;
    this.#room?.resolve();
    this.#room = null;
  }

  #refused(partition: number, errorCode: number, message: string | null): MillraceError {
    const { cluster, topic } = this.#options;
    const { bytes, count } = this.#lanes[partition].sealed[0];
    const where = `: writing to topic ${topic}, partition ${partition} failed:`;
    switch (errorCode) {
      case ProduceError.tooLarge:
      case ProduceError.listTooLarge: {
        const what = count === 1 ? "a record" : `a batch of ${count} records`;
        const remedy = count === 1 ? "" : " or lower 'properties.batch.size'";
        return cluster.error(
          `${where} ${what} of ${bytes.length} bytes is larger than the topic takes; raise its max.message.bytes${remedy}`,
          "never",
        );
      }
      case ProduceError.outOfOrderSequence:
      case ProduceError.invalidProducerEpoch:
      case ProduceError.invalidProducerIdMapping:
      case ProduceError.unknownProducerId:
        // The broker has forgotten us; we come back under another number.
        this.#identity = null;
        return cluster.error(`${where} it does not know this producer any more`, "backoff");
      default: {
        if (isElectionCode(errorCode)) return this.#withoutLeader();
        const error = new ProtocolError(errorCode, message);
        const reason = message ?? error.message.replace(/\.$/, "");
        return cluster.error(`${where} ${reason}`, Reflect.get(error, "canRetry") === true ? "backoff" : "never");
      }
    }
  }

  #withoutLeader(): MillraceError {
    const { cluster, topic } = this.#options;
    return new ElectionError(cluster.error(`: topic ${topic} has partitions without a leader`, "backoff"));
  }

  #seal(lane: Lane): void {
    const { builder } = lane;
    const { count, size } = builder;
    const bytes = builder.finish(this.#options.codec);
    this.#pendingBytes += bytes.length - size;
    lane.sealed.push({ bytes, count });
  }

  #hasPending(): boolean {
    return this.#lanes.some(({ sealed, builder }) => sealed.length > 0 || builder.count > 0);
  }
}

/** The partition has no leader, or another one: worth a line only if it lasts. */
class ElectionError extends MillraceError {
  constructor({ code, message, retry }: MillraceError) {
    super({ code, message, retry });
  }
}

function address({ host, port }: Broker): string {
  return `${host}:${port}`;
}

function seconds(durationMs: number): string {
  return durationMs < 1000 ? `${Math.round(durationMs)} ms` : `${Math.round(durationMs / 100) / 10} s`;
}
