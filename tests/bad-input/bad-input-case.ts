import type { BadFile } from "./policy-run.ts";

export interface BadInputCase extends BadFile {
  readonly name: string;
  /** The rows of the good records. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly bad: readonly { readonly line: number; readonly reason: RegExp; readonly content: Uint8Array }[];
}
