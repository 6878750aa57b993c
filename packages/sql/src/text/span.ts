/**
 * A range of the script that the user wrote: UTF-16 offsets, `end` exclusive. Where a `${variable}` was filled in, the
 * span covers the variable as written, never the text that replaced it.
 */
export interface Span {
  readonly start: number;
  readonly end: number;
}
