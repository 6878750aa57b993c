import type { OptionSchema } from "@millrace/core";

/** The settings that say how lookup joins ask for rows, where no LOOKUP hint says otherwise. */
export const lookupSettings: OptionSchema = {
  "table.exec.async-lookup.buffer-capacity": {
    type: "integer",
    min: 1,
    default: "100",
    description: "How many look-ups of a lookup join are under way at a time",
  },
  "table.exec.async-lookup.output-mode": {
    type: "enum",
    values: ["ORDERED", "ALLOW_UNORDERED"],
    default: "ORDERED",
    description:
      "Whether rows of a lookup join may overtake each other, which they do only where rows are never updated",
  },
  "table.exec.async-lookup.timeout": {
    type: "duration",
    default: "3 min",
    min: 1,
    description: "How long a lookup join waits for an answer, further tries included",
  },
};

/** What stands in a LOOKUP hint. */
export const lookupHintOptions: OptionSchema = {
  table: { type: "string", required: true, description: "The table that is looked up, by its alias if it has one" },
  async: {
    type: "boolean",
    description: "Whether several look-ups are under way at a time; they are unless it is false",
  },
  "output-mode": {
    type: "enum",
    values: ["ordered", "allow_unordered"],
    description: "Whether rows may overtake each other",
  },
  capacity: { type: "integer", min: 1, description: "How many look-ups are under way at a time" },
  timeout: { type: "duration", min: 1, description: "How long an answer is waited for, further tries included" },
  "retry-predicate": { type: "enum", values: ["lookup_miss"], description: "Ask again for a key that has no rows" },
  "retry-strategy": { type: "enum", values: ["fixed_delay"], description: "How the tries are spaced" },
  "fixed-delay": { type: "duration", description: "Pause before the next try" },
  "max-attempts": { type: "integer", min: 1, description: "How often a key without rows is asked for again" },
  shuffle: { type: "boolean", description: "Accepted; rows are partitioned by the plan" },
};
