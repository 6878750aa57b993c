import type { PlanField } from "@millrace/plan";

/** What the rows of a result are. */
export interface ResultShape {
  readonly fields: readonly PlanField[];
  /** `append`: rows are only added, so that the table can be written while it comes. */
  readonly changelogMode: "append" | "retract";
}

/** Names made unique as Flink does: a name that is taken gets the first free number behind it (`name0`). */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let i = 0; taken.has(unique); i++) unique = `${name}${i}`;
    taken.add(unique);
    return unique;
  });
}
