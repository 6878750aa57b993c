/** The keys of SET: which there are, what they take, and which of them do nothing here. */
import { isTimeZone, MillraceError, nearest, type OptionSchema, parseOptions } from "@millrace/core";
import { lookupSettings, restartSettings } from "@millrace/plan";

/** Settings that change what Millrace does. */
export const settingSchema: OptionSchema = {
  "execution.runtime-mode": {
    type: "enum",
    values: ["streaming", "batch"],
    description: "Whether a bounded query gives its changes or its final result.",
  },
  "execution.checkpointing.interval": { type: "duration", description: "Time between two checkpoints." },
  "execution.checkpointing.dir": { type: "string", description: "Folder of the checkpoints." },
  "parallelism.default": { type: "integer", min: 1, description: "How many partitions a job runs in." },
  "pipeline.max-parallelism": { type: "integer", min: 1, max: 32768, description: "Number of key groups." },
  "pipeline.name": { type: "string", description: "Name of the job." },
  "sql-client.execution.result-mode": {
    type: "enum",
    values: ["table", "changelog", "tableau"],
    description: "How the shell shows the result of a query.",
  },
  "table.exec.match-recognize.semantics": {
    type: "enum",
    values: ["flink", "standard"],
    description:
      "How MATCH_RECOGNIZE chooses among matches where Flink, for the patterns that it runs, differs from the SQL standard.",
  },
  "table.exec.sink.not-null-enforcer": {
    type: "enum",
    values: ["ERROR", "DROP"],
    description:
      "What becomes of a row with a NULL for a column that is NOT NULL: it fails the job (default), or is left out.",
  },
  "table.exec.sink.require-on-conflict": {
    type: "boolean",
    description:
      "Whether INSERT has to say by ON CONFLICT what becomes of rows that may meet at a primary key, as Flink demands by default. Here the last one stays, unless this is true.",
  },
  "table.exec.sink.type-length-enforcer": {
    type: "enum",
    values: ["IGNORE", "TRIM_PAD", "ERROR"],
    description:
      "What becomes of CHAR, VARCHAR, BINARY and VARBINARY values that are not of their column's length: they are written as they are (default), cut or padded, or fail the job.",
  },
  "table.exec.sink.upsert-materialize": {
    type: "enum",
    values: ["AUTO", "NONE", "FORCE"],
    description:
      "Whether all rows of a query are kept to write a table by its primary key: where the query's rows have another key (default), never, or always.",
  },
  "table.exec.source.idle-timeout": {
    type: "duration",
    description: "A source split without rows for so long does not hold the watermark back; 0 = never.",
  },
  "table.exec.state.ttl": {
    type: "duration",
    description: "State that was not written for so long, in processing time, is forgotten; 0 = never.",
  },
  "table.optimizer.non-deterministic-update.strategy": {
    type: "enum",
    values: ["IGNORE", "TRY_RESOLVE"],
    description:
      "What is done about functions that give another value each time, of rows that are updated: nothing (default), or they are refused where a row that is taken away would not be found again.",
  },
  "table.local-time-zone": { type: "string", description: "Zone of TIMESTAMP_LTZ values in text, e.g. Europe/Paris." },
  ...lookupSettings,
  ...restartSettings,
};

/** Flink's tuning knobs that have no counterpart here: accepted, so that scripts run unchanged, and ignored. */
const ignoredPrefixes: readonly { readonly prefix: string; readonly reason: string }[] = [
  {
    prefix: "table.exec.async-lookup.key-ordered",
    reason: "rows overtake each other in look-ups only where they are never updated",
  },
  { prefix: "table.exec.mini-batch.", reason: "rows are always processed in batches here" },
  { prefix: "table.exec.resource.", reason: "there is one process and no cluster's resources" },
  { prefix: "table.exec.sink.", reason: "sinks declare what they do themselves" },
  { prefix: "table.optimizer.", reason: "the optimizer here has no such switch" },
  { prefix: "table.dynamic-table-options.", reason: "OPTIONS hints are always allowed" },
  { prefix: "taskmanager.", reason: "there is no task manager" },
  { prefix: "jobmanager.", reason: "there is no job manager" },
  { prefix: "state.", reason: "state is configured with --checkpoint-dir" },
  { prefix: "pipeline.object-reuse", reason: "batches are never copied here" },
  { prefix: "pipeline.operator-chaining", reason: "adjacent operators are always fused" },
];

/** Why a key does nothing here; null for all other keys. */
export function ignoredBecause(key: string): string | null {
  if (Object.hasOwn(settingSchema, key)) return null;
  return ignoredPrefixes.find(({ prefix }) => key.startsWith(prefix))?.reason ?? null;
}

/** @throws MillraceError OPTION_INVALID for a value that the key does not take */
export function checkSetting(key: string, value: string): void {
  parseOptions({ [key]: settingSchema[key] }, { [key]: value }, "SET");
  if (key !== "table.local-time-zone" || isTimeZone(value)) return;
  const near = nearest(value, Intl.supportedValuesOf("timeZone"));
  const hint = near === null ? "" : `; did you mean ${near}?`;
  const message = `there is no time zone '${value}'; one is UTC, Europe/Paris, GMT+8 or +08:00, for example${hint}`;
  throw new MillraceError({ code: "OPTION_INVALID", message });
}
