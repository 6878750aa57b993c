import { createProcessRecords, type ProcessContext, type ProcessRecordsSpec } from "@millrace/core";
import { errorPolicyOf, type OnError } from "./error-policy.ts";
import { operatorNode } from "./operator-node.ts";
import type { SideOutputs } from "./process-function.ts";
import { type DeclaredStates, declarationsOf } from "./state.ts";
import type { StreamNode } from "./stream-graph.ts";

/** What all process functions may declare. */
interface Declared {
  readonly state?: DeclaredStates;
  readonly outputs?: SideOutputs;
  readonly onError?: OnError;
}

type Call<A> = (argument: A, context: ProcessContext) => Iterable<unknown> | undefined;

/** The side output that dead letters go to, behind the declared ones. */
const DEAD_LETTERS = "$deadLetters";

export interface ProcessNode {
  readonly node: StreamNode;
  /** The number of each output by its name; the main one is 0. */
  readonly outputs: ReadonlyMap<string, number>;
  readonly deadLetters: number;
}

/** The operator of a process function. */
export function processNode(
  name: string,
  inputs: readonly {
    readonly node: StreamNode;
    readonly keyOf: ((record: never) => unknown) | null;
    readonly call: unknown;
    readonly isBroadcast?: boolean;
  }[],
  declared: Declared,
  onTimer: unknown,
  onEnd: unknown,
  broadcast: readonly string[] = [],
): ProcessNode {
  const onError = errorPolicyOf(declared.onError);
  const outputs = [
    ...Object.keys(declared.outputs ?? {}),
    ...(onError.otherwise === "dead-letter" ? [DEAD_LETTERS] : []),
  ];
  const deadLetters = onError.otherwise === "dead-letter" ? outputs.length : 0;
  const states = declarationsOf(declared.state);
  const spec: ProcessRecordsSpec = {
    kind: "process-records",
    inputs: inputs.map(({ keyOf, call, isBroadcast = false }) => ({
      isBroadcast,
      keyOf: keyOf as ((record: unknown) => unknown) | null,
      onRecord: call as Call<unknown>,
    })),
    onTimer: (onTimer as Call<number> | undefined) ?? null,
    onEnd: (onEnd as ((context: ProcessContext) => Iterable<unknown> | undefined) | undefined) ?? null,
    states,
    broadcast,
    outputs,
    onError,
    deadLetters,
  };
  const names = Object.keys(states);
  const detail = [
    ...(names.length === 0 ? [] : [`state=[${names.join(", ")}]`]),
    ...(broadcast.length === 0 ? [] : [`broadcast=[${broadcast.join(", ")}]`]),
  ].join(", ");
  const node = operatorNode(
    name,
    inputs.map((input) => input.node),
    (context) => createProcessRecords(spec, context),
    detail,
  );
  return { node, outputs: new Map(outputs.map((output, i) => [output, i + 1])), deadLetters };
}
