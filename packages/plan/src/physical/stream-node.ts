/**
 * What a program's streams are made of. A record is one row with one JavaScript value. What such a node does is code, given as
 * a function that makes the machine, once per instance.
 */
import type {
  AsyncOperator,
  Clock,
  ConnectorFactory,
  FormatFactory,
  OperatorContext,
  RecordBatch,
  Reporter,
  Sink,
  Source,
} from "@millrace/core";
import type { CatalogTable } from "../catalog/catalog-table.ts";
import type { PlanField } from "../logical/logical-plan.ts";
import type { PhysicalBase, PhysicalPlan, PhysicalScan, PhysicalSink } from "./physical-plan.ts";

/** The one column of a stream. */
export const RECORD_FIELDS: readonly PlanField[] = [{ name: "record", type: { kind: "value", nullable: true } }];

/** What the runtime gives to sources and sinks of programs. */
export interface StreamContext {
  /** For messages: `source 'orders'`. */
  readonly owner: string;
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** What a program brings along for a table of its own. */
interface StreamTable {
  readonly connectors: readonly ConnectorFactory[];
  readonly formats: readonly FormatFactory[];
}

/** A table that a stream begins with: what is read of it. */
export interface StreamSourceTable
  extends StreamTable,
    Pick<PhysicalScan, "table" | "options" | "readFields" | "metadata"> {}

/** A table that a stream ends in. */
export interface StreamSinkTable extends StreamTable, Pick<PhysicalSink, "options"> {
  readonly table: CatalogTable;
}

/** Runs over each batch a source has read; its output is borrowed until its next run. */
export interface SourceKernel {
  /** Null if nothing is left of the batch. */
  run(batch: RecordBatch): RecordBatch | null;
  /** After `run`: no record read later is expected to be at or before it; -Infinity if nothing can be said. */
  readonly watermark: number;
  /** See CalcKernel. */
  reach?(watermark: number, own?: number, others?: number): void;
}

export interface PhysicalStreamSource extends PhysicalBase {
  readonly kind: "stream-source";
  readonly name: string;
  readonly boundedness: "bounded" | "unbounded";
  /** Code that makes the source, or a table with its connector. */
  readonly source: ((context: StreamContext) => Source) | StreamSourceTable;
  /** Makes records of the rows of a table; null: the first column holds them. */
  readonly createRecords: (() => (batch: RecordBatch) => RecordBatch) | null;
  /** Gives records their event time; null: they have none. */
  readonly createEventTime: (() => SourceKernel) | null;
  /** 0 = a quiet split holds the watermark for ever. */
  readonly idleTimeoutMs: number;
}

export interface PhysicalStreamOperator extends PhysicalBase {
  readonly kind: "stream-operator";
  /** What it does, in a word: `map`, `filter`, `process`. */
  readonly name: string;
  /** More of it, for EXPLAIN. */
  readonly detail: string;
  readonly inputs: readonly PhysicalPlan[];
  readonly createOperator: (context: OperatorContext, clock: Clock) => AsyncOperator;
}

export interface PhysicalStreamSink extends PhysicalBase {
  readonly kind: "stream-sink";
  readonly name: string;
  readonly input: PhysicalPlan;
  /** Code that makes the sink, or a table with its connector, whose columns are those of the input. */
  readonly sink: ((context: StreamContext) => Sink) | StreamSinkTable;
}
