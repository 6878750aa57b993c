/** The Kafka source: a split is a partition; where it starts and ends is fixed when it is discovered. */
import {
  MillraceError,
  type OptionValues,
  type ReadField,
  type ReadRequest,
  type Source,
  type Split,
  type SplitPosition,
  type SplitReader,
  type TableContext,
} from "@millrace/core";
import { EARLIEST, KafkaCluster, LATEST } from "./kafka-cluster.ts";
import { clientOptions, list, numeric, parseOffsets, text } from "./kafka-options.ts";
import { PartitionReader } from "./partition-reader.ts";

export function isBounded(options: OptionValues): boolean {
  return (text(options, "scan.bounded.mode") ?? "unbounded") !== "unbounded";
}

export function createKafkaSource(request: ReadRequest, context: TableContext): Source {
  return new KafkaSource(request, context);
}

class KafkaSource implements Source {
  readonly #request: ReadRequest;
  readonly #context: TableContext;
  readonly #cluster: KafkaCluster;
  readonly #owner: string;
  readonly #committedOnly: boolean;
  readonly #known = new Map<string, Split>();
  readonly boundedness: "bounded" | "unbounded";
  readonly discoveryIntervalMs?: number;

  constructor(request: ReadRequest, context: TableContext) {
    const { options } = context;
    this.#request = request;
    this.#context = context;
    this.#owner = `table '${context.tableName}'`;
    this.#cluster = new KafkaCluster(clientOptions(options, this.#owner), this.#owner);
    this.#committedOnly = text(options, "properties.isolation.level") !== "read_uncommitted";
    this.boundedness = isBounded(options) ? "bounded" : "unbounded";
    const interval = numeric(options, "scan.topic-partition-discovery.interval") ?? 0;
    if (this.boundedness === "unbounded" && interval > 0) this.discoveryIntervalMs = interval;
    this.#checkOffsetOptions();
  }

  async discoverSplits(): Promise<readonly Split[]> {
    const isFirst = this.#known.size === 0;
    const topics = list(this.#context.options, "topic");
    const partitions = await this.#cluster.partitions(topics, true);
    for (const topic of topics) {
      const fresh = partitions
        .filter((each) => each.topic === topic && !this.#known.has(`${topic}-${each.partition}`))
        .map((each) => each.partition);
      if (fresh.length === 0) continue;
      // Partitions added while the job runs are read from their first record: none was there before.
      const starts = isFirst ? await this.#starts(topic, fresh) : await this.#offsets(topic, fresh, EARLIEST);
      const stops = await this.#stops(topic, fresh);
      for (const partition of fresh) {
        const id = `${topic}-${partition}`;
        this.#known.set(id, {
          id,
          properties: { topic, partition, start: starts.get(partition) ?? 0, stop: stops?.get(partition) ?? null },
        });
      }
    }
    return [...this.#known.values()];
  }

  createReader(split: Split, position: SplitPosition | null): SplitReader {
    const { topic, partition, start, stop } = split.properties as {
      topic: string;
      partition: number;
      start: number;
      stop: number | null;
    };
    const { options, formats, tableName } = this.#context;
    const keyFields = formats.name("key.format") === null ? [] : list(options, "key.fields");
    const isKey = (field: ReadField) => keyFields.includes(field.path[0]);
    const fromKey = this.#request.fields.map((field) => isKey(field));
    const prefix = text(options, "key.fields-prefix") ?? "";
    const keyRequest = this.#request.fields.filter((_, i) => fromKey[i]).map((field) => withoutPrefix(field, prefix));
    const valueRequest = this.#request.fields.filter((_, i) => !fromKey[i]);
    const predicates = this.#request.predicates.filter((each) => !isKey(each.field));
    let nextKey = 0;
    let nextValue = 0;
    const valueFormat = formats.name("value.format") === null ? "format" : "value.format";
    return new PartitionReader({
      cluster: this.#cluster,
      owner: `table '${tableName}'`,
      topic,
      partition,
      startOffset: typeof position === "number" ? position : start,
      stopOffset: stop,
      maxBytes: numeric(options, "properties.fetch.max.bytes") ?? 4 << 20,
      maxWaitMs: numeric(options, "properties.fetch.max.wait.ms") ?? 500,
      committedOnly: this.#committedOnly,
      metadata: this.#request.metadata,
      valueDecoder: (describe) =>
        formats.decoder({ fields: valueRequest, metadata: [], predicates }, describe, valueFormat),
      keyDecoder:
        keyRequest.length === 0
          ? null
          : (describe) => formats.decoder({ fields: keyRequest, metadata: [], predicates: [] }, describe, "key.format"),
      columns: fromKey.map((isFromKey) => ({ fromKey: isFromKey, index: isFromKey ? nextKey++ : nextValue++ })),
    });
  }

  close(): Promise<void> {
    return this.#cluster.close();
  }

  #checkOffsetOptions(): void {
    const { options } = this.#context;
    for (const end of ["startup", "bounded"]) {
      const mode = text(options, `scan.${end}.mode`);
      if (mode === "specific-offsets")
        parseOffsets(text(options, `scan.${end}.specific-offsets`), `scan.${end}.specific-offsets`, this.#owner);
      const needs =
        mode === "timestamp"
          ? `scan.${end}.timestamp-millis`
          : mode === "group-offsets"
            ? "properties.group.id"
            : undefined;
      if (needs !== undefined && options[needs] === undefined) {
        throw new MillraceError({
          code: "OPTION_INVALID",
          message: `${this.#owner}: 'scan.${end}.mode' = '${mode}' needs the option '${needs}'`,
        });
      }
    }
  }

  #offsets(topic: string, partitions: readonly number[], timestamp: number): Promise<Map<number, number>> {
    return this.#cluster.offsets(topic, partitions, timestamp, this.#committedOnly);
  }

  async #starts(topic: string, partitions: readonly number[]): Promise<Map<number, number>> {
    const { options } = this.#context;
    const groupId = text(options, "properties.group.id");
    const mode = text(options, "scan.startup.mode") ?? (groupId === undefined ? "earliest-offset" : "group-offsets");
    switch (mode) {
      case "latest-offset":
        return this.#offsets(topic, partitions, LATEST);
      case "timestamp":
        return this.#offsetsOfTime(topic, partitions, numeric(options, "scan.startup.timestamp-millis") ?? 0);
      case "specific-offsets": {
        const given = parseOffsets(
          text(options, "scan.startup.specific-offsets"),
          "scan.startup.specific-offsets",
          this.#owner,
        );
        return this.#withFallback(topic, partitions, given);
      }
      case "group-offsets":
        return this.#withFallback(
          topic,
          partitions,
          await this.#cluster.committedOffsets(groupId ?? "", topic, partitions),
        );
      default:
        return this.#offsets(topic, partitions, EARLIEST);
    }
  }

  async #withFallback(
    topic: string,
    partitions: readonly number[],
    given: Map<number, number>,
  ): Promise<Map<number, number>> {
    const missing = partitions.filter((partition) => !given.has(partition));
    if (missing.length === 0) return given;
    const reset = text(this.#context.options, "properties.auto.offset.reset") ?? "earliest";
    if (reset === "none") {
      throw new MillraceError({
        code: "SOURCE_UNAVAILABLE",
        message: `${this.#owner}: no offset for topic ${topic}, partition ${missing.join(", ")}, and 'properties.auto.offset.reset' is 'none'`,
      });
    }
    const rest = await this.#offsets(topic, missing, reset === "latest" ? LATEST : EARLIEST);
    return new Map([...rest, ...given]);
  }

  /** The first offset not older than a time; the end where there is none. */
  async #offsetsOfTime(topic: string, partitions: readonly number[], timestamp: number): Promise<Map<number, number>> {
    const [found, ends] = [
      await this.#offsets(topic, partitions, timestamp),
      await this.#offsets(topic, partitions, LATEST),
    ];
    for (const [partition, end] of ends) if ((found.get(partition) ?? -1) < 0) found.set(partition, end);
    return found;
  }

  async #stops(topic: string, partitions: readonly number[]): Promise<Map<number, number> | null> {
    const { options } = this.#context;
    switch (text(options, "scan.bounded.mode") ?? "unbounded") {
      case "latest-offset":
        return this.#offsets(topic, partitions, LATEST);
      case "timestamp":
        return this.#offsetsOfTime(topic, partitions, numeric(options, "scan.bounded.timestamp-millis") ?? 0);
      case "specific-offsets":
        return parseOffsets(
          text(options, "scan.bounded.specific-offsets"),
          "scan.bounded.specific-offsets",
          this.#owner,
        );
      case "group-offsets":
        return this.#cluster.committedOffsets(text(options, "properties.group.id") ?? "", topic, partitions);
      default:
        return null;
    }
  }
}

function withoutPrefix(field: ReadField, prefix: string): ReadField {
  const [name, ...rest] = field.path;
  return name.startsWith(prefix) ? { ...field, path: [name.slice(prefix.length), ...rest] } : field;
}
