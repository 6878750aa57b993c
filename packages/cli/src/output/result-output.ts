import type { RecordBatch } from "@millrace/core";
import type { ResultShape } from "./result-shape.ts";
import type { StandardOutput } from "./standard-output.ts";

/** The final table, or each change with its kind. */
export type ResultKind = "table" | "changelog";
export type ResultFormat = "table" | "jsonl" | "csv";

/** Prints the rows of one query. */
export interface ResultOutput {
  /** The batch is borrowed; a returned promise is back-pressure. */
  write(batch: RecordBatch): void | Promise<void>;
  /** All rows have come. */
  end(): Promise<void>;
}

/** The output for a result; what only one form needs is loaded for it. */
export async function createResultOutput(
  shape: ResultShape,
  kind: ResultKind,
  format: ResultFormat,
  out: StandardOutput,
): Promise<ResultOutput> {
  const isFinalTable = kind === "table" && shape.changelogMode === "retract";
  if (format === "table") {
    const { TableOutput, FinalTableOutput } = await import("./table-output.ts");
    return isFinalTable ? new FinalTableOutput(shape, out) : new TableOutput(shape, kind === "changelog", out);
  }
  const { EncodedOutput, FinalEncodedOutput } = await import("./encoded-output.ts");
  const { createLineEncoder } = await import("./line-encoder.ts");
  const lines = createLineEncoder(shape, format, kind === "changelog");
  return isFinalTable ? new FinalEncodedOutput(lines, out) : new EncodedOutput(lines, out);
}
