/** Where streams end. */
import { createCalc, type RecordBatch, type Sink } from "@millrace/core";
import {
  type PhysicalPlan,
  type PhysicalStreamSink,
  RECORD_FIELDS,
  type StreamContext,
  type StreamSinkTable,
} from "@millrace/plan";
import { operatorNode } from "./operator-node.ts";
import { RecordWriter } from "./record-writer.ts";
import type { StreamNode } from "./stream-graph.ts";

/** A sink that takes records one by one. */
export interface RecordSink<T> {
  readonly name: string;
  /** Takes a record; a promise is waited for before the next one. */
  write(record: T): void | Promise<void>;
  /** Makes durable what was written; called at the end, and before positions of sources are noted. */
  flush?(): void | Promise<void>;
  close?(): void | Promise<void>;
}

/** A table with its connector as a sink. */
export interface StreamSink<T> {
  readonly name: string;
  readonly table: StreamSinkTable;
  /** Makes the rows that the table takes. */
  readonly createRows: () => (batch: RecordBatch) => RecordBatch;
  /** It carries `T`. */
  readonly "~record"?: (record: T) => void;
}

/** A sink in the engine's own form; made by `createSink`. */
export interface WriterSink<T> {
  readonly name: string;
  readonly createSink: (context: StreamContext) => Sink;
  /** It carries `T`. */
  readonly "~record"?: (record: T) => void;
}

/** What `to` writes to. */
export type SinkLike<T> = RecordSink<T> | WriterSink<T> | StreamSink<T> | WritableStream<T>;

export function sinkNode<T>(input: StreamNode, sink: SinkLike<T>): StreamNode {
  if (sink instanceof WritableStream) return sinkNode(input, writableSink(sink));
  if ("table" in sink) {
    const { name, table, createRows } = sink;
    const rows = operatorNode("rows", [input], () => createCalc({ run: createRows() }));
    return sinkOf(rows, name, table);
  }
  if ("createSink" in sink) return sinkOf(input, sink.name, sink.createSink);
  return sinkOf(input, sink.name, () => ({
    changelogMode: "append",
    createWriter: () => Promise.resolve(new RecordWriter(sink as RecordSink<unknown>)),
  }));
}

function writableSink<T>(stream: WritableStream<T>): RecordSink<T> {
  const writer = stream.getWriter();
  return {
    name: "writable-stream",
    async write(record) {
      await writer.ready;
      // What the write itself meets is told by `ready` and `close`.
      writer.write(record).catch(() => undefined);
    },
    flush: () => writer.ready.then(() => undefined),
    close: () => writer.close(),
  };
}

/** The node of a sink of the engine's own form. */
export function sinkOf(input: StreamNode, name: string, sink: PhysicalStreamSink["sink"]): StreamNode {
  return {
    name: "sink",
    inputs: [input],
    id: null,
    plan: (id: string, [planned]: readonly PhysicalPlan[]) => ({
      kind: "stream-sink",
      id,
      fields: RECORD_FIELDS,
      changelogMode: "append",
      name,
      input: planned,
      sink,
    }),
  };
}
