/** Where streams begin. */
import { EventTimeAssigner, type EventTimeSpec, MillraceError, type RecordBatch, type Source } from "@millrace/core";
import { RECORD_FIELDS, type SourceKernel, type StreamContext, type StreamSourceTable } from "@millrace/plan";
import { durationMs } from "./duration.ts";
import { iterableSource } from "./iterable-source.ts";
import type { StreamNode } from "./stream-graph.ts";
import { eventTimeOf, type WatermarkStrategy } from "./watermark-strategy.ts";

/** What `from` reads. */
export type SourceLike<T> = Iterable<T> | AsyncIterable<T> | (() => Iterable<T> | AsyncIterable<T>) | StreamSource<T>;

interface StreamSourceBase<T> {
  readonly name: string;
  readonly boundedness: "bounded" | "unbounded";
  /** How records get their event time, where `from` does not say. */
  readonly watermark?: WatermarkStrategy<T> | undefined;
}

/** A source of records in the engine's own form; `createSource` makes one for users. */
export type StreamSource<T> = StreamSourceBase<T> &
  (
    | {
        /** Its batches are made by `valueBatch`. */
        readonly createSource: (context: StreamContext) => Source;
      }
    | {
        /** A table with its connector. */
        readonly table: StreamSourceTable;
        /** Makes records of the rows that are read; null: the one column holds them. */
        readonly createRecords: (() => (batch: RecordBatch) => RecordBatch) | null;
      }
  );

export interface SourceOptions<T> {
  /** In ids, messages and metrics. */
  readonly name?: string;
  /** How records get their event time. Without it they have none, and windows over event time do not close before the end. */
  readonly watermark?: WatermarkStrategy<T>;
}

export function sourceNode<T>(like: SourceLike<T>, options: SourceOptions<T>): StreamNode {
  const source = isStreamSource(like) ? like : iterableSource(like, options.name ?? "records");
  const name = options.name ?? source.name;
  const watermark = options.watermark ?? source.watermark;
  return {
    name: "source",
    inputs: [],
    id: null,
    plan: (id: string) => ({
      kind: "stream-source",
      id,
      fields: RECORD_FIELDS,
      changelogMode: "append",
      name,
      boundedness: source.boundedness,
      source: "table" in source ? source.table : (context: StreamContext) => source.createSource(context),
      createRecords: "table" in source ? source.createRecords : null,
      createEventTime: watermark === undefined ? null : () => new EventTimeKernel(eventTimeOf(watermark), id),
      idleTimeoutMs: durationMs(watermark?.idleTimeout ?? 0, "idleTimeout"),
    }),
  };
}

function isStreamSource<T>(like: SourceLike<T>): like is StreamSource<T> {
  return typeof like === "object" && ("createSource" in like || "table" in like);
}

/** Gives records their event time. */
class EventTimeKernel implements SourceKernel {
  readonly #assigner: EventTimeAssigner;
  readonly #operatorId: string;

  constructor(spec: EventTimeSpec, operatorId: string) {
    this.#assigner = new EventTimeAssigner(spec);
    this.#operatorId = operatorId;
  }

  get watermark(): number {
    return this.#assigner.watermark;
  }

  run(batch: RecordBatch): RecordBatch {
    try {
      return this.#assigner.assign(batch);
    } catch (error) {
      const message = `${this.#operatorId}: ${error instanceof Error ? error.message : String(error)}`;
      throw new MillraceError({ code: "USER_CODE", operatorId: this.#operatorId, message, cause: error });
    }
  }
}
