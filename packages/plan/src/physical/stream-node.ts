/**
 * What a program's streams are made of. A record is one row with one JavaScript value. What such a node does is code, given as
 * a function that makes the machine, once per instance.
 */
import type { AsyncOperator, Clock, OperatorContext, RecordBatch, Reporter, Sink, Source } from "@millrace/core";
import type { PlanField } from "../logical/logical-plan.ts";
import type { PhysicalBase, PhysicalPlan } from "./physical-plan.ts";

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

/** Runs over each batch a source has read; its output is borrowed until its next run. */
export interface SourceKernel {
  /** Null if nothing is left of the batch. */
  run(batch: RecordBatch): RecordBatch | null;
  /** After `run`: no record read later is expected to be at or before it; -Infinity if nothing can be said. */
  readonly watermark: number;
}

export interface PhysicalStreamSource extends PhysicalBase {
  readonly kind: "stream-source";
  readonly name: string;
  readonly boundedness: "bounded" | "unbounded";
  readonly createSource: (context: StreamContext) => Source;
  /** Gives records their event time; null: they have none. */
  readonly createKernel: (() => SourceKernel) | null;
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
  readonly createSink: (context: StreamContext) => Sink;
}
