export { systemClock } from "./clock.ts";
export { executeJob } from "./job/execute-job.ts";
export type {
  JobHandle,
  JobProgress,
  JobSummary,
  OperatorMetrics,
  OperatorSummary,
  SourceProgress,
} from "./job/job-handle.ts";
export type { JobOptions } from "./job/job-options.ts";
export type { JobSnapshot } from "./job/job-snapshot.ts";
export { lookupOptionSchema } from "./lookup/lookup-options.ts";
export { Registry } from "./registry.ts";
export type { SplitStatus } from "./source/source-input.ts";
export { sinkNeedsWatermark } from "./table/sink-watermark.ts";
export { isBoundedTable } from "./table/table-boundedness.ts";
export { changelogModeOf, writesByKey } from "./table/table-changelog.ts";
export { tableOptionSchema } from "./table/table-options.ts";
export type { InputWatermark } from "./watermark/input-watermarks.ts";
export { type WatermarkHolder, type WatermarkStatus, watermarkHolderOf } from "./watermark/watermark-status.ts";
