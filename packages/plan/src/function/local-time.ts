/** Times as a clock on the wall shows them: ms as if UTC. */
import { type DataType, instantToLocal, localToInstant } from "@millrace/core";
import type { EvaluationContext } from "./evaluate.ts";

export const DAY_MS = 86_400_000;

/** The local time of a value of type TIMESTAMP, TIMESTAMP_LTZ, DATE or TIME. */
export function localOf(type: DataType): (value: unknown, context: EvaluationContext) => number {
  if (type.kind === "date") return (value) => (value as number) * DAY_MS;
  if (type.kind === "timestamp_ltz") return (value, context) => instantToLocal(value as number, context.timeZone);
  return (value) => value as number;
}

/** The value of a type whose local time is given; a DATE loses the time of day. */
export function fromLocal(type: DataType): (local: number, context: EvaluationContext) => number {
  if (type.kind === "date") return (local) => Math.floor(local / DAY_MS);
  if (type.kind === "timestamp_ltz") return (local, context) => localToInstant(local, context.timeZone);
  return (local) => local;
}
