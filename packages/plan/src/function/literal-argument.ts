/** What is known of an argument before the first row. */
import type { Expression } from "../expression/expression.ts";

/** The text of a literal that is not NULL; else undefined. */
export function literalText(argument: Expression | undefined): string | undefined {
  return argument?.kind === "literal" && typeof argument.value === "string" ? argument.value : undefined;
}

/** The number of a literal that is not NULL; else undefined. */
export function literalNumber(argument: Expression | undefined): number | undefined {
  return argument?.kind === "literal" && typeof argument.value === "number" ? argument.value : undefined;
}
