import { MillraceError } from "../errors.ts";

/** The key groups of one subtask: `start` to `end`, both included. */
export interface KeyGroupRange {
  readonly start: number;
  readonly end: number;
}

/** The key groups of subtask `subtask` of `parallelism`: Flink's `computeKeyGroupRangeForOperatorIndex`. */
export function keyGroupRangeOf(subtask: number, parallelism: number, maxParallelism: number): KeyGroupRange {
  if (parallelism > maxParallelism) {
    throw new MillraceError({
      code: "OPTION_INVALID",
      message: `parallelism ${parallelism} is above the maximum parallelism ${maxParallelism} of the job; lower it, or start without the old state`,
    });
  }
  return {
    start: Math.floor((subtask * maxParallelism + parallelism - 1) / parallelism),
    end: Math.floor(((subtask + 1) * maxParallelism - 1) / parallelism),
  };
}

/** The subtask that owns a key group: the inverse of `keyGroupRangeOf`. */
export function subtaskOf(keyGroup: number, parallelism: number, maxParallelism: number): number {
  return Math.floor((keyGroup * parallelism) / maxParallelism);
}
