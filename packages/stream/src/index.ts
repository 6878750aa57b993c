/** The DataStream API: typed pipelines. */

export {
  approxCountDistinct,
  approxTopK,
  avg,
  collect,
  collectSet,
  count,
  countDistinct,
  countEvictor,
  countTrigger,
  eventTimeTrigger,
  first,
  histogram,
  last,
  max,
  maxBy,
  min,
  minBy,
  processingTimeTrigger,
  purging,
  quantile,
  type RecordAggregate,
  stddev,
  sum,
  type TriggerContext,
  type TriggerResult,
  topK,
  variance,
  type WindowElement,
  type WindowEvictor,
} from "@millrace/core";
export type { AsyncOptions, RetryOptions } from "./async/async-options.ts";
export {
  BroadcastConnectedKeyedStreams,
  BroadcastConnectedStreams,
  type BroadcastProcessFunction,
  type BroadcastStates,
  BroadcastStream,
  type KeyedBroadcastProcessFunction,
  type ReadonlyMapState,
} from "./broadcast-stream.ts";
export { ConnectedKeyedStreams, ConnectedStreams } from "./connected-streams.ts";
export { createSink, type SinkDefinition } from "./create-sink.ts";
export { createSource, type ReadContext, type SourceChunk, type SourceDefinition } from "./create-source.ts";
export type { DeduplicateOptions } from "./deduplicate.ts";
export { type Duration, durationMs } from "./duration.ts";
export type { OnError } from "./error-policy.ts";
export type { JoinKind } from "./join-kind.ts";
export { KeyedStream } from "./keyed-stream.ts";
export type { LookupCacheOptions, LookupJoinOptions } from "./lookup-join.ts";
export { type Matched, Pattern, type PatternStart, type SkipStrategy } from "./pattern.ts";
export type { MatchOptions, PatternStream } from "./pattern-stream.ts";
export { Pipeline, type PipelineEngine } from "./pipeline.ts";
export type { RunningJob } from "./pipeline-context.ts";
export type {
  Context,
  CoProcessFunction,
  KeyedContext,
  KeyedProcessFunction,
  ProcessFunction,
  SideOutputs,
  TimerContext,
} from "./process-function.ts";
export { RowQueue } from "./row-queue.ts";
export type { RecordSink, SinkLike, StreamSink, WriterSink } from "./sink-node.ts";
export { sinkOf } from "./sink-node.ts";
export type { SourceLike, SourceOptions, StreamSource } from "./source-node.ts";
export {
  aggregating,
  type DeclaredState,
  type DeclaredStates,
  list,
  map,
  reducing,
  type StateHandles,
  type StateOptions,
  value,
} from "./state.ts";
export { type OperatorOptions, type OperatorOutputs, Stream } from "./stream.ts";
export { planGraph, type RecordStream, type StreamNode } from "./stream-graph.ts";
export type { AsOfJoinOptions, Distance, IntervalJoinOptions, TimeJoin } from "./time-join.ts";
export { type Marked, type TypeMarker, type } from "./type-marker.ts";
export type { EventTime, WatermarkStrategy } from "./watermark-strategy.ts";
export {
  type AggregateResults,
  type AggregateSpec,
  customAggregate,
  type ResultRecord,
} from "./window/aggregate-results.ts";
export {
  type AlignedWindowOptions,
  countWindow,
  globalWindow,
  session,
  sliding,
  slidingCount,
  tumbling,
  type WindowAssigner,
  type WindowTimeOptions,
} from "./window/window-assigner.ts";
export type { PlainWindowFunction, WindowFunction, WindowFunctionContext } from "./window/window-function.ts";
export { earlyFirings, type Trigger, timeEvictor } from "./window/window-trigger.ts";
export type { CoGroup, JoinOptions, WindowJoin } from "./window-join.ts";
export { WindowedStream, type WindowOptions } from "./windowed-stream.ts";
