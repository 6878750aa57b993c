import type { ErrorPolicy } from "@millrace/core";

/** What happens to a record that code of the program throws on. */
export type OnError =
  /** The job fails; the error names operator, record and position. The default. */
  | "fail"
  /** The record is left out and counted; some of them are told as warnings. */
  | "skip"
  /** The record goes to `.deadLetters()` with the error and where it was read. */
  | "dead-letter"
  /** So many further tries, at once, and then. */
  | { readonly retries: number; readonly otherwise?: "fail" | "skip" | "dead-letter" };

/** The policy, and the number of the side output for dead letters: `output` if there are to be any, else 0. */
export function failurePolicy(
  onError: OnError | undefined,
  output: number,
): { readonly onError: ErrorPolicy; readonly deadLetters: number } {
  const policy = errorPolicyOf(onError);
  return { onError: policy, deadLetters: policy.otherwise === "dead-letter" ? output : 0 };
}

function errorPolicyOf(onError: OnError = "fail"): ErrorPolicy {
  return typeof onError === "string"
    ? { retries: 0, otherwise: onError }
    : { retries: onError.retries, otherwise: onError.otherwise ?? "fail" };
}
