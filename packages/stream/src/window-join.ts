/** Joins of the records of two keyed streams that are in one window. */
import { createCoGroupRecords, MillraceError, type RecordWindow, type TimeWindowSpec } from "@millrace/core";
import { failurePolicy, type OnError } from "./error-policy.ts";
import { joinInputs, type KeyedInput } from "./join-inputs.ts";
import type { JoinKind, LeftOf, RightOf } from "./join-kind.ts";
import { operatorNode } from "./operator-node.ts";
import type { PipelineContext } from "./pipeline-context.ts";
import type { Stream } from "./stream.ts";
import type { TypeMarker } from "./type-marker.ts";
import type { WindowAssigner } from "./window/window-assigner.ts";

/** Windows of event time: `tumbling` or `sliding`. */
export type JoinWindows = WindowAssigner<unknown, true>;

export interface JoinOptions {
  /** What happens to a record whose key fails, and to what the function throws on. Default: the job fails. */
  readonly onError?: OnError;
}

/** Late records are in the side output `late`. */
type LateOf<T, U> = { readonly late: TypeMarker<T | U> };

type Inputs<T, U, K> = readonly [first: KeyedInput<T, K>, second: KeyedInput<U, K>];

type Apply<T, U, K, R> = (
  lefts: readonly T[],
  rights: readonly U[],
  key: K,
  window: RecordWindow,
) => Iterable<R> | undefined;

/** A window join that lacks its windows. */
export class WindowJoin<T, U, K, J extends JoinKind> {
  readonly #context: PipelineContext;
  readonly #inputs: Inputs<T, U, K>;
  readonly #kind: J;

  constructor(context: PipelineContext, inputs: Inputs<T, U, K>, kind: J) {
    this.#context = context;
    this.#inputs = inputs;
    this.#kind = kind;
  }

  window(windows: JoinWindows): WindowedJoin<T, U, K, J> {
    return new WindowedJoin(this.#context, this.#inputs, this.#kind, windows);
  }
}

export class WindowedJoin<T, U, K, J extends JoinKind> {
  readonly #context: PipelineContext;
  readonly #inputs: Inputs<T, U, K>;
  readonly #kind: J;
  readonly #windows: JoinWindows;

  constructor(context: PipelineContext, inputs: Inputs<T, U, K>, kind: J, windows: JoinWindows) {
    this.#context = context;
    this.#inputs = inputs;
    this.#kind = kind;
    this.#windows = windows;
  }

  /** Each pair of records with one key in one window, when event time has passed its end. Results have the window's last ms as event time. */
  apply<R>(
    join: (left: LeftOf<T, J>, right: RightOf<U, J>, window: RecordWindow) => R,
    options: JoinOptions = {},
  ): Stream<R, LateOf<T, U>, T | U> {
    const kind: JoinKind = this.#kind;
    const keepsLeft = kind === "left" || kind === "full";
    const keepsRight = kind === "right" || kind === "full";
    const pair = join as (left: T | null, right: U | null, window: RecordWindow) => R;
    const apply = (lefts: readonly T[], rights: readonly U[], _: K, window: RecordWindow): R[] => {
      if (rights.length === 0) return keepsLeft ? lefts.map((left) => pair(left, null, window)) : [];
      if (lefts.length === 0) return keepsRight ? rights.map((right) => pair(null, right, window)) : [];
      return lefts.flatMap((left) => rights.map((right) => pair(left, right, window)));
    };
    return coGroupStream("window-join", kind, this.#context, this.#inputs, this.#windows, apply, options);
  }
}

/** A co-group that lacks its windows. */
export class CoGroup<T, U, K> {
  readonly #context: PipelineContext;
  readonly #inputs: Inputs<T, U, K>;

  constructor(context: PipelineContext, inputs: Inputs<T, U, K>) {
    this.#context = context;
    this.#inputs = inputs;
  }

  window(windows: JoinWindows): WindowedCoGroup<T, U, K> {
    return new WindowedCoGroup(this.#context, this.#inputs, windows);
  }
}

export class WindowedCoGroup<T, U, K> {
  readonly #context: PipelineContext;
  readonly #inputs: Inputs<T, U, K>;
  readonly #windows: JoinWindows;

  constructor(context: PipelineContext, inputs: Inputs<T, U, K>, windows: JoinWindows) {
    this.#context = context;
    this.#inputs = inputs;
    this.#windows = windows;
  }

  /** The records of both streams with one key in one window, together; one of the lists may be empty. */
  apply<R>(
    group: (lefts: readonly T[], rights: readonly U[], key: K, window: RecordWindow) => Iterable<R> | undefined,
    options: JoinOptions = {},
  ): Stream<R, LateOf<T, U>, T | U> {
    return coGroupStream("co-group", "", this.#context, this.#inputs, this.#windows, group, options);
  }
}

function coGroupStream<T, U, K, R>(
  name: string,
  kind: string,
  context: PipelineContext,
  inputs: Inputs<T, U, K>,
  windows: JoinWindows,
  apply: Apply<T, U, K, R>,
  options: JoinOptions,
): Stream<R, LateOf<T, U>, T | U> {
  const { nodes, keysOf } = joinInputs(...inputs);
  const { onError, deadLetters } = failurePolicy(options.onError, 2);
  const spec = {
    kind: "co-group-records",
    keysOf,
    windows: windowSpecOf(windows),
    apply: apply as Apply<unknown, unknown, unknown, unknown>,
    onError,
    late: 1,
    deadLetters,
  } as const;
  const detail = [...(kind === "" ? [] : [`kind=[${kind}]`]), `window=[${windows.text}]`].join(", ");
  const node = operatorNode(name, nodes, (operator) => createCoGroupRecords(spec, operator), detail);
  return context.stream<R, LateOf<T, U>, T | U>({ node, sides: new Map([["late", 1]]), deadLetters });
}

/** Errors: OPTION_INVALID for sessions, and for windows in processing time. */
function windowSpecOf({ windows, text }: JoinWindows): TimeWindowSpec {
  if (windows.kind === "time" && windows.domain === "event") return windows.window;
  const message = `joins and co-groups take tumbling(...) and sliding(...) windows in event time, not ${text}`;
  throw new MillraceError({ code: "OPTION_INVALID", message });
}
