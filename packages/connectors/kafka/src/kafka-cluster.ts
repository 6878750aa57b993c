/** The cluster as the connector sees it: topics, partitions, offsets, connections; errors as one clear line each. */
import { type Clock, MillraceError, suggest } from "@millrace/core";
import { Admin, type Broker, type Connection } from "@platformatic/kafka";
import type { ClientOptions } from "./client-options.ts";
import { KafkaConnection } from "./kafka-connection.ts";
import { diagnose, ELECTION_MS, ELECTION_PAUSE_MS, isElection, unknownTopic } from "./kafka-error.ts";

export interface Partition {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly leader: Broker | null;
}

/** A topic that is not there, which the caller may have a better answer to than an error. */
export class MissingTopic extends Error {
  readonly topic: string;

  constructor(topic: string, cause: unknown) {
    super(`no topic '${topic}'`, { cause });
    this.topic = topic;
  }
}

export interface ClusterUse {
  /** For messages: `table 'orders'`. */
  readonly owner: string;
  readonly code: "SOURCE_UNAVAILABLE" | "SINK_UNAVAILABLE";
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Special timestamps of a ListOffsets request. */
export const LATEST = -1;
export const EARLIEST = -2;

export class KafkaCluster {
  readonly #options: ClientOptions;
  readonly #use: ClusterUse;
  #admin: Admin | null = null;
  /** Why the last connection broke: requests under way only learn that it did. */
  #broken: Error | null = null;
  #hasAnswered = false;

  constructor(options: ClientOptions, use: ClusterUse) {
    this.#options = options;
    this.#use = use;
  }

  get servers(): string {
    return this.#options.bootstrapBrokers.join(", ");
  }

  /** Names of all topics but Kafka's own. */
  topics(): Promise<string[]> {
    return this.#run("listing the topics", (admin) => admin.listTopics());
  }

  /** The partitions of the topics, leaders included; as known for a while, unless `isFresh`. Errors: MissingTopic. */
  async partitions(
    topics: readonly string[],
    { isFresh = false, creates = false }: { readonly isFresh?: boolean; readonly creates?: boolean } = {},
  ): Promise<Partition[]> {
    const metadata = await this.#run(`reading the topics ${topics.join(", ")}`, (admin) =>
      admin.metadata({ topics: [...topics], forceUpdate: isFresh, autocreateTopics: creates }),
    );
    return topics.flatMap((topic) => {
      const known = metadata.topics.get(topic);
      return (known?.partitions ?? []).map((each, partition) => ({
        topic,
        topicId: known?.id ?? "",
        partition,
        leader: metadata.brokers.get(each.leader) ?? null,
      }));
    });
  }

  /** Offsets by partition of a topic: of a time in ms, of the end (LATEST) or the start (EARLIEST). -1: no record is that new. */
  async offsets(
    topic: string,
    partitions: readonly number[],
    timestamp: number,
    committedOnly: boolean,
  ): Promise<Map<number, number>> {
    const request = partitions.map((partitionIndex) => ({ partitionIndex, timestamp: BigInt(timestamp) }));
    const answer = await this.#run(`listing the offsets of topic ${topic}`, (admin) =>
      admin.listOffsets({ topics: [{ name: topic, partitions: request }], isolationLevel: committedOnly ? 1 : 0 }),
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

  /** Notes how far a group has come: by topic, partition and the offset that it reads next. */
  async commitOffsets(groupId: string, offsets: ReadonlyMap<string, ReadonlyMap<number, number>>): Promise<void> {
    const topics = Array.from(offsets, ([name, partitions]) => ({
      name,
      partitionOffsets: Array.from(partitions, ([partition, offset]) => ({ partition, offset: BigInt(offset) })),
    }));
    await this.#run(`committing offsets of group ${groupId}`, (admin) =>
      admin.alterConsumerGroupOffsets({ groupId, topics }),
    );
  }

  /** A connection of its own: fetches wait in the broker and would hold up others on the same connection. */
  async connect(broker: Broker): Promise<KafkaConnection> {
    try {
      return await KafkaConnection.open(broker, this.#options, () => this.#use.clock.now());
    } catch (cause) {
      throw this.failure(`connecting to ${broker.host}:${broker.port}`, cause);
    }
  }

  async close(): Promise<void> {
    const admin = this.#admin;
    this.#admin = null;
    if (admin !== null) await admin.close().catch(() => undefined); // a dead broker cannot be said goodbye to
  }

  /** What a client error means for the job. Refused logins do not get better by trying again; the rest may. */
  failure(doing: string, cause: unknown): MillraceError {
    if (cause instanceof MillraceError) return cause;
    if (cause instanceof MissingTopic) return this.error(`has no topic '${cause.topic}' now`, "backoff", cause);
    let diagnosis = diagnose(cause, doing);
    if (this.#broken !== null && !diagnosis.isPermanent) diagnosis = diagnose(this.#broken, doing);
    this.#broken = null;
    const text =
      diagnosis.isClosed === true && !this.#hasAnswered
        ? "closes the connection without an answer; check 'properties.security.protocol'"
        : diagnosis.text;
    return this.error(text, diagnosis.isPermanent ? "never" : "backoff", cause);
  }

  /** `text` completes "Kafka at HOST:PORT". */
  error(text: string, retry: "never" | "backoff", cause?: unknown): MillraceError {
    const { owner, code } = this.#use;
    const message = `${owner}: Kafka at ${this.servers}${text.startsWith(":") ? "" : " "}${text}`;
    return new MillraceError({ code, message, retry, cause });
  }

  /** A pause while the cluster sorts itself out. */
  pause(): Promise<void> {
    return this.#use.clock.sleep(ELECTION_PAUSE_MS, this.#use.signal);
  }

  /** The error at the end of all tries. */
  givenUp(last: MillraceError, after: string): MillraceError {
    const { code, message } = last;
    return new MillraceError({ code, message: `${message}: given up after ${after}`, cause: last });
  }

  /** For topics that are not there. */
  async missingTopic(topic: string, remark = ""): Promise<MillraceError> {
    const near = suggest(topic, await this.topics());
    return this.error(`has no topic '${topic}'${near}${remark}; create it, or correct the option 'topic'`, "never");
  }

  async #run<T>(doing: string, action: (admin: Admin) => Promise<T>): Promise<T> {
    const { clock, signal } = this.#use;
    const until = clock.now() + ELECTION_MS;
    for (;;) {
      this.#admin ??= this.#connectAdmin();
      try {
        const answer = await action(this.#admin);
        this.#hasAnswered = true;
        return answer;
      } catch (cause) {
        if (!isElection(cause) || clock.now() >= until || signal.aborted) throw await this.#failed(doing, cause);
        await this.pause();
      }
    }
  }

  async #failed(doing: string, cause: unknown): Promise<Error> {
    const topic = unknownTopic(cause);
    if (topic !== null) return new MissingTopic(topic, cause);
    // A client that has lost its broker is dropped: the next call makes a new one.
    await this.close();
    return this.failure(doing, cause);
  }

  #connectAdmin(): Admin {
    const admin = new Admin({ ...this.#options, retries: 0, strict: false });
    admin.on("client:broker:connect", ({ connection }: { readonly connection: Connection }) => this.#watch(connection));
    return admin;
  }

  #watch(connection: Connection): void {
    // Without a listener the event would end the process; requests under way are told by themselves.
    connection.on("error", (error) => {
      this.#broken = error;
    });
  }
}
