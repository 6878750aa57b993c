/** The broker as the connector sees it: partitions, offsets, connections; errors as one clear line each. */
import { MillraceError } from "@millrace/core";
import { Admin, type Broker, Connection, MultipleErrors } from "@platformatic/kafka";
import type { ClientOptions } from "./kafka-options.ts";

export interface Partition {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly leader: Broker | null;
}

/** Special timestamps of a ListOffsets request. */
export const LATEST = -1;
export const EARLIEST = -2;

export class KafkaCluster {
  readonly #options: ClientOptions;
  readonly #owner: string;
  #admin: Admin | null = null;

  constructor(options: ClientOptions, owner: string) {
    this.#options = options;
    this.#owner = owner;
  }

  get servers(): string {
    return this.#options.bootstrapBrokers.join(", ");
  }

  /** The partitions of the topics, leaders included. Unknown topics are an error. */
  async partitions(topics: readonly string[], forceUpdate = false): Promise<Partition[]> {
    const metadata = await this.#run(`reading the topics ${topics.join(", ")}`, (admin) =>
      admin.metadata({ topics: [...topics], forceUpdate }),
    );
    const partitions: Partition[] = [];
    for (const topic of topics) {
      const known = metadata.topics.get(topic);
      if (known === undefined || known.partitions.length === 0) throw this.#noTopic(topic);
      known.partitions.forEach((each, partition) => {
        partitions.push({ topic, topicId: known.id, partition, leader: metadata.brokers.get(each.leader) ?? null });
      });
    }
    return partitions;
  }

  /** Offsets by partition of a topic: of a time in ms, of the end (LATEST) or the start (EARLIEST). -1: no record is that new. */
  async offsets(
    topic: string,
    partitions: readonly number[],
    timestamp: number,
    committedOnly: boolean,
  ): Promise<Map<number, number>> {
    const answer = await this.#run(`listing offsets of topic ${topic}`, (admin) =>
      admin.listOffsets({
        topics: [
          {
            name: topic,
            partitions: partitions.map((partitionIndex) => ({ partitionIndex, timestamp: BigInt(timestamp) })),
          },
        ],
        isolationLevel: committedOnly ? 1 : 0,
      }),
    );
    return new Map((answer[0]?.partitions ?? []).map((each) => [each.partitionIndex, Number(each.offset)]));
  }

  /** Committed offsets of a consumer group by partition; none where it has not committed. */
  async committedOffsets(groupId: string, topic: string, partitions: readonly number[]): Promise<Map<number, number>> {
    const groups = await this.#run(`reading the offsets of group ${groupId}`, (admin) =>
      admin.listConsumerGroupOffsets({
        groups: [{ groupId, topics: [{ name: topic, partitionIndexes: [...partitions] }] }],
      }),
    );
    const offsets = new Map<number, number>();
    for (const each of groups[0]?.topics.find((candidate) => candidate.name === topic)?.partitions ?? []) {
      if (each.committedOffset >= 0n) offsets.set(each.partitionIndex, Number(each.committedOffset));
    }
    return offsets;
  }

  /** A connection of its own: fetches wait in the broker and would hold up others on the same connection. */
  async connect(broker: Broker): Promise<Connection> {
    const { clientId, bootstrapBrokers: _, ...options } = this.#options;
    const connection = new Connection(clientId, options);
    try {
      await connection.connect(broker.host, broker.port);
    } catch (cause) {
      throw this.failure(`connecting to ${broker.host}:${broker.port}`, cause);
    }
    return connection;
  }

  async close(): Promise<void> {
    const admin = this.#admin;
    this.#admin = null;
    if (admin !== null) await admin.close().catch(() => undefined); // a dead broker cannot be said goodbye to
  }

  /** What a client error means for the job. Refused logins do not get better by trying again; the rest may. */
  failure(doing: string, cause: unknown): MillraceError {
    if (cause instanceof MillraceError) return cause;
    const reason = reasonOf(cause);
    const isRefused = /authentic|sasl|certificate|requires TLS|wrong version number|self-signed/i.test(reason);
    return new MillraceError({
      code: "SOURCE_UNAVAILABLE",
      message: `${this.#owner}: Kafka at ${this.servers}: ${doing} failed: ${reason}`,
      retry: isRefused ? "never" : "backoff",
      cause,
    });
  }

  async #run<T>(doing: string, action: (admin: Admin) => Promise<T>): Promise<T> {
    this.#admin ??= new Admin({ ...this.#options, retries: 0, strict: false });
    try {
      return await action(this.#admin);
    } catch (cause) {
      const failure = this.failure(doing, cause);
      // A client that has lost its broker is dropped: the next call makes a new one.
      await this.close();
      throw /UNKNOWN_TOPIC|unknown topic|does not host this topic/i.test(failure.message)
        ? this.#noTopic(doing)
        : failure;
    }
  }

  #noTopic(topic: string): MillraceError {
    return new MillraceError({
      code: "SOURCE_UNAVAILABLE",
      message: `${this.#owner}: Kafka at ${this.servers} has no such topic (${topic}); create it, or correct the option 'topic'`,
      retry: "backoff",
    });
  }
}

/** The innermost message: client errors wrap the cause several times. */
export function reasonOf(error: unknown): string {
  if (error instanceof MultipleErrors || error instanceof AggregateError) {
    const inner = error.errors.map(reasonOf).filter((reason) => reason !== "");
    if (inner.length > 0) return [...new Set(inner)].join("; ");
  }
  if (error instanceof Error) {
    if (error.cause !== undefined && error.cause !== null) return reasonOf(error.cause);
    return error.message;
  }
  return String(error);
}
