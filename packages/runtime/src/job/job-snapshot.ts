import { MillraceError, type StateSnapshot } from "@millrace/core";
import type { SplitCheckpoint } from "../source/split-checkpoint.ts";

/** All that a job has to know to go on from one moment: the state of each operator, and how far each source was read. */
export interface JobSnapshot {
  /** By operator id. */
  readonly operators: ReadonlyMap<string, StateSnapshot>;
  /** By the id of the source, then of the split. */
  readonly sources: ReadonlyMap<string, ReadonlyMap<string, SplitCheckpoint>>;
  /** The ids of what has ended: it has given all it will ever give, at its end too, and takes no part any more. */
  readonly ended: ReadonlySet<string>;
}

/** Errors: STATE_INVALID if the snapshot holds state of operators or sources that the job does not have. */
export function checkClaimed(snapshot: JobSnapshot, operatorIds: ReadonlySet<string>): void {
  const lost = [...snapshot.operators.keys(), ...snapshot.sources.keys()].filter((id) => !operatorIds.has(id));
  if (lost.length === 0) return;
  throw new MillraceError({
    code: "STATE_INVALID",
    message: `the snapshot holds state of ${lost.map((id) => `'${id}'`).join(", ")}, which the job does not have; give operators their ids with .id()`,
  });
}
