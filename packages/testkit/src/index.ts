export { findBatchProblem, poisonBatch } from "./batch-checks.ts";
export { randomCut } from "./batch-cut.ts";
export { batchesOf, batchOf, type Change, change, changesOf, type TestRow } from "./change.ts";
export { compareRows, compareRowsInOrder, rowText, sameTestValue, valueText } from "./compare-rows.ts";
export { formatConformance } from "./format-conformance.ts";
export type { FormatUnderTest } from "./format-session.ts";
export { goldenCell } from "./golden/golden-cell.ts";
export type { GoldenRecord } from "./golden/golden-record.ts";
export {
  type GoldenResult,
  GoldenRun,
  type GoldenSession,
  type GoldenVariant,
  goldenVariants,
} from "./golden/golden-run.ts";
export { GoldenTables } from "./golden/golden-tables.ts";
export { parseGolden } from "./golden/parse-golden.ts";
export { ManualClock, settle } from "./manual-clock.ts";
export { materialise, materialiseByKey } from "./materialise.ts";
export {
  end,
  type OperatorEvent,
  type OperatorSetup,
  processingTime,
  processingTimer,
  rows,
  watermark,
} from "./operator-run.ts";
export {
  overCall,
  overFields,
  overRow,
  randomOverCall,
  rangeFrame,
  rowsFrame,
  verifyOver,
} from "./over-cases.ts";
export type { AsyncConformanceCase } from "./pipeline/conformance-case.ts";
export { type SimulationFaults, type SimulationOptions, simulate } from "./pipeline/simulate.ts";
export { type SinkUnderTest, sinkConformance } from "./pipeline/sink-conformance.ts";
export { type SourceUnderTest, sourceConformance } from "./pipeline/source-conformance.ts";
export {
  type Outputs,
  PipelineTest,
  type TestPipelineOptions,
  type TestSnapshot,
  testPipeline,
} from "./pipeline/test-pipeline.ts";
export type {
  Query,
  QueryAggregate,
  QueryExpression,
  QueryOrder,
  QueryType,
  QueryValue,
  QueryWindow,
} from "./query/query.ts";
export { aggregateType } from "./query/query.ts";
export { type QueryTables, queryAnswer, TooManyRows } from "./query/query-answer.ts";
export { literalSql, querySql } from "./query/query-sql.ts";
export { randomValue } from "./random-value.ts";
export { aggregate, aggregateChanges, aggregateRows, remainingRows } from "./reference-aggregates.ts";
export { type ReferenceOver, referenceOver } from "./reference-over.ts";
export {
  type MappedRow,
  type ReferenceMatch,
  type ReferencePattern,
  referenceMatches,
} from "./reference-row-pattern.ts";
export { seededRandom } from "./seeded-random.ts";
export { type ConformanceCase, stateBackendConformance } from "./state-backend-conformance.ts";
export { type LookupCall, TestLookupSource } from "./test-lookup-source.ts";
export { TestSink } from "./test-sink.ts";
export { TestSource } from "./test-source.ts";
export { type OperatorVerification, verifyOperator, verifyRecords } from "./verify-operator.ts";
