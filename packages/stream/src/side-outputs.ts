import type { ErrorPolicy } from "@millrace/core";
import { failurePolicy, type OnError } from "./error-policy.ts";

/** The side output that dead letters go to, behind the others. */
const DEAD_LETTERS = "$deadLetters";

export interface NamedOutputs {
  /** In the order of their numbers, from 1. */
  readonly outputs: readonly string[];
  /** The number of each by its name. */
  readonly sides: ReadonlyMap<string, number>;
  readonly onError: ErrorPolicy;
  /** 0: there is none for dead letters. */
  readonly deadLetters: number;
}

/** Numbers side outputs, and adds one for dead letters if the policy wants it. */
export function namedOutputs(names: readonly string[], onError: OnError | undefined): NamedOutputs {
  const failures = failurePolicy(onError, names.length + 1);
  const outputs = failures.deadLetters === 0 ? names : [...names, DEAD_LETTERS];
  return { outputs, sides: new Map(outputs.map((output, i) => [output, i + 1])), ...failures };
}
