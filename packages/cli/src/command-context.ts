import type { StandardOutput } from "./output/standard-output.ts";

/** What every command is given. */
export interface CommandContext {
  readonly out: StandardOutput;
  readonly verbose: boolean;
}
