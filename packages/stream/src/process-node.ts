import { createProcessRecords, type ProcessContext, type ProcessRecordsSpec } from "@millrace/core";
import type { OnError } from "./error-policy.ts";
import { operatorNode } from "./operator-node.ts";
import type { SideOutputs } from "./process-function.ts";
import { namedOutputs } from "./side-outputs.ts";
import { type DeclaredStates, declarationsOf } from "./state.ts";
import type { OperatorOutputs } from "./stream.ts";
import type { StreamNode } from "./stream-graph.ts";

/** What all process functions may declare. */
interface Declared {
  readonly state?: DeclaredStates;
  readonly outputs?: SideOutputs;
  readonly onError?: OnError;
}

type Call<A> = (argument: A, context: ProcessContext) => Iterable<unknown> | undefined;

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
): OperatorOutputs {
  const { outputs, sides, onError, deadLetters } = namedOutputs(Object.keys(declared.outputs ?? {}), declared.onError);
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
  return { node, sides, deadLetters };
}
