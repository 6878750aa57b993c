import type { AsyncOperator, Clock, OperatorContext } from "@millrace/core";
import { createSelectOutput } from "@millrace/core";
import { type PhysicalPlan, RECORD_FIELDS } from "@millrace/plan";
import type { StreamNode } from "./stream-graph.ts";

/** An operator over streams. `detail` is shown in plans. */
export function operatorNode(
  name: string,
  inputs: readonly StreamNode[],
  createOperator: (context: OperatorContext, clock: Clock) => AsyncOperator,
  detail = "",
): StreamNode {
  return {
    name,
    inputs,
    id: null,
    plan: (id: string, planned: readonly PhysicalPlan[]) => ({
      kind: "stream-operator",
      id,
      fields: RECORD_FIELDS,
      changelogMode: "append",
      name,
      detail,
      inputs: planned,
      createOperator,
    }),
  };
}

/** One output of an operator with side outputs. */
export function outputNode(node: StreamNode, output: number): StreamNode {
  return operatorNode("output", [node], () => createSelectOutput({ kind: "select-output", output }), String(output));
}
