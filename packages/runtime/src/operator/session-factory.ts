import { createSessionWindowAggregate, createSessionWindowAssign, type OperatorFactory } from "@millrace/core";
import type { PhysicalWindowAssign, WindowSpec } from "@millrace/plan";

/** Rows with the windows of their sessions, as a session aggregate of the same rows finds them. */
export function sessionWindowAssignFactory(
  { input, timeColumn, changelogMode }: PhysicalWindowAssign,
  { gapMs, partitionKeys: keys }: Extract<WindowSpec, { kind: "session" }>,
): OperatorFactory {
  const base = { inputFields: input.fields, keys, gapMs, timeColumn };
  const sessions = {
    kind: "session-window-aggregate" as const,
    ...base,
    aggregates: [],
    properties: ["window_start", "window_end"] as const,
  };
  return (context) =>
    createSessionWindowAssign(
      { kind: "session-window-assign", ...base, isUpdating: changelogMode !== "append" },
      context,
      createSessionWindowAggregate(sessions, context),
    );
}
