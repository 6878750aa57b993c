import type { OptionSchema } from "@millrace/core";

/** The settings (`SET 'restart-strategy...' = '...'`) that say how sources and sinks that cannot be reached are tried again. */
export const restartSettings: OptionSchema = {
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
