/** What can be seen of a job from outside, read from its nodes when somebody asks. */
import { MAX_TIMESTAMP } from "@millrace/core";
import { SourceInput } from "../source/source-input.ts";
import type { TaskNode } from "../task/task-node.ts";
import type { WatermarkStatus } from "../watermark/watermark-status.ts";
import type { JobGraph } from "./job-graph.ts";
import type { JobProgress, JobSummary, OperatorMetrics, SourceProgress } from "./job-handle.ts";

export function jobMetrics(graph: JobGraph, nodes: readonly TaskNode[]): readonly OperatorMetrics[] {
  return nodes.map((node, i) => ({
    operatorId: node.id,
    kind: graph.vertices[i].node.kind,
    values: node.metrics.read(),
  }));
}

export function jobWatermarks(nodes: readonly TaskNode[]): readonly WatermarkStatus[] {
  return nodes.map((node) => {
    const { id: operatorId, watermark, idle, ended } = node;
    const status = { operatorId, watermark, idle, ended };
    return node.role?.kind === "input"
      ? { ...status, inputKind: "split", inputs: node.role.input.watermarks() }
      : { ...status, inputKind: "operator", inputs: node.watermarks.inputs() };
  });
}

export function jobProgress(graph: JobGraph, nodes: readonly TaskNode[], elapsedMs: number): JobProgress {
  const sources: SourceProgress[] = [];
  let recordsIn = 0;
  let recordsOut = 0;
  let watermark = MAX_TIMESTAMP;
  for (const [i, node] of nodes.entries()) {
    node.noteState();
    const plan = graph.vertices[i].node;
    if (node.role?.kind === "input") recordsIn += node.recordsIn.value;
    if (plan.kind === "scan") sources.push(sourceProgress(node, plan.table.name));
    if (plan.kind === "stream-source") sources.push(sourceProgress(node, plan.name));
    if (plan.kind !== "sink" && plan.kind !== "stream-sink") continue;
    recordsOut += node.recordsOut.value;
    watermark = Math.min(watermark, node.watermark);
  }
  return { elapsedMs, recordsIn, recordsOut, watermark, sources };
}

function sourceProgress(node: TaskNode, table: string): SourceProgress {
  const input = node.role?.kind === "input" ? node.role.input : null;
  const splits = input instanceof SourceInput ? input.splits() : [];
  let done: number | null = null;
  let total: number | null = 0;
  let unit: SourceProgress["unit"] = null;
  for (const { progress } of splits) {
    if (progress === null) continue;
    unit ??= progress.unit;
    done = (done ?? 0) + progress.done;
    total = total === null || progress.total === null ? null : total + progress.total;
  }
  const recordsIn = node.recordsIn.value;
  return { operatorId: node.id, table, recordsIn, splits, done, total: done === null ? null : total, unit };
}

export function jobSummary(
  graph: JobGraph,
  nodes: readonly TaskNode[],
  end: Pick<JobSummary, "state" | "durationMs">,
): JobSummary {
  const operators = nodes.map((node, i) => ({
    operatorId: node.id,
    kind: graph.vertices[i].node.kind,
    recordsIn: node.recordsIn.value,
    recordsOut: node.recordsOut.value,
    busyMs: node.busyMs,
  }));
  const badRecords = nodes.reduce((sum, node) => sum + (node.metrics.read().numBadRecords ?? 0), 0);
  return { ...end, operators, badRecords };
}
