/** The broker, a client beside the connector, and jobs against it, for the suites of this folder. */
import { query, type Row, runSql, type SqlOptions } from "millrace";
import { TopicClient } from "../../packages/connectors/kafka/fixtures/topic-client.ts";
import { type KafkaBroker, startKafka } from "../services/kafka-broker.ts";

export type TableOptions = Readonly<Record<string, string>>;

/** A running job and what it has told so far. */
export interface RunningJob {
  readonly lines: readonly string[];
  /** Resolves when the job has ended, after `stop` too. */
  readonly done: Promise<void>;
  stop(): Promise<void>;
}

export class KafkaFixture {
  #broker: KafkaBroker | null = null;
  #client: TopicClient | null = null;
  #topics = 0;

  async start(): Promise<void> {
    this.#broker = await startKafka();
    this.#client = new TopicClient(this.#broker.bootstrapServers);
  }

  async stop(): Promise<void> {
    await this.#client?.close();
    await this.#broker?.dispose();
  }

  get broker(): KafkaBroker {
    if (this.#broker === null) throw new Error("the broker is not started");
    return this.#broker;
  }

  get client(): TopicClient {
    if (this.#client === null) throw new Error("the broker is not started");
    return this.#client;
  }

  /** A client that knows nothing of connections before a restart. */
  async reconnect(): Promise<void> {
    await this.#client?.close().catch(() => undefined); // its broker may be gone
    this.#client = new TopicClient(this.broker.bootstrapServers);
  }

  /** A name that no other test uses. */
  name(prefix: string): string {
    return `${prefix}-${++this.#topics}`;
  }

  async topic(prefix: string, partitions = 1, settings: TableOptions = {}): Promise<string> {
    const topic = this.name(prefix);
    await this.client.createTopic(topic, partitions, settings);
    return topic;
  }

  /** The content of a WITH clause: a table of this broker. */
  with(topic: string, options: TableOptions = {}): string {
    const all = {
      connector: "kafka",
      topic,
      "properties.bootstrap.servers": this.broker.bootstrapServers,
      ...("value.format" in options ? {} : { format: "json" }),
      ...options,
    };
    return withClause(all);
  }

  /** As `with`, for a table that is read to its present end. */
  bounded(topic: string, options: TableOptions = {}): string {
    return this.with(topic, {
      "scan.startup.mode": "earliest-offset",
      "scan.bounded.mode": "latest-offset",
      ...options,
    });
  }
}

export function withClause(options: TableOptions): string {
  return Object.entries(options)
    .map(([name, value]) => `'${name}' = '${value.replaceAll("'", "''")}'`)
    .join(", ");
}

/** All rows of a bounded script. */
export function rowsOf(script: string, options: SqlOptions = {}): Promise<Row[]> {
  return Array.fromAsync(query(script, options));
}

/** Starts a script of INSERT INTO in the background. */
export function startJob(script: string, options: SqlOptions = {}): RunningJob {
  const lines: string[] = [];
  const abort = new AbortController();
  const reporter = { warn: (line: string) => void lines.push(line), progress: () => undefined };
  const done = runSql(script, { ...options, reporter, signal: abort.signal });
  done.catch(() => undefined); // whoever awaits `done` sees it
  return {
    lines,
    done,
    stop: async () => {
      abort.abort();
      await done;
    },
  };
}
