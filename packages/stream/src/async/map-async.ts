import { type Clock, createMapAsyncRecords, MillraceError, type RecordQuestion } from "@millrace/core";
import { failurePolicy } from "../error-policy.ts";
import { operatorNode } from "../operator-node.ts";
import type { StreamNode } from "../stream-graph.ts";
import type { AsyncOptions } from "./async-options.ts";

const DEFAULT_CAPACITY = 100;

/** An operator whose records wait for answers; `questionOf` is given the options with all further tries. Errors: OPTION_INVALID. */
export function mapAsyncNode(
  name: string,
  input: StreamNode,
  questionOf: (options: AsyncOptions) => (clock: Clock) => RecordQuestion,
  options: AsyncOptions,
): { readonly node: StreamNode; readonly deadLetters: number } {
  const { capacity = DEFAULT_CAPACITY, ordered = true } = options;
  if (!Number.isSafeInteger(capacity) || capacity < 1) {
    const message = `capacity: expected a whole number of at least 1, not ${capacity}`;
    throw new MillraceError({ code: "OPTION_INVALID", message });
  }
  const { onError, deadLetters } = failurePolicy(options.onError, 1);
  const retry = options.retry ?? (onError.retries === 0 ? null : { attempts: onError.retries + 1 });
  const question = questionOf(retry === null ? options : { ...options, retry });
  const spec = { kind: "map-async-records", capacity, isOrdered: ordered, onError, deadLetters } as const;
  const node = operatorNode(
    name,
    [input],
    (context, clock) => createMapAsyncRecords(spec, question(clock), context),
    `capacity=[${capacity}], output=[${ordered ? "ordered" : "unordered"}]`,
  );
  return { node, deadLetters };
}
