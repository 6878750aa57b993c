import { parseOptions } from "@millrace/core";
import { lookupHintOptions, lookupSettings } from "@millrace/plan";

/** How a lookup join asks. */
export interface LookupBehaviour {
  readonly isOrdered: boolean;
  /** Look-ups under way at a time. */
  readonly capacity: number;
  /** How long an answer is waited for, further tries included. */
  readonly timeoutMs: number;
  /** How often a key without rows is asked for again, and after which pause. */
  readonly missRetries: number;
  readonly missDelayMs: number;
}

const prefix = "table.exec.async-lookup.";

/**
 * What a hint says, or else the settings of the job.
 *
 * @param isAppendOnly whether rows are never taken back: only then may they overtake each other
 */
export function lookupBehaviourOf(
  hint: { readonly [option: string]: string },
  settings: { readonly [name: string]: string },
  isAppendOnly: boolean,
): LookupBehaviour {
  const own = Object.fromEntries(Object.entries(settings).filter(([name]) => lookupSettings[name] !== undefined));
  const defaults = parseOptions(lookupSettings, own, "settings");
  const { table: _table, ...options } = lookupHintOptions;
  const values = parseOptions(options, hint, "LOOKUP");
  const mode = values["output-mode"] ?? defaults[`${prefix}output-mode`];
  return {
    isOrdered: !isAppendOnly || String(mode).toUpperCase() === "ORDERED",
    capacity: values.async === false ? 1 : Number(values.capacity ?? defaults[`${prefix}buffer-capacity`]),
    timeoutMs: Number(values.timeout ?? defaults[`${prefix}timeout`]),
    missRetries: Number(values["max-attempts"] ?? 0),
    missDelayMs: Number(values["fixed-delay"] ?? 0),
  };
}
