import {
  type AnyAggregate,
  collect,
  createTimeWindowRecords,
  createWindowRecords,
  MillraceError,
  type OperatorContext,
  type WindowContext,
  type WindowEvictor,
  type WindowResultSpec,
} from "@millrace/core";
import { type Duration, durationMs } from "../duration.ts";
import type { OnError } from "../error-policy.ts";
import { operatorNode } from "../operator-node.ts";
import type { SideOutputs } from "../process-function.ts";
import { namedOutputs } from "../side-outputs.ts";
import { type DeclaredStates, declarationsOf } from "../state.ts";
import type { StreamNode } from "../stream-graph.ts";
import type { WindowAssigner } from "./window-assigner.ts";
import { completeTrigger, type Trigger } from "./window-trigger.ts";

/** Called with what windows hold: results of aggregates, or records. */
export interface WindowCall<C = readonly unknown[]> {
  readonly state?: DeclaredStates;
  readonly windowState?: DeclaredStates;
  readonly outputs?: SideOutputs;
  onWindow(contents: C, context: WindowContext): Iterable<unknown> | undefined;
}

interface WindowNodeSpec {
  readonly name: string;
  readonly input: StreamNode;
  readonly keyOf: ((record: unknown) => unknown) | null;
  readonly assigner: WindowAssigner<unknown, boolean>;
  readonly options: {
    readonly allowedLateness?: Duration;
    readonly trigger?: Trigger<unknown, unknown>;
    readonly evictor?: WindowEvictor<unknown>;
    readonly onError?: OnError;
  };
  /** Null: the records themselves. */
  readonly aggregates: readonly AnyAggregate[] | null;
  readonly call: WindowCall;
}

interface WindowOutputs {
  readonly node: StreamNode;
  /** The number of each side output by its name. */
  readonly sides: ReadonlyMap<string, number>;
  readonly deadLetters: number;
  /** Set where late records are used. */
  readonly late: { isTaken: boolean };
}

/** The side outputs behind the declared ones. */
const LATE = "lateRecords";

/** The operator of windows. Errors: OPTION_INVALID for what does not go together. */
export function windowNode({ name, input, keyOf, assigner, options, aggregates, call }: WindowNodeSpec): WindowOutputs {
  const { windows, text } = assigner;
  const trigger = options.trigger === undefined ? assigner.trigger : completeTrigger(options.trigger);
  const evictor = options.evictor ?? assigner.evictor;
  const allowedLatenessMs = durationMs(options.allowedLateness ?? 0, "allowedLateness");
  if (windows.kind === "session") {
    if (trigger.merge === undefined)
      throw invalid("sessions become one, but the trigger has no `merge` for what it keeps of them");
    if (evictor === null && aggregates?.some(({ merge }) => merge === undefined) === true)
      throw invalid("sessions become one, but an aggregate has no `merge`");
    if (call.windowState !== undefined)
      throw invalid("sessions become one, so that there is no state per window: use `state`, which is by key");
  }
  const declared = Object.keys(call.outputs ?? {});
  if (declared.includes(LATE))
    throw invalid(`the side output '${LATE}' is that of late records: give yours another name`);
  const { outputs, sides, onError, deadLetters } = namedOutputs([...declared, LATE], options.onError);
  const late = { output: declared.length + 1, isTaken: false };
  const result: WindowResultSpec = {
    onWindow: call.onWindow,
    states: declarationsOf(call.state),
    windowStates: declarationsOf(call.windowState),
    outputs,
    late,
    onError,
    deadLetters,
  };
  const isPlain = options.trigger === undefined && evictor === null && call.windowState === undefined;
  const createOperator = (context: OperatorContext) => {
    if (windows.kind !== "time" || !isPlain) {
      const spec = { kind: "window-records", keyOf, windows, allowedLatenessMs, trigger, evictor, aggregates } as const;
      return createWindowRecords({ ...result, ...spec }, context);
    }
    const { window, domain } = windows;
    const spec = { kind: "time-window-records", keyOf, window, domain } as const;
    const lateness = { allowedLatenessMs: domain === "event" ? allowedLatenessMs : 0 };
    if (aggregates !== null) return createTimeWindowRecords({ ...result, ...spec, ...lateness, aggregates }, context);
    const records = {
      aggregates: [collect() as AnyAggregate],
      onWindow: ([all]: readonly unknown[], at: WindowContext) => call.onWindow(all as readonly unknown[], at),
    };
    return createTimeWindowRecords({ ...result, ...spec, ...lateness, ...records }, context);
  };
  const node = operatorNode(`window-${name}`, [input], createOperator, `${text}${keyOf === null ? "" : ", by key"}`);
  return { node, sides, deadLetters, late };
}

function invalid(message: string): MillraceError {
  return new MillraceError({ code: "OPTION_INVALID", message: `window: ${message}` });
}
