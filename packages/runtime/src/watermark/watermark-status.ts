/** Who holds event time back: what a person needs to know whose job gives no output. */
import type { Timestamp } from "@millrace/core";
import type { InputWatermark } from "./input-watermarks.ts";

/** Event time at one operator. */
export interface WatermarkStatus {
  readonly operatorId: string;
  readonly watermark: Timestamp;
  readonly idle: boolean;
  readonly ended: boolean;
  /** What the names in `inputs` are: operators further up, or the splits of a source. */
  readonly inputKind: "operator" | "split";
  readonly inputs: readonly InputWatermark[];
}

export interface WatermarkHolder {
  /** From the operator asked for up to the one where the chain ends. */
  readonly operatorIds: readonly string[];
  /** The split at the end of the chain; null if the source has none that is active. */
  readonly split: string | null;
  /** Where event time stands there; MIN_TIMESTAMP if it has not begun. */
  readonly watermark: Timestamp;
  /** Since when, ms since the epoch; null if unknown. */
  readonly since: number | null;
}

/** The chain of inputs that keeps the watermark of an operator where it is; null if nothing does (it is idle or has ended). */
export function watermarkHolderOf(statuses: readonly WatermarkStatus[], operatorId: string): WatermarkHolder | null {
  const byId = new Map(statuses.map((status) => [status.operatorId, status]));
  const operatorIds: string[] = [];
  let status = byId.get(operatorId);
  let since: number | null = null;
  while (status !== undefined && !status.idle && !status.ended) {
    operatorIds.push(status.operatorId);
    const slowest = slowestOf(status.inputs);
    if (slowest !== null) since = slowest.advancedAt;
    if (slowest === null || status.inputKind === "split") {
      const { watermark } = slowest ?? status;
      return { operatorIds, split: slowest?.name ?? null, watermark, since };
    }
    status = byId.get(slowest.name);
  }
  return null;
}

function slowestOf(inputs: readonly InputWatermark[]): InputWatermark | null {
  let slowest: InputWatermark | null = null;
  for (const input of inputs) {
    if (input.idle || input.ended) continue;
    const isSlower =
      slowest === null ||
      input.watermark < slowest.watermark ||
      (input.watermark === slowest.watermark && input.advancedAt < slowest.advancedAt);
    if (isSlower) slowest = input;
  }
  return slowest;
}
