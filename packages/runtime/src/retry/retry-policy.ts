import { type OptionSchema, parseOptions } from "@millrace/core";

/** How often, and after which pauses, something outside the process is tried again. */
export interface RetryPolicy {
  /** Tries in a row without success before the job fails; Infinity = for ever. */
  readonly attempts: number;
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
  readonly multiplier: number;
}

const prefix = "restart-strategy.";

/** The settings (`SET 'restart-strategy...' = '...'`) that say how sources and sinks that cannot be reached are tried again. */
export const retrySettings: OptionSchema = {
  "restart-strategy.type": {
    type: "enum",
    values: ["none", "fixed-delay", "exponential-delay"],
    default: "exponential-delay",
    description: "What to do when a system outside cannot be reached",
  },
  "restart-strategy.fixed-delay.attempts": {
    type: "integer",
    min: 1,
    default: "10",
    description: "Tries in a row before the job fails",
  },
  "restart-strategy.fixed-delay.delay": { type: "duration", default: "1 s", description: "Pause between two tries" },
  "restart-strategy.exponential-delay.attempts": {
    type: "integer",
    min: 1,
    default: "10",
    description: "Tries in a row before the job fails",
  },
  "restart-strategy.exponential-delay.initial-backoff": {
    type: "duration",
    default: "1 s",
    description: "Pause before the first new try",
  },
  "restart-strategy.exponential-delay.max-backoff": {
    type: "duration",
    default: "30 s",
    description: "The longest pause between two tries",
  },
  "restart-strategy.exponential-delay.backoff-multiplier": {
    type: "number",
    min: 1,
    default: "2",
    description: "What each pause is multiplied with to give the next",
  },
};

/** The policy that the settings of a job ask for; settings of other names are left alone. Errors: OPTION_INVALID. */
export function retryPolicyOf(settings: { readonly [name: string]: string }): RetryPolicy {
  const own = Object.fromEntries(Object.entries(settings).filter(([name]) => name.startsWith(prefix)));
  const values = parseOptions(retrySettings, own, "settings");
  const number = (name: string) => Number(values[prefix + name]);
  switch (values["restart-strategy.type"]) {
    case "none":
      return { attempts: 0, initialDelayMs: 0, maxDelayMs: 0, multiplier: 1 };
    case "fixed-delay": {
      const delayMs = number("fixed-delay.delay");
      return { attempts: number("fixed-delay.attempts"), initialDelayMs: delayMs, maxDelayMs: delayMs, multiplier: 1 };
    }
    default:
      return {
        attempts: number("exponential-delay.attempts"),
        initialDelayMs: number("exponential-delay.initial-backoff"),
        maxDelayMs: number("exponential-delay.max-backoff"),
        multiplier: number("exponential-delay.backoff-multiplier"),
      };
  }
}

/** The pause before try number `attempt` (1 = the first new one). */
export function retryDelayMs(policy: RetryPolicy, attempt: number): number {
  return Math.min(policy.maxDelayMs, policy.initialDelayMs * policy.multiplier ** (attempt - 1));
}
