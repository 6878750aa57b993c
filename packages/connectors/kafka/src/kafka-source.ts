/** The Kafka source: a split is a partition; where it starts and ends is fixed when it is discovered. */
import type {
  OptionValues,
  ReadField,
  ReadRequest,
  Source,
  Split,
  SplitPosition,
  SplitReader,
  TableContext,
} from "@millrace/core";
import { clientOptions } from "./client-options.ts";
import { EARLIEST, KafkaCluster, LATEST, MissingTopic } from "./kafka-cluster.ts";
import { invalid, list, numeric, text } from "./kafka-options.ts";
import { isBounded, type OffsetOptions, type OffsetRule, offsetOptions } from "./offset-options.ts";
import { PartitionReader } from "./partition-reader.ts";
import { type RecordLayout, recordLayout } from "./record-layout.ts";
import { checkPrimaryKey, requireUpsertTable } from "./upsert-table.ts";

interface PartitionSplit {
  readonly topic: string;
  readonly partition: number;
  readonly start: number;
  /** Read up to here, exclusive; null = for ever. */
  readonly stop: number | null;
}

export function createKafkaSource(request: ReadRequest, context: TableContext): Source {
  checkPrimaryKey(context);
  return new KafkaSource(request, context, false);
}

/** Of a table whose records say by key what it holds. */
export function createUpsertSource(request: ReadRequest, context: TableContext): Source {
  requireUpsertTable(context);
  return new KafkaSource(request, context, true);
}

class KafkaSource implements Source {
  readonly #request: ReadRequest;
  readonly #context: TableContext;
  readonly #owner: string;
  readonly #cluster: KafkaCluster;
  readonly #layout: RecordLayout;
  readonly #offsets: OffsetOptions;
  readonly #pattern: RegExp | null;
  readonly #committedOnly: boolean;
  readonly #isUpsert: boolean;
  readonly #splits = new Map<string, Split>();
  readonly #readers = new Set<PartitionReader>();
  #isDiscovered = false;
  readonly boundedness: "bounded" | "unbounded";
  readonly discoveryIntervalMs?: number;
  readonly commitIntervalMs?: number;

  constructor(request: ReadRequest, context: TableContext, isUpsert: boolean) {
    const { options, schema, formats, primaryKey } = context;
    this.#isUpsert = isUpsert;
    this.#request = request;
    this.#context = context;
    this.#owner = `table '${context.tableName}'`;
    this.#offsets = offsetOptions(options, this.#owner);
    this.#layout = recordLayout(schema, options, formats, this.#owner, isUpsert ? primaryKey : null);
    this.#pattern = topicPattern(options, this.#owner);
    const client = clientOptions(options, this.#owner, context.baseDirectory);
    this.#cluster = new KafkaCluster(client, {
      owner: this.#owner,
      code: "SOURCE_UNAVAILABLE",
      clock: context.clock,
      signal: context.signal,
    });
    this.#committedOnly = text(options, "properties.isolation.level") !== "read_uncommitted";
    this.boundedness = isBounded(options) ? "bounded" : "unbounded";
    const interval = numeric(options, "scan.topic-partition-discovery.interval") ?? 0;
    if (this.boundedness === "unbounded" && interval > 0) this.discoveryIntervalMs = interval;
    if (text(options, "properties.group.id") !== undefined && options["properties.enable.auto.commit"] !== false)
      this.commitIntervalMs = numeric(options, "properties.auto.commit.interval.ms") ?? 5_000;
    context.metrics.gauge("pendingRecords", () => {
      let sum = 0;
      for (const reader of this.#readers) sum += reader.lag;
      return sum;
    });
  }

  async discoverSplits(): Promise<readonly Split[]> {
    const topics = await this.#topics();
    const found: Split[] = [];
    for (const topic of topics) {
      const partitions = await this.#partitions(topic);
      const fresh = partitions.filter((partition) => !this.#splits.has(`${topic}-${partition}`));
      if (fresh.length === 0) continue;
      if (!this.#isDiscovered) this.#checkNamed(topic, partitions);
      // What appears while the job runs is read from its first record: none of it was there at the start.
      const starts = this.#isDiscovered
        ? await this.#list(topic, fresh, EARLIEST)
        : await this.#starts(topic, fresh, this.#offsets.start);
      const stops = this.#offsets.stop === null ? null : await this.#stops(topic, fresh, this.#offsets.stop);
      for (const partition of fresh) {
        const start = starts.get(partition) ?? 0;
        // A partition without an end in a bounded table is not read.
        const stop = stops === null ? null : (stops.get(partition) ?? start);
        found.push({ id: `${topic}-${partition}`, properties: { topic, partition, start, stop } });
      }
    }
    // Only now: a discovery that fails half-way is made again as a whole.
    for (const split of found) this.#splits.set(split.id, split);
    this.#isDiscovered = true;
    return [...this.#splits.values()];
  }

  createReader(split: Split, position: SplitPosition | null): SplitReader {
    const { topic, partition, start, stop } = split.properties as unknown as PartitionSplit;
    const { options, reporter } = this.#context;
    const reader = new PartitionReader({
      cluster: this.#cluster,
      reporter,
      now: () => this.#context.clock.now(),
      owner: this.#owner,
      topic,
      partition,
      startOffset: typeof position === "number" ? position : start,
      stopOffset: stop,
      reset: this.#offsets.reset,
      maxBytes: numeric(options, "properties.max.partition.fetch.bytes") ?? 1 << 20,
      maxWaitMs: numeric(options, "properties.fetch.max.wait.ms") ?? 500,
      committedOnly: this.#committedOnly,
      metadata: this.#request.metadata,
      isUpsert: this.#isUpsert,
      reportBad: (record) => this.#context.badRecords.report(record),
      ...this.#decoders(),
      closed: () => this.#readers.delete(reader),
    });
    this.#readers.add(reader);
    return reader;
  }

  async commit(positions: ReadonlyMap<string, SplitPosition>): Promise<void> {
    const groupId = text(this.#context.options, "properties.group.id");
    if (groupId === undefined || this.commitIntervalMs === undefined) return;
    const offsets = new Map<string, Map<number, number>>();
    for (const [id, position] of positions) {
      const split = this.#splits.get(id);
      if (split === undefined || typeof position !== "number") continue;
      const { topic, partition } = split.properties as unknown as PartitionSplit;
      const partitions = offsets.get(topic) ?? new Map<number, number>();
      offsets.set(topic, partitions.set(partition, position));
    }
    if (offsets.size > 0) await this.#cluster.commitOffsets(groupId, offsets);
  }

  close(): Promise<void> {
    return this.#cluster.close();
  }

  /** The decoders that a reader needs for the request, and which of them gives which column. */
  #decoders() {
    const { formats, schema } = this.#context;
    const { key, value, valueFormat } = this.#layout;
    const isInValue = (name: string) => value.fields.some((field) => field.name === name);
    const keyFields: ReadField[] = [];
    const valueFields: ReadField[] = [];
    const columns = this.#request.fields.map((field) => {
      const [name, ...rest] = field.path;
      // What a key holds is gone with its value.
      const fromKey = isInValue(name) && !this.#isUpsert ? undefined : key.find((each) => each.column === name);
      if (fromKey === undefined) return { fromKey: false, index: valueFields.push(field) - 1 };
      return { fromKey: true, index: keyFields.push({ ...field, path: [fromKey.field.name, ...rest] }) - 1 };
    });
    const predicates = this.#request.predicates.filter(({ field }) => isInValue(field.path[0]));
    return {
      columns,
      valueDecoder: (describe: () => string) =>
        formats.decoder(
          { fields: valueFields, metadata: [], predicates },
          describe,
          valueFormat,
          value.fields.length === schema.fields.length ? schema : value,
        ),
      keyDecoder:
        keyFields.length === 0
          ? null
          : (describe: () => string) =>
              formats.decoder({ fields: keyFields, metadata: [], predicates: [] }, describe, "key.format", {
                fields: key.map((each) => each.field),
              }),
    };
  }

  async #topics(): Promise<readonly string[]> {
    const pattern = this.#pattern;
    if (pattern === null) return list(this.#context.options, "topic");
    const topics = (await this.#cluster.topics()).filter((topic) => pattern.test(topic));
    if (topics.length > 0 || this.#isDiscovered) return topics;
    const text = `has no topic that matches 'topic-pattern' = '${this.#context.options["topic-pattern"]}'`;
    if (this.discoveryIntervalMs === undefined) throw this.#cluster.error(text, "never");
    this.#context.reporter.warn(`${this.#cluster.error(text, "never").message}; waiting for one`);
    return topics;
  }

  async #partitions(topic: string): Promise<number[]> {
    try {
      return (await this.#cluster.partitions([topic], { isFresh: true })).map(({ partition }) => partition);
    } catch (error) {
      if (!(error instanceof MissingTopic)) throw error;
      // A topic that was there may come back; one that never was is a mistake.
      if (this.#isDiscovered) throw this.#cluster.failure("looking for partitions", error);
      throw await this.#cluster.missingTopic(topic);
    }
  }

  async #starts(topic: string, partitions: readonly number[], rule: OffsetRule): Promise<Map<number, number>> {
    switch (rule.kind) {
      case "earliest":
        return this.#list(topic, partitions, EARLIEST);
      case "latest":
        return this.#list(topic, partitions, LATEST);
      case "timestamp":
        return this.#ofTime(topic, partitions, rule.timestamp);
      case "specific":
        return this.#withFallback(topic, partitions, rule.offsets);
      case "group":
        return this.#withFallback(
          topic,
          partitions,
          await this.#cluster.committedOffsets(rule.groupId, topic, partitions),
        );
    }
  }

  async #stops(topic: string, partitions: readonly number[], rule: OffsetRule): Promise<ReadonlyMap<number, number>> {
    switch (rule.kind) {
      case "timestamp":
        return this.#ofTime(topic, partitions, rule.timestamp);
      case "specific":
        return rule.offsets;
      case "group":
        return this.#cluster.committedOffsets(rule.groupId, topic, partitions);
      default:
        return this.#list(topic, partitions, LATEST);
    }
  }

  /** Offsets given for partitions that are not there are a mistake. */
  #checkNamed(topic: string, partitions: readonly number[]): void {
    for (const [end, rule] of [
      ["startup", this.#offsets.start],
      ["bounded", this.#offsets.stop],
    ] as const) {
      if (rule?.kind !== "specific") continue;
      for (const partition of rule.offsets.keys()) {
        if (partitions.includes(partition)) continue;
        throw invalid(
          this.#owner,
          `'scan.${end}.specific-offsets' names partition ${partition}; topic ${topic} has 0 to ${partitions.length - 1}`,
        );
      }
    }
  }

  #list(topic: string, partitions: readonly number[], timestamp: number): Promise<Map<number, number>> {
    return this.#cluster.offsets(topic, partitions, timestamp, this.#committedOnly);
  }

  async #withFallback(
    topic: string,
    partitions: readonly number[],
    given: ReadonlyMap<number, number>,
  ): Promise<Map<number, number>> {
    const missing = partitions.filter((partition) => !given.has(partition));
    if (missing.length === 0) return new Map(given);
    const reset = this.#offsets.reset ?? "earliest";
    if (reset === "none") {
      throw this.#cluster.error(
        `: no offset is known for topic ${topic}, partition ${missing.join(", ")}, and 'properties.auto.offset.reset' is 'none'`,
        "never",
      );
    }
    const rest = await this.#list(topic, missing, reset === "latest" ? LATEST : EARLIEST);
    return new Map([...rest, ...given]);
  }

  /** The first offset not older than a time; the end where there is none. */
  async #ofTime(topic: string, partitions: readonly number[], timestamp: number): Promise<Map<number, number>> {
    const ends = await this.#list(topic, partitions, LATEST);
    const found = await this.#list(topic, partitions, timestamp);
    for (const [partition, end] of ends) if ((found.get(partition) ?? -1) < 0) found.set(partition, end);
    return found;
  }
}

function topicPattern(options: OptionValues, owner: string): RegExp | null {
  const pattern = text(options, "topic-pattern");
  const topics = list(options, "topic");
  if (pattern !== undefined && topics.length > 0)
    throw invalid(owner, "'topic' and 'topic-pattern' exclude each other");
  if (pattern === undefined) {
    if (topics.length > 0) return null;
    throw invalid(owner, "missing option 'topic' (or 'topic-pattern')");
  }
  try {
    return new RegExp(`^(?:${pattern})$`);
  } catch (cause) {
    throw invalid(owner, `'topic-pattern' = '${pattern}': ${(cause as Error).message}`);
  }
}
