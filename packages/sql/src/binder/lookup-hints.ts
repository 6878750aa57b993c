import { MillraceError, parseOptions } from "@millrace/core";
import { lookupHintOptions } from "@millrace/plan";
import type { Hint } from "../ast/option.ts";
import type { Span } from "../text/span.ts";
import { type BindContext, fail } from "./bind-context.ts";

type Options = Readonly<Record<string, string>>;

/** The LOOKUP hints of a query block, by the table that each is about. */
export class LookupHints {
  readonly #hints = new Map<string, { readonly options: Options; readonly span: Span; isTaken: boolean }>();

  constructor(context: Pick<BindContext, "text">, hints: readonly Hint[]) {
    for (const hint of hints) {
      if (hint.name !== "LOOKUP") continue;
      const { table, ...options } = optionsOf(context, hint);
      if (!this.#hints.has(table)) this.#hints.set(table, { options, span: hint.span, isTaken: false });
    }
  }

  /** What is said about a table of that name or alias. */
  take(table: string): Options {
    const hint = this.#hints.get(table);
    if (hint === undefined) return {};
    hint.isTaken = true;
    return hint.options;
  }

  /** A hint that no table has taken does nothing, which nobody wants. */
  checkTaken(context: Pick<BindContext, "text">): void {
    for (const [table, { span, isTaken }] of this.#hints) {
      if (!isTaken) fail(context, span, `LOOKUP names '${table}', but FROM looks up no table of that name or alias`);
    }
  }
}

/** The options in lower case, those of Flink: keys and words are the same in any case. */
function optionsOf(context: Pick<BindContext, "text">, hint: Hint): Record<string, string> {
  const options: Record<string, string> = {};
  for (const argument of hint.arguments) {
    if (argument.kind !== "Option") return fail(context, argument.span, "LOOKUP takes 'key' = 'value'");
    options[argument.key.value.toLowerCase()] = argument.value.value;
  }
  try {
    parseOptions(lookupHintOptions, options, "LOOKUP");
  } catch (cause) {
    if (!(cause instanceof MillraceError)) throw cause;
    return fail(context, hint.span, cause.message, { cause });
  }
  const retry = ["retry-predicate", "retry-strategy", "fixed-delay", "max-attempts"];
  const missing = retry.filter((name) => options[name] === undefined);
  if (missing.length > 0 && missing.length < retry.length) {
    fail(context, hint.span, `LOOKUP: options about tries come together; it lacks ${missing.join(", ")}`);
  }
  return options;
}
