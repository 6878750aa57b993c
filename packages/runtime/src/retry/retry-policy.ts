import { parseOptions } from "@millrace/core";
import { restartSettings } from "@millrace/plan";

/** How often, and after which pauses, something outside the process is tried again. */
export interface RetryPolicy {
  /** Tries in a row without success before the job fails; Infinity = for ever. */
  readonly attempts: number;
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
  readonly multiplier: number;
}

const prefix = "restart-strategy.";

/** The policy that the settings of a job ask for; settings of other names are left alone. Errors: OPTION_INVALID. */
export function retryPolicyOf(settings: { readonly [name: string]: string }): RetryPolicy {
  const own = Object.fromEntries(Object.entries(settings).filter(([name]) => name.startsWith(prefix)));
  const values = parseOptions(restartSettings, own, "settings");
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
