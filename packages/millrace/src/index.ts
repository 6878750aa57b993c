/** Stream processing in one Node process: SQL in Flink's dialect over files, Kafka and generators. */
export type {
  ConnectorFactory,
  DataType,
  DeadLetter,
  ErrorCode,
  ErrorDomain,
  FormatFactory,
  RecordBatch,
  Reporter,
  Schema,
} from "@millrace/core";
export { MillraceError } from "@millrace/core";
export type { StateWarning } from "@millrace/plan";
export {
  aggregateFunction,
  asyncScalarFunction,
  isUserFunction,
  overloaded,
  PreciseDate,
  type SqlType,
  scalarFunction,
  tableFunction,
  types,
  type UserFunction,
  type ValueOf,
} from "@millrace/plan";
export type { JobHandle, JobProgress, JobSummary } from "@millrace/runtime";
export { formatSqlError, SqlError } from "@millrace/sql";
export {
  type AsOfJoinOptions,
  type AsyncOptions,
  aggregating,
  type BroadcastProcessFunction,
  type BroadcastStates,
  BroadcastStream,
  type Context,
  type CoProcessFunction,
  createSink,
  createSource,
  type Duration,
  type IntervalJoinOptions,
  type JoinKind,
  type JoinWindows,
  type KeyedBroadcastProcessFunction,
  type KeyedContext,
  type KeyedProcessFunction,
  KeyedStream,
  type LookupCacheOptions,
  type LookupJoinOptions,
  list,
  map,
  type OnError,
  type ProcessFunction,
  type ReadContext,
  type ReadonlyMapState,
  type RecordSink,
  type RetryOptions,
  reducing,
  type SinkDefinition,
  type SourceChunk,
  type SourceDefinition,
  type SourceOptions,
  Stream,
  type StreamSink,
  type StreamSource,
  type TimerContext,
  type,
  value,
  type WatermarkStrategy,
  type WriterSink,
} from "@millrace/stream";
export { type FieldSchema, fields } from "./connect/fields.ts";
export { type FileSinkOptions, type FileSourceOptions, file } from "./connect/file.ts";
export { csv, type Format, json, text } from "./connect/format.ts";
export type { StandardSchema } from "./connect/standard-schema.ts";
export type { BadRecords } from "./connect/table-stream.ts";
export { Pipeline, pipeline, type RunOptions, type SqlQuery } from "./pipeline.ts";
export { query, type Row, runSql, type SqlOptions } from "./run-sql.ts";
export { ConnectorLoader } from "./script/connector-packages.ts";
export {
  type AppliedStatement,
  type ExplainedPlan,
  type Listing,
  type PreparedAnalysis,
  type PreparedJob,
  type PreparedStatement,
  type PrepareOptions,
  type QueryResult,
  ScriptSession,
  type ScriptSessionOptions,
  type StartOptions,
} from "./script/script-session.ts";
export {
  asChangelogTable,
  asTable,
  type Change,
  type StreamTable,
  type StreamTableOptions,
} from "./table/stream-table.ts";
export { TableResult } from "./table/table-result.ts";
